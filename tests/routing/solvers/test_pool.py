"""Processes: same results as without, an order to stop that is obeyed, nothing left behind."""

import threading
import time

import pytest

from routing.solvers import py_vrp
from routing.solvers.pool import Task, Workers, _Worker
from tests.benchmarks.counties import county
from tests.routing.cases import plan, problem, stop


def task(seed: int = 1, **effort) -> Task:
    case = problem([stop(f"s{number}", number % 7) for number in range(20)])
    start = plan({}, [each.id for each in case.stops])
    return Task(problem=case, plan=start, effort=py_vrp.Effort(**effort), seed=seed)


def never() -> bool:
    return False


def test_results_come_in_the_order_of_the_tasks_and_are_those_of_one_process():
    tasks = [task(seed, iterations=50) for seed in range(5)]
    with Workers(2) as workers:
        workers.start()
        found = workers.run(tasks, never)
    with Workers(1) as alone:
        assert alone.run(tasks, never) == found


def test_told_to_stop_workers_answer_within_two_seconds_with_what_they_have():
    with Workers(2) as workers:
        workers.start()
        workers.run([task(iterations=1)] * 2, never)
        began_s = time.monotonic()
        found = workers.run([task(seconds=60)] * 4, lambda: time.monotonic() > began_s + 0.3)
        assert time.monotonic() - began_s < 2.3
        assert [result.plan is not None for result in found][2:] == [False, False]
        assert workers.run([task(iterations=5)], never)[0].plan is not None


def test_a_worker_that_dies_is_an_error_and_leaves_the_others_usable():
    with Workers(2) as workers:
        workers.start()
        worker: _Worker = workers._idle[-1]
        threading.Timer(0.5, worker._process.kill).start()
        with pytest.raises(RuntimeError, match="in the midst"):
            workers.run([task(seconds=30)], never)
        assert workers.run([task(iterations=5)] * 2, never)[0].plan is not None


def test_nothing_is_left_running():
    workers = Workers(2)
    workers.start()
    processes = [worker._process for worker in workers._idle]
    workers.close()
    assert all(process.poll() is not None for process in processes)


def test_it_may_be_used_from_any_thread():
    found = []

    def work() -> None:
        with Workers(2) as workers:
            workers.start()
            found.extend(workers.run([task(iterations=5)], never))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].plan is not None


def test_a_part_of_a_county_goes_to_a_worker_and_back():
    case = county(3, customers=60, villages=10, vehicles=2)
    start = plan({}, [each.id for each in case.stops])
    with Workers(2) as workers:
        workers.start()
        (result,) = workers.run([Task(problem=case, plan=start, effort=py_vrp.Effort(iterations=100), seed=1)], never)
    assert result.gain[-1] > 0
