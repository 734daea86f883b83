"""Every rule in cases to check by hand, as data: one where the rule holds by the way, and one with the same stops where it binds.

The road of `cases.py`: 10 minutes, 1 km and 100 fen from place to place, the yard at place 0; the hour is free unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from routing import Incompatibility, Pass, Pin, Problem, Shift, Stop, TravelMatrix, Vehicle, Within
from tests.routing.cases import MINUTE, apart, place, problem, rest, road, shift, stop, vehicle, window


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A problem with the cost of its best plan by the referee, and the stops that plan leaves out."""

    name: str
    problem: Problem
    best_cost: int
    left_out: frozenset[str] = frozenset()


def _case(name: str, stops: list[Stop], best_cost: int, *, left_out: str = "", **more: Any) -> Case:
    return Case(name=name, problem=problem(stops, **more), best_cost=best_cost, left_out=frozenset(left_out.split()))


def _fleet(*vans: Vehicle, **by_number: dict[str, Any]) -> dict[str, Any]:
    """A shift for each vehicle, s1, s2, …, with the fields given for it."""
    shifts: list[Shift] = []
    for number, van in enumerate(vans, start=1):
        shifts.append(shift(f"s{number}", van.id, **by_number.get(f"s{number}", {})))
    return {"vehicles": vans, "shifts": shifts}


def _slow_road() -> TravelMatrix:
    return TravelMatrix(duration_s=2 * road().duration_s, distance_m=road().distance_m)


_GREEN = frozenset({"green"})
_LIFT = frozenset({"lift"})


def _time() -> list[Case]:
    on_the_way = [stop("one", 1), stop("two", 2), stop("three", 3)]
    in_this_order = [
        stop("one", 1, windows=(window(40, 50),)),
        stop("two", 2, windows=(window(60, 60),)),
        stop("three", 3, windows=(window(30, 30),)),
    ]
    paid_by_the_hour = [vehicle(cost_per_hour=600)]
    early = stop("early", 1, windows=(window(0, 10),))
    on_two_days = [stop("mon", 1, windows=(window(0, 480),)), stop("tue", 1, windows=(window(24 * 60, 32 * 60),))]
    by_bike: dict[str, Any] = {"vehicles": [vehicle(profile="bike")], "travel": {"car": road(), "bike": _slow_road()}}
    long_services = [stop(id, 1, service_s=50 * MINUTE, left_out_price=500) for id in "abc"]
    return [
        _case("without windows one drives out and back", on_the_way, 600),
        _case("windows ask for another order and more road", in_this_order, 800),
        _case(
            "the first of two windows is open",
            [early, stop("late", 3, windows=(window(0, 40), window(60, 80)))],
            600 + 600,
            vehicles=paid_by_the_hour,
        ),
        _case(
            "half an hour is waited away before the second window",
            [early, stop("late", 3, windows=(window(0, 20), window(60, 80)))],
            600 + 900,
            vehicles=paid_by_the_hour,
        ),
        _case("three long services fit into three hours", long_services, 200, shifts=[shift(hours=(0, 3))]),
        _case("two long services fit into two hours", long_services[1:], 200, shifts=[shift(hours=(0, 2))]),
        _case(
            "each stop is served on the day on which it is open",
            on_two_days,
            400,
            shifts=[shift("monday", hours=(0, 8)), shift("tuesday", hours=(24, 32))],
        ),
        _case("by bike one is as far in twice the time", [stop("a", 3)], 600, shifts=[shift(hours=(0, 2))], **by_bike),
        _case(
            "by bike an hour is too short",
            [stop("a", 3, left_out_price=700)],
            700,
            left_out="a",
            shifts=[shift(hours=(0, 1))],
            **by_bike,
        ),
        _case("an hour's way fits into an hour", [stop("a", 3)], 600, shifts=[shift(hours=(0, 1))]),
        _case(
            "an hour's way and a minute of loading do not",
            [stop("a", 3, left_out_price=700)],
            700,
            left_out="a",
            shifts=[shift(hours=(0, 1), loading_s=MINUTE)],
        ),
    ]


