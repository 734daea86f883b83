"""Edge assembly crossover: what one solution has better than another, taken over piece by piece (Nagata, Bräysy and Dullaert, 2010).

Where two solutions differ, arcs of the one and of the other alternate in cycles.  To change one for the other along a single cycle
gives a solution that is new in one place only, with a few loose ends which a local search ties.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from pyvrp import Activity, ActivityType, CostEvaluator, ProblemData, Solution
from pyvrp import Route as PyRoute
from pyvrp.search import LocalSearch

LOOSENED = 5
"""So many stops at the new arcs are taken out at most, for the local search to find them the best place thereabouts."""

NEAR = 20
"""To how many of its neighbours a stop may join a tour that has lost its depot."""

SMALL = 6
"""A cycle of so few exchanges that made nothing better is not tried again, a longer one once more: it has more loose ends."""

JOINED_SHARE = 0.2
"""How many of the cycles on the same routes are tried together with one."""

GENERATIONS_IN_VAIN = 3
"""After so many in which no solution got better they are done with."""

type Neighbours = dict[Activity, list[Activity]]
type GoesOn = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two arcs into the same head: the one from `tail` goes, the one from `new_tail` comes.  The tails and heads are clients, or beyond
    them the depots of each type of vehicle.  The next exchange of a cycle begins at the new tail.
    """

    tail: int
    head: int
    new_tail: int


type Cycle = Sequence[Exchange]

type Rows = Sequence[tuple[PyRoute, list[int]]]
"""The routes of a solution with their clients, of which it tells only slowly."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the solutions that are crossed."""

    solution: Solution
    rows: Rows

    @classmethod
    def of(cls, solution: Solution) -> Self:
        return cls(solution, rows(solution))


