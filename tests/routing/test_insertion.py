from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Route, evaluate, evaluate_route
from routing.gaps import Gaps
from routing.insertion import Fleet, Tours, added
from tests.routing.cases import plan, plans_for, problem, problems, shift, stop, vehicle


def part_that_breaks_nothing(case, decided):
    """The routes of a plan that break no rule, with those on which everybody is with whom he belongs."""
    routes = []
    for route in decided.routes:
        more = plan({})
        more = type(more)(routes=(*routes, route))
        kinds = {violation.shift_id for violation in evaluate(case, more).violations if violation.shift_id}
        if route.shift_id not in kinds and not kinds & {each.shift_id for each in routes}:
            routes.append(route)
    return routes


def drawn_tours(data):
    case = data.draw(problems())
    routes = part_that_breaks_nothing(case, data.draw(plans_for(case)))
    tours = Tours(Fleet(case), routes)
    return case, tours, [number for number in range(len(case.stops)) if number not in tours.row_of]


def every_way_in(case, tours, number):
    """Every route with the stop (and those from which it is fed) put in, without a look at any rule but locks."""
    fed = [number]
    while (source := case.stops[fed[0]].from_stop) is not None and tours.fleet.index[source] not in tours.row_of:
        fed.insert(0, tours.fleet.index[source])
    for row, entry in enumerate(case.shifts):
        ways = [tours.route(row)]
        for each in fed:
            ways = [*chain.from_iterable(longer_routes(case, entry, way, case.stops[each]) for way in ways)]
        for way in ways:
            places = [way.stops.index(case.stops[each].id) for each in fed]
            trips = {next(n for n, trip in enumerate(way.trips()) if at in trip) for at in places}
            new_trip = len(way.reloads) > len(tours.route(row).reloads)
            own = [trip for trip in way.trips() if places[0] in trip]
            if places == sorted(places) and len(trips) == 1 and (not new_trip or list(own[0]) == places):
                yield row, way


def longer_routes(case, entry, route, added_stop):
    count = len(route.stops)
    for place in range(len(added_stop.places)):
        for position in range(count + 1):
            if position < len(entry.locked) and added_stop.id not in entry.locked:
                continue
            stops = (*route.stops[:position], added_stop.id, *route.stops[position:])
            old = route.places or (0,) * count
            places = (*old[:position], place, *old[position:])
            starts = [0, *route.reloads]
            within = [reload + (reload > position) for reload in route.reloads]
            options = {tuple(within)}
            if position in route.reloads:  # at the end of the trip before it
                options.add(tuple(reload + (reload >= position) for reload in route.reloads))
            if len(starts) < entry.max_trips and count and position in {*starts, count}:
                moved = {*(start + (start >= position) for start in starts), position}
                if position == 0:
                    moved.add(1)
                options.add(tuple(sorted(moved - {0})))
            for reloads in options:
                yield Route(shift_id=entry.id, stops=stops, places=places, reloads=reloads)


def new_violations(case, tours, before, row, way):
    """By the referee, of the whole plan."""
    routes = tuple(way if number == row else tours.route(number) for number in range(len(case.shifts)))
    after = evaluate(case, type(before)(routes=routes))
    return [
        v
        for v in added(evaluate(case, before).violations, after.violations)
        if v.kind not in {"left_out", "unaccounted_stop"}
    ]


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_the_cheapest_place_is_the_cheapest_of_all_by_the_referee(data):
    case, tours, left_out = drawn_tours(data)
    gaps = Gaps(tours)
    before = tours.plan()
    for number in left_out:
        costs = {}
        for row, way in every_way_in(case, tours, number):
            if not new_violations(case, tours, before, row, way):
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
            assert not new_violations(case, tours, before, found[0], tours.as_route(found[0], longer))


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