def _loads() -> list[Case]:
    def two(kg: int) -> list[Stop]:
        return [stop("a", 1, load=(kg,)), stop("b", 1, load=(kg,), left_out_price=500)]

    to_3: dict[str, Any] = {"shifts": [shift(end_location=3)]}
    small: dict[str, Any] = {"vehicles": [vehicle(capacity=(10,))], **to_3}
    full = stop("full", 3, load=(10,))
    fed = stop("to", 1, load=(5,), from_stop="from")
    source = stop("from", 3, load=(0,))
    return [
        _case("two loads fit into one vehicle", two(50), 200),
        _case("one of two loads does not", two(60), 200 + 500, left_out="b"),
        _case(
            "the second load dimension counts as well",
            [stop("a", 1, load=(1, 60)), stop("b", 1, load=(1, 60), left_out_price=500)],
            200 + 500,
            left_out="b",
            vehicles=[vehicle(capacity=(100, 100))],
            loads=("kg", "litres"),
        ),
        _case("small empties are picked up on the way", [full, stop("empty", 1, (0,), pickup=(0,))], 300, **small),
        _case(
            "for big empties the vehicle must be emptied first and comes back for them",
            [full, stop("empty", 1, (0,), pickup=(10,))],
            700,
            **small,
        ),
        _case("goods from the yard are delivered on the way", [stop("to", 1, (5,)), source], 300, **to_3),
        _case("goods from another stop are delivered after it", [fed, source], 700, **to_3),
        _case(
            "there is room for what is picked up to be delivered",
            [stop("from", 1, (0,)), stop("own", 2, (5,)), stop("to", 3, (5,), from_stop="from")],
            600,
            vehicles=[vehicle(capacity=(10,))],
        ),
        _case(
            "there is no room until one's own load is delivered",
            [stop("from", 1, (0,)), stop("own", 2, (5,)), stop("to", 3, (5,), from_stop="from")],
            800,
            vehicles=[vehicle(capacity=(5,))],
        ),
        _case(
            "what is not picked up is not delivered either",
            [stop("from", 6, (0,), left_out_price=100), stop("to", 1, (5,), from_stop="from", left_out_price=1000)],
            100 + 1000,
            left_out="from to",
        ),
        _case(
            "a source may be visited for itself",
            [stop("from", 1, (0,)), stop("to", 6, (5,), from_stop="from", left_out_price=900)],
            200 + 900,
            left_out="to",
        ),
    ]


def _trips() -> list[Case]:
    halves = [stop("a", 1, load=(60,)), stop("b", 1, load=(60,), left_out_price=500)]
    twice: dict[str, Any] = {"max_trips": 2, "disinfection_s": 10 * MINUTE, "loading_s": 10 * MINUTE}
    early = stop("early", 3, windows=(window(0, 40),))
    released = stop("released", 1, release_s=60 * MINUTE, left_out_price=500)
    return [
        _case("one trip is enough", [stop("a", 1), stop("b", 1)], 200, shifts=[shift(**twice)]),
        _case("one goes back to the yard for the second half", halves, 400, shifts=[shift(**twice)]),
        _case(
            "disinfection and loading leave no time for the second half",
            halves,
            200 + 500,
            left_out="b",
            shifts=[shift(hours=(0, 1), **twice)],
        ),
        _case(
            "three trips are not two",
            [*halves, stop("c", 1, load=(60,), left_out_price=300)],
            400 + 300,
            left_out="c",
            shifts=[shift(**twice)],
        ),
        _case(
            "back to one yard for the second half and home to another",
            halves,
            500,
            shifts=[shift(end_location=3, **twice)],
        ),
        _case("goods that are there go along", [early, stop("released", 1)], 600),
        _case("goods that come later stay behind", [early, released], 600 + 500, left_out="released"),
        _case("goods that come later go on the second trip", [early, released], 800, shifts=[shift(max_trips=2)]),
    ]


