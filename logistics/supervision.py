"""Planning workers as child processes, started again when they exit.

Each worker holds the reading end of a pipe whose writing end is held by the process that started it and by nobody else: when that
process ends, in whatever way, the pipe closes and the worker ends too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

import structlog

from logistics.config import Settings

#: Seconds before a worker that exits is started again: doubled each time up to the longest, and from the start again after a
#: worker that lived for a while.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
LIVED_S = 30.0
#: How long workers may take to end by themselves.
PATIENCE_S = 5.0

log = structlog.get_logger()


@contextmanager
def workers_running(settings: Settings, names: Iterable[str]) -> Iterator[None]:
    """Workers of these names, for as long as the block runs."""
    ending = threading.Event()
    keepers = [_Keeper(name, _environment(settings), ending) for name in names]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ending.set()
        for keeper in keepers:
            keeper.end()


def end_with_parent() -> None:
    """End this process when the pipe at its standard input closes, and not by a Ctrl-C that was meant for its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_the_end, name="parent-watch", daemon=True).start()


class _Keeper(threading.Thread):
    """Starts one worker, and starts it again whenever it exits."""

    def __init__(self, name: str, environment: Mapping[str, str], ending: threading.Event) -> None:
        super().__init__(name=f"keeper-{name}", daemon=True)
        self._command = [sys.executable, "-m", "logistics.cli", "worker", "--id", name, "--tied"]
        self._environment = environment
        self._ending = ending
        # Held while a worker is being started: one that begins to live just as the end comes is ended like the others.
        self._starting = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._ending.is_set():
            began_s = time.monotonic()
            outcome = self._run_once()
            if self._ending.is_set():
                return
            pause_s = FIRST_PAUSE_S if time.monotonic() - began_s >= LIVED_S else pause_s
            log.warning("worker exited, starting it again", outcome=outcome, in_s=pause_s)
            self._ending.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _run_once(self) -> str:
        """How a worker ended, or why none could be started."""
        with self._starting:
            if self._ending.is_set():
                return "not started"
            try:
                worker = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)  # noqa: S603
            except OSError as error:
                return str(error)
            self._worker = worker
        return f"exit code {worker.wait()}"

    def end(self) -> None:
        """Let the worker end by closing its pipe, and see to it that it does. After `ending` is set."""
        with self._starting:
            worker = self._worker
        if worker is None:
            return
        with suppress(OSError):
            if worker.stdin:
                worker.stdin.close()
        try:
            worker.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        self.join(PATIENCE_S)


def _wait_for_the_end() -> None:
    # Straight from the descriptor: a buffered reader would hold a lock that the interpreter wants at its end.
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    os._exit(0)


def _environment(settings: Settings) -> dict[str, str]:
    """Settings for a child; by the environment, for everybody can read the command line of a process."""
    return os.environ | {
        "LOGISTICS_DATA": str(settings.data),
        "LOGISTICS_DATABASE_URL": settings.database_url,
        "LOGISTICS_SECRET_KEY": settings.secret_key,
        "LOGISTICS_TIMEZONE": settings.timezone,
        "LOGISTICS_SLICE_S": str(settings.slice_s),
    }
