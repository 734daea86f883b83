"""The door to PyVRP: a problem and a plan in, a plan out.  The strongest engine there is for what it can say.

What it cannot say is held as the plan at hand has it (`routing.solvers.restriction`).  The search is our own loop around PyVRP's local
search: in runs of seconds, penalties that begin near where they end, and a history as long as the run allows, are worth more than
anything else.  (X-n200-k36, 10 s: 0.2 % above the best known cost instead of 2.0 %.)

Known of PyVRP 0.14: a local search cannot be interrupted and holds the interpreter lock; activities count clients from 0;
prizes are lost for every client that is not visited, also for the other members of its group.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    ClientGroup,
    CostEvaluator,
    Depot,
    Location,
    ProblemData,
    RandomNumberGenerator,
    Solution,
    VehicleType,
)
from pyvrp import Route as PyRoute
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)

from routing.evaluate import evaluate_route
from routing.plan import Plan, Route, Unassigned
from routing.problem import NO_WAY, Place, Problem, Shift, Stop, Vehicle
from routing.solvers.restriction import ALWAYS, Crew, Opening, Restriction

type Integers = npt.NDArray[Any]

ENDLESS = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search: `seconds` by the clock, or `iterations`, which give the same plan on every machine.

    A rough search is three times as fast where hours cost money: it pays them for driving and service but not for waiting, and
    leaves out no stop that has a place.
    """

    seconds: float | None = None
    iterations: int | None = None
    is_rough: bool = False


def improve(
    problem: Problem,
    start: Plan,
    *,
    effort: Effort,
    seed: int,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Search from a plan and return the best plan met that PyVRP holds for valid; whether it is, and is better, is for the referee to
    say.  A pure function of its other arguments for an effort in iterations.
    """
    model = Model(problem, start, is_rough=effort.is_rough)
    if not model.clients or not model.types:
        return start
    if effort.is_rough and not model.solution_of(start).is_feasible():  # it may have to leave out stops to become so
        model = Model(problem, start)
    search = _Search(model, seed)
    return model.plan_of(search.run(model.solution_of(start), effort, should_stop or _never))


def cells(problem: Problem, start: Plan) -> int:
    """How many numbers PyVRP's matrices of a problem have; each takes 16 bytes."""
    model = Model(problem, start, only_size=True)
    return len(model.profiles) * (len(model.clients) + 2) ** 2


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, order=True)
class _Client:
    """A stop at one of its places in one of its windows, for those by whose clock the goods are there at `release_s`."""

    stop: int
    place: int
    opening: Opening
    release_s: int


@dataclass(frozen=True, slots=True)
class _Profile:
    """What a matrix depends on: the travel, the clients that are closed, and where arcs carry costs instead of metres, which."""

    travel: str
    closed: frozenset[int]
    per_metre: int = 1
    per_second: int = 0
    prices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Type:
    """Shifts that PyVRP cannot tell from each other; see its `VehicleType`."""

    profile: int
    capacity: tuple[int, ...]
    start_depot: int
    end_depot: int
    tw_early: int
    tw_late: int
    fixed_cost: int
    unit_distance_cost: int
    unit_duration_cost: int
    shift_duration: int
    max_overtime: int
    unit_overtime_cost: int
    max_distance: int
    reload_depots: tuple[int, ...]
    max_reloads: int


LONGEST_LEG_S = 7 * 86_400
"""No leg is priced for longer, so that roads that are closed overflow nothing."""


