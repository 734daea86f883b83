"""`logistics serve` as people run it, and what is left of a plan when it is killed in the middle."""

import json
import signal
import socket
import urllib.error
import urllib.request

import psutil
import pytest

from logistics.config import Settings
from logistics.planning.jobs import Jobs
from logistics.planning.models import PlanState
from tests.logistics.planning.conftest import order, ordered, seen, start_run
from tests.logistics.running import address_of, children_of, eventually, running

__all__ = ["order", "ordered", "seen", "start_run"]


@pytest.fixture
def settings(database, tmp_path, browser_files):
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(data=tmp_path, database_url=url, secret_key="only-for-tests" * 4, slice_s=1)


@pytest.fixture
def planning(settings, ordered, start_run, seen):
    """`planning(budget_s)`: put a run into the queue, and give its id when its first slice is through."""

    def begin(budget_s: int) -> int:
        run_id = start_run(budget_s=budget_s)
        Jobs(settings).enqueue(run_id)
        eventually(lambda: seen(run_id).slices)
        return run_id

    return begin


def worker_of(serve) -> psutil.Process | None:
    return next((child for child in children_of(serve) if "worker" in child.cmdline()), None)


def answer(url: str) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_killed_worker_is_started_again_and_goes_on_with_the_plan(settings, planning, seen):
    with running(settings, "serve", "--port", "0") as serve:
        url = address_of(serve)
        run_id = planning(4)
        killed, before = worker_of(serve), seen(run_id)
        killed.kill()
        eventually(lambda: seen(run_id).state is PlanState.DONE)
        assert worker_of(serve).pid != killed.pid
        assert answer(f"{url}/readyz") == (
            200,
            {"status": "ready", "checks": {"database": True, "tables": True, "worker": True}},
        )
    after = seen(run_id)
    assert before.state is PlanState.RUNNING
    assert (after.spent_s, after.plan["stops"]) == (4, 2)
    assert after.slices > before.slices
    assert after.cost <= before.cost


def test_a_killed_server_leaves_no_worker_and_the_next_one_goes_on_with_the_plan(settings, planning, seen):
    with running(settings, "serve", "--port", "0") as serve:
        address_of(serve)
        run_id = planning(4)
        before, worker = seen(run_id), worker_of(serve)
        serve.kill()
        worker.wait(10)
    assert seen(run_id).state is PlanState.RUNNING
    with running(settings, "serve", "--port", "0") as serve:
        address_of(serve)
        eventually(lambda: seen(run_id).state is PlanState.DONE)
    after = seen(run_id)
    assert (after.spent_s, after.plan["stops"]) == (4, 2)
    assert after.slices > before.slices
    assert after.cost <= before.cost


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_end_ends_with_its_workers(settings, how):
    with running(settings, "serve", "--port", "0") as serve:
        address_of(serve)
        worker = eventually(lambda: worker_of(serve))
        serve.send_signal(how)
        assert serve.wait(60) == 0
        assert not worker.is_running()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_port_in_use_is_told_and_no_worker_is_left(settings):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with running(settings, "serve", "--port", str(port)) as serve:
            assert serve.wait(30) == 1


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_not_ready_without_a_worker_but_alive(client):
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json == {"status": "not ready", "checks": {"database": True, "tables": True, "worker": False}}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_worker_ends_when_its_pipe_closes(settings):
    with running(settings, "worker", "--id", "w1", "--tied") as worker:
        assert worker.wait(30) == 0
