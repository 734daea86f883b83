"""A vehicle router for contactless delivery, usable by itself.

`Problem` says what is to be done, `solve` decides (a `Plan`), `evaluate` judges any plan, `explain_unassigned` proves why a stop
was left out.  See README.md for the model and its units.
"""

from routing.diff import ArrivalChange, Figures, Moved, Newly, PlanDiff, RouteChange, Seat, diff, diff_to_json
from routing.errors import FormatError, ProblemError, RoutingError, UnknownIdError
from routing.evaluate import Cost, Evaluation, RouteEvaluation, Visit, evaluate, evaluate_route
from routing.explain import explain_unassigned, with_reasons
from routing.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from routing.plan import (
    FitsNowhere,
    NoRoom,
    Plan,
    PriceTooLow,
    Reason,
    RoomLeft,
    Route,
    Unassigned,
    Violation,
    ViolationKind,
)
from routing.problem import (
    NO_WAY,
    Break,
    Incompatibility,
    Location,
    Pass,
    Pin,
    Place,
    Problem,
    Shift,
    Stop,
    TimeWindow,
    TravelMatrix,
    Vehicle,
    Within,
)
from routing.roads import RoadNetwork, StraightLine
from routing.solvers import Progress, solve
from routing.urgent import Insertion, insert

__all__ = [
    "NO_WAY",
    "ArrivalChange",
    "Break",
    "Cost",
    "Evaluation",
    "Figures",
    "FitsNowhere",
    "FormatError",
    "Incompatibility",
    "Insertion",
    "Location",
    "Moved",
    "Newly",
    "NoRoom",
    "Pass",
    "Pin",
    "Place",
    "Plan",
    "PlanDiff",
    "PriceTooLow",
    "Problem",
    "ProblemError",
    "Progress",
    "Reason",
    "RoadNetwork",
    "RoomLeft",
    "Route",
    "RouteChange",
    "RouteEvaluation",
    "RoutingError",
    "Seat",
    "Shift",
    "Stop",
    "StraightLine",
    "TimeWindow",
    "TravelMatrix",
    "Unassigned",
    "UnknownIdError",
    "Vehicle",
    "Violation",
    "ViolationKind",
    "Visit",
    "Within",
    "diff",
    "diff_to_json",
    "evaluate",
    "evaluate_route",
    "explain_unassigned",
    "insert",
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_to_json",
    "solve",
    "with_reasons",
]
