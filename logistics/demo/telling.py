"""What the demonstration tells on the terminal: how far it is, what it did, where to go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from logistics.demo.checks import Check, plain
from logistics.demo.job import Done
from routing import Progress

#: Where no terminal says how wide it is.
WIDTH = 120


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """English where the system speaks it, else Chinese."""
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if said.lower().startswith("en") else "zh"


def console(*, errors: bool = False) -> Console:
    """Standard output, or standard error."""
    out = Console(stderr=errors, highlight=False)
    return out if out.is_terminal else Console(stderr=errors, highlight=False, width=WIDTH)


class Ticker:
    """What is being done now: a line that moves on a terminal, a line for each step elsewhere. On standard error."""

    def __init__(self, budget_s: int) -> None:
        self._console = console(errors=True)
        self._status = self._console.status("", spinner="line")
        self._budget_s = budget_s
        self._title = ""

    @contextmanager
    def running(self) -> Iterator[Ticker]:
        with self._status if self._console.is_terminal else _nothing():
            yield self

    def begins(self, title: str) -> None:
        self._title = title
        if self._console.is_terminal:
            self._status.update(escape(title))
        else:
            self._console.print(escape(f"… {title}"))

    def progress(self, progress: Progress) -> None:
        """While rules are missing, a cost would promise too much."""
        if self._console.is_terminal:
            self._status.update(escape(self._how_far(progress)))

    def _how_far(self, progress: Progress) -> str:
        time = {"title": self._title, "spent": int(progress.elapsed_s), "budget": self._budget_s}
        if not progress.with_all_rules:
            return _("%(title)s  %(spent)s of %(budget)s s", **time)
        cost, left = f"{progress.cost // 100:,}", f"{progress.unassigned:,}"
        return _("%(title)s  %(spent)s of %(budget)s s, %(cost)s yuan, %(left)s left out", **time, cost=cost, left=left)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def report(steps: Sequence[Done]) -> Group:
    """The table of what was done, and what was not right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column(_("Step"), no_wrap=True)
    table.add_column(_("What came of it"), overflow="fold")
    table.add_column(_("Checks"), justify="right", no_wrap=True)
    table.add_column(_("Seconds"), justify="right", no_wrap=True)
    for number, done in enumerate(steps, start=1):
        right = sum(check.ok for check in done.outcome.checks)
        checks = f"{right}/{len(done.outcome.checks)}" if done.outcome.checks else ""
        table.add_row(
            str(number),
            escape(done.title),
            escape(done.failure or done.outcome.said),
            Text(checks if done.ok else f"{checks} !", style="" if done.ok else "bold red"),
            f"{done.seconds:.1f}",
        )
    return Group(table, Text(), *_verdict(steps))


def _verdict(steps: Sequence[Done]) -> Iterator[Text]:
    seconds = f"{sum(done.seconds for done in steps):.0f}"
    checks = [check for done in steps for check in done.outcome.checks]
    if all(done.ok for done in steps):
        yield Text(
            _("All %(count)s figures are right. %(seconds)s s.", count=len(checks), seconds=seconds), style="bold green"
        )
        return
    for done in steps:
        if done.failure:
            yield Text(
                _("%(step)s could not be finished: %(why)s", step=done.title, why=done.failure), style="bold red"
            )
        for check in (check for check in done.outcome.checks if not check.ok):
            yield Text(f"{done.title}: {_wrong(check)}", style="bold red")


def _wrong(check: Check) -> str:
    return _(
        "%(what)s: expected %(expected)s, found %(found)s",
        what=check.what,
        expected=plain(check.expected),
        found=plain(check.found),
    )


def as_json(steps: Sequence[Done], **circumstances: Any) -> str:
    """The same for programs: one object."""
    return json.dumps(
        {
            "ok": all(done.ok for done in steps),
            **circumstances,
            "seconds": round(sum(done.seconds for done in steps), 2),
            "steps": [
                {
                    "step": done.step,
                    "ok": done.ok,
                    "seconds": round(done.seconds, 2),
                    "said": done.outcome.said,
                    "failure": done.failure,
                    "figures": dict(done.outcome.figures),
                    "checks": [
                        {"what": check.what, "expected": check.expected, "found": check.found, "ok": check.ok}
                        for check in done.outcome.checks
                    ],
                }
                for done in steps
            ],
        },
        indent=1,
    )


def welcome(
    address: str, *, people: Sequence[tuple[str, str, str]], password: str, folder: Path, notes: Sequence[str]
) -> Panel:
    """Where to go and by which names. `people` are sign-in name, role, what to try."""
    names = Table.grid(padding=(0, 2))
    for sign_in_name, role, try_this in people:
        names.add_row(Text(sign_in_name, style="bold"), Text(role), Text(try_this))
    lines: list[RenderableType] = [
        Text(address, style="bold underline"),
        Text(),
        names,
        Text(),
        Text(_("Password for all: %(password)s", password=password) if password else _("Password: the one you chose")),
        Text(_("Data and workbooks: %(folder)s", folder=folder), overflow="fold"),
        *(Text(note) for note in notes),
        Text(_("Ctrl-C ends it; the same command goes on where you were.")),
    ]
    return Panel(Group(*lines), title=_("Emergency logistics, demonstration"), padding=(1, 2), expand=False)
