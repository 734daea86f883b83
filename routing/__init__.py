"""A vehicle router for contactless delivery, usable by itself.

`Problem` says what is to be done, `solve` decides (a `Plan`), `evaluate` judges any plan, `explain` proves why a stop was left
out or sits where it sits.  See README.md for the model and its units.
"""

from routing.diff import ArrivalChange, Figures, Moved, Newly, PlanDiff, RouteChange, Seat, diff, diff_to_json
from routing.errors import FormatError, ProblemError, RoutingError, UnknownIdError
from routing.evaluate import Cost, Evaluation, RouteEvaluation, Visit, evaluate, evaluate_route
from routing.explain import Alone, Explanation, Fix, Held, RuleAlone, explain, explain_unassigned, with_reasons
from routing.fixes import Change
from routing.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from routing.happenings import (
    Closed,
    Happening,
    LateStart,
    LostShift,
    LostVehicle,
    TravelChanged,
    UrgentStop,
    WithdrawnStop,
)
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
from routing.repair import Repaired, repair
from routing.roads import RoadNetwork, StraightLine
from routing.solvers import Progress, solve
from routing.urgent import Insertion, insert

__all__ = [
    "NO_WAY",
    "Alone",
    "ArrivalChange",
    "Break",
    "Change",
    "Closed",
    "Cost",
    "Evaluation",
    "Explanation",
    "Figures",
    "FitsNowhere",
    "Fix",
    "FormatError",
    "Happening",
    "Held",
    "Incompatibility",
    "Insertion",
    "LateStart",
    "Location",
    "LostShift",
    "LostVehicle",
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
    "Repaired",
    "RoadNetwork",
    "RoomLeft",
    "Route",
    "RouteChange",
    "RouteEvaluation",
    "RoutingError",
    "RuleAlone",
    "Seat",
    "Shift",
    "Stop",
    "StraightLine",
    "TimeWindow",
    "TravelChanged",
    "TravelMatrix",
    "Unassigned",
    "UnknownIdError",
    "UrgentStop",
    "Vehicle",
    "Violation",
    "ViolationKind",
    "Visit",
    "WithdrawnStop",
    "Within",
    "diff",
    "diff_to_json",
    "evaluate",
    "evaluate_route",
    "explain",
    "explain_unassigned",
    "insert",
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_to_json",
    "repair",
    "solve",
    "with_reasons",
]
