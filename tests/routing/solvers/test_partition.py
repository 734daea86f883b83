"""Which trips are driven: by hand, and against all there are."""

import threading
import time
from collections.abc import Iterator
from itertools import chain, combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.solvers.or_tools.partition import Fleet, Timetable, Trip, cheapest

HOUR = 3600
ONE_VAN = [Fleet(vehicles=1, fixed_cost=0, trips_each=9)]


def trip(visits: str, cost: int, hours: tuple[int, int] = (0, 8), length: int = 1, fleet: int = 0) -> Trip:
    """`visits` are digits; it leaves within the hours, and takes so many."""
    return Trip(
        visits=tuple(map(int, visits)),
        fleet=fleet,
        cost=cost,
        first_s=hours[0] * HOUR,
        last_s=hours[1] * HOUR,
        length_s=length * HOUR,
    )


def chosen(trips, known: str, fleets=ONE_VAN, must=None, **more) -> str | None:
    """Letters say which trips; those of the known plan leave one after the other."""
    rows = 1 + max(chain.from_iterable(trip.visits for trip in trips))
    found = cheapest(
        trips,
        fleets,
        must or [True] * rows,
        {ord(letter) - ord("a"): at * HOUR for at, letter in enumerate(known)},
        **{"seconds": None, "should_stop": lambda: False, **more},
    )
    return None if found is None else "".join(chr(ord("a") + number) for number in sorted(found))


def test_every_visit_is_on_one_of_the_cheapest_trips():
    trips = [trip("01", 10), trip("23", 10), trip("02", 8), trip("13", 8), trip("012", 9)]
    assert chosen(trips, "ab") == "cd"


def test_there_is_none_that_is_only_as_good():
    assert chosen([trip("01", 10), trip("0", 5), trip("1", 5)], "a") is None


def test_a_vehicle_is_on_one_trip_at_a_time():
    trips = [trip("0", 9, (0, 0), 2), trip("1", 9, (3, 3), 2), trip("0", 1, (2, 2), 2)]
    assert chosen(trips, "ab") is None  # it would be away from 2 to 4
    assert chosen(trips, "ab", [Fleet(vehicles=2, fixed_cost=0, trips_each=9)]) == "bc"


def test_departures_are_moved_to_make_room():
    trips = [trip("0", 9, (0, 1), 2), trip("1", 9, (0, 0), 1), trip("1", 1, (0, 4), 1)]
    found = cheapest(trips, ONE_VAN, [True] * 2, {0: HOUR, 1: 0}, seconds=None, should_stop=lambda: False)
    assert found is not None
    assert set(found) == {0, 2}
    assert found[2] >= found[0] + 2 * HOUR or found[2] + HOUR <= found[0]


def test_there_is_a_limit_to_the_trips_of_each_vehicle():
    trips = [trip("01", 10), trip("0", 1), trip("1", 1)]
    assert chosen(trips, "a") == "bc"
    assert chosen(trips, "a", [Fleet(vehicles=1, fixed_cost=0, trips_each=1)]) is None
    assert chosen(trips, "a", [Fleet(vehicles=2, fixed_cost=0, trips_each=1)]) == "bc"


def test_a_vehicle_has_its_price():
    trips = [trip("0", 5, (0, 0)), trip("1", 5, (0, 0)), trip("01", 12, (0, 0))]
    assert chosen(trips, "c", [Fleet(vehicles=2, fixed_cost=2, trips_each=9)]) is None
    dear = [Fleet(vehicles=2, fixed_cost=9, trips_each=9)]
    assert cheapest(trips, dear, [True] * 2, {0: 0, 1: 0}, seconds=None, should_stop=lambda: False) == {2: 0}


def test_each_fleet_drives_its_own_trips():
    fleets = [Fleet(vehicles=1, fixed_cost=0, trips_each=1), Fleet(vehicles=1, fixed_cost=0, trips_each=1)]
    trips = [trip("01", 10), trip("0", 1), trip("1", 1), trip("1", 5, fleet=1)]
    assert chosen(trips, "a", fleets) == "bd"


