"""How the annealing of a large plan goes: how hot it is when, how long its rounds take, and how many parts there are.

All routes are searched at the same time, in a few large parts on all cores.  A part gives back where it has come to, not the best that
it has met, and the next round divides the plan along other borders and goes on, a little cooler.  So the whole is annealed once,
slowly (Kirkpatrick et al., 1983), with the iterations of all cores, instead of each part being quenched in each round: on
X-n1001-k43 that is 0.7 to 0.8 % above the best known cost after 60 s instead of 1.3 %.

Where routes of vehicles that are alike are long and their hours are tight, a tenth of the time often makes a plan that has most of its legs
right, and another one has others: many are annealed one after the other then, and crossed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from routing.plan import Plan

SHARE = 0.8
"""How much of a budget is for annealing; the rest is for rounds of smaller groups, which go on from the best plan."""

LONG_ROUTE = 25
A_PLAN_S_A_STOP = 0.0095
FEWEST_PLANS, MOST_PLANS = 4, 12
"""Where routes have so many stops and more, and there is this much processor time for each of several plans, they are annealed by
themselves and crossed.
"""

PLANS_SHARE, CROSSING_SHARE = 0.69, 0.2
"""How much of a budget the annealing of all of them takes, and how much their crossing may take."""

LEGS_IN_COMMON = 0.57
"""If the first two have not so many legs in common, plans are too unlike for it, and the better one is annealed further."""

SMALLEST_TABLE = 3
"""So many plans at least are crossed with each other."""

PART_STOPS = 500
"""A part has about so many stops, and there are as many parts as fill the cores evenly."""

HOT, COLD = 2.0, 0.04
"""The temperature at the beginning and at the end, in costs of an average leg."""

AMPLE_S_A_STOP = 0.12
"""With less processor time it begins less hot: as the square root of the time."""

ROUNDS = 20
SHORTEST_ROUND_S_A_STOP, LONGEST_ROUND_S_A_STOP = 0.0015, 0.006
"""There are about so many rounds, unless they would be shorter or longer than this in processor time."""

ROUGH_SHARE = 0.4
"""How much of it is by rough searches, which have more iterations, but ignore what waiting costs."""

ROOM_EVERY = 3
"""Before every so many rounds, the first of them too, room is made for stops that wait, if there are any."""


def is_ample_for_one_core(seconds: float, stops: int) -> bool:
    """Whether a core may anneal all of them by itself: twice the time makes hardly a better plan then, and of two the better one counts."""
    return stops <= PART_STOPS and seconds >= AMPLE_S_A_STOP * stops


def plans_in(seconds: float, stops: int, routes: int) -> int:
    """How many plans to anneal in so much processor time, and to cross if there are several."""
    most = min(MOST_PLANS, int(PLANS_SHARE * seconds / (A_PLAN_S_A_STOP * stops)))
    return most if most >= FEWEST_PLANS and stops >= LONG_ROUTE * routes else 1


def are_alike(plan: Plan, other: Plan) -> bool:
    legs, others = _legs(plan), _legs(other)
    return len(legs & others) >= LEGS_IN_COMMON * max(1, len(legs), len(others))


def _legs(plan: Plan) -> set[tuple[str | None, str | None]]:
    return {leg for route in plan.routes if route.stops for leg in pairwise((None, *route.stops, None))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`hot` is the temperature at the beginning; `seconds` is the processor time there is for all of it, None if steps are counted."""

    hot: float
    seconds: float | None
    stops: int

    @classmethod
    def of(cls, stops: int, seconds: float | None) -> Self:
        share = 1.0 if seconds is None else min(1.0, seconds / (AMPLE_S_A_STOP * stops))
        return cls(hot=max(COLD, HOT * math.sqrt(share)), seconds=seconds, stops=stops)

    def after(self, share: float) -> Schedule:
        """What is left of it when a share is behind us."""
        seconds = None if self.seconds is None else (1 - share) * self.seconds
        return Schedule(hot=self.heat(share), seconds=seconds, stops=self.stops)

    @property
    def round_s(self) -> float:
        """The processor time of a round of all parts."""
        least_s, most_s = SHORTEST_ROUND_S_A_STOP * self.stops, LONGEST_ROUND_S_A_STOP * self.stops
        return min(max((self.seconds or 0.0) / ROUNDS, least_s), most_s)

    @property
    def half_a_round(self) -> float:
        """As a share of the annealing."""
        return self.round_s / self.seconds / 2 if self.seconds else 0.0

    def heat(self, share: float) -> float:
        """The temperature when a share of the annealing is behind us."""
        return float(self.hot * (COLD / self.hot) ** min(1.0, share))

    @staticmethod
    def is_rough(share: float) -> bool:
        return share < ROUGH_SHARE
