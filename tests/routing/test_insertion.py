from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Plan, Route, evaluate, evaluate_route
from routing.gaps import Gaps
from routing.insertion import Fleet, Tours
from routing.survey import Tour
from tests.routing.cases import apart, plan, plans_for, problem, problems, shift, stop, vehicle
from tests.routing.ways import every_way_in, newly_broken, part_that_breaks_nothing


def drawn_tours(data):
    case = data.draw(problems())
    routes = part_that_breaks_nothing(case, data.draw(plans_for(case)))
    tours = Tours(Fleet(case), routes)
    return case, tours, [number for number in range(len(case.stops)) if number not in tours.row_of]


def with_way(case, tours, row, way):
    return Plan(routes=tuple(way if number == row else tours.route(number) for number in range(len(case.shifts))))


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_the_cheapest_place_is_the_cheapest_of_all_by_the_referee(data):
    case, tours, left_out = drawn_tours(data)
    gaps = Gaps(tours)
    before = tours.plan()
    for number in left_out:
        costs: dict[int, int] = {}
        for row, way in every_way_in(case, tours, number):
            if not newly_broken(case, before, with_way(case, tours, row, way)):
                cost = evaluate_route(case, way).cost.total - tours.driven(row).cost.total
                costs[row] = min(cost, costs.get(row, cost))
        found = gaps.best(number, len(case.shifts))
        assert {spot.row: spot.cost for spot in found} == costs
        assert [spot.cost for spot in found] == sorted(costs.values())


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_place_called_feasible_breaks_nothing(data):
    case, tours, left_out = drawn_tours(data)
    before = tours.plan()
    for number in left_out:
        places = tours.places(number)
        found = places.cheapest()
        if found is not None:
            longer = tours.longer(*found, number, int(places.place[found]))
            after = with_way(case, tours, found[0], tours.as_route(found[0], longer))
            assert not newly_broken(case, before, after)


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


def test_a_stop_may_come_to_another_row_before_it_leaves_its_own():
    case = problem([stop("a", 1)], [vehicle("v1"), vehicle("v2")], [shift("s1", "v1"), shift("s2", "v2")])
    tours = Tours(Fleet(case), [Route(shift_id="s1", stops=("a",))])
    tours.put(1, tours.tour(0))
    tours.put(0, tours.tour(0).without(0))
    assert tours.plan() == plan({"s2": ["a"]})


def test_a_tour_that_has_lost_its_last_trips_is_asked_about_goods():
    stops = [stop("a", 1), stop("b", 2), stop("c", 3, goods=frozenset({"acid"}))]
    case = problem(stops, shifts=[shift(max_trips=3)], incompatible=(apart("bleach", "acid"),))
    tours = Tours(Fleet(case), [Route(shift_id="day", stops=("a", "b"), reloads=(1,))])
    tours.put(0, Tour([], [], []))
    place = tours.places(2).cheapest()
    assert place is not None
    tours.insert(*place, 2)
    assert tours.route(0).stops == ("c",)


def test_goods_from_a_locked_stop_come_right_after_it():
    case = problem([stop("mill", 1), stop("shop", 2, from_stop="mill")], shifts=[shift(locked=("mill",))])
    spot = Gaps(Tours(Fleet(case))).cheapest(1)
    assert spot is not None
    assert spot.tour.stops == [0, 1]
