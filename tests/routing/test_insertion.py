import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Route, evaluate, evaluate_route
from routing.insertion import Fleet, Gaps, Tours
from tests.routing.cases import plan, plans_for, problem, problems, shift, stop, vehicle, window


def feasible_part(case, decided):
    return [route for route in decided.routes if not evaluate_route(case, route).violations]


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_place_is_feasible_exactly_if_the_referee_says_so(data):
    case = data.draw(problems())
    tours = Tours(Fleet(case), feasible_part(case, data.draw(plans_for(case))))
    placed = {number for order in tours.order for number in order}
    for number in set(range(len(case.stops))) - placed:
        places = tours.places(number)
        for row, order in enumerate(tours.order):
            for position in range(places.cost.shape[1]):
                possible = np.isfinite(places.cost[row, position])
                if position > len(order):
                    assert not possible
                    continue
                ids = [*tours.route(row).stops]
                ids.insert(position, case.stops[number].id)
                verdict = evaluate_route(case, Route(shift_id=case.shifts[row].id, stops=tuple(ids)))
                assert possible == (not verdict.violations)


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_the_cheapest_place_is_the_cheapest_of_all_by_the_referee(data):
    case = data.draw(problems())
    tours = Tours(Fleet(case), feasible_part(case, data.draw(plans_for(case))))
    gaps = Gaps(tours)
    placed = {number for order in tours.order for number in order}
    for number in set(range(len(case.stops))) - placed:
        costs = []
        for row, order in enumerate(tours.order):
            before = evaluate_route(case, tours.route(row)).cost.total
            for position in range(len(order) + 1):
                ids = [*tours.route(row).stops]
                ids.insert(position, case.stops[number].id)
                longer = evaluate_route(case, Route(shift_id=case.shifts[row].id, stops=tuple(ids)))
                if not longer.violations:
                    costs.append(longer.cost.total - before)
        found = gaps.cheapest(number, tours.places(number))
        assert (found.cost if found else None) == min(costs, default=None)


def test_inserting_keeps_the_gaps_up_to_date():
    """Two stops of 40 kg fill a van of 100 kg so far that a third one does not fit any more."""
    case = problem([stop(id, at, load=(40,)) for id, at in [("a", 1), ("b", 2), ("c", 3)]])
    tours = Tours(Fleet(case))
    assert tours.places(2).cheapest() == (0, 0)
    tours.insert(0, 0, 0)
    tours.insert(0, 1, 1)
    assert tours.places(2).cheapest() is None
    assert tours.plan() == plan({"day": ["a", "b"]}, ["c"])
    assert evaluate(case, tours.plan()).feasible


def test_the_rows_asked_for_alone_are_tried():
    case = problem([stop("a", 1)], [vehicle("v1"), vehicle("v2")], [shift("s1", "v1"), shift("s2", "v2")])
    assert Tours(Fleet(case)).places(0, slice(1, 2)).cost.shape[0] == 1


def test_a_window_decides_the_position():
    """`b` closes before one is back from `a`: it fits before it only."""
    case = problem([stop("a", 3), stop("b", 1, windows=(window(0, 15),))])
    tours = Tours(Fleet(case), plan({"day": ["a"]}).routes)
    assert np.isfinite(tours.places(1).cost[0, :2]).tolist() == [True, False]
    assert Gaps(tours).longer(0, 0, 1).stops == ("b", "a")