class Crossover:
    """Of solutions of one problem whose vehicles leave their depot once."""

    def __init__(
        self, data: ProblemData, local_search: LocalSearch, neighbours: Neighbours, rng: random.Random
    ) -> None:
        """The local search perturbs as little as it can."""
        self._data = data
        self._local_search = local_search
        self._random = rng
        self._size = data.num_clients
        self._types = data.num_vehicle_types
        near = (neighbours.get(Activity(ActivityType.CLIENT, client), ()) for client in range(self._size))
        self._near = [[other.idx for other in others if other.is_client()][:NEAR] for others in near]
        self._group_of = [data.client(client).group for client in range(self._size)]
        self._tries = Counter[frozenset[Exchange]]()
        self._has_groups = data.num_groups > 0

    def all_bettered(self, solutions: Sequence[Solution], evaluator: CostEvaluator, goes_on: GoesOn) -> list[Solution]:
        """In each generation every one takes over one piece of another that makes it better, if there is one: so good pieces get around
        before all are alike.
        """
        members, in_vain = [Member.of(solution) for solution in solutions], 0
        while in_vain < GENERATIONS_IN_VAIN and goes_on():
            ring = self._shuffled(range(len(members)))
            children = {
                mine: self._bettered(members[mine], members[other], evaluator, goes_on)
                for mine, other in zip(ring, (*ring[1:], ring[0]), strict=True)
            }
            in_vain = 0 if any(children.values()) else in_vain + 1
            members = [children[number] or member for number, member in enumerate(members)]
        return [member.solution for member in members]

    def _bettered(self, mine: Member, other: Member, evaluator: CostEvaluator, goes_on: GoesOn) -> Member | None:
        """The first that is cheaper of those with a piece of the other."""
        cost = evaluator.penalised_cost(mine.solution)
        pieces = self.cycles(mine.rows, self.aligned(other.rows, mine.rows))
        pieces += self._unions(mine.rows, pieces)
        for piece in filter(self._is_worth_a_try, pieces):
            if not goes_on():
                break
            child = self._local_search(self.child(mine.rows, piece), evaluator, exhaustive=False)
            if evaluator.penalised_cost(child) < cost:
                return Member.of(child)
        return None

    def aligned(self, solution: Rows, other: Rows) -> Rows:
        """With the routes that cost the same backwards driven as they mostly are in the other."""
        arcs = {arc for _, visits in other for arc in pairwise(visits)}

        def turned(route: PyRoute, visits: list[int]) -> tuple[PyRoute, list[int]]:
            backwards = visits[::-1]
            if sum(arc in arcs for arc in pairwise(backwards)) > sum(arc in arcs for arc in pairwise(visits)):
                back = PyRoute(self._data, backwards, route.vehicle_type())
                if _is_as_good(back, route):
                    return back, backwards
            return route, visits

        return [turned(route, visits) for route, visits in solution]

    def _is_worth_a_try(self, piece: Cycle) -> bool:
        """And counts it."""
        key = frozenset(piece)
        self._tries[key] += 1
        return self._tries[key] <= 1 + (len(piece) > SMALL)

    def cycles(self, start: Rows, other: Rows) -> list[Cycle]:
        """All arcs in which the two differ, as cycles in random order."""
        mine, theirs = self._heads(start), self._heads(other)
        for tail in range(self._size, self._size + self._types):  # of vehicles that only the other one uses
            for few, many in ((mine[tail], theirs[tail]), (theirs[tail], mine[tail])):
                few.extend([tail] * (len(many) - len(few)))
        old_heads, new_tails = dict[int, list[int]](), dict[int, list[int]]()
        for tail, (before, after) in enumerate(zip(mine, theirs, strict=True)):
            if before != after:
                gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
                if gone:
                    old_heads[tail] = self._shuffled(gone.elements())
                for head in come.elements():
                    new_tails.setdefault(head, []).append(tail)
        for tails in new_tails.values():
            self._random.shuffle(tails)
        return self._shuffled(_traced(old_heads, new_tails))

    def _unions(self, start: Rows, cycles: Sequence[Cycle]) -> list[Cycle]:
        """Each of the cycles with some of the others on its routes: together they may be worth what none of them is alone."""
        route_of = {client: number for number, (_, visits) in enumerate(start) for client in visits}
        routes_of = [
            {route_of[end] for exchange in cycle for end in (exchange.tail, exchange.new_tail) if end in route_of}
            for cycle in cycles
        ]
        unions = list[Cycle]()
        for number, (cycle, routes) in enumerate(zip(cycles, routes_of, strict=True)):
            others = [
                other
                for at, other in enumerate(cycles)
                if at != number and not routes.isdisjoint(routes_of[at]) and self._random.random() < JOINED_SHARE
            ]
            if others:
                unions.append([exchange for each in (cycle, *others) for exchange in each])
        return self._shuffled(unions)

    def child(self, start: Rows, cycle: Cycle) -> Solution:
        """The start with the exchanges of a cycle, and a few stops at its new arcs left out."""
        tours = _Tours(self._size, start, cycle)
        for tour in tours.closed:
            self._open(tours, tour)
        loose = self._loosened(cycle)
        if self._has_groups:
            loose |= self._doubled(tours)
        routes = [
            PyRoute(self._data, kept, kind)
            for kind, visits in tours.open
            if (kept := [client for client in visits if client not in loose])
        ]
        return Solution(self._data, [*(route for route, _ in tours.untouched), *routes])

    def _heads(self, solution: Rows) -> list[list[int]]:
        """The heads of the arcs from each client, which is its own head while nobody visits it, and from the depot of each type."""
        heads = [[client] for client in range(self._size)]
        heads.extend([] for _ in range(self._types))
        for route, visits in solution:
            depot = self._size + route.vehicle_type()
            heads[depot].append(visits[0])
            for tail, head in zip(visits, (*visits[1:], depot), strict=True):
                heads[tail] = [head]
        return heads

    def _open(self, tours: _Tours, closed: Sequence[int]) -> None:
        """Join a tour without a depot to one of the new routes next to it; if there is none, the local search places its stops."""
        inside = set(closed)
        for position in self._shuffled(range(len(closed))):
            for neighbour in self._near[closed[position]]:
                if neighbour not in inside and tours.insert_after(neighbour, (*closed[position:], *closed[:position])):
                    return

    def _loosened(self, cycle: Cycle) -> set[int]:
        """Not those that nobody visited before, whom the local search might not bring in again."""
        ends = {exchange.new_tail for exchange in cycle}
        ends.update(exchange.head for exchange in cycle if self._random.random() < 0.5)
        ends.difference_update(exchange.tail for exchange in cycle if exchange.tail == exchange.head)
        clients = sorted(end for end in ends if end < self._size)
        return set(self._random.sample(clients, min(LOOSENED, len(clients))))

    def _doubled(self, tours: _Tours) -> set[int]:
        """Visits to an alternative of a place that is visited already."""
        seen, doubled = set[int](), set[int]()
        for _, visits in (*tours.untouched, *tours.open):
            for client in visits:
                group = self._group_of[client]
                if group is not None:
                    if group in seen:
                        doubled.add(client)
                    seen.add(group)
        return doubled

    def _shuffled[T](self, values: Iterable[T]) -> list[T]:
        shuffled = list(values)
        self._random.shuffle(shuffled)
        return shuffled