def test_what_need_not_be_visited_is_where_it_pays():
    trips = [trip("0", 5), trip("01", 3), trip("012", 4)]
    assert chosen(trips, "a", must=[True, False, False]) == "b"


def test_told_to_stop_it_ends_at_once():
    """It asks where it was called: the question may look into a database that only one thread may use."""
    rng = np.random.default_rng(1)
    visits = [rng.choice(60, 5, replace=False).tolist() for _ in range(1200)]
    trips = [
        Trip(
            visits=tuple(each),
            fleet=0,
            cost=int(rng.integers(900, 1000)),
            first_s=first,
            last_s=first + 900,
            length_s=900,
        )
        for each in visits
        for first in [int(rng.integers(6000))]
    ]
    trips += [Trip(visits=(row,), fleet=0, cost=1000, first_s=0, last_s=HOUR, length_s=1) for row in range(60)]
    known = {1200 + row: row for row in range(60)}
    fleets = [Fleet(vehicles=2, fixed_cost=0, trips_each=60)]
    began_s, threads = time.monotonic(), list[int]()

    def should_stop() -> bool:
        threads.append(threading.get_ident())
        return time.monotonic() > began_s + 1.0

    cheapest(trips, fleets, [True] * 60, known, seconds=60, should_stop=should_stop)
    assert time.monotonic() - began_s < 3
    assert len(threads) > 2
    assert set(threads) == {threading.get_ident()}


def test_no_time_is_no_plan():
    assert chosen([trip("01", 10), trip("0", 1), trip("1", 1)], "a", seconds=0.0) is None


_trips = st.builds(
    lambda visits, cost, first, slack, length, fleet: trip(
        "".join(map(str, sorted(visits))), cost, (first, first + slack), length, fleet
    ),
    st.sets(st.integers(0, 3), min_size=1, max_size=3),
    st.integers(-5, 20),
    st.integers(0, 4),
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(0, 1),
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(_trips, max_size=6),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(0, 4),
)
def test_nothing_is_cheaper_by_brute_force(drawn, must, vehicles, trips_each, fixed_cost):
    fleets = [
        Fleet(vehicles=many, fixed_cost=fixed_cost, trips_each=each)
        for many, each in zip(vehicles, trips_each, strict=True)
    ]
    trips = [trip("0123", 100), *drawn]
    judged = (_judged(trips, fleets, must, timetable) for timetable in _all_timetables(trips))
    best = min(cost for cost in judged if cost is not None)
    found = cheapest(trips, fleets, must, {0: 0}, seconds=None, should_stop=lambda: False)
    assert (100 + fixed_cost if found is None else _judged(trips, fleets, must, found)) == best


def _all_timetables(trips: list[Trip]) -> Iterator[Timetable]:
    """By whole hours, which is enough where all is in hours."""
    for count in range(len(trips) + 1):
        for numbers in combinations(range(len(trips)), count):
            visits = list(chain.from_iterable(trips[number].visits for number in numbers))
            if len(visits) == len(set(visits)):
                hours = [range(trips[number].first_s, trips[number].last_s + 1, HOUR) for number in numbers]
                yield from (dict(zip(numbers, departures, strict=True)) for departures in product(*hours))


def _judged(trips: list[Trip], fleets: list[Fleet], must: list[bool], timetable: Timetable) -> int | None:
    """The cost; None if it cannot be driven."""
    visits = list(chain.from_iterable(trips[number].visits for number in timetable))
    if len(visits) != len(set(visits)) or {row for row, each in enumerate(must) if each} - set(visits):
        return None
    cost = 0
    for number, fleet in enumerate(fleets):
        mine = [(at, at + trips[each].length_s) for each, at in timetable.items() if trips[each].fleet == number]
        cars = -(-len(mine) // fleet.trips_each)
        if fleet.trips_each > 1:
            cars = max([cars, *(sum(first <= at < last for first, last in mine) for at, _ in mine)])
        if cars > fleet.vehicles:
            return None
        cost += fleet.fixed_cost * cars
    return cost + sum(trips[each].cost for each in timetable)