class Model:
    """One problem as PyVRP's data.  Locations: the ends of shifts, then one for each client."""

    def __init__(self, problem: Problem, start: Plan, *, is_rough: bool = False, only_size: bool = False) -> None:
        self._problem = problem
        self._is_rough = is_rough
        self._restriction = Restriction(problem, start)
        self._shifts = [problem.shifts[row] for row in self._restriction.shifts]
        self._crews = self._restriction.crews
        self._open = _open_clients(problem, self._restriction)
        self.clients = sorted(frozenset().union(*self._open))
        self._clients_of: dict[int, list[int]] = {}
        for index, client in enumerate(self.clients):
            self._clients_of.setdefault(client.stop, []).append(index)
        self._money = _Money(problem, self._shifts)
        self.knows_time = True
        self._places = sorted({place for shift in self._shifts for place in (shift.start_location, shift.end_location)})
        self._depots: dict[tuple[int, int], int] = {}
        self.profiles: dict[_Profile, int] = {}
        self.types: dict[_Type, list[int]] = {}
        self._served = {stop_id for route in start.routes for stop_id in route.stops}
        self._state(only_size=only_size)

    def solution_of(self, plan: Plan) -> Solution:
        row_of = {shift.id: row for row, shift in enumerate(self._shifts)}
        type_of = {row: number for number, rows in enumerate(self.types.values()) for row in rows}
        routes = []
        for route in plan.routes:
            row = row_of.get(route.shift_id)
            if row is not None and (activities := self._activities(route, row)):
                routes.append(PyRoute(self.data, activities, type_of[row]))
        return Solution(self.data, routes)

    def plan_of(self, solution: Solution) -> Plan:
        """Routes of the same type go to its shifts in order; those that were kept come along."""
        free = [iter(rows) for rows in self.types.values()]
        found = [self._route(route, next(free[route.vehicle_type()])) for route in solution.routes()]
        routes = (*self._restriction.kept, *found)
        served = {stop_id for route in routes for stop_id in route.stops}
        left_out = (stop.id for stop in self._problem.stops if stop.id not in served)
        return Plan(routes=routes, unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in left_out))

    def cost_of_second(self) -> float:
        """What a second of driving costs on average, in PyVRP's units."""
        vehicle = self._problem.vehicle_of(self._shifts[0])
        travel = self._problem.travel[vehicle.profile]
        open_roads = travel.duration_s < NO_WAY
        metres, seconds = float(travel.distance_m[open_roads].sum()), float(travel.duration_s[open_roads].sum())
        return self._money.per_metre(vehicle) * metres / max(1.0, seconds) + self._money.per_second(
            vehicle.cost_per_hour
        )

    def _state(self, *, only_size: bool) -> None:
        if not self.clients:
            return
        self._has_prices = any(stop.unfamiliar_price or stop.change_price for stop in self._problem.stops)
        self.knows_time = self._time_matters()
        for row, shift in enumerate(self._shifts):
            self.types.setdefault(self._type(row, shift), []).append(row)
        if only_size:
            return
        clients, groups = self._stated_clients()
        self.data = ProblemData(
            locations=[Location(0, 0)] * (len(self._places) + len(self.clients)),
            clients=clients,
            depots=[Depot(place, service_duration=service_s) for place, service_s in self._depots],
            vehicle_types=[_vehicle_type(kind, len(rows)) for kind, rows in self.types.items()],
            distance_matrices=[self._distances(profile) for profile in self.profiles],  # type: ignore[misc]  # stub asks for object arrays
            duration_matrices=[self._durations(profile) for profile in self.profiles],  # type: ignore[misc]
            groups=groups,
        )

    def _arcs_carry_costs(self, shift: Shift) -> bool:
        """Arcs can carry the prices for who serves whom, and the hours driven; then they are no metres any more."""
        return shift.max_distance_m is None and (self._has_prices or self._is_rough)

    def _time_matters(self) -> bool:
        """Without windows and with shifts longer than any route, PyVRP is faster without times."""
        if any(client.opening != ALWAYS or client.release_s for client in self.clients):
            return True
        if any(len(mine) < len(self.clients) for mine in self._open) or any(
            stop.quarantine for stop in self._problem.stops
        ):
            return True
        longest_leg_s = max(int(travel.duration_s.max(initial=0)) for travel in self._problem.travel.values())
        longest_s = sum(stop.service_s + longest_leg_s for stop in self._problem.stops) + longest_leg_s
        return any(
            shift.end_s - shift.ready_s < longest_s
            or shift.max_duration_s is not None
            or self._problem.vehicle_of(shift).cost_per_hour
            for shift in self._shifts
        )

    def _type(self, row: int, shift: Shift) -> _Type:
        vehicle, clock, money = self._problem.vehicle_of(shift), self._crews[row].clock, self._money
        early_s, late_s = clock.worked(shift.ready_s), clock.worked(shift.end_s)
        regular_s, most_s, overtime = self._duration_limits(shift, late_s - early_s)
        start = self._place(shift.start_location)
        reload_depots = (self._depot(start, shift.turnaround_s),) if shift.max_trips > 1 else ()
        profile = self._profile(row, vehicle)
        return _Type(
            profile=self.profiles.setdefault(profile, len(self.profiles)),
            capacity=self._capacity(shift, vehicle),
            start_depot=self._depot(start, 0),
            end_depot=self._depot(self._place(shift.end_location), 0),
            tw_early=early_s if self.knows_time else 0,
            tw_late=late_s if self.knows_time else ENDLESS,
            fixed_cost=money.of(vehicle.fixed_cost),
            unit_distance_cost=1 if self._arcs_carry_costs(shift) else money.per_metre(vehicle),
            unit_duration_cost=0 if self._is_rough else money.per_second(vehicle.cost_per_hour),
            shift_duration=regular_s,
            max_overtime=most_s - regular_s,
            unit_overtime_cost=money.per_second(overtime),
            max_distance=ENDLESS if shift.max_distance_m is None else shift.max_distance_m,
            reload_depots=reload_depots,
            max_reloads=shift.max_trips - 1,
        )

    def _duration_limits(self, shift: Shift, span_s: int) -> tuple[int, int, int]:
        """Regular and longest duration, and the price of an hour between them.  PyVRP counts overtime from the departure, not by the
        clock, which is near enough to search by.
        """
        resting_s = sum(rest.duration_s for rest in shift.breaks)
        most_s = ENDLESS if shift.max_duration_s is None else max(0, shift.max_duration_s - resting_s)
        fair_s, price = self._problem.fair_duration_s, self._problem.unfair_per_hour
        if shift.regular_end_s is not None and shift.overtime_per_hour:
            over_s = max(0, shift.end_s - shift.regular_end_s)
            fair_s, price = max(0, span_s - over_s), shift.overtime_per_hour
        if fair_s is None or not price:
            return most_s, most_s, 0
        most_s = min(most_s, span_s)
        return min(fair_s, most_s), most_s, price

    def _capacity(self, shift: Shift, vehicle: Vehicle) -> tuple[int, ...]:
        if not self._counts_stops:
            return vehicle.capacity
        return (*vehicle.capacity, len(self.clients) if shift.max_stops is None else shift.max_stops)

    @property
    def _counts_stops(self) -> bool:
        return any(shift.max_stops is not None for shift in self._shifts)

    def _profile(self, row: int, vehicle: Vehicle) -> _Profile:
        closed = frozenset(index for index, client in enumerate(self.clients) if client not in self._open[row])
        shift, money = self._shifts[row], self._money
        if not self._arcs_carry_costs(shift):
            return _Profile(vehicle.profile, closed)
        per_second = money.per_second(vehicle.cost_per_hour) if self._is_rough else 0
        prices = [
            money.of(_soft_price(stop, shift)) + per_second * stop.place(client.place).service_s
            for client in self.clients
            for stop in (self._problem.stops[client.stop],)
        ]
        return _Profile(vehicle.profile, closed, money.per_metre(vehicle), per_second, tuple(prices))

    def _distances(self, profile: _Profile) -> Integers:
        metres = self._among_locations(self._problem.travel[profile.travel].distance_m)
        metres *= profile.per_metre
        if profile.per_second:
            seconds = self._among_locations(self._problem.travel[profile.travel].duration_s)
            metres += profile.per_second * np.minimum(seconds, LONGEST_LEG_S)
        if profile.prices:
            metres[:, len(self._places) :] += np.array(profile.prices, dtype=np.int64)
        np.fill_diagonal(metres, 0)
        return metres

    def _durations(self, profile: _Profile) -> Integers:
        """Closed arcs take longer than any shift; so do roads that are closed."""
        seconds = self._among_locations(self._problem.travel[profile.travel].duration_s)
        if not self.knows_time:
            return np.zeros_like(seconds)
        beyond_s = 2 * max(kind.tw_late for kind in self.types) + 1
        np.minimum(seconds, beyond_s, out=seconds)
        first = len(self._places)
        closed = first + np.array(sorted(profile.closed), dtype=np.intp)
        seconds[:, closed] = beyond_s
        quarantined = np.array([self._problem.stops[client.stop].quarantine for client in self.clients], dtype=np.bool_)
        seconds[first:, first:][np.ix_(quarantined, ~quarantined)] = beyond_s
        np.fill_diagonal(seconds, 0)
        return seconds

    def _among_locations(self, matrix: npt.NDArray[np.int32]) -> Integers:
        stops = self._problem.stops
        places = [*self._places, *(stops[client.stop].place(client.place).location for client in self.clients)]
        return matrix[np.ix_(places, places)].astype(np.int64)

    def _stated_clients(self) -> tuple[list[Client], list[ClientGroup]]:
        clients, groups = list[Client](), list[ClientGroup]()
        for stop, members in self._clients_of.items():
            group = None
            work = self._problem.stops[stop]
            required = work.id in self._served and (
                work.left_out_price is None or (self._is_rough and len(members) == 1)
            )
            if len(members) > 1:
                group = len(groups)
                groups.append(ClientGroup(members, required=required))
            clients.extend(self._stated_client(index, group, required and group is None) for index in members)
        return clients, groups

    def _stated_client(self, index: int, group: int | None, required: bool) -> Client:
        client = self.clients[index]
        stop = self._problem.stops[client.stop]
        here = stop.place(client.place)
        price = here.price if isinstance(here, Place) else 0
        one = (1,) if self._counts_stops else ()
        return Client(
            location=len(self._places) + index,
            delivery=[*stop.load, *one],
            pickup=[*stop.pickup, *(0 for _ in one)] if stop.pickup else [],
            service_duration=here.service_s if self.knows_time else 0,
            tw_early=client.opening[0],
            tw_late=ENDLESS if math.isinf(client.opening[1]) else int(client.opening[1]),
            release_time=client.release_s,
            prize=max(0, self._money.left_out(stop) - self._money.of(price)),
            required=required,
            group=group,
        )

    def _place(self, location: int) -> int:
        return self._places.index(location)

    def _depot(self, place: int, service_s: int) -> int:
        return self._depots.setdefault((place, service_s), len(self._depots))

    def _activities(self, route: Route, row: int) -> list[Activity]:
        shift, activities = self._shifts[row], list[Activity]()
        starts = [self._crews[row].clock.worked(visit.start_s) for visit in evaluate_route(self._problem, route).visits]
        places = route.places or (0,) * len(route.stops)
        index_of = {self._problem.stops[stop].id: stop for stop in self._clients_of}
        for position, (stop_id, place) in enumerate(zip(route.stops, places, strict=True)):
            if position in route.reloads and shift.max_trips > 1:
                reload_depot = self._depot(self._place(shift.start_location), shift.turnaround_s)
                activities.append(Activity(ActivityType.DEPOT, reload_depot))
            client = self._client_at(index_of.get(stop_id), place, row, starts[position])
            if client is not None:
                activities.append(Activity(ActivityType.CLIENT, client))
        return activities

    def _client_at(self, stop: int | None, place: int, row: int, start_s: int) -> int | None:
        """The client that stands for a visit: the one whose window the start of service lies in, or comes closest to."""

        def missed_s(index: int) -> float:
            first_s, last_s = self.clients[index].opening
            return max(first_s - start_s, start_s - last_s, 0)

        clients = [] if stop is None else self._clients_of[stop]
        fitting = [i for i in clients if self.clients[i].place == place and self.clients[i] in self._open[row]]
        return min(fitting, key=missed_s, default=None)

    def _route(self, route: PyRoute, row: int) -> Route:
        stops, places, reloads = list[str](), list[int](), list[int]()
        for activity in list(route)[1:-1]:
            if activity.is_depot():
                reloads.append(len(stops))
            else:
                client = self.clients[activity.idx]
                stops.append(self._problem.stops[client.stop].id)
                places.append(client.place)
        inner = tuple(dict.fromkeys(position for position in reloads if 0 < position < len(stops)))
        return Route(
            shift_id=self._shifts[row].id,
            stops=tuple(stops),
            places=tuple(places) if any(places) else (),
            reloads=inner,
        )


