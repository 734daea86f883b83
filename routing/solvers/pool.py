"""Processes that improve parts of plans side by side.

PyVRP holds the interpreter lock, so threads would not help.  A worker is a plain child process that talks pickle over its standard
streams: unlike `multiprocessing` it does not run the caller's main module again (which may lack a main guard), may be started
from any thread and from daemonic processes, can be killed at any time, and ends by itself when its parent is gone.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from routing.insertion import Fleet
from routing.plan import Plan
from routing.problem import Problem
from routing.solvers import or_tools, py_vrp
from routing.solvers.standings import Standings
from routing.solvers.start import mended

PATIENCE_S = 1.2
"""How long after the order to stop a worker may be busy before it is killed."""

LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem (or part of one) with a plan to be improved, by OR-Tools or by PyVRP as the effort says."""

    problem: Problem
    plan: Plan
    effort: py_vrp.Effort | py_vrp.Plain | or_tools.Effort
    seed: int

    def run(self, should_stop: Callable[[], bool]) -> Result:
        """A pure function of the task's values for an effort that is counted."""
        if isinstance(self.effort, or_tools.Effort):
            found = py_vrp.Found(or_tools.improve(self.problem, self.plan, effort=self.effort, should_stop=should_stop))
        else:
            found = py_vrp.find(self.problem, self.plan, effort=self.effort, seed=self.seed, should_stop=should_stop)
        plan = found.plan
        standings = Standings(self.problem)
        before, after = standings.of(self.plan), standings.of(plan)
        if after[0] > before[0]:
            plan = mended(Fleet(self.problem), plan, should_stop)
            after = standings.of(plan)
        is_welcome = standings.is_as_valid if isinstance(self.effort, py_vrp.Annealing) else standings.is_better
        if not is_welcome(plan, self.plan):
            return replace(NOTHING, trips=found.trips, others=found.others)
        broken, must_serve, fen = (old - new for old, new in zip(before, after, strict=True))
        return Result(plan=plan, gain=(broken, must_serve, fen), trips=found.trips, others=found.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A plan that the referee holds for better, and by how much (see `Standings.of`); or no plan.  One that was annealed may also be
    dearer.  What has become of the others that were crossed with it is not judged.
    """

    plan: Plan | None
    gain: tuple[int, int, int]
    trips: py_vrp.Trips | None = None
    others: tuple[Plan, ...] = ()


NOTHING = Result(plan=None, gain=(0, 0, 0))


class Workers:
    """So many processes, started when first needed; a context, or `close` it.  May be used by one `solve` after another, and by one
    thread at a time.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = (
            count or os.process_cpu_count() or 1 if hasattr(os, "process_cpu_count") else count or os.cpu_count() or 1
        )
        self._idle: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, *, even_one: bool = False) -> None:
        """Start the processes, so that they load their libraries while the caller has other things to do.  One would be none the
        quicker than the caller himself, but can be left behind.
        """
        while (self.count > 1 or even_one) and len(self._idle) < self.count:
            self._idle.append(_Worker())

    def close(self) -> None:
        while self._idle:
            self._idle.pop().kill()

    def run(self, tasks: Sequence[Task], should_stop: Callable[[], bool]) -> list[Result]:
        """All results in the order of the tasks: here, unless the processes were started.  Told to stop, workers end early with what
        they have.
        """
        if not self._idle:
            return [NOTHING if should_stop() else task.run(should_stop) for task in tasks]
        self.start()  # in place of those that had to be killed
        return self._run(tasks, should_stop)

    def _run(self, tasks: Sequence[Task], should_stop: Callable[[], bool]) -> list[Result]:
        results: list[Result | None] = [None] * len(tasks)
        waiting, busy = list(enumerate(tasks))[::-1], dict[int, _Worker]()
        answers: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        stopped_s: float | None = None
        try:
            while waiting or busy:
                while waiting and self._idle and stopped_s is None:
                    number, task = waiting.pop()
                    busy[number] = self._idle.pop()
                    busy[number].ask(number, task, answers)
                with contextlib.suppress(queue.Empty):
                    number, answer = answers.get(timeout=LOOK_EVERY_S)
                    self._take(busy.pop(number), answer, results, number)
                if stopped_s is None and should_stop():
                    stopped_s = time.monotonic()
                    waiting.clear()
                    for worker in busy.values():
                        worker.stop()
                elif stopped_s is not None and time.monotonic() > stopped_s + PATIENCE_S:
                    break
        finally:
            for worker in busy.values():
                worker.kill()
        return [result or NOTHING for result in results]

    def _take(self, worker: _Worker, answer: Any, results: list[Result | None], number: int) -> None:
        if isinstance(answer, Result):
            self._idle.append(worker)
            results[number] = answer
        else:
            worker.kill()
            raise answer


class WorkerError(RuntimeError):
    """A worker ended, or failed, in the midst of its work."""


_SERVE = """
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; what it means is for the parent to say

from routing.solvers.pool import serve

serve()
"""


class _Worker:
    """One process, seen from its parent."""

    def __init__(self) -> None:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(  # noqa: S603  # our own program and words
            [sys.executable, "-c", _SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._to = cast(BinaryIO, self._process.stdin)
        self._from = cast(BinaryIO, self._process.stdout)

    def ask(self, number: int, task: Task, answers: queue.SimpleQueue[tuple[int, Any]]) -> None:
        """Send a task; its answer comes with its number into the queue."""
        threading.Thread(target=self._listen, args=(number, answers), daemon=True).start()
        self._send(task)

    def stop(self) -> None:
        self._send(None)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._to, self._from):
            with contextlib.suppress(OSError):
                stream.close()

    def _send(self, message: Task | None) -> None:
        with contextlib.suppress(OSError):  # a dead worker is noticed by who listens
            pickle.dump(message, self._to, protocol=pickle.HIGHEST_PROTOCOL)
            self._to.flush()

    def _listen(self, number: int, answers: queue.SimpleQueue[tuple[int, Any]]) -> None:
        try:
            answer = pickle.load(self._from)  # noqa: S301  # our own child
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            answer = WorkerError(f"a worker ended in the midst of its work: {self._process.poll()}")
        answers.put((number, answer))


def serve() -> None:
    """The life of a worker: tasks in, results out, until the parent is gone.  None in place of a task stops the one at hand."""
    to_parent = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    told_to_stop = threading.Event()
    threading.Thread(target=_receive, args=(tasks, told_to_stop), daemon=True).start()
    while True:
        task = tasks.get()
        try:
            answer: Result | WorkerError = task.run(told_to_stop.is_set)
        except Exception as error:
            answer = WorkerError(f"{type(error).__name__}: {error}")
        pickle.dump(answer, to_parent, protocol=pickle.HIGHEST_PROTOCOL)
        to_parent.flush()


def _receive(tasks: queue.SimpleQueue[Task], told_to_stop: threading.Event) -> None:
    try:
        while True:
            message = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own parent
            if message is None:
                told_to_stop.set()
            else:
                told_to_stop.clear()
                tasks.put(message)
    except (EOFError, OSError):
        os._exit(0)
