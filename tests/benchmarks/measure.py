"""What a piece of work costs: wall and processor seconds and memory of a process and all it starts.

The work runs in a process of its own, so that its memory is its own and it can be ended when it does not end by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import psutil

LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured[T]:
    """`value` None: it was ended at its limit.  Times are those of the work alone, without what was made before it.

    `cpu_s` is the sum over all processes; `peak_mb` is the most that one of them has held, `all_mb` all at once.
    """

    value: T | None
    wall_s: float
    cpu_s: float
    peak_mb: float
    all_mb: float


def measured[A, T](
    make: Callable[[], A], work: Callable[[A], T], *, processor_limit_s: float | None = None
) -> Measured[T]:
    """Run `work(make())` in a new process; both must pickle.  Beyond the limit, it and whatever it started are killed."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, make, work))
    process.start()
    sender.close()
    assert process.pid is not None
    tree = _Tree(process.pid)
    try:
        _awaited(receiver, tree, None)  # made
        began_s = tree.begin()
        value = _awaited(receiver, tree, processor_limit_s)
        wall_s = time.monotonic() - began_s
    finally:
        tree.kill()
        process.join()
    return Measured(value=value, wall_s=wall_s, cpu_s=tree.cpu_s(), peak_mb=tree.peak_mb(), all_mb=tree.all_mb)


def _run[A, T](sender: Connection, make: Callable[[], A], work: Callable[[A], T]) -> None:
    made = make()
    _tell(sender, True)
    _tell(sender, work(made))


def _tell(sender: Connection, value: object) -> None:
    with suppress(BrokenPipeError):  # who asked has been ended
        sender.send(value)


def _awaited(receiver: Connection, tree: _Tree, processor_limit_s: float | None) -> Any:
    """What the process sends; raises `EOFError` if it has died (its traceback stands on the screen)."""
    while not receiver.poll(LOOK_EVERY_S):
        tree.look()
        if processor_limit_s is not None and tree.cpu_s() > processor_limit_s:
            return None
    tree.look()
    return receiver.recv()


class _Tree:
    """A process and its descendants, looked at again and again: those that have ended count as last seen."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._cpu_s: dict[int, float] = {}
        self._rss: dict[int, int] = {}
        self._before_s = 0.0
        self.all_mb = 0.0

    def begin(self) -> float:
        self.look()
        self._before_s = sum(self._cpu_s.values())
        return time.monotonic()

    def look(self) -> None:
        now = 0
        for process in self._processes():
            with suppress(psutil.Error):
                times, rss = process.cpu_times(), process.memory_info().rss
                self._cpu_s[process.pid] = times.user + times.system
                self._rss[process.pid] = max(rss, self._rss.get(process.pid, 0))
                now += rss
        self.all_mb = max(self.all_mb, now / 1e6)

    def cpu_s(self) -> float:
        return sum(self._cpu_s.values()) - self._before_s

    def peak_mb(self) -> float:
        return max(self._rss.values(), default=0) / 1e6

    def kill(self) -> None:
        for process in self._processes():
            with suppress(psutil.Error):
                process.kill()

    def _processes(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return [self._root, *self._root.children(recursive=True)]
        return []
