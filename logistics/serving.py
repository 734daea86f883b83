"""`logistics serve`: the web server and its planning workers on one machine."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from waitress import create_server

from logistics.app import create_app
from logistics.config import Settings
from logistics.db import Database
from logistics.planning import jobs
from logistics.supervision import workers_running
from logistics.web import assets

#: Every page that waits for news holds one for a moment; waitress would have four.
THREADS = 16


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
    _set_apart_what_stays()
    names = [jobs.worker_name(settings, number) for number in range(1, settings.workers + 1)]
    # Ctrl-C may come before the server runs, or between it and the end of the workers: it is an orderly end all the same.
    with suppress(KeyboardInterrupt), _ending_on_signals(), workers_running(settings, names):
        say(f"http://{_reachable(host)}:{server.effective_port}")
        server.run()  # returns on Ctrl-C and SystemExit
    database.dispose()


def _set_apart_what_stays() -> None:
    """Modules and routes live as long as the server: looking for garbage among them would hold up every tenth page by 0.15 s."""
    gc.collect()
    gc.freeze()


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


def _reachable(host: str) -> str:
    return "localhost" if host in ("0.0.0.0", "127.0.0.1", "::", "") else host  # noqa: S104