def _traced(old_heads: dict[int, list[int]], new_tails: dict[int, list[int]]) -> list[Cycle]:
    """A walk along an old arc and back along a new one, time and again; when it comes back to where it was, that was a cycle."""
    cycles = list[Cycle]()
    while old_heads:
        tail, path, place = next(iter(old_heads)), list[Exchange](), dict[int, int]()
        while True:
            if tail in place:
                cycle = path[place[tail] :]
                del path[place[tail] :]
                for exchange in cycle:
                    del place[exchange.tail]
                cycles.append(cycle)
                if not path:
                    break
            place[tail] = len(path)
            head = _popped(old_heads, tail)
            new_tail = _popped(new_tails, head)
            path.append(Exchange(tail, head, new_tail))
            tail = new_tail
    return cycles


def _popped(ends: dict[int, list[int]], key: int) -> int:
    values = ends[key]
    value = values.pop()
    if not values:
        del ends[key]
    return value


class _Tours:
    """What becomes of the routes of a solution with the exchanges of a cycle."""

    def __init__(self, size: int, start: Rows, cycle: Cycle) -> None:
        self.untouched = list[tuple[PyRoute, list[int]]]()
        self.open = list[tuple[int, list[int]]]()
        """The type of vehicle and the clients of each route that is new."""
        self.closed = list[list[int]]()
        """Tours that have lost their depot."""
        head_of, firsts = dict[int, int](), list[tuple[int, int]]()
        changed = {exchange.tail for exchange in cycle}
        lost = Counter((exchange.tail, exchange.head) for exchange in cycle if exchange.tail >= size)
        for route, visits in start:
            depot = size + route.vehicle_type()
            is_lost = lost[depot, visits[0]] > 0
            if not is_lost and changed.isdisjoint(visits):
                self.untouched.append((route, visits))
                continue
            head_of.update(zip(visits, (*visits[1:], depot), strict=True))
            if is_lost:
                lost[depot, visits[0]] -= 1
            else:
                firsts.append((depot, visits[0]))
        for exchange in cycle:
            if exchange.new_tail < size:
                head_of[exchange.new_tail] = exchange.head
            elif exchange.head < size:
                firsts.append((exchange.new_tail, exchange.head))
        for depot, first in firsts:
            self.open.append((depot - size, _followed(head_of, first, size)))
        while head_of:
            tour = _followed(head_of, next(iter(head_of)), size)
            if len(tour) > 1:  # else nobody visits it any more
                self.closed.append(tour)

    def insert_after(self, client: int, visits: Sequence[int]) -> bool:
        for _, row in self.open:
            if client in row:
                position = row.index(client) + 1
                row[position:position] = visits
                return True
        return False


def _followed(head_of: dict[int, int], first: int, size: int) -> list[int]:
    """The clients from the first to the depot, or once around; they are taken out of the arcs."""
    visits, here = list[int](), first
    while here < size and here in head_of:
        visits.append(here)
        here = head_of.pop(here)
    return visits


def _is_as_good(route: PyRoute, other: PyRoute) -> bool:
    cost, other_cost = (each.distance_cost() + each.duration_cost() for each in (route, other))
    return cost <= other_cost and (route.is_feasible() or not other.is_feasible())


def rows(solution: Solution) -> Rows:
    return [(route, [activity.idx for activity in list(route)[1:-1]]) for route in solution.routes()]
