"""What an importer is, and what importers share: collecting findings, and finding what a row names."""

from __future__ import annotations

import datetime as dt
import difflib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from inventory.catalogue import Item, base_quantity, in_packs
from inventory.errors import InvalidInput
from logistics.accounts.permissions import Permission
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.errors import RowError, Sentence
from logistics.workbooks.schema import SheetSchema

#: Unknown names for which the nearest known one is looked up, and the comparisons this may take: a second or so in all.
MOST_SUGGESTED = 100
MOST_COMPARED = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """The circumstances of one import. `digest` names the table; `zone` is where its days are days."""

    digest: str
    at: dt.datetime
    by: str
    zone: dt.tzinfo

    @property
    def today(self) -> dt.date:
        return self.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One kind of table: its columns, who may take it in, what is done with it, and the page that shows the result.

    `take` raises RowErrors with every finding of every row, or records all rows and says what came of them.
    """

    kind: str
    title: Sentence
    about: Sentence
    icon: str
    schema: type[SheetSchema]
    permission: Permission
    take: Callable[[Session, Checked, Taking], Sentence]
    shows: str


class Findings:
    """What an importer finds beyond what the columns found; told together at the end."""

    def __init__(self, checked: Checked) -> None:
        self._checked = checked
        self._errors: list[RowError] = []

    def add(self, row: CheckedRow, name: str, code: str, message: Sentence, remedy: Sentence, **values: Any) -> None:
        """A finding at field `name` of a row ("" for the row as a whole)."""
        self._errors.append(self._checked.error(row, name, code, message, remedy, **values))

    @property
    def any(self) -> bool:
        """Whether anything was found so far, here or in the columns."""
        return bool(self._errors or self._checked.errors)

    def raise_all(self) -> None:
        """RowErrors, if anything at all was found."""
        self._checked.raise_errors(*self._errors)


class Register[Thing]:
    """The things of one kind that a row may name by code or, where only one bears it, by name."""

    def __init__(
        self,
        things: Iterable[Thing],
        *,
        names: Callable[[Thing], Sequence[str]],
        unknown: Callable[[str], Sentence],
        remedy: Sentence,
    ) -> None:
        self._by_name: dict[str, list[Thing]] = {}
        self._shown: dict[str, str] = {}
        self._unknown = unknown
        self._remedy = remedy
        self._suggested: dict[str, str | None] = {}
        for thing in things:
            for name in dict.fromkeys(map(folded, names(thing))):
                self._by_name.setdefault(name, []).append(thing)
            self._shown |= {folded(name): name for name in names(thing)}

    def find(self, said: str) -> Thing | None:
        """The one thing of this name, if there is exactly one."""
        found = self._by_name.get(folded(said), [])
        return found[0] if len(found) == 1 else None

    def named(self, row: CheckedRow, name: str, findings: Findings) -> Thing | None:
        """What field `name` of the row names; None, and a finding, where that is nothing or several things."""
        said = row.values[name]
        found = self._by_name.get(folded(said), [])
        if len(found) == 1:
            return found[0]
        if found:
            findings.add(
                row,
                name,
                "several",
                _("“%(said)s” is the name of several.", said=said),
                _("Write the code instead of the name."),
                value=said,
            )
        else:
            findings.add(row, name, "unknown", self._unknown(said), self._remedy_for(said), value=said)
        return None

    def _remedy_for(self, said: str) -> Sentence:
        near = self._near(folded(said))
        return (
            self._remedy if near is None else _("Did you mean “%(near)s”? %(remedy)s", near=near, remedy=self._remedy)
        )

    def _near(self, said: str) -> str | None:
        # A table in which everything is unknown needs no thousand suggestions.
        most = min(MOST_SUGGESTED, MOST_COMPARED // max(1, len(self._by_name)))
        if said not in self._suggested and len(self._suggested) < most:
            close = difflib.get_close_matches(said, list(self._by_name), n=1, cutoff=0.7)
            self._suggested[said] = self._shown[close[0]] if close else None
        return self._suggested.get(said)


def folded(text: str) -> str:
    """A name without what people add to it: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def pieces(
    row: CheckedRow, item: Item, findings: Findings, *, amount: str = "quantity", word: str = "unit"
) -> int | None:
    """The whole base units that fields `amount` and `word` of a row come to; None, and a finding, where they come to none."""
    value: Decimal = row.values[amount]
    try:
        return base_quantity(item, value, row.values[word])
    except InvalidInput as error:
        words = " / ".join(item.units())
        said = f"{value.normalize():f}"
        match error.problem:
            case "unknown-unit":
                findings.add(
                    row,
                    word,
                    "unknown_unit",
                    _("%(item)s is not counted in “%(word)s”.", item=item.name, word=row.values[word]),
                    _("Write one of: %(words)s.", words=words),
                    value=row.values[word],
                )
            case "fraction":
                findings.add(
                    row,
                    amount,
                    "fraction",
                    _(
                        "%(amount)s %(word)s is not a whole number of %(base)s.",
                        amount=said,
                        word=row.values[word],
                        base=item.base_unit,
                    ),
                    _("Write whole pieces; smaller units are: %(words)s.", words=words),
                    value=said,
                )
            case _:
                findings.add(
                    row,
                    amount,
                    error.problem.replace("-", "_"),
                    _("%(amount)s %(word)s cannot be right.", amount=said, word=row.values[word]),
                    _("Look at the quantity and its unit again."),
                    value=said,
                )
        return None


def said_quantity(item: Item, quantity: int) -> str:
    """A quantity for a sentence, largest pack first: 7箱30只."""
    return "".join(f"{count:,}{word}" for count, word in in_packs(item, quantity))


def refuse_future(row: CheckedRow, name: str, day: dt.date, today: dt.date, findings: Findings) -> None:
    """A finding where something that has happened is dated after today."""
    if day > today:
        findings.add(
            row,
            name,
            "in_the_future",
            _("%(day)s is still to come.", day=day.isoformat()),
            _("Write the day it happened, today (%(today)s) at the latest.", today=today.isoformat()),
            day=day,
        )


def refuse_others(checked: Checked, name: str, others: Collection[str], findings: Findings) -> None:
    """A finding for each row that would change what is not the person's to change: field `name` is among `others`."""
    for row in checked.rows:
        said = row.values[name]
        if said in others:
            findings.add(
                row,
                name,
                "of_another_unit",
                _("“%(said)s” belongs to another unit.", said=said),
                _("Look at it again; if it is right, that unit has to change it."),
                value=said,
            )


def refuse_doubled(checked: Checked, name: str, findings: Findings) -> None:
    """A finding for each row whose field `name` says what an earlier row says."""
    first: dict[str, CheckedRow] = {}
    for row in checked.rows:
        said = row.values[name]
        if first.setdefault(said, row) is not row:
            refuse_twice(row, name, said, first[said], findings)


def refuse_twice(row: CheckedRow, name: str, said: str, first: CheckedRow, findings: Findings) -> None:
    """A finding where a row repeats an earlier one."""
    findings.add(
        row,
        name,
        "twice",
        _("“%(said)s” stands in row %(first)s already.", said=said, first=first.number),
        _("Keep the row that is right and delete the other."),
        first=first.number,
    )
