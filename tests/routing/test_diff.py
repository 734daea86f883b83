"""What a driver and a dispatcher are told of two plans: 10 minutes from place to place, 1 km each, 100 fen a km."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Plan, Route, evaluate
from routing.diff import ArrivalChange, Moved, Seat, diff, diff_to_json
from tests.routing.cases import MINUTE, left_out, plan, plans_for, problem, problems, served, shift, stop, vehicle


def test_a_stop_on_another_shift_has_moved_and_both_shifts_are_told():
    before, after = (
        plan({"s1": ["a", "b"], "s2": ["c"], "s3": ["d"]}),
        plan({"s1": ["b"], "s2": ["a", "c"], "s3": ["d"]}),
    )
    found = diff(before, after)
    there = Moved(stop_id="a", before=Seat(shift_id="s1", position=0), after=Seat(shift_id="s2", position=0))
    assert found.moved == (there,)
    assert there.changes_shift
    assert (found.affected, found.unchanged) == (("s1", "s2"), ("s3",))
    assert (found.changed[0].went, found.changed[1].came) == (("a",), ("a",))


def test_stops_that_only_make_room_have_not_moved():
    found = diff(plan({"s": ["a", "b", "c"]}, ["x"]), plan({"s": ["x", "a", "b", "c"]}))
    assert found.moved == ()
    assert [each.stop_id for each in found.served] == ["x"]
    assert found.served[0].after == Seat(shift_id="s", position=0)


def test_of_two_ways_to_say_it_the_fewest_stops_have_moved():
    found = diff(plan({"s": ["a", "b", "c", "d"]}), plan({"s": ["d", "a", "b", "c"]}))
    assert [each.stop_id for each in found.moved] == ["d"]
    assert found.changed[0].moved == ("d",)


def test_who_is_left_out_and_who_is_gone_altogether():
    found = diff(plan({"s": ["a", "b"]}, ["c"]), plan({"s": []}, ["a"]))
    assert (found.left_out, found.gone) == (("a",), ("b", "c"))


def test_another_place_and_another_loading_are_changes():
    before = Plan(routes=(Route(shift_id="s", stops=("a", "b")),))
    found = diff(before, Plan(routes=(Route(shift_id="s", stops=("a", "b"), places=(0, 1), reloads=(1,)),)))
    assert [each.stop_id for each in found.moved] == ["b"]
    assert found.changed[0].loads_elsewhen


def test_costs_and_arrivals_are_told_with_the_problem():
    case = problem([stop("a", 1), stop("b", 3)], [vehicle(cost_per_hour=600)], [shift(driver="Wang")])
    found = diff(plan({"day": ["a"]}, ["b"]), plan({"day": ["b", "a"]}), case)
    assert found.figures is not None
    assert (found.figures.distance_m, found.figures.duration_s) == (4000, 40 * MINUTE)
    assert (found.figures.cost.distance, found.figures.cost.time, found.figures.cost.left_out) == (400, 400, -1_000_000)
    assert found.arrivals == (ArrivalChange(stop_id="a", before_s=10 * MINUTE, after_s=50 * MINUTE),)
    assert found.changed[0].driver == "Wang"


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_plan_is_not_different_from_itself(data):
    case = data.draw(problems())
    decided = data.draw(plans_for(case))
    found = diff(decided, decided, case)
    assert found.is_empty
    assert not found.moved
    assert found.figures is not None
    assert found.figures.cost.total == 0
    assert json.loads(json.dumps(diff_to_json(found)))["moved"] == []


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_the_difference_accounts_for_every_stop_and_every_fen(data):
    case = data.draw(problems())
    before, after = data.draw(plans_for(case)), data.draw(plans_for(case))
    found = diff(before, after, case)
    assert {each.stop_id for each in found.served} == served(after) - served(before)
    assert set(found.left_out) == left_out(after) & served(before)
    assert found.figures is not None
    assert found.figures.cost.total == evaluate(case, after).cost.total - evaluate(case, before).cost.total
    where = {stop_id: route.shift_id for route in after.routes for stop_id in route.stops}
    moved = {each.stop_id: each for each in found.moved}
    for route in before.routes:
        stays = [id for id in route.stops if where.get(id) == route.shift_id and id not in moved]
        now = next((each for each in after.routes if each.shift_id == route.shift_id), Route(shift_id="-", stops=()))
        assert [id for id in now.stops if id in stays] == stays
        assert all(id in moved for id in route.stops if where.get(id) not in {None, route.shift_id})
    assert set(found.affected) | set(found.unchanged) == {
        r.shift_id for p in (before, after) for r in p.routes if r.stops
    }
