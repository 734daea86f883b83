"""The command line: `python -m routing solve FILE`, and what else one does with problems and plans in files."""

from __future__ import annotations

import click

from routing.cli.benchmark import bench
from routing.cli.conversion import convert
from routing.cli.judging import check, explain, validate
from routing.cli.solving import solve

__all__ = ["main"]

EPILOG = """
\b
Files    problems: our JSON, VRPLIB (.vrp) with its variants, Solomon's text
         plans:    our JSON, .sol; written also as .geojson and .gpx
Exit     0  done, and the plan breaks no rule
         1  the plan breaks a rule (or the problem cannot be meant)
         2  wrong usage, or a file that cannot be read
"""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Plan routes, judge plans, and say why.

    Whatever a person would want to see goes to the screen; with --json one object goes there instead.
    """


for command in (solve, check, explain, validate, convert, bench):
    main.add_command(command)
