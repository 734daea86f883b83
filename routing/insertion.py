"""Where one more stop fits into given routes: every place at once, as arrays.

For each place (a row per shift, a column per gap between two visits) the earliest departure from before and the latest harmless
arrival after are known, so a stop is tried everywhere with a few array operations.  The rules are the referee's own; where arrays
cannot say it for sure, they are optimistic and the referee is asked, so that a place called feasible is one where the referee
finds no new violation.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from routing.evaluate import RouteEvaluation, evaluate_route
from routing.plan import Plan, Route, Unassigned
from routing.stops import Stop
from routing.survey import Survey, Tour, ready_if_released, room, survey
from routing.tables import ALWAYS, NEVER, Booleans, Fleet, Floats, Integers, start_of_service
from routing.travel import NO_WAY
from routing.violations import Violation

__all__ = ["NEVER", "Fleet", "Floats", "Integers", "Places", "Tours", "added"]

EVERY_ROW = slice(None)

FAR = 10**6
"""The weight of what no smaller change could mend, a leg that cannot be driven."""


def added(before: Iterable[Violation], after: Iterable[Violation]) -> tuple[Violation, ...]:
    """What is broken after that was not broken before, or not so much (then by the amount that was added)."""
    old: Counter[tuple[object, ...]] = Counter()
    for violation in before:
        old[_what(violation)] += violation.amount
    new: dict[tuple[object, ...], Violation] = {}
    for violation in after:
        known = new.get(_what(violation))
        amount = violation.amount + (known.amount if known else 0)
        new[_what(violation)] = _with_amount(violation, amount)
    worse = ((violation, violation.amount - old[what]) for what, violation in new.items())
    return tuple(_with_amount(violation, amount) for violation, amount in worse if amount > 0)


def _what(violation: Violation) -> tuple[object, ...]:
    return violation.kind, violation.shift_id, violation.stop_id, violation.unit


def _with_amount(violation: Violation, amount: int) -> Violation:
    if amount == violation.amount:
        return violation
    return Violation(
        kind=violation.kind,
        shift_id=violation.shift_id,
        stop_id=violation.stop_id,
        amount=amount,
        unit=violation.unit,
    )


@dataclass(slots=True)
class Places:
    """One stop tried at every place of every route: arrays of shape (shifts, columns).

    A column is a gap (without reloads: a position), and after those come the trips that could be made for the stop alone.  `cost`
    is about what the insertion adds in fen, infinite where a rule breaks; `floor` the same without the stop's own waiting, a bound
    from below but for what waiting the insertion saves; `excess` how far the place is from feasible, an hour late weighing as much as
    a vehicle's whole capacity or one pass.  Where it is `doubtful`, only the referee knows whether a place is feasible; `cheapest` has
    asked.  `place` says at which of the stop's own places.
    """

    tours: Tours
    stop: int
    first_row: int
    cost: Floats
    floor: Floats
    excess: Floats
    doubtful: Booleans
    place: Integers
    others: tuple[Places, ...] = ()

    def cheapest(self) -> tuple[int, int] | None:
        """Row and column of the cheapest feasible place."""
        while self.cost.size:
            row, column = divmod(int(self.cost.argmin()), self.cost.shape[1])
            if not math.isfinite(self.cost[row, column]):
                break
            if not self.doubtful[row, column] or self._holds(row, column):
                return row, column
            self._refuse(row, column)
        return None

    def nearest_miss(self) -> tuple[int, int]:
        """Row and column of the place with the least excess."""
        row, column = divmod(int(self.excess.argmin()), self.excess.shape[1])
        return row, column

    def or_else(self, theirs: Places) -> Places:
        """The better of two at each place; this one in doubt."""
        better = (theirs.floor < self.floor) | (~np.isfinite(self.floor) & (theirs.excess < self.excess))
        return replace(
            self,
            cost=np.where(better, theirs.cost, self.cost),
            floor=np.where(better, theirs.floor, self.floor),
            excess=np.where(better, theirs.excess, self.excess),
            doubtful=np.where(better, theirs.doubtful, self.doubtful),
            place=np.where(better, theirs.place, self.place),
            others=(*(self.others or (self,)), theirs),
        )

    def _holds(self, row: int, column: int) -> bool:
        place = int(self.place[row, column])
        longer = self.tours.longer(self.first_row + row, column, self.stop, place)
        self.doubtful[row, column] = not self.tours.is_feasible(self.first_row + row, longer)
        return not self.doubtful[row, column]

    def _refuse(self, row: int, column: int) -> None:
        """Take the next best of the stop's own places there, or none."""
        at = row, column
        for other in self.others[self.place[at] : self.place[at] + 1]:
            other.cost[at] = other.floor[at] = np.inf
        self.cost[at] = self.floor[at] = np.inf
        for number, other in enumerate(self.others):
            if other.floor[at] < self.floor[at]:
                self.cost[at], self.floor[at], self.place[at] = other.cost[at], other.floor[at], number
                self.doubtful[at] = other.doubtful[at]


