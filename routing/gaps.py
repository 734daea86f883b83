"""The gaps of finished tours with the referee's prices: where a stop fits, for how much, and where it nearly fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import numpy as np
import numpy.typing as npt

from routing.evaluate import RouteEvaluation, evaluate_route
from routing.fleet import Shift
from routing.insertion import FAR, Floats, Integers, Tours, added
from routing.problem import Problem
from routing.rules import violation
from routing.survey import Survey, Tour
from routing.tables import start_of_service
from routing.travel import NO_WAY
from routing.violations import Violation, ViolationKind

ROUNDING = 4
"""Fen by which the rounding of two routes' distance, time, overtime and balance can differ from no rounding."""

MOST_COMBINATIONS = 20_000
"""Beyond so many ways to spread the stops of a chain over one trip, they keep to two gaps of it."""


MISSES_OF_ROW = 3
MOST_WAYS = 400
"""On one row."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A tour that a row could have instead: with the stop at `position`, served at its `place`, for `cost` fen more by the referee.

    `violations` are what would be broken besides what is broken already; where there are none, the stop fits.
    """

    row: int
    tour: Tour
    position: int
    place: int
    cost: int
    violations: tuple[Violation, ...]


class Gaps:
    """Asks the referee about tours, as they are at the time of asking; what breaks rules of the kinds to `overlook` fits too."""

    def __init__(self, tours: Tours, *, overlook: Collection[ViolationKind] = ()) -> None:
        self.tours = tours
        self._overlook = overlook

    @contextmanager
    def lifted(self, stop: int) -> Iterator[None]:
        """Meanwhile the stop is on no route."""
        row = self.tours.row_of.get(stop)
        if row is None:
            yield
            return
        tour = self.tours.tour(row)
        self.tours.put(row, tour.without(stop))
        yield
        self.tours.put(row, tour)

    def cheapest(self, stop: int) -> Spot | None:
        """The cheapest place where the stop fits."""
        return next(iter(self.best(stop, 1)), None)

    def best(self, stop: int, most: int, *, but: tuple[int, Tour] | None = None) -> list[Spot]:
        """The cheapest place on each of the rows on which it fits most cheaply, cheapest first; `but` one tour of a row.

        Driving and service alone are a bound from below, so that only the places whose bound undercuts the best finds are driven.
        """
        options = self._options(stop)
        found: list[Spot] = []
        cheapest = [bound.min(initial=math.inf) for bound in options.floor]
        loosely = {row: cost + self._loosely(row) for row, cost in enumerate(cheapest) if math.isfinite(cost)}
        for row in sorted(loosely, key=loosely.__getitem__):
            worst = found[most - 1].cost if len(found) >= most else math.inf
            if loosely[row] > worst:
                break
            if spot := self._best_of_row(row, stop, options, worst, but):
                found = sorted([*found, spot], key=lambda each: each.cost)
        return found[:most]

    def misses(self, stop: int, most: int) -> list[Spot]:
        """Some of the places where it comes closest to fitting, closest first; those where it fits are among them."""
        options = self._options(stop)
        near = [
            (excess[number], row, number)
            for row, excess in enumerate(options.excess)
            for number in _smallest(excess, MISSES_OF_ROW)
        ]
        spots = [self.spot(row, options.tour(row, number), stop) for _, row, number in sorted(near)[:most]]
        return sorted(spots, key=lambda spot: (self.severity(spot), spot.cost))

    def everywhere(self, stop: int) -> Iterator[Spot]:
        """Every place that is not among locked stops, whatever it breaks (of the ways of a chain, the `MOST_WAYS` closest)."""
        options = self._options(stop)
        for row, excess in enumerate(options.excess):
            for number in _smallest(excess, MOST_WAYS):
                yield self.spot(row, options.tour(row, number), stop)

    def spot(self, row: int, tour: Tour, stop: int) -> Spot:
        """A tour as the referee sees it."""
        before, after = self.tours.driven(row), self._drive(row, tour)
        position = tour.stops.index(stop)
        violations = added(before.violations, after.violations) if after.violations else ()
        violations = (*violations, *self._apart(row, tour))
        if self._overlook:
            violations = tuple(violation for violation in violations if violation.kind not in self._overlook)
        cost = after.cost.total - before.cost.total
        return Spot(row, tour, position, tour.places[position], cost, violations)

    def severity(self, spot: Spot) -> float:
        """How far a place is from feasible."""
        problem = self.tours.fleet.problem
        return severity(problem, problem.shifts[spot.row], spot.violations)

    def _best_of_row(
        self, row: int, stop: int, options: _Options, worst: float, but: tuple[int, Tour] | None
    ) -> Spot | None:
        best: Spot | None = None
        bounds = options.floor[row] + self._tightly(row)
        for number in np.argsort(bounds, kind="stable").tolist():
            if not math.isfinite(bounds[number]) or bounds[number] > worst or (best and bounds[number] >= best.cost):
                break
            tour = options.tour(row, number)
            if (row, tour) == but:
                continue
            spot = self.spot(row, tour, stop)
            if not spot.violations and (best is None or spot.cost < best.cost):
                best = spot
        return best

    def _loosely(self, row: int) -> float:
        """What a place on the row may cost less than its floor: what is waited at present, by what is known without the referee."""
        seen, fleet = self.tours.survey(row), self.tours.fleet
        if not self.tours.is_sound(row):
            return -math.inf
        return (
            self._without_waiting(row, seen)
            - fleet.time_price.alone(row, seen.return_s - seen.leaves_s, seen.return_s)
            - ROUNDING
        )

    def _tightly(self, row: int) -> float:
        paid = self.tours.driven(row).cost
        time = paid.time + paid.overtime + paid.balance
        return self._without_waiting(row, self.tours.survey(row)) - time - ROUNDING

    def _without_waiting(self, row: int, seen: Survey) -> float:
        return self.tours.fleet.time_price.alone(row, seen.path_s, seen.leaves_s + seen.path_s)

    def _apart(self, row: int, tour: Tour) -> Iterator[Violation]:
        """Added stops that would be away from those they belong together with."""
        problem, on_route = self.tours.fleet.problem, self.tours.row_of
        for stop in tour.stops if problem.together else ():
            if stop not in on_route and self.tours.home(stop) not in {None, row}:
                yield violation(ViolationKind.TOGETHER, problem.shifts[row], problem.stops[stop], 1, "stop")

    def _drive(self, row: int, tour: Tour) -> RouteEvaluation:
        return evaluate_route(self.tours.fleet.problem, self.tours.as_route(row, tour))

    def _options(self, stop: int) -> _Options:
        chain = [stop]
        problem, index = self.tours.fleet.problem, self.tours.fleet.index
        while (source := problem.stops[chain[0]].from_stop) is not None and index[source] not in self.tours.row_of:
            chain.insert(0, index[source])
        return _of_chain(self.tours, chain) if len(chain) > 1 else _of_stop(self.tours, stop)


