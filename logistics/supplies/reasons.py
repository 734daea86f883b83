"""Why did this point get so much? In full sentences, with its place in the sequence; and what it would get if things were otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from inventory.allocation import Point
from inventory.cases import Case, decide
from inventory.requisitions import Requisition
from inventory.sharing import case_of, needs_used
from inventory.sharing import why as reason_for
from logistics.accounts.permissions import Permission, permit
from logistics.supplies import overview, words
from logistics.supplies.forms import Typed
from logistics.supplies.reviewing import my_requisition
from logistics.supplies.sharing import my_run
from logistics.web.context import me, reading
from logistics.workbooks.columns import WholeNumber

blueprint = Blueprint("reasons", __name__, template_folder="templates")

_NEED = WholeNumber("need", minimum=1)
_HELD = WholeNumber("held", minimum=0)
_MORE = WholeNumber("more", minimum=-1_000_000, maximum=1_000_000)


@blueprint.get("/allocations/<int:run_id>/why/<int:requisition_id>")
@permit(Permission.ASK)
def why(run_id: int, requisition_id: int) -> ResponseReturnValue:
    """For those who share out, and for whoever asked."""
    with reading() as session:
        asked = my_requisition(session, requisition_id)
        share = reason_for(session, run_id=run_id, requisition_id=asked.id)
        return render_template(
            "sharing/why.html",
            share=share,
            run=share.run,
            asked=asked,
            story=words.story(share, needs_used(session, [share])[asked.id]),
            strip=strip(share.reason, share.run.packs),
            may_see_run=me().may(Permission.ALLOCATE) and overview.belongs_to(session, share.run, unit_id=me().unit_id),
        )


@blueprint.get("/allocations/<int:run_id>/what-if")
@permit(Permission.ALLOCATE)
def what_if(run_id: int) -> ResponseReturnValue:
    """The run beside what it would be with more packs, another need or another count. Nothing is recorded."""
    typed = Typed({name: request.args.get(name, "") for name in ("more", "point", "people", "need", "held")})
    with reading() as session:
        run = my_run(session, run_id)
        case = case_of(session, run.id)
        sharing = overview.sharing_decided(session, run)
        asked = {line.requisition.number: line.requisition for line in sharing.lines}
        otherwise = _otherwise(case, typed, asked)
        differences = _differences(case, otherwise, typed, asked) if otherwise else []
        return render_template(
            "sharing/what_if.html",
            run=run,
            sharing=sharing,
            typed=typed,
            points=sorted(asked.values(), key=lambda r: r.unit.name),
            otherwise=otherwise if not typed.errors else None,
            differences=differences,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The sequence of packs as a drawing `width` wide: what there was, a point's own packs, and where its next one stands."""

    width: int
    there: float
    own: tuple[float, ...]
    next: float | None
    packs: int
    next_pack: int | None


def strip(reason: Mapping[str, Any], packs: int, *, width: int = 600) -> Strip | None:
    """The drawing of a reason; None where it was recorded without its places."""
    if "places" not in reason or not packs:
        return None
    next_pack = reason["next_pack"]
    scale = width / max(packs, next_pack or 0)
    return Strip(
        width=width,
        there=packs * scale,
        own=tuple((place - 0.5) * scale for place in reason["places"]),
        next=(next_pack - 0.5) * scale if next_pack else None,
        packs=packs,
        next_pack=next_pack,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A point as it was decided and as it would be, in packs and days of cover."""

    requisition: Requisition
    packs: int
    otherwise: int
    cover: Fraction
    cover_otherwise: Fraction


def compared(case: Case, otherwise: Case, asked: Mapping[str, Requisition]) -> Iterator[Compared]:
    """Only the points for whom it makes a difference, and the one that was changed."""
    was, would = decide(case), decide(otherwise)
    points = {point.id: point for point in otherwise.points}
    for point in case.points:
        packs, more = was.packs_by_point[point.id], would.packs_by_point[point.id]
        if packs != more or points[point.id] != point:
            yield Compared(
                requisition=asked[point.id],
                packs=packs,
                otherwise=more,
                cover=point.cover_days(packs * case.pack_size),
                cover_otherwise=points[point.id].cover_days(more * case.pack_size),
            )


def _otherwise(case: Case, typed: Typed, asked: Mapping[str, Requisition]) -> Case | None:
    """The case as typed; None where nothing is typed yet, or something cannot be read."""
    more = typed.read("more", lambda value: _MORE.read(value or "0"))
    point = next((one for one in case.points if one.id == typed["point"]), None)
    if typed["point"] and point is None:
        typed.refuse("point", _("This point did not take part."))
    changed = _changed(point, typed, asked[point.id].unit.headcount) if point else None
    if typed.errors or not any(typed.values.values()):
        return None
    return case.changed(more_packs=more or 0, point=changed)


def _differences(case: Case, otherwise: Case, typed: Typed, asked: Mapping[str, Requisition]) -> list[Compared]:
    """For whom it makes a difference; nobody, and the form says why, where the overrides need more than there would be."""
    try:
        return list(compared(case, otherwise, asked))
    except ValueError:
        signed = sum(override.packs for override in case.overrides)
        typed.refuse("more", _("The overrides alone need %(packs)s packs. Take fewer away.", packs=signed))
        return []


def _changed(point: Point, typed: Typed, headcount: int) -> Point:
    """The point as typed; with other people on duty its need changes in proportion."""
    people = typed.read("people", lambda value: _NEED.read(value) if value else None)
    need = typed.read("need", lambda value: _NEED.read(value) if value else None)
    held = typed.read("held", lambda value: _HELD.read(value) if value else None)
    if people and not headcount:
        typed.refuse("people", _("How many people are on duty there now is not known; write its daily need instead."))
    by_people = point.daily_need * Fraction(people, headcount) if people and headcount else point.daily_need
    return replace(point, daily_need=need or by_people, on_hand=point.on_hand if held is None else held)
