"""Real processes for tests: `logistics serve` and `logistics worker`, and waiting for what they do."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from logistics.config import Settings

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`logistics ARGUMENTS` over these settings; ended with all its children, if it has not ended by itself.

    Tests that run in the background of a shell do not hear Ctrl-C; what they start shall.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "logistics.cli", *arguments],
        cwd=ROOT,
        env=os.environ
        | {
            "LOGISTICS_DATA": str(settings.data),
            "LOGISTICS_DATABASE_URL": settings.database_url,
            "LOGISTICS_SECRET_KEY": settings.secret_key,
            "LOGISTICS_SLICE_S": str(settings.slice_s),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            children = children_of(process)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            for left in (process, *children):
                with suppress(psutil.NoSuchProcess, ProcessLookupError):
                    left.kill()


def address_of(serve: subprocess.Popen[str]) -> str:
    """Where a `serve` that was started on port 0 answers."""
    assert serve.stdout
    for line in serve.stdout:
        if found := re.search(r"http://\S+", line):
            return found.group()
    raise AssertionError(f"serve ended with {serve.wait()}")


def children_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def eventually[T](look: Callable[[], T], *, within_s: float = 30) -> T:
    """What `look` gives as soon as it is true."""
    deadline_s = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline_s, f"not within {within_s} s: {look}"
        time.sleep(0.05)
    return found