@dataclass(frozen=True, slots=True)
class _Options:
    """For each row the floors (infinite: not feasible) and excesses of every way to put the stop there; `tour` of row and number."""

    floor: Sequence[Floats]
    excess: Sequence[Floats]
    tour: Callable[[int, int], Tour]


def _of_stop(tours: Tours, stop: int) -> _Options:
    if not tours.order:
        return _Options([], [], lambda row, number: tours.tour(row))
    tried = [tours.tried(stop, place) for place in range(1 + len(tours.fleet.problem.stops[stop].alternatives))]
    columns = tried[0].floor.shape[1]

    def tour(row: int, number: int) -> Tour:
        place, column = divmod(number, columns)
        return tours.longer(row, column, stop, place)

    return _Options(
        floor=np.concatenate([each.floor for each in tried], axis=1),  # type: ignore[arg-type]  # its rows are arrays
        excess=np.concatenate([each.excess for each in tried], axis=1),  # type: ignore[arg-type]
        tour=tour,
    )


def _of_chain(tours: Tours, chain: Sequence[int]) -> _Options:
    """A stop with those from which it is fed: on one trip, in this order, in gaps that may be the same."""
    stops = tours.fleet.problem.stops
    ways = [
        _Ways(tours, chain, places) for places in product(*(range(1 + len(stops[stop].alternatives)) for stop in chain))
    ]
    rows = range(len(tours.fleet.vehicles))
    columns = [_spread(tours.survey(row), len(chain)) for row in rows]
    tried = [[way.tried(row, columns[row]) for way in ways] for row in rows]

    def tour(row: int, number: int) -> Tour:
        way, which = divmod(number, columns[row].shape[1])
        return tours.longer_by(row, columns[row][:, which].tolist(), chain, ways[way].places)

    return _Options(
        floor=[np.concatenate([floor for floor, _ in each]) for each in tried],
        excess=[np.concatenate([excess for _, excess in each]) for each in tried],
        tour=tour,
    )


