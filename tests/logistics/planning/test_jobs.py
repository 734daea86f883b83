"""The queue with real workers: what is asked for is done once, whoever dies on the way."""

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from inventory import units
from logistics.cli import main
from logistics.config import Settings
from logistics.planning import operations
from logistics.planning.jobs import Jobs
from logistics.planning.models import PlanState
from tests.county import NOW
from tests.engines import on_postgresql, on_sqlite
from tests.logistics.running import eventually, running


@pytest.fixture
def settings(database, tmp_path):
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(data=tmp_path, database_url=url, secret_key="only-for-tests" * 4, slice_s=1)


@pytest.fixture
def engines_own(settings):
    """`engines_own("UPDATE …")`: on SQLite, a statement in the file of the job engine."""

    def execute(statement: str) -> None:
        engine = create_engine(settings.database_url.replace("test.sqlite3", "test-jobs.sqlite3"))
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return execute


@pytest.fixture
def state(seen):
    return lambda run_id: seen(run_id).state


def test_a_run_is_worked_off_once_however_often_it_is_put_into_the_queue(settings, ordered, start_run, seen, state):
    run_id, jobs = start_run(budget_s=3), Jobs(settings)
    jobs.enqueue(run_id)
    jobs.enqueue(run_id)
    with running(settings, "worker", "--id", "w1"):
        eventually(lambda: state(run_id) is PlanState.DONE)
        run = seen(run_id)
        jobs.enqueue(run_id)
        second = start_run(key="second", budget_s=1)
        jobs.enqueue(second)
        eventually(lambda: state(second) is PlanState.DONE)
    assert (run.spent_s, run.plan["stops"], run.failure) == (3, 2, "")
    assert 2 <= run.slices <= 3
    again = seen(run_id)
    assert (again.slices, again.finished_at) == (run.slices, run.finished_at)
    assert jobs.states([run_id, second]) == {run_id: "SUCCESS", second: "SUCCESS"}


@on_sqlite
def test_runs_that_never_reached_the_queue_are_found_by_the_workers(settings, engines_own, ordered, start_run, state):
    forgotten, namesake = start_run(), start_run(key="second")
    jobs = Jobs(settings)
    # The engine's file is older than the database, and has finished another run of this number.
    jobs.enqueue(namesake)
    engines_own("UPDATE workflow_status SET status = 'SUCCESS'")
    assert jobs.states([forgotten, namesake]) == {namesake: "SUCCESS"}
    with running(settings, "worker", "--id", "w1"):
        eventually(lambda: state(forgotten) is state(namesake) is PlanState.DONE)


@on_sqlite
def test_cancelling_keeps_the_best_plan(settings, ordered, start_run, seen, database):
    run_id, jobs = start_run(budget_s=600), Jobs(settings)
    jobs.enqueue(run_id)
    with running(settings, "worker", "--id", "w1"):
        eventually(lambda: seen(run_id).slices)
        with database.transaction() as session:
            operations.ask_cancel(session, plan_run_id=run_id, at=NOW)
        eventually(lambda: seen(run_id).state is PlanState.CANCELLED, within_s=10)
    assert seen(run_id).plan["stops"] == 2


@on_postgresql
def test_the_work_of_a_worker_that_does_not_come_back_is_reclaimed(settings, ordered, start_run, seen):
    run_id, jobs = start_run(budget_s=4), Jobs(settings)
    jobs.enqueue(run_id)
    with running(settings, "worker", "--id", "lost") as lost:
        eventually(lambda: seen(run_id).slices)
        lost.kill()
    before = seen(run_id)
    assert (before.state, jobs.reclaim("somebody else")) == (PlanState.RUNNING, 0)
    options = ["--data", str(settings.data), "--database", settings.database_url]
    told = CliRunner().invoke(main, ["workers", "reclaim", "lost", *options], catch_exceptions=False)
    assert told.output.startswith("1 ")
    with running(settings, "worker", "--id", "w2"):
        eventually(lambda: seen(run_id).state is PlanState.DONE)
    after = seen(run_id)
    assert after.spent_s == 4
    assert after.slices > before.slices
    assert after.cost <= before.cost


@on_sqlite
def test_the_work_of_silent_workers_goes_to_those_that_are_there(settings, engines_own, start_run):
    run_id, jobs = start_run(), Jobs(settings)
    jobs.enqueue(run_id)
    engines_own("UPDATE workflow_status SET status = 'PENDING', executor_id = 'lost'")
    assert jobs.reclaim_from_all_but(["lost", "w2"]) == 0
    assert jobs.states([run_id]) == {run_id: "PENDING"}
    assert jobs.reclaim_from_all_but(["w2"]) == 1
    assert jobs.states([run_id]) == {run_id: "ENQUEUED"}


@on_sqlite
def test_what_goes_wrong_is_told_in_the_run(settings, ordered, start_run, seen, county, database):
    run_id = start_run()
    with database.transaction() as session:
        unit = units.get_unit(session, county.warehouse.id)
        unit.lat = unit.lon = None
    Jobs(settings).enqueue(run_id)
    with running(settings, "worker", "--id", "w1"):
        eventually(lambda: seen(run_id).state is PlanState.FAILED)
    assert seen(run_id).failure.startswith("depot-without-place: ")
