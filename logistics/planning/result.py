"""What a planning run has found (`PlanRun.plan`): the best plan so far with its times and costs, ready to be shown.

::

    {
      "format": "planning-result/1",
      "cost": {"fixed": …, "distance": …, …, "left_out": …, "total": …},             # fen, the parts of routing.Cost
      "distance_m": …, "duration_s": …, "stops": 118,                                # driven; stops served
      "violations": [],                              # broken rules (routing.Violation); none in what a run finds
      "routes": [{                                   # only shifts that drive, by departure
        "shift_id": "shift:5",
        "departure_s": …, "return_s": …, "duration_s": …, "distance_m": …,
        "load_kg": …, "load_l": …,                   # aboard at departure
        "cost": {"fixed": …, …, "left_out": 0, "total": …},
        "visits": [{
          "stop_id": "place:12",
          "arrival_s": …, "waiting_s": …, "start_s": …, "departure_s": …,   # start = handing over begins
          "distance_from_previous_m": …,
          "aboard_kg": …, "aboard_l": …              # still aboard when driving on
        }]
      }],
      "left_out": [{                                 # every stop without a route, dearest first
        "stop_id": "place:77",
        "reason": {"code": "load", "type": "fits_nowhere", …} | null
      }]
    }

All *_s are seconds from the snapshot's epoch (`snapshot.moment`). A reason is a value of `routing.plan` with its fields, proved by
trying: `type` says which one ("fits_nowhere", "no_room", "price", "room_left"), `code` is one word for a sentence: "load", "window",
"shift_end", "pass_missing", "pass_expired", "no_shift" (all fits_nowhere), "no_room", "price", "room_left". `violations` name the rule
broken on the shift that comes closest and by how much (`amount`, `unit`). Before the first slice is through, there is no plan.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from routing import Cost, Plan, Problem, RouteEvaluation, Visit, evaluate, plan_from_json, plan_to_json

FORMAT = "planning-result/1"

type Json = dict[str, Any]


def result_of(problem: Problem, plan: Plan) -> Json:
    """A plan as the referee sees it."""
    verdict = evaluate(problem, plan)
    routes = sorted((route for route in verdict.routes if route.visits), key=lambda r: (r.departure_s, r.shift_id))
    return {
        "format": FORMAT,
        "cost": _cost(verdict.cost),
        "distance_m": sum(route.distance_m for route in routes),
        "duration_s": sum(route.duration_s for route in routes),
        "stops": sum(len(route.visits) for route in routes),
        "violations": [asdict(violation) for violation in verdict.violations],
        "routes": [_route(route) for route in routes],
        "left_out": _left_out(problem, plan),
    }


def plan_of(result: Json) -> Plan:
    """The plan that a result shows."""
    return plan_from_json(
        {
            "format": "routing-plan/1",
            "routes": [
                {"shift_id": route["shift_id"], "stops": [visit["stop_id"] for visit in route["visits"]]}
                for route in result["routes"]
            ],
            "unassigned": [
                {"stop_id": entry["stop_id"], "reason": _without_code(entry["reason"])} for entry in result["left_out"]
            ],
        }
    )


def _route(route: RouteEvaluation) -> Json:
    load_kg, load_l = route.loads
    return {
        "shift_id": route.shift_id,
        "departure_s": route.departure_s,
        "return_s": route.return_s,
        "duration_s": route.duration_s,
        "distance_m": route.distance_m,
        "load_kg": load_kg,
        "load_l": load_l,
        "cost": _cost(route.cost),
        "visits": [_visit(visit) for visit in route.visits],
    }


def _visit(visit: Visit) -> Json:
    aboard_kg, aboard_l = visit.load_after
    return {
        "stop_id": visit.stop_id,
        "arrival_s": visit.arrival_s,
        "waiting_s": visit.waiting_s,
        "start_s": visit.start_s,
        "departure_s": visit.departure_s,
        "distance_from_previous_m": visit.distance_from_previous_m,
        "aboard_kg": aboard_kg,
        "aboard_l": aboard_l,
    }


def _left_out(problem: Problem, plan: Plan) -> list[Json]:
    """The left-out stops with their reasons as `routing.formats` writes them."""
    codes = {entry.stop_id: entry.reason.code for entry in plan.unassigned if entry.reason}
    entries = sorted(
        plan_to_json(plan)["unassigned"],
        key=lambda entry: (-(problem.stop(entry["stop_id"]).left_out_price or 0), entry["stop_id"]),
    )
    for entry in entries:
        if entry["reason"] is not None:
            entry["reason"] = {"code": codes[entry["stop_id"]], **entry["reason"]}
    return entries


def _without_code(reason: Json | None) -> Json | None:
    return None if reason is None else {name: value for name, value in reason.items() if name != "code"}


def _cost(cost: Cost) -> Json:
    return {**asdict(cost), "total": cost.total}