class Tours:
    """Routes that grow: the working state of construction, and a plan seen through its gaps.

    Rows are the problem's shifts, stops are indices into `problem.stops`.  `order[row]` is the route, `tour(row)` all that is decided
    for it, `row_of[stop]` the row on which a stop is.
    """

    def __init__(self, fleet: Fleet, routes: Iterable[Route] = ()) -> None:
        self.fleet = fleet
        self._tours = [Tour([], [], []) for _ in fleet.problem.shifts]
        self.row_of: dict[int, int] = {}
        for route in routes:
            row, stops = fleet.row[route.shift_id], [fleet.index[stop_id] for stop_id in route.stops]
            self._tours[row] = Tour(stops, list(route.places) or [0] * len(stops), list(route.reloads))
            self.row_of.update(dict.fromkeys(stops, row))
        self.order = [tour.stops for tour in self._tours]
        self._surveys = [survey(fleet, row, tour) for row, tour in enumerate(self._tours)]
        self._driven: dict[int, RouteEvaluation] = {}
        self._allocate(2 + max((len(each.columns) for each in self._surveys), default=1))

    def tour(self, row: int) -> Tour:
        """What is decided for a row; not to be changed."""
        return self._tours[row]

    def survey(self, row: int) -> Survey:
        return self._surveys[row]

    def places(self, stop: int, rows: slice = EVERY_ROW) -> Places:
        """Try a stop everywhere, or on some rows only (the result has those rows alone), each time at the best of its places."""
        best = self.tried(stop, 0, rows)
        for place in range(1, 1 + len(self.fleet.problem.stops[stop].alternatives)):
            best = best.or_else(self.tried(stop, place, rows))
        return best

    def insert(self, row: int, column: int, stop: int, place: int | None = None) -> None:
        """Put a stop into a column; at the best of its places there if none is named."""
        if place is None:
            has_choice = bool(self.fleet.problem.stops[stop].alternatives)
            place = int(self.places(stop, slice(row, row + 1)).place[0, column]) if has_choice else 0
        self.put(row, self.longer(row, column, stop, place))

    def put(self, row: int, tour: Tour) -> None:
        """Give a row another tour."""
        for stop in self._tours[row].stops:
            if self.row_of.get(stop) == row:  # it may have come to another row before it leaves this one
                del self.row_of[stop]
        self._tours[row], self.order[row] = tour, tour.stops
        self.row_of.update(dict.fromkeys(tour.stops, row))
        self._surveys[row] = survey(self.fleet, row, tour)
        self._driven.pop(row, None)
        if len(self._surveys[row].columns) > self._open.shape[1]:
            self._allocate(2 * self._open.shape[1])
        else:
            self._fill(row)

    def longer(self, row: int, column: int, stop: int, place: int) -> Tour:
        """The tour of a row with one stop more."""
        return self.longer_by(row, [column], [stop], [place])

    def longer_by(self, row: int, columns: Sequence[int], added: Sequence[int], places: Sequence[int]) -> Tour:
        """The tour of a row with some stops more, in their order: columns do not fall, and are of one trip."""
        tour, at = self._tours[row], [self._surveys[row].columns[column] for column in columns]
        trip, first, more = at[0].trip, at[0].position, len(added)
        stops, chosen = list(tour.stops), list(tour.places)
        for number in reversed(range(more)):
            stops.insert(at[number].position, added[number])
            chosen.insert(at[number].position, places[number])
        if at[0].is_new_trip:
            starts = [0, *tour.reloads]
            return Tour(stops, chosen, [*starts[:trip], first, *(start + more for start in starts[trip:])][1:])
        return Tour(stops, chosen, [*tour.reloads[:trip], *(reload + more for reload in tour.reloads[trip:])])

    def is_feasible(self, row: int, tour: Tour) -> bool:
        """Whether the referee finds nothing broken on another tour of a row that is not broken on the present one."""
        after = evaluate_route(self.fleet.problem, self.as_route(row, tour)).violations
        return not after or not added(self.driven(row).violations, after)

    def is_sound(self, row: int) -> bool:
        """Whether times and loads of the present tour break no rule."""
        return bool(self._sound[row])

    def driven(self, row: int) -> RouteEvaluation:
        """The referee's word on the present tour of a row."""
        if row not in self._driven:
            self._driven[row] = evaluate_route(self.fleet.problem, self.route(row))
        return self._driven[row]

    def as_route(self, row: int, tour: Tour) -> Route:
        problem = self.fleet.problem
        return Route(
            shift_id=problem.shifts[row].id,
            stops=tuple(problem.stops[stop].id for stop in tour.stops),
            places=tuple(tour.places),
            reloads=tuple(tour.reloads),
        )

    def route(self, row: int) -> Route:
        return self.as_route(row, self._tours[row])

    def plan(self) -> Plan:
        """The tours as a plan; whoever is on none is unassigned, without a reason yet."""
        problem = self.fleet.problem
        routes = tuple(self.route(row) for row, tour in enumerate(self._tours) if tour.stops)
        left_out = (stop.id for number, stop in enumerate(problem.stops) if number not in self.row_of)
        return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def home(self, stop: int) -> int | None:
        """The row of most of those whom the stop belongs together with; None if none of them is on any."""
        name = self.fleet.problem.stops[stop].together
        if name is None:
            return None
        members = [self.fleet.index[stop_id] for stop_id in self.fleet.problem.together[name]]
        rows = Counter(self.row_of[member] for member in members if member in self.row_of and member != stop)
        return rows.most_common(1)[0][0] if rows else None

    def tried(self, stop: int, place: int, rows: slice = EVERY_ROW) -> Places:
        """Try a stop at one of its places everywhere."""
        fleet = self.fleet
        at = fleet.problem.stops[stop].place(place)
        to_s, from_s = self._gather("duration_s", at.location, rows)
        to_m, from_m = self._gather("distance_m", at.location, rows)
        added_s = to_s + from_s - self._leg_s[rows] + at.service_s
        added_m = to_m + from_m - self._leg_m[rows]
        late_s, waiting_s = self._lateness(stop, place, to_s, from_s, rows)
        against = self.objections(stop, place, rows) + self._over_limits(added_s, added_m, rows)
        if fleet.has_positions and (pin := fleet.problem.stops[stop].pin) is not None and pin.position is not None:
            against += self._position[rows] != pin.position
        if fleet.has_closed_legs:
            against += (to_s == NO_WAY) * FAR + (from_s == NO_WAY) * FAR
        open_ = self.may_hold(stop, rows)
        possible = open_ & self.company(stop)[rows]
        feasible = possible & (((late_s <= 0) & (against == 0)) | ~self._sound[rows, None])
        floor = self._price(added_s, rows) + fleet.per_m[rows, None] * added_m
        floor += (np.where(self._idle[rows], fleet.fixed[rows], 0.0) + fleet.assignment_price(stop, place)[rows])[
            :, None
        ]
        floor[~feasible] = np.inf
        return Places(
            tours=self,
            stop=stop,
            first_row=rows.start or 0,
            cost=floor + fleet.per_s[rows, None] * waiting_s,
            floor=floor,
            excess=np.where(open_, np.maximum(late_s, 0) / 3600 + against + ~possible, np.inf),
            doubtful=self._doubt(stop, rows),
            place=np.full(floor.shape, place, dtype=np.int64),
        )

    def _gather(self, what: str, location: int, rows: slice) -> tuple[Integers, Integers]:
        """From before each gap to the location, and from there to after the gap, by the profile of each row."""
        fleet = self.fleet
        if len(fleet.travel) == 1:
            matrix = getattr(fleet.travel[0], what)
            into, out_of = matrix[:, location], matrix[location]
            return into[self._before[rows]].astype(np.int64), out_of[self._after[rows]].astype(np.int64)
        into = np.stack([getattr(travel, what)[:, location] for travel in fleet.travel]).astype(np.int64)
        out_of = np.stack([getattr(travel, what)[location, :] for travel in fleet.travel]).astype(np.int64)
        profile = fleet.profile[rows, None]
        return into[profile, self._before[rows]], out_of[profile, self._after[rows]]

    def _lateness(
        self, stop: int, place: int, to_s: Integers, from_s: Integers, rows: slice
    ) -> tuple[Integers, Integers]:
        """By how much the stop or what follows it would be late at the least, and the waiting at the stop then."""
        fleet, rests = self.fleet, self.fleet.rests
        at, by_s = fleet.problem.stops[stop].place(place), fleet.must_start_by(stop, place)
        ready = self._ready_for(stop, rows)
        ways = []
        for before in range(rests.most + 1):
            for here in range(before, rests.most + 1):
                arrival_s = rests.arrival(rows, before, here, ready[before], to_s)
                start_s = start_of_service(at.windows, arrival_s)
                late_s = rests.late_s(rows, before, here, ready[before])
                if at.windows:
                    late_s = np.maximum(late_s, start_s - at.windows[-1].end_s)
                if by_s is not None:
                    late_s = np.maximum(late_s, start_s - by_s[rows, None])
                for after in range(here, rests.most + 1):
                    leave_s = start_s + at.service_s
                    back_s = rests.arrival(rows, here, after, leave_s, from_s) - self._due[after, rows]
                    all_late_s = np.maximum(np.maximum(late_s, back_s), rests.late_s(rows, here, after, leave_s))
                    ways.append((all_late_s, start_s - arrival_s))
        return reduce(_earlier, ways)

    def _ready_for(self, stop: int, rows: slice) -> Integers:
        """When the vehicle can leave what lies before each gap, if its trip waits in the yard for the stop's goods."""
        release_s = self.fleet.release_s[stop]
        if not release_s:
            return self._ready[:, rows]
        ready = self._ready[:, rows].copy()
        first_row = rows.start or 0
        for number in np.flatnonzero(self._earliest_trip_s[rows] < release_s).tolist():
            seen = self._surveys[first_row + number]
            states = np.array([*ready_if_released(self.fleet, first_row + number, seen, release_s)], dtype=np.int64)
            ready[: states.shape[1], number, : states.shape[0]] = states.T
        return ready

    def may_hold(self, stop: int, rows: slice = EVERY_ROW, *, ahead: int = 0) -> Booleans:
        """Where there is a gap that is not among locked stops; for a locked stop only the one where it has to be.  Of those who come
        with it, so many go ahead of it on the same row.
        """
        position = self._position + ahead
        if stop not in self.fleet.locked_on:
            return (self._open & (position >= self._num_locked))[rows]
        row, here = self.fleet.locked_on[stop]
        may = np.zeros(self._open.shape, dtype=np.bool_)
        may[row] = self._open[row] & (position[row] == here)
        return may[rows]

    def objections(self, stop: int, place: int, rows: slice = EVERY_ROW) -> Floats:
        """What speaks against each gap besides time, way and company: 1 for each rule, the share of the capacity for loads."""
        fleet, work = self.fleet, self.fleet.problem.stops[stop]
        against = np.zeros(self._open[rows].shape) + fleet.lacking(stop, place)[rows, None]
        for dimension, unit in enumerate(np.maximum(fleet.capacity[rows], 1).T):
            for amounts, left in ((work.load, self._room_before), (work.pickup, self._room_after)):
                if amounts and (amount := amounts[dimension]) and not (work.from_stop and amounts is work.load):
                    against += np.maximum(amount - np.maximum(left[dimension, rows], 0), 0) / unit[:, None]
        if fleet.goods.of_stop and (kinds := fleet.goods.of_stop[stop]):
            against += ~self._goods_can_join(kinds, rows)
        if fleet.has_quarantine:
            against += ~(self._quarantine_may[rows] if work.quarantine else self._others_may[rows])
        if fleet.has_positions:
            against += self._unsettles[rows]
        return against

    def _goods_can_join(self, kinds: int, rows: slice) -> Booleans:
        first_row, goods = rows.start or 0, self.fleet.goods
        can = np.zeros((len(self._kinds[rows]), max(map(len, self._kinds[rows]), default=0)), dtype=np.bool_)
        for number, trips in enumerate(self._kinds[rows]):
            can[number, : len(trips)] = [goods.can_join(first_row + number, on_trip, kinds) for on_trip in trips]
        return np.take_along_axis(can, self._trip_slot[rows], axis=1)

    def _over_limits(self, added_s: Integers, added_m: Integers, rows: slice) -> Booleans:
        fleet = self.fleet
        over = self._path_m[rows, None] + added_m > np.maximum(fleet.most_m, self._path_m)[rows, None]
        over |= self._path_s[rows, None] + added_s > np.maximum(fleet.most_s, self._longest_s)[rows, None]
        over |= (self._count[rows] >= fleet.most_stops[rows])[:, None]
        return over

    def company(self, stop: int, *, with_source: bool = True) -> Booleans:
        """Where the stop may go because of others: those it belongs together with, the one it is fed from, the one fed from it."""
        fleet, work = self.fleet, self.fleet.problem.stops[stop]
        only: list[tuple[int, Booleans | None]] = []
        if (home := self.home(stop)) is not None:
            only.append((home, None))
        if work.from_stop is not None and with_source:
            only.append(self._behind(fleet.index[work.from_stop]))
        fed = fleet.problem.fed_from(work.id)
        if fed is not None and fleet.index[fed] in self.row_of:
            only.append(self._ahead_of(fleet.index[fed]))
        if not only:
            return self._anywhere
        may = np.ones(self._open.shape, dtype=np.bool_)
        for row, columns in only:
            may[:row] = False
            may[row + 1 :] = False
            if columns is not None and row < len(may):
                may[row] &= columns
        return may

    def _behind(self, source: int) -> tuple[int, Booleans]:
        """The columns of the same trip behind a stop; none at all if it is on no route."""
        row = self.row_of.get(source)
        if row is None:
            return len(self._tours), np.zeros(0, dtype=np.bool_)
        at, on_trip = self._on_trip_of(row, source)
        return row, on_trip & (self._position[row] > at)

    def _ahead_of(self, fed: int) -> tuple[int, Booleans]:
        """The columns of the same trip before a stop."""
        row = self.row_of[fed]
        at, on_trip = self._on_trip_of(row, fed)
        return row, on_trip & (self._position[row] <= at)

    def _on_trip_of(self, row: int, stop: int) -> tuple[int, Booleans]:
        at = self._tours[row].stops.index(stop)
        trip = sum(reload <= at for reload in self._tours[row].reloads)
        return at, self._trip_slot[row] == trip + 1

    def _price(self, added_s: Integers, rows: slice) -> Floats:
        """What the added time costs, if none of it replaces waiting."""
        path_s, leaves_s = self._path_s[rows, None], self._leaves_s[rows, None]
        time_price = self.fleet.time_price
        longer = time_price.of(path_s + added_s, leaves_s + path_s + added_s, rows)
        return longer - time_price.of(path_s, leaves_s + path_s, rows)

    def _doubt(self, stop: int, rows: slice) -> Booleans:
        """Where a place that seems feasible may not be: waiting counts for the longest duration, and goods may ride along."""
        problem, work = self.fleet.problem, self.fleet.problem.stops[stop]
        doubt = ~self._sound[rows] | (self.fleet.most_s[rows] < ALWAYS) | problem.is_paired(work)
        return np.repeat(doubt[:, None], self._open.shape[1], axis=1)

    def _allocate(self, columns: int) -> None:
        rows, dimensions = len(self._tours), len(self.fleet.problem.load_dimensions)
        shape, states = (rows, columns), self.fleet.rests.most + 1
        self._before = np.zeros(shape, dtype=np.intp)
        self._after = np.zeros(shape, dtype=np.intp)
        self._ready = np.full((states, *shape), ALWAYS, dtype=np.int64)
        self._due = np.full((states, *shape), NEVER, dtype=np.int64)
        self._leg_s = np.zeros(shape, dtype=np.int64)
        self._leg_m = np.zeros(shape, dtype=np.int64)
        self._position = np.zeros(shape, dtype=np.int64)
        self._trip_slot = np.zeros(shape, dtype=np.int64)
        self._open = np.zeros(shape, dtype=np.bool_)
        self._num_locked = np.array([[len(shift.locked)] for shift in self.fleet.problem.shifts], dtype=np.int64)
        self._anywhere = np.ones((rows, 1), dtype=np.bool_)
        self._room_before = np.zeros((dimensions, *shape), dtype=np.int64)
        self._room_after = self._room_before
        if self.fleet.loads_change_on_the_way:
            self._room_after = np.zeros((dimensions, *shape), dtype=np.int64)
        self._quarantine_may = np.ones(shape, dtype=np.bool_)
        self._others_may = np.ones(shape, dtype=np.bool_)
        self._unsettles = np.zeros(shape, dtype=np.bool_)
        self._kinds: list[list[int]] = [[] for _ in range(rows)]
        self._sound = np.ones(rows, dtype=np.bool_)
        self._idle = np.ones(rows, dtype=np.bool_)
        self._path_s, self._path_m, self._leaves_s, self._longest_s, self._earliest_trip_s, self._count = np.zeros(
            (6, rows), dtype=np.int64
        )
        for row in range(rows):
            self._fill(row)

    def _fill(self, row: int) -> None:
        """Bring the arrays of one row up to its tour."""
        seen, tour = self._surveys[row], self._tours[row]
        columns, count = seen.columns, len(seen.columns)
        here = (row, slice(count))
        self._before[here] = [column.before for column in columns]
        self._after[here] = [column.after for column in columns]
        self._leg_s[here] = [column.leg_s for column in columns]
        self._leg_m[here] = [column.leg_m for column in columns]
        self._position[here] = [column.position for column in columns]
        self._trip_slot[here] = [0 if column.is_new_trip else column.trip + 1 for column in columns]
        self._trip_slot[row, count:] = 0  # a longer tour may have had trips that are no more
        states = len(columns[0].ready)
        self._ready[:states, row, :count] = np.array([column.ready for column in columns]).T
        self._due[:states, row, :count] = np.array([column.due for column in columns]).T
        self._open[row] = np.arange(self._open.shape[1]) < count
        self._fill_room(row, seen, tour)
        self._fill_order(row, seen, tour)
        self._path_s[row], self._path_m[row], self._leaves_s[row] = seen.path_s, seen.path_m, seen.leaves_s
        self._longest_s[row] = seen.return_s - seen.leaves_s
        self._earliest_trip_s[row] = min(column.ready[0] for column in columns if column.is_first)
        self._count[row] = len(tour.stops)
        self._idle[row] = not tour.stops

    def _fill_room(self, row: int, seen: Survey, tour: Tour) -> None:
        before, after = room(self.fleet, row, tour)
        own_trip = np.repeat(self.fleet.capacity[row, :, None], len(seen.columns) - seen.gaps, axis=1)
        self._room_before[:, row, : len(seen.columns)] = np.concatenate([before.T, own_trip], axis=1)
        if self._room_after is not self._room_before:
            self._room_after[:, row, : len(seen.columns)] = np.concatenate([after.T, own_trip], axis=1)
        self._sound[row] = seen.sound and bool((before >= 0).all() and (after >= 0).all())

    def _fill_order(self, row: int, seen: Survey, tour: Tour) -> None:
        """What quarantine, pinned positions and goods say about the gaps."""
        fleet, stops = self.fleet, self.fleet.problem.stops
        if fleet.goods.of_stop:
            self._kinds[row] = [0, *(fleet.goods.of_trip(tour.stops[at] for at in trip) for trip in tour.trips())]
        if fleet.has_positions:
            shift_id = fleet.problem.shifts[row].id
            settled = [at for at, stop in enumerate(tour.stops) if is_settled(stops[stop], shift_id, at)]
            self._unsettles[row] = self._position[row] <= max(settled, default=-1)
        if fleet.has_quarantine:
            others_may, quarantine_may = self._others_may[row], self._quarantine_may[row]
            others_may[:], quarantine_may[:] = True, True
            for number, column in enumerate(seen.columns[: seen.gaps]):
                trip = tour.trips()[column.trip]
                before, after = tour.stops[trip.start : column.position], tour.stops[column.position : trip.stop]
                others_may[number] = not any(stops[stop].quarantine for stop in before)
                quarantine_may[number] = not others_may[number] or all(stops[stop].quarantine for stop in after)


def is_settled(stop: Stop, shift_id: str, position: int) -> bool:
    """Whether a visit at a position would come away, or farther away, from where it is pinned if it moved back by one."""
    pin = stop.pin
    return pin is not None and pin.shift_id == shift_id and pin.position is not None and position >= pin.position


def _earlier(ours: tuple[Integers, Integers], theirs: tuple[Integers, Integers]) -> tuple[Integers, Integers]:
    """The less late of two ways to take the breaks; ours in doubt."""
    better = theirs[0] < ours[0]
    return np.where(better, theirs[0], ours[0]), np.where(better, theirs[1], ours[1])
