"""`logistics serve`: the web server and its planning workers on one machine.

Workers are child processes, started again when they exit. Each holds the reading end of a pipe whose writing end is held here and
nowhere else: when this process ends, in whatever way, the pipe closes and the workers end too.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

import structlog
from waitress import create_server

from logistics.app import create_app
from logistics.config import Settings
from logistics.db import Database
from logistics.planning import jobs
from logistics.web import assets

#: Every page that waits for news holds one for a moment; waitress would have four.
THREADS = 16
#: Seconds before a worker that exits is started again: doubled each time up to the longest, and from the start again after a
#: worker that lived for a while.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
LIVED_S = 30.0
#: How long workers may take to end by themselves.
PATIENCE_S = 5.0

log = structlog.get_logger()


class PortTaken(Exception):
    """Another program listens there, or the address is not this machine's."""


def serve(settings: Settings, host: str, port: int, *, say: Callable[[str], None] = lambda _: None) -> None:
    """Serve until somebody ends it (Ctrl-C, SIGTERM). `say` is told what takes time, and the address once it answers.

    Browser files, tables and the queue are made ready before the first request. Raises PortTaken, AssetsError.
    """
    assets.ensure(say=say)
    database = Database(settings.database_url)
    database.upgrade()
    jobs.ready(settings)
    try:
        server = create_server(create_app(settings, database=database), host=host, port=port, threads=THREADS)
    except OSError as error:
        raise PortTaken(f"{host}:{port}: {error.strerror}") from error
    with _ending_on_signals(), workers_running(settings):
        say(f"http://{_reachable(host)}:{server.effective_port}")
        server.run()  # returns on Ctrl-C and SystemExit, with its sockets closed
    database.dispose()


@contextmanager
def workers_running(settings: Settings) -> Iterator[None]:
    """The planning workers of this machine, for as long as the block runs."""
    ending = threading.Event()
    keepers = [
        _Keeper(jobs.worker_name(settings, number), _environment(settings), ending)
        for number in range(1, settings.workers + 1)
    ]
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


def configure_logs() -> None:
    """Short lines for people on the terminal, from ourselves and, where it matters, from the libraries."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", datefmt="%H:%M:%S")
    # "Task queue depth": that a request waits for a thread is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class _Keeper(threading.Thread):
    """Starts one worker, and starts it again whenever it exits."""

    def __init__(self, name: str, environment: Mapping[str, str], ending: threading.Event) -> None:
        super().__init__(name=f"keeper-{name}", daemon=True)
        self._command = [sys.executable, "-m", "logistics.cli", "worker", "--id", name, "--tied"]
        self._environment = environment
        self._ending = ending
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._ending.is_set():
            began_s = time.monotonic()
            self._worker = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)  # noqa: S603
            code = self._worker.wait()
            if self._ending.is_set():
                return
            pause_s = FIRST_PAUSE_S if time.monotonic() - began_s >= LIVED_S else pause_s
            log.warning("worker exited, starting it again", code=code, in_s=pause_s)
            self._ending.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def end(self) -> None:
        """Let the worker end by closing its pipe, and see to it that it does."""
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


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """SIGTERM ends the server as Ctrl-C does."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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


def _reachable(host: str) -> str:
    return "localhost" if host in ("0.0.0.0", "127.0.0.1", "::", "") else host  # noqa: S104