def _who() -> list[Case]:
    inside = stop("inside", 1, required_passes=_GREEN)
    with_pass = vehicle("dear", cost_per_km=500, passes=(Pass(kind="green"),))
    cheap_and_dear = _fleet(vehicle("cheap"), vehicle("dear", cost_per_km=500))
    served_first = stop("first", 3, windows=(window(30, 30),), left_out_price=450)
    before_noon = stop("before", 1, service_s=20 * MINUTE, required_passes=_GREEN)
    drivers = {"s1": {"driver": "li"}, "s2": {"driver": "wang"}}
    li_and_wang = _fleet(vehicle("v1"), vehicle("v2", cost_per_km=120), **drivers)

    def known(price: int) -> list[Stop]:
        return [stop("a", 1, familiar_drivers=frozenset({"wang"}), unfamiliar_price=price)]

    def published(price: int) -> list[Stop]:
        return [stop("a", 1, published_shift="s2", change_price=price)]

    def pinned(pin: Pin | None) -> list[Stop]:
        return [stop("a", 1, pin=pin)]

    return [
        _case(
            "the cheap vehicle has the pass too",
            [inside],
            20,
            **_fleet(vehicle("cheap", cost_per_km=10, passes=(Pass(kind="green"),)), with_pass),
        ),
        _case("only the dear vehicle has the pass", [inside], 1000, **_fleet(vehicle("cheap"), with_pass)),
        _case(
            "the pass holds all day",
            [served_first, before_noon],
            600,
            vehicles=[vehicle(passes=(Pass(kind="green"),))],
        ),
        _case(
            "the pass runs out before one is back",
            [served_first, before_noon],
            200 + 450,
            left_out="first",
            vehicles=[vehicle(passes=(Pass(kind="green", valid_until_s=35 * MINUTE),))],
        ),
        _case("anybody may do it", [stop("a", 1)], 200, **cheap_and_dear),
        _case(
            "only the dear vehicle's driver has the skill",
            [stop("a", 1, required_skills=_LIFT)],
            1000,
            **_fleet(vehicle("cheap"), vehicle("dear", cost_per_km=500), s2={"skills": _LIFT}),
        ),
        _case("pinned to the vehicle that is best", pinned(Pin(vehicle_id="cheap")), 200, **cheap_and_dear),
        _case("pinned to the dear vehicle", pinned(Pin(vehicle_id="dear")), 1000, **cheap_and_dear),
        _case("pinned to the dear shift", pinned(Pin(shift_id="s2")), 1000, **cheap_and_dear),
        _case("a stranger costs less than the way of the known driver", known(39), 239, **li_and_wang),
        _case("the known driver costs less than a stranger", known(41), 240, **li_and_wang),
        _case("a change costs less than the published shift", published(39), 239, **li_and_wang),
        _case("the published shift costs less than a change", published(41), 240, **li_and_wang),
    ]


def _order() -> list[Case]:
    on_the_way = [stop("one", 1), stop("two", 2), stop("three", 3)]
    third_first = [
        stop("one", 1, pin=Pin(shift_id="day", position=1)),
        stop("two", 2, pin=Pin(shift_id="day", position=2)),
        stop("three", 3),
    ]
    far_and_cheap = [stop("far", 6, left_out_price=10), stop("near", 1)]
    to_3: dict[str, Any] = {"shifts": [shift(end_location=3)]}
    return [
        _case(
            "pinned to the first place where it is best",
            [stop("one", 1, pin=Pin(shift_id="day", position=0)), *on_the_way[1:]],
            600,
        ),
        _case("pinned to a detour", third_first, 800),
        _case("the locked beginning is the best one", on_the_way, 600, shifts=[shift(locked=("one", "three"))]),
        _case("the locked beginning is a detour", on_the_way, 800, shifts=[shift(locked=("three", "one"))]),
        _case("what does not pay is left out", far_and_cheap, 200 + 10, left_out="far"),
        _case("what is locked is driven even if it does not pay", far_and_cheap, 1200, shifts=[shift(locked=("far",))]),
        _case("without quarantine one drives through", [stop("q", 1), stop("a", 2)], 300, **to_3),
        _case(
            "quarantine comes last, at the price of a detour",
            [stop("q", 1, quarantine=True), stop("a", 2)],
            500,
            **to_3,
        ),
        _case(
            "a new trip begins without quarantine",
            [stop("q", 1, quarantine=True, windows=(window(0, 10),)), stop("a", 2)],
            600,
            shifts=[shift(max_trips=2)],
        ),
    ]


