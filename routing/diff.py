"""What is different between two plans: for the drivers who have to be told, and for the dispatcher who has to agree."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.evaluate import Cost, Evaluation, evaluate
from routing.plan import Plan, Route
from routing.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where a stop is served: the visit at `position` of a shift's route, at its `place`."""

    shift_id: str
    position: int
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A stop served by both plans, on another shift, at another place of its own, or in another order among the others.

    A stop that only comes earlier or later because another one was taken out or put in before it has not moved.
    """

    stop_id: str
    before: Seat
    after: Seat

    @property
    def changes_shift(self) -> bool:
        return self.before.shift_id != self.after.shift_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Newly:
    """A stop that only the later plan serves, and where."""

    stop_id: str
    after: Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChange:
    """A shift whose route is another one: stops that came and went, and those visited in another order or at another place."""

    shift_id: str
    driver: str | None
    came: tuple[str, ...]
    went: tuple[str, ...]
    moved: tuple[str, ...]
    loads_elsewhen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalChange:
    """The arrival at a stop that both plans serve, where it is another one."""

    stop_id: str
    before_s: int
    after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the later plan costs and takes more (less: below zero)."""

    cost: Cost
    distance_m: int
    duration_s: int
    violations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """From one plan to another.

    `left_out` are stops that were served and now are not, `gone` those that the later plan does not name at all any more.
    `unchanged` are the shifts whose routes are the same.  `figures` and `arrivals` are there if the problem was given.
    """

    moved: tuple[Moved, ...]
    served: tuple[Newly, ...]
    left_out: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[RouteChange, ...]
    unchanged: tuple[str, ...]
    figures: Figures | None = None
    arrivals: tuple[ArrivalChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.changed or self.served or self.left_out or self.gone)

    @property
    def affected(self) -> tuple[str, ...]:
        """The shifts whose drivers have to be told."""
        return tuple(change.shift_id for change in self.changed)


def diff(before: Plan, after: Plan, problem: Problem | None = None, *, was: Problem | None = None) -> PlanDiff:
    """What becomes of one plan in another.

    With the `problem`, also costs, times and drivers; `was` is the problem of the plan before, where it was another one.
    """
    old, new = _routes(before), _routes(after)
    moved = tuple(_moved(old, new))
    old_seats, new_seats = _seats(old.values()), _seats(new.values())
    named = {*new_seats, *(entry.stop_id for entry in after.unassigned)}
    unassigned = (entry.stop_id for entry in before.unassigned if entry.stop_id not in old_seats)
    verdicts = (evaluate(was or problem, before), evaluate(problem, after)) if problem else None
    changed = [shift_id for shift_id in {**old, **new} if old.get(shift_id) != new.get(shift_id)]
    moved_ids = {each.stop_id for each in moved}
    return PlanDiff(
        moved=moved,
        served=tuple(Newly(stop_id=id, after=seat) for id, seat in new_seats.items() if id not in old_seats),
        left_out=tuple(stop_id for stop_id in old_seats if stop_id not in new_seats and stop_id in named),
        gone=tuple(stop_id for stop_id in (*old_seats, *unassigned) if stop_id not in named),
        changed=tuple(_change(shift_id, old, new, moved_ids, problem) for shift_id in changed),
        unchanged=tuple(shift_id for shift_id in old if old[shift_id] == new.get(shift_id)),
        figures=_figures(*verdicts) if verdicts else None,
        arrivals=tuple(_arrivals(*verdicts)) if verdicts else (),
    )


def diff_to_json(found: PlanDiff) -> dict[str, Any]:
    """The difference as dicts, lists, texts and numbers, with the names of the fields."""
    return dataclasses.asdict(found)


def _routes(plan: Plan) -> dict[str, Route]:
    """By shift; empty ones are none."""
    return {route.shift_id: route for route in plan.routes if route.stops}


def _seats(routes: Iterable[Route]) -> dict[str, Seat]:
    return {
        stop_id: Seat(shift_id=route.shift_id, position=position, place=route.place(position))
        for route in routes
        for position, stop_id in enumerate(route.stops)
    }


def _moved(old: Mapping[str, Route], new: Mapping[str, Route]) -> Iterator[Moved]:
    before, after = _seats(old.values()), _seats(new.values())
    out_of_order = {id for shift_id in old.keys() & new.keys() for id in _reordered(old[shift_id], new[shift_id])}
    for stop_id, seat in before.items():
        there = after.get(stop_id)
        if there is None:
            continue
        if (seat.shift_id, seat.place) != (there.shift_id, there.place) or stop_id in out_of_order:
            yield Moved(stop_id=stop_id, before=seat, after=there)


def _reordered(old: Route, new: Route) -> set[str]:
    """The fewest stops without which the others are in the same order on both routes."""
    position = {stop_id: number for number, stop_id in enumerate(new.stops)}
    common = [stop_id for stop_id in old.stops if stop_id in position]
    kept = _longest_rising([position[stop_id] for stop_id in common])
    return {stop_id for number, stop_id in enumerate(common) if number not in kept}


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The indices of a longest rising part."""
    last: list[int] = []  # last[length - 1]: the smallest number on which a rising part of this length ends
    ends: list[int] = []  # the index of that number
    before: list[int | None] = []
    for index, number in enumerate(numbers):
        length = bisect_left(last, number)
        before.append(ends[length - 1] if length else None)
        last[length:] = [number, *last[length + 1 :]]
        ends[length:] = [index, *ends[length + 1 :]]
    rising: set[int] = set()
    at = ends[-1] if ends else None
    while at is not None:
        rising.add(at)
        at = before[at]
    return rising


def _change(
    shift_id: str, old: Mapping[str, Route], new: Mapping[str, Route], moved: set[str], problem: Problem | None
) -> RouteChange:
    empty = Route(shift_id=shift_id, stops=())
    before, after = old.get(shift_id, empty), new.get(shift_id, empty)
    known = problem is not None and problem.has_shift(shift_id)
    stays = set(before.stops) & set(after.stops)
    return RouteChange(
        shift_id=shift_id,
        driver=problem.shift(shift_id).driver if problem is not None and known else None,
        came=tuple(stop_id for stop_id in after.stops if stop_id not in stays),
        went=tuple(stop_id for stop_id in before.stops if stop_id not in stays),
        moved=tuple(stop_id for stop_id in after.stops if stop_id in stays and stop_id in moved),
        loads_elsewhen=_loaded_before(before) & stays != _loaded_before(after) & stays,
    )


def _loaded_before(route: Route) -> set[str]:
    """The stops before which the vehicle is loaded again."""
    return {route.stops[position] for position in route.reloads}


def _figures(before: Evaluation, after: Evaluation) -> Figures:
    names = [field.name for field in dataclasses.fields(Cost)]
    return Figures(
        cost=Cost(**{name: getattr(after.cost, name) - getattr(before.cost, name) for name in names}),
        distance_m=sum(r.distance_m for r in after.routes) - sum(r.distance_m for r in before.routes),
        duration_s=sum(r.duration_s for r in after.routes) - sum(r.duration_s for r in before.routes),
        violations=len(after.violations) - len(before.violations),
    )


def _arrivals(before: Evaluation, after: Evaluation) -> Iterator[ArrivalChange]:
    old = {visit.stop_id: visit.arrival_s for route in before.routes for visit in route.visits}
    for route in after.routes:
        for visit in route.visits:
            was_s = old.get(visit.stop_id)
            if was_s is not None and was_s != visit.arrival_s:
                yield ArrivalChange(stop_id=visit.stop_id, before_s=was_s, after_s=visit.arrival_s)