def _open_clients(problem: Problem, restriction: Restriction) -> list[frozenset[_Client]]:
    """For each shift the clients that it may serve."""
    by_crew: dict[Crew, dict[int, tuple[_Client, ...]]] = {}
    everybody: dict[Crew, frozenset[_Client]] = {}
    found = []
    for row, crew in zip(restriction.shifts, restriction.crews, strict=True):
        if crew not in by_crew:
            by_crew[crew] = {stop: tuple(_clients(problem.stops[stop], stop, crew)) for stop in restriction.stops}
            everybody[crew] = frozenset(chain.from_iterable(by_crew[crew].values()))
        barred = restriction.barred(row)
        found.append(
            everybody[crew].difference(*(by_crew[crew][stop] for stop in barred)) if barred else everybody[crew]
        )
    return found


def _clients(stop: Stop, index: int, crew: Crew) -> list[_Client]:
    release_s = crew.clock.worked(stop.release_s) if stop.release_s > crew.ready_s else 0
    return [
        _Client(index, place, opening, release_s)
        for place in range(len(stop.places))
        for opening in crew.openings(stop, place)
    ]


def _soft_price(stop: Stop, shift: Shift) -> int:
    price = 0
    if stop.familiar_drivers and shift.driver not in stop.familiar_drivers:
        price += stop.unfamiliar_price
    if stop.published_shift is not None and stop.published_shift != shift.id:
        price += stop.change_price
    return price