def _company() -> list[Case]:
    def two(name: str | None) -> list[Stop]:
        return [stop(id, 1, load=(60,), together=name) for id in "ab"]

    vans = _fleet(vehicle("v1"), vehicle("v2"), vehicle("truck", (120,), cost_per_km=300))

    def goods(*kinds: str) -> list[Stop]:
        return [stop(kind, 1, goods=frozenset({kind})) for kind in kinds]

    def in_vans(compartments: int, *pairs: Incompatibility) -> dict[str, Any]:
        both = [vehicle(id, compartments=compartments) for id in ("v1", "v2")]
        return {**_fleet(*both), "incompatible": pairs}

    inside = Within.COMPARTMENT
    all_apart = [apart("84", "acid", inside), apart("84", "food", inside), apart("acid", "food", inside)]
    return [
        _case("two vans share what belongs nowhere", two(None), 400, **vans),
        _case("the truck takes what belongs together", two("flat"), 600, **vans),
        _case(
            "three keep together at one of two places each",
            [stop(id, 1, load=(40,), together="flat", alternatives=(place(2),)) for id in "abc"],
            600,
            **vans,
        ),
        _case(
            "who is left out is missed by nobody",
            [stop("a", 1, together="flat"), stop("b", 6, together="flat", left_out_price=100)],
            200 + 100,
            left_out="b",
        ),
        _case("goods that do each other no harm", goods("84", "acid"), 200, **in_vans(1)),
        _case("goods that must not share a vehicle", goods("84", "acid"), 400, **in_vans(2, apart("84", "acid"))),
        _case(
            "one after the other in one vehicle",
            goods("84", "acid"),
            400,
            shifts=[shift(max_trips=2)],
            incompatible=(apart("84", "acid"),),
        ),
        _case(
            "goods that must not share a compartment, and two compartments",
            goods("84", "acid"),
            200,
            **in_vans(2, apart("84", "acid", inside)),
        ),
        _case(
            "goods that must not share the only compartment",
            goods("84", "acid"),
            400,
            **in_vans(1, apart("84", "acid", inside)),
        ),
        _case("three kinds apart in three compartments", goods("84", "acid", "food"), 200, **in_vans(3, *all_apart)),
        _case("three kinds apart in two compartments", goods("84", "acid", "food"), 400, **in_vans(2, *all_apart)),
        _case(
            "a stop that cannot have its own goods",
            [stop("a", 1, goods=frozenset({"84", "acid"}), left_out_price=500)],
            500,
            left_out="a",
            **in_vans(2, apart("84", "acid")),
        ),
    ]


def _places() -> list[Case]:
    def either(price: int, **more: Any) -> list[Stop]:
        return [stop("a", 6, alternatives=(place(3, price=price),), **more)]

    return [
        _case("the door is worth the way", either(700), 1200),
        _case("the agreed point is worth its price", either(500), 600 + 500),
        _case("the agreed point needs no pass", either(700, required_passes=_GREEN), 600 + 700),
        _case("the agreed point is open when the door is not", either(700, windows=(window(0, 30),)), 600 + 700),
        _case(
            "handing over at the agreed point takes too long",
            [stop("a", 6, alternatives=(place(3, service_s=61 * MINUTE),), left_out_price=900)],
            900,
            left_out="a",
            shifts=[shift(hours=(0, 1))],
        ),
    ]


