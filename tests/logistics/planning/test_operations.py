"""A run from the wish to its end, worked inline, with budgets shorter than people may ask for."""

import datetime as dt
import threading
import time

import pytest
from sqlalchemy import update

from inventory.errors import KeyReused, NotFound, WrongState
from logistics.fleet.models import Shift
from logistics.orders.models import DeliveryOrder
from logistics.planning import operations
from logistics.planning.errors import BudgetOutOfRange, DaysOutOfOrder
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.result import plan_of, result_of
from logistics.planning.roads import planning_roads
from logistics.planning.snapshot import problem_of
from routing import ProblemError, Progress
from tests.county import NOW, TODAY, County

CHINA = "Asia/Shanghai"
LATER = NOW + dt.timedelta(minutes=1)


@pytest.fixture
def wish(county: County):
    return {
        "key": "k1",
        "depot_id": county.store.id,
        "first_day": TODAY,
        "last_day": TODAY,
        "budget_s": 60,
        "seed": 1,
        "at": NOW,
        "by": "dispatcher",
    }


@pytest.fixture
def plan(database):
    """`plan(plan_run_id)`: make the whole plan."""
    return lambda run_id: operations.plan_now(database, run_id, timezone=CHINA, clock=lambda: LATER, slice_s=0.1)


def test_a_second_click_asks_for_the_same_run(database, wish):
    with database.transaction() as session:
        first = operations.start_plan(session, **wish)
    with database.transaction() as session:
        second = operations.start_plan(session, **wish | {"seed": 2, "at": LATER})
    assert first.id == second.id
    assert (second.seed, second.created_at, second.state) == (1, NOW, PlanState.QUEUED)
    assert second.progress == []


def test_a_key_stands_for_one_wish(database, wish):
    with database.transaction() as session:
        operations.start_plan(session, **wish)
    with pytest.raises(KeyReused), database.transaction() as session:
        operations.start_plan(session, **wish | {"budget_s": 61})


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"budget_s": 4}, BudgetOutOfRange),
        ({"budget_s": 3601}, BudgetOutOfRange),
        ({"last_day": TODAY - dt.timedelta(days=1)}, DaysOutOfOrder),
        ({"last_day": TODAY + dt.timedelta(days=14)}, DaysOutOfOrder),
        ({"depot_id": 12345}, NotFound),
    ],
)
def test_what_cannot_be_meant_is_refused(database, wish, change, refusal):
    with pytest.raises(refusal), database.transaction() as session:
        operations.start_plan(session, **wish | change)


def test_a_plan_serves_both_shops_within_their_windows(ordered, plan, start_run, seen):
    run_id = start_run()
    plan(run_id)
    run = seen(run_id)
    assert (run.state, run.spent_s, run.finished_at, run.failure) == (PlanState.DONE, 1, LATER, "")
    assert run.plan["stops"] == 2
    assert (run.left_out, run.cost) == (0, run.plan["cost"]["total"])
    assert run.progress[-1] == [1, run.cost, 0]
    assert run.plan["violations"] == []
    # One vehicle for both: 200 yuan. In town between half past eight and half past eleven.
    (route,) = run.plan["routes"]
    assert route["cost"]["fixed"] == 20_000
    assert (route["load_kg"], route["load_l"]) == (39, 195)
    in_town = next(visit for visit in route["visits"] if visit["stop_id"] == run.problem["places"][0]["id"])
    assert 8.5 * 3600 <= in_town["start_s"] % 86_400 <= 11.5 * 3600
    assert in_town["arrival_s"] + in_town["waiting_s"] == in_town["start_s"]
    assert route["visits"][-1]["aboard_kg"] == 0


def test_a_result_holds_its_plan_with_reasons(ordered, order, plan, start_run, seen, county: County, database):
    order(county.shop, 300, "too much for anybody")
    with database.transaction() as session:
        session.merge(county.truck).capacity_kg = session.merge(county.van).capacity_kg = 50
    run_id = start_run()
    plan(run_id)
    run = seen(run_id)
    problem = problem_of(run.problem, planning_roads())
    assert result_of(problem, plan_of(run.plan)) == run.plan