def _vehicle_type(kind: _Type, available: int) -> VehicleType:
    fields = {name: getattr(kind, name) for name in _Type.__slots__}
    fields["capacity"], fields["reload_depots"] = list(kind.capacity), list(kind.reload_depots)
    return VehicleType(num_available=available, **fields)


class _Money:
    """PyVRP's whole units of cost.  18,000 to the fen make metres and seconds exact; fewer do where they have a common divisor."""

    def __init__(self, problem: Problem, shifts: list[Shift]) -> None:
        vehicles = [problem.vehicle_of(shift) for shift in shifts]
        self._must_serve = _worst_cost(problem, shifts)
        prices = [stop.left_out_price or 0 for stop in problem.stops]
        prices += [price for stop in problem.stops for price in (stop.unfamiliar_price, stop.change_price) if price]
        prices += [place.price for stop in problem.stops for place in stop.alternatives]
        per_hour = [vehicle.cost_per_hour for vehicle in vehicles]
        per_hour += [problem.unfair_per_hour, *(shift.overtime_per_hour for shift in shifts)]
        amounts = [18 * vehicle.cost_per_km for vehicle in vehicles] + [5 * price for price in per_hour]
        amounts += [18_000 * amount for amount in (*prices, *(vehicle.fixed_cost for vehicle in vehicles))]
        most = self._must_serve * (2 + sum(stop.left_out_price is None for stop in problem.stops))
        self._divisor = max(1, math.gcd(*amounts), 18_000 * most // 2**58)

    def of(self, fen: int) -> int:
        return _rounded(18_000 * fen, self._divisor)

    def per_metre(self, vehicle: Vehicle) -> int:
        return _rounded(18 * vehicle.cost_per_km, self._divisor)

    def per_second(self, per_hour: int) -> int:
        return _rounded(5 * per_hour, self._divisor)

    def left_out(self, stop: Stop) -> int:
        return self.of(self._must_serve if stop.left_out_price is None else stop.left_out_price)


def _worst_cost(problem: Problem, shifts: list[Shift]) -> int:
    """More than any plan of these shifts costs, in fen."""
    vehicles = [problem.vehicle_of(shift) for shift in shifts]
    farthest_m = max((int(travel.distance_m.max(initial=0)) for travel in problem.travel.values()), default=0)
    legs = 2 * len(problem.stops) + len(shifts)
    prices = (stop.left_out_price or 0 for stop in problem.stops)
    return (
        1
        + sum(vehicle.fixed_cost for vehicle in vehicles)
        + legs * farthest_m * max((vehicle.cost_per_km for vehicle in vehicles), default=0) // 1000
        + sum((shift.end_s - shift.start_s) * problem.vehicle_of(shift).cost_per_hour for shift in shifts) // 3600
        + sum(prices)
    )


def _rounded(amount: int, divisor: int) -> int:
    return (2 * amount + divisor) // (2 * divisor)


NEIGHBOURS_IN_TIME = 50
NEIGHBOURS = 25
"""How many neighbours of a stop a move may join it to: fewer are quicker, and where hours matter the near ones are often not those."""

WAITING = 0.2
"""What a second of waiting weighs in how near two stops are, in seconds of driving."""

PERTURBED = (1, 25)
"""How many stops an iteration puts in or takes out before it repairs the plan."""

HISTORY = 3.0
"""Late acceptance compares with so many iterations before as there are iterations a stop, times this."""

SHORTEST_HISTORY, LONGEST_HISTORY = 10, 5_000

TRIAL = 32
"""After so many iterations it is known how many there will be, where time is the limit."""

STRICT_BELOW = 60
STRICT_HOURS_BELOW = 5
"""With fewer iterations a stop, overloaded (or late) vehicles on the way to a better plan do not pay."""


class _Search:
    """Iterated local search with late acceptance (Burke and Bykov, 2017), on PyVRP's local search."""

    def __init__(self, model: Model, seed: int) -> None:
        self._data = model.data
        self._size = len(model.clients)
        self._knows_time = model.knows_time
        neighbours = NeighbourhoodParams(
            weight_wait_time=WAITING * model.cost_of_second(),
            num_neighbours=NEIGHBOURS_IN_TIME if model.knows_time else NEIGHBOURS,
        )
        self._local_search = LocalSearch(
            self._data,
            RandomNumberGenerator(seed=seed),
            compute_neighbours(self._data, neighbours),
            PerturbationManager(PerturbationParams(*PERTURBED)),
        )
        for operator in OPERATORS:
            if operator.supports(self._data):
                self._local_search.add_operator(operator(self._data))

    def run(self, start: Solution, effort: Effort, should_stop: Callable[[], bool]) -> Solution:
        watch = _Watch(effort, should_stop)
        penalties = _Penalties(self._data, start)
        evaluator = penalties.evaluator
        best, best_cost = start, evaluator.cost(start)
        current = self._local_search(start, evaluator, exhaustive=True)
        if current.is_feasible() and evaluator.cost(current) < best_cost:
            best, best_cost = current, evaluator.cost(current)
        late, turn = [evaluator.penalised_cost(current)], 0
        while watch.goes_on():
            if watch.iterations == TRIAL:
                a_stop = watch.expected_iterations() / self._size
                late = late * round(min(max(a_stop * HISTORY, SHORTEST_HISTORY), LONGEST_HISTORY))
                turn = 0
                penalties.relax(loads=self._knows_time or a_stop >= STRICT_BELOW, hours=a_stop >= STRICT_HOURS_BELOW)
            evaluator = penalties.evaluator
            candidate = self._local_search(current, evaluator, exhaustive=False)
            penalties.register(candidate)
            if candidate.is_feasible() and evaluator.cost(candidate) < best_cost:
                best = candidate
                candidate = self._local_search(candidate, evaluator, exhaustive=True)
                best = candidate if candidate.is_feasible() else best
                best_cost = evaluator.cost(best)
            cost, current_cost = evaluator.penalised_cost(candidate), evaluator.penalised_cost(current)
            if cost < late[turn] or cost < current_cost:
                current, current_cost = candidate, cost
            late[turn] = min(late[turn], current_cost)
            turn = (turn + 1) % len(late)
        return best


class _Watch:
    """Counts iterations, looks at the clock at each and asks the caller now and then."""

    ASK_EVERY_S = 0.05

    def __init__(self, effort: Effort, should_stop: Callable[[], bool]) -> None:
        self._effort = effort
        self._should_stop = should_stop
        self._began_s = self._now_s = self._asked_s = time.monotonic()
        self.iterations = 0

    def goes_on(self) -> bool:
        self.iterations += 1
        if self._effort.iterations is not None and self.iterations > self._effort.iterations:
            return False
        self._now_s = time.monotonic()
        if self._effort.seconds is not None and self._now_s - self._began_s >= self._effort.seconds:
            return False
        if self._now_s - self._asked_s < self.ASK_EVERY_S:
            return True
        self._asked_s = self._now_s
        return not self._should_stop()

    def expected_iterations(self) -> float:
        if self._effort.iterations is not None:
            return self._effort.iterations
        return self.iterations * (self._effort.seconds or 0.0) / max(self._now_s - self._began_s, 1e-6)


class _Penalties:
    """What a unit too much of each load, of time and of distance costs: raised while too few solutions are valid, else lowered.

    At first they forbid, so that a valid start stays valid.  Relaxed, they begin near where they end: an average stop too much costs
    some legs, or what it brings in.
    """

    UPDATE_EVERY = 100
    VALID_SHARE = (0.60, 0.70)
    LEGS_A_STOP = 6.0
    LEGS_A_LEG = 20.0
    STRICT = 500.0
    RANGE = 1e5

    def __init__(self, data: ProblemData, start: Solution) -> None:
        legs = sum(len(route) for route in start.routes()) + 1
        leg_cost = max(1.0, (start.distance_cost() + start.duration_cost()) / legs)
        loads = [max(1e-3, _mean_load(data, dimension)) for dimension in range(data.num_load_dimensions)]
        self._loads = len(loads)
        prize = _prize_to_win(data, start)
        stop_cost, leg_cost = max(self.LEGS_A_STOP * leg_cost, prize), max(self.LEGS_A_LEG * leg_cost, prize)
        self._now = [stop_cost / load for load in loads]
        self._now.append(leg_cost / max(1.0, start.duration() / legs))
        self._now.append(stop_cost / max(1.0, start.distance() / legs))
        self._now = [each * self.STRICT for each in self._now]
        self._least = list(self._now)
        self._are_hours_strict = True
        self._most = [each * self.RANGE for each in self._now]
        if not start.unplanned():  # then it is the plan that must change, not its stops
            self._relax_hours()
        self._restart()

    def relax(self, *, loads: bool, hours: bool) -> None:
        """From now on, solutions may break rules at a price."""
        if loads:
            self._relax(range(self._loads))
        if hours:
            self._relax_hours()
        self._restart()

    def _relax_hours(self) -> None:
        if self._are_hours_strict:
            self._relax(range(self._loads, len(self._now)))
        self._are_hours_strict = False

    def _relax(self, indices: range) -> None:
        for index in indices:
            self._now[index] /= self.STRICT
            self._least[index] /= self.RANGE

    def register(self, solution: Solution) -> None:
        self._registered += 1
        for index, excess in enumerate((*solution.excess_load(), solution.time_warp(), solution.excess_distance())):
            self._broken[index] += excess > 0
        if self._registered == self.UPDATE_EVERY:
            self._update()

    def _update(self) -> None:
        for index, broken in enumerate(self._broken):
            valid = 1 - broken / self._registered
            if valid < self.VALID_SHARE[0]:
                self._now[index] = min(self._now[index] * 1.5, self._most[index])
            elif valid > self.VALID_SHARE[1]:
                self._now[index] = max(self._now[index] * 0.9, self._least[index])
        self._restart()

    def _restart(self) -> None:
        self._registered, self._broken = 0, [0] * len(self._now)
        *loads, duration, distance = self._now
        self.evaluator = CostEvaluator(loads, duration, distance)


def _prize_to_win(data: ProblemData, start: Solution) -> float:
    """The median prize of the clients that are left out: for less, they would be taken whatever they break."""
    left_out = [data.client(activity.idx).prize for activity in start.unplanned() if activity.is_client()]
    return float(np.median(left_out)) if left_out else 0.0


def _mean_load(data: ProblemData, dimension: int) -> float:
    amounts = [max(client.delivery[dimension], client.pickup[dimension]) for client in data.clients()]
    return sum(amounts) / max(1, len(amounts))