def _limits() -> list[Case]:
    far = [stop("far", 6, left_out_price=1500)]

    def in_a_shift(**more: Any) -> dict[str, Any]:
        return {"shifts": [shift(**more)]}

    dear = {"left_out": "far"}
    three = [stop("a", 1), stop("b", 1), stop("c", 1, left_out_price=500)]
    both_ways = [stop("far", 3), stop("near", 1)]
    by_the_hour: dict[str, Any] = {"vehicles": [vehicle(cost_per_hour=600)]}
    services = [stop(id, 3, service_s=30 * MINUTE) for id in "ab"]
    return [
        _case("two hours on the way may be", far, 1200, **in_a_shift(max_duration_s=120 * MINUTE)),
        _case("two hours on the way are too long", far, 1500, **dear, **in_a_shift(max_duration_s=119 * MINUTE)),
        _case("twelve kilometres may be", far, 1200, **in_a_shift(max_distance_m=12_000)),
        _case("twelve kilometres are too far", far, 1500, **dear, **in_a_shift(max_distance_m=11_999)),
        _case("three stops may be", three, 200, **in_a_shift(max_stops=3)),
        _case("three stops are too many", three, 200 + 500, left_out="c", **in_a_shift(max_stops=2)),
        _case("a closed road goes round by the next place", both_ways, 600, closed=[(0, 3)]),
        _case(
            "behind closed roads nobody is served",
            [stop("far", 3, left_out_price=500), stop("near", 1)],
            200 + 500,
            left_out="far",
            closed=[(0, 3), (1, 3)],
        ),
        _case("one is back when work ends", far, 1200, **in_a_shift(regular_end_s=7200, overtime_per_hour=200)),
        _case("an hour of overtime", far, 1400, **in_a_shift(regular_end_s=3600, overtime_per_hour=200)),
        _case(
            "overtime that another vehicle spares",
            far,
            1320,
            **_fleet(
                vehicle("v1"), vehicle("v2", cost_per_km=110), s1={"regular_end_s": 3600, "overtime_per_hour": 200}
            ),
        ),
        _case("one does all", services, 600, **_fleet(vehicle("v1"), vehicle("v2"))),
        _case(
            "the work is shared out",
            services,
            1200,
            **_fleet(vehicle("v1"), vehicle("v2")),
            fair_duration_s=90 * MINUTE,
            unfair_per_hour=6000,
        ),
        _case("without a break", [stop("far", 6)], 1200 + 1200, **by_the_hour),
        _case(
            "a break after the return is free",
            [stop("far", 6)],
            1200 + 1200,
            **by_the_hour,
            **in_a_shift(hours=(0, 4), breaks=(rest(100, 130, 30),)),
        ),
        _case(
            "a break on the way back is paid",
            [stop("far", 6)],
            1200 + 1500,
            **by_the_hour,
            **in_a_shift(hours=(0, 4), breaks=(rest(100, 110, 30),)),
        ),
        _case(
            "a break on the way out comes too late for the window",
            [stop("far", 6, windows=(window(60, 89),), left_out_price=500)],
            500,
            **dear,
            **in_a_shift(breaks=(rest(30, 30, 30),)),
        ),
        _case(
            "a shift that stays in the yard needs no break",
            [stop("a", 1)],
            200,
            **_fleet(vehicle("v1"), vehicle("v2"), s2={"hours": (2, 4), "breaks": (rest(60, 60, 300),)}),
        ),
        _case(
            "a break cannot begin during a service",
            [stop("long", 1, service_s=60 * MINUTE, windows=(window(10, 10),), left_out_price=500)],
            500,
            left_out="long",
            **in_a_shift(hours=(0, 2), breaks=(rest(20, 60, 5),)),
        ),
    ]


def _money() -> list[Case]:
    dear_and_cheap = _fleet(vehicle("v1", fixed_cost=1000), vehicle("v2", fixed_cost=100))
    full = [stop("must", 6, load=(60,), left_out_price=None), stop("dear", 1, load=(60,), left_out_price=10**9)]
    return [
        _case("the vehicle with the lower fixed cost drives", [stop("a", 3)], 700, **dear_and_cheap),
        _case("a stop that pays is served", [stop("a", 6, left_out_price=1201)], 1200),
        _case("a stop that does not pay is left out", [stop("a", 6, left_out_price=1199)], 1199, left_out="a"),
        _case("three that pay only together", [stop(id, 6, left_out_price=500) for id in "abc"], 1200),
        _case("what must be served goes first", full, 1200 + 10**9, left_out="dear"),
    ]


CASES = (
    *_time(),
    *_loads(),
    *_trips(),
    *_who(),
    *_order(),
    *_company(),
    *_places(),
    *_limits(),
    *_money(),
)