def test_a_stop_too_heavy_for_any_vehicle_is_left_out_with_the_reason(order, plan, start_run, seen, county, database):
    order(county.shop, 400)  # 104 kg
    with database.transaction() as session:
        session.merge(county.van).capacity_kg, session.merge(county.truck).capacity_kg = 80, 100
    run_id = start_run()
    plan(run_id)
    run = seen(run_id)
    assert run.state is PlanState.DONE
    (entry,) = run.plan["left_out"]
    assert (entry["reason"]["code"], entry["reason"]["type"]) == ("load", "fits_nowhere")
    (violation,) = entry["reason"]["violations"]
    assert (violation["amount"], violation["unit"]) == (4, "weight_kg")
    assert run.left_out == 1


def test_without_shifts_everything_is_left_out_at_once(ordered, plan, start_run, seen, county, database):
    with database.transaction() as session:
        session.merge(county.van).active = session.merge(county.truck).active = False
    run_id = start_run(budget_s=3600)
    plan(run_id)
    run = seen(run_id)
    assert run.state is PlanState.DONE
    assert [entry["reason"]["code"] for entry in run.plan["left_out"]] == ["no_shift"] * 2


def test_what_is_proved_impossible_is_not_searched_for(ordered, plan, start_run, seen, database):
    with database.transaction() as session:
        session.execute(update(DeliveryOrder).values(required_pass="a pass that no vehicle has"))
    run_id = start_run(budget_s=3600)
    plan(run_id)
    run = seen(run_id)
    assert (run.state, run.slices, run.left_out) == (PlanState.DONE, 1, 2)


def test_without_orders_the_plan_is_empty_at_once(plan, start_run, seen, county):
    run_id = start_run(budget_s=3600)
    plan(run_id)
    run = seen(run_id)
    assert (run.state, run.cost, run.left_out, run.plan["routes"]) == (PlanState.DONE, 0, 0, [])


def test_a_slice_that_runs_twice_counts_once(ordered, start_run, seen, database):
    run_id = start_run(budget_s=3)
    operations.prepare(database, run_id, timezone=CHINA)
    assert operations.improve(database, run_id, 0.05, number=0)
    first = seen(run_id)
    assert (first.slices, first.spent_s) == (1, 1)
    assert operations.improve(database, run_id, 0.05, number=0)
    again = seen(run_id)
    assert (again.slices, again.spent_s, again.progress) == (1, 1, first.progress)


def test_a_worker_that_was_overtaken_writes_nothing(ordered, start_run, seen, database):
    run_id = start_run(budget_s=3)
    operations.prepare(database, run_id, timezone=CHINA)

    def overtake(_progress):
        if seen(run_id).slices == 0:
            operations.improve(database, run_id, 0.05, number=0)

    assert operations.improve(database, run_id, 0.05, number=0, on_progress=overtake)
    assert (seen(run_id).slices, seen(run_id).spent_s) == (1, 1)


@pytest.mark.parametrize(
    ("budget_s", "spent_s", "has_plan", "seconds"),
    [(60, 0, False, 30), (600, 0, False, 40), (8, 0, False, 5), (60, 0, True, 5), (60, 54, True, 6)],
)
def test_the_slice_that_begins_a_plan_is_longer_and_the_last_takes_the_rest(budget_s, spent_s, has_plan, seconds):
    run = PlanRun(budget_s=budget_s, spent_s=spent_s, plan={} if has_plan else None)
    assert operations.share_s(run, 5) == seconds


def test_while_rules_are_missing_only_the_time_goes_on(ordered, start_run, database):
    run_id = start_run(budget_s=9)
    with database.reading() as session:
        run = operations.get_plan_run(session, run_id)
        session.expunge(run)
    told: list[Progress] = []
    curve = operations.Curve(database, run, told.append)
    curve.note(Progress(elapsed_s=1.2, cost=5, unassigned=1, with_all_rules=False))
    curve.note(Progress(elapsed_s=2.3, cost=7, unassigned=2))
    assert [each.cost for each in told] == [5, 7]
    assert curve.to(3, 6, 0) == [(1, None, None), (2, 7, 2), (3, 6, 0)]


def test_preparing_again_changes_nothing(ordered, order, start_run, seen, county, database):
    run_id = start_run()
    operations.prepare(database, run_id, timezone=CHINA)
    before = seen(run_id).problem
    order(county.shop, 1, "came in later")
    operations.prepare(database, run_id, timezone=CHINA)
    assert seen(run_id).problem == before