def _spread(seen: Survey, count: int) -> Integers:
    """The ways to spread a chain over the columns of one trip, as an array of shape (stops of the chain, ways)."""
    ways: list[tuple[int, ...]] = []
    firsts = [number for number in range(seen.gaps) if seen.columns[number].is_first]
    for start, end in zip(firsts, [*firsts[1:], seen.gaps], strict=True):
        gaps = end - start
        if math.comb(gaps + count - 1, count) <= MOST_COMBINATIONS:
            ways.extend(combinations_with_replacement(range(start, end), count))
        else:
            for first, last in combinations_with_replacement(range(start, end), 2):
                cuts = range(1, count) if first < last else [count]
                ways.extend((first,) * cut + (last,) * (count - cut) for cut in cuts)
    ways.extend((number,) * count for number in range(seen.gaps, len(seen.columns)))
    spread: Integers = np.array(ways, dtype=np.int64).reshape(len(ways), count).T
    return spread


class _Ways:
    """A chain with a place for each of its stops, tried in all ways to spread it over a row."""

    def __init__(self, tours: Tours, chain: Sequence[int], places: Sequence[int]) -> None:
        self.places = places
        self._tours = tours
        self._chain = chain
        members = list(zip(chain, places, strict=True))
        self._at = [tours.fleet.problem.stops[stop].place(place) for stop, place in members]
        self._by_s = [tours.fleet.must_start_by(stop, place) for stop, place in members]
        self._against = [
            tours.objections(stop, place) + ~tours.company(stop, with_source=number == 0)
            for number, (stop, place) in enumerate(members)
        ]
        self._may = [tours.may_hold(stop, ahead=number) for number, stop in enumerate(chain)]
        self._price = np.sum([tours.fleet.assignment_price(stop, place) for stop, place in members], axis=0)
        self._release_s = max(tours.fleet.release_s[stop] for stop in chain)

    def tried(self, row: int, columns: Integers) -> tuple[Floats, Floats]:
        """Floor and excess of each way.  Times are bounds: that one stop of the chain delays the next one's gap is for the referee."""
        fleet, seen = self._tours.fleet, self._tours.survey(row)
        travel = fleet.travel[fleet.profile[row]]
        before, after, leg_s, leg_m, ready, due = _as_arrays(seen)
        count = columns.shape[1]
        now, late_s = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        added_s, added_m, against = np.zeros_like(now), np.zeros_like(now), np.zeros(count)
        here = np.zeros_like(now)

        def drive(start: Integers, end: Integers, where: npt.NDArray[np.bool_]) -> Integers:
            nonlocal against
            took_s: Integers = travel.duration_s[start, end].astype(np.int64)
            against = against + np.where(where & (took_s == NO_WAY), FAR, 0)
            added_s[where] += took_s[where]
            added_m[where] += travel.distance_m[start, end][where]
            return took_s

        for number, at in enumerate(self._at):
            gap = columns[number]
            stays = gap == columns[number - 1] if number else np.zeros(count, dtype=np.bool_)
            start = np.where(stays, here, before[gap])
            now = np.where(stays, now, np.maximum(ready[gap], self._release_s))
            begun_s = start_of_service(
                at.windows, now + drive(start, np.full_like(gap, at.location), np.ones_like(stays))
            )
            if at.windows:
                late_s = np.maximum(late_s, begun_s - at.windows[-1].end_s)
            if (by_s := self._by_s[number]) is not None:
                late_s = np.maximum(late_s, begun_s - by_s[row])
            added_s += at.service_s - np.where(stays, 0, leg_s[gap])
            added_m -= np.where(stays, 0, leg_m[gap])
            now, here = begun_s + at.service_s, np.full_like(gap, at.location)
            leaves = gap != columns[number + 1] if number + 1 < len(self._at) else np.ones_like(stays)
            back_s = now + drive(here, after[gap], leaves) - due[gap]
            late_s = np.maximum(late_s, np.where(leaves, back_s, 0))
            against = against + self._against[number][row, gap]
        against = against + self._over_limits(row, seen, added_s, added_m)
        may = np.logical_and.reduce([may[row, gap] for may, gap in zip(self._may, columns, strict=True)])
        price = fleet.time_price.more(row, seen.path_s, seen.leaves_s, added_s) + fleet.per_m[row] * added_m
        price = price + self._price[row] + (0.0 if self._tours.order[row] else fleet.fixed[row])
        fits = may & (((late_s <= 0) & (against == 0)) | (not self._tours.is_sound(row)))
        excess = np.where(may, np.maximum(late_s, 0) / 3600 + against, np.inf)
        return np.where(fits, price, np.inf), excess

    def _over_limits(self, row: int, seen: Survey, added_s: Integers, added_m: Integers) -> npt.NDArray[np.bool_]:
        fleet = self._tours.fleet
        over: npt.NDArray[np.bool_] = seen.path_m + added_m > max(int(fleet.most_m[row]), seen.path_m)
        over |= seen.path_s + added_s > max(int(fleet.most_s[row]), seen.return_s - seen.leaves_s)
        over |= len(self._tours.order[row]) + len(self._chain) > fleet.most_stops[row]
        return over


