"""Money in PyVRP's whole units of cost."""

from __future__ import annotations

import math

from routing.fleet import Shift, Vehicle
from routing.problem import Problem
from routing.stops import Stop


class Money:
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