def test_the_curve_moves_while_a_slice_runs(ordered, start_run, seen, database):
    run_id = start_run(budget_s=3)
    operations.prepare(database, run_id, timezone=CHINA)
    curves = []
    operations.improve(database, run_id, 2.2, number=0, on_progress=lambda _: curves.append(seen(run_id).progress))
    assert any(curves)
    assert seen(run_id).progress[-1][0] in {2, 3}


def test_what_a_killed_slice_wrote_is_replaced(ordered, start_run, seen, database):
    run_id = start_run(budget_s=2)
    operations.prepare(database, run_id, timezone=CHINA)
    with database.transaction() as session:
        operations.get_plan_run(session, run_id).progress = [(1, 5, 0), (2, 4, 0)]
    operations.improve(database, run_id, 0.2, number=0)
    assert {cost for _, cost, _ in seen(run_id).progress} == {seen(run_id).cost}


def test_cancelling_ends_a_slice_within_two_seconds_and_keeps_the_best_plan(ordered, start_run, seen, database):
    run_id = start_run(budget_s=60)
    operations.prepare(database, run_id, timezone=CHINA)
    more = []
    slice_ = threading.Thread(target=lambda: more.append(operations.improve(database, run_id, 60, number=0)))
    slice_.start()
    time.sleep(0.5)
    began_s = time.monotonic()
    with database.transaction() as session:
        operations.ask_cancel(session, plan_run_id=run_id, at=NOW)
    slice_.join(30)
    # Two seconds when the machine is free; tests share theirs.
    assert time.monotonic() - began_s < 5
    assert more == [False]
    operations.finish(database, run_id, at=LATER)
    run = seen(run_id)
    assert (run.state, run.finished_at) == (PlanState.CANCELLED, LATER)
    assert run.plan["stops"] == 2


def test_a_run_in_the_queue_is_cancelled_at_once(ordered, plan, start_run, seen, database):
    run_id = start_run()
    for _ in range(2):
        with database.transaction() as session:
            operations.ask_cancel(session, plan_run_id=run_id, at=NOW)
    plan(run_id)
    run = seen(run_id)
    assert (run.state, run.finished_at, run.plan) == (PlanState.CANCELLED, NOW, None)


def test_a_finished_run_cannot_be_cancelled(plan, start_run, database):
    run_id = start_run()
    plan(run_id)
    with pytest.raises(WrongState), database.transaction() as session:
        operations.ask_cancel(session, plan_run_id=run_id, at=NOW)


def test_overlapping_shifts_of_one_vehicle_fail_the_run_with_the_reason(ordered, plan, start_run, seen, database):
    run_id = start_run()
    with database.transaction() as session:
        session.execute(update(Shift).values(ends_at=NOW + dt.timedelta(hours=30)))
    with pytest.raises(ProblemError):
        plan(run_id)
    run = seen(run_id)
    assert (run.state, run.finished_at) == (PlanState.FAILED, LATER)
    assert run.failure.startswith("shifts-overlap: ")


def test_a_failure_keeps_the_best_plan(ordered, start_run, seen, database):
    run_id = start_run(budget_s=3)
    operations.prepare(database, run_id, timezone=CHINA)
    operations.improve(database, run_id, 0.2, number=0)
    operations.fail(database, run_id, failure="worker-died", at=LATER)
    operations.finish(database, run_id, at=LATER)
    run = seen(run_id)
    assert (run.state, run.failure, run.plan["stops"]) == (PlanState.FAILED, "worker-died", 2)
    assert not operations.improve(database, run_id, 0.2, number=1)


def test_progress_of_a_plan_made_at_once_counts_from_its_beginning(ordered, start_run, database):
    run_id = start_run(budget_s=2)
    told: list[Progress] = []
    operations.plan_now(database, run_id, timezone=CHINA, on_progress=told.append, slice_s=1)
    assert told[0].elapsed_s < 1 < 1.5 < told[-1].elapsed_s


def test_one_place_may_get_the_goods_of_many_orders(order, plan, start_run, seen, county, database):
    for number in range(20):
        order(county.shop, 5, f"order {number}")
    run_id = start_run()
    plan(run_id)
    run = seen(run_id)
    assert run.plan["stops"] == 1
    with database.reading() as session:
        assert len(run.problem["places"][0]["delivery_order_ids"]) == session.query(DeliveryOrder).count() == 20