def _as_arrays(seen: Survey) -> tuple[Integers, ...]:
    """Before, after, leg_s, leg_m, ready and due of each column, by the most hopeful number of breaks taken."""
    columns = seen.columns
    lists = (
        [column.before for column in columns],
        [column.after for column in columns],
        [column.leg_s for column in columns],
        [column.leg_m for column in columns],
        [min(column.ready) for column in columns],
        [max(column.due) for column in columns],
    )
    return tuple(np.array(each, dtype=np.int64) for each in lists)


def _smallest(excess: Floats, most: int) -> list[int]:
    finite = np.flatnonzero(np.isfinite(excess))
    smallest: list[int] = finite[np.argsort(excess[finite], kind="stable")[:most]].tolist()
    return smallest


def severity(problem: Problem, shift: Shift, violations: Iterable[Violation]) -> float:
    """How much is broken, an hour late weighing as much as a vehicle's whole capacity, or anything else broken."""
    capacity = dict(zip(problem.load_dimensions, problem.vehicle_of(shift).capacity, strict=True))
    return sum(_weight(violation, capacity) for violation in violations)


def _weight(violation: Violation, capacity: Mapping[str, int]) -> float:
    if violation.unit == "s":
        return violation.amount / 3600
    if violation.unit == "m":
        return violation.amount / 10_000
    if violation.kind is ViolationKind.LOAD:
        return violation.amount / max(1, capacity[violation.unit])
    return float(violation.amount)
