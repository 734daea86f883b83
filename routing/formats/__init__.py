"""Problems and plans in files: our own JSON, VRPLIB with its variants, and solutions."""

from routing.formats.documents import (
    PLAN_FORMAT,
    PROBLEM_FORMAT,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
)
from routing.formats.files import instance_of, read_plan, read_problem, write_plan
from routing.formats.instance import Instance
from routing.formats.rounding import Rounding
from routing.formats.solution import Solution, best_known, read_solution

__all__ = [
    "PLAN_FORMAT",
    "PROBLEM_FORMAT",
    "Instance",
    "Rounding",
    "Solution",
    "best_known",
    "instance_of",
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_to_json",
    "read_plan",
    "read_problem",
    "read_solution",
    "write_plan",
]
