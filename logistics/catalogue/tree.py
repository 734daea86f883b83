"""Units: the tree, what is told of each, who answers for it, moving, closing and opening again."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import closing, descriptions, responsible, units
from inventory.closing import Tie, TieKind
from inventory.descriptions import describe_unit, version
from inventory.errors import InventoryError, NotFound
from inventory.responsible import Post, Responsible
from inventory.units import Tier, Unit, UnitKind
from logistics.accounts.permissions import Permission, permit
from logistics.catalogue import listing, operations, words
from logistics.catalogue.forms import UNIT_FIELDS, place_complaint, read_unit, unit_form
from logistics.catalogue.operations import Carried, ChangedMeanwhile
from logistics.errors import ServiceError
from logistics.supplies import choices
from logistics.supplies.forms import Typed, check, kept, pick, read_expiry, text
from logistics.supplies.importing.units import UnitSheet, unit_row
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, reading, today, transaction
from logistics.web.downloads import list_of_today
from logistics.web.sentences import sentence
from logistics.workbooks.columns import Column, Phone
from logistics.workbooks.writing import table_workbook

blueprint = Blueprint("units", __name__, template_folder="templates")

#: The page of what keeps a unit open, and what its address calls the id; the money book has one page for all.
PAGE_OF_TIE: dict[enum.StrEnum, tuple[str, str]] = {
    TieKind.REQUISITION: ("reviewing.requisition", "requisition_id"),
    TieKind.SHARE: ("reviewing.requisition", "requisition_id"),
    TieKind.PURCHASE: ("purchasing.order", "order_id"),
    TieKind.DONATION: ("donations.donation", "donation_id"),
    TieKind.MONEY: ("donations.funds", "fund"),
    TieKind.CONSIGNMENT: ("consignments.consignment", "consignment_id"),
    TieKind.COUNT: ("counting.show", "count_id"),
    TieKind.ASSET: ("assets.asset", "asset_id"),
    Carried.DELIVERY: ("orders.delivery_order", "delivery_order_id"),
}


@blueprint.app_template_filter()
def tie_url(tie: Tie) -> str:
    """Where what keeps a unit open is settled."""
    page, name = PAGE_OF_TIE[tie.kind]
    values: dict[str, Any] = {name: tie.id}
    return url_for(page, **values)


PERSON = ("name", "post", "phone", "since", "until", "key")
_PHONE = Phone("phone")
_POST: Column[Post] = UnitSheet.columns()["post"]


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/units")
@permit(Permission.READ_STOCK)
def tree() -> ResponseReturnValue:
    closed = "closed" in request.args
    with reading() as session:
        lines = listing.unit_lines(session, unit_id=me().unit_id, on=today(), closed=closed)
        return render_template("units/tree.html", lines=lines, closed=closed)


@blueprint.get("/units.xlsx")
@permit(Permission.READ_STOCK)
def units_workbook() -> ResponseReturnValue:
    """The tree under the titles of the table of units: corrected, it can be taken in again."""
    with reading() as session:
        rows = [
            unit_row(
                describe_unit(line.unit),
                parent=line.unit.parent.code if line.depth and line.unit.parent else None,
                chief=next(iter(line.chiefs), None),
            )
            for line in listing.unit_lines(session, unit_id=me().unit_id, on=today())
        ]
    titles = [column.title for column in UnitSheet.columns().values()]
    return list_of_today(table_workbook(_("Units"), titles, rows), _("Units"))


@blueprint.get("/units/<int:unit_id>")
@permit(Permission.READ_STOCK)
def unit(unit_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _unit(session, unit_id)


# Describing, moving, closing ------------------------------------------------------------------------------------------


@blueprint.get("/units/new")
@permit(Permission.ADMINISTER)
def new_unit_form() -> ResponseReturnValue:
    with reading() as session:
        parent = _reached(session, request.args.get("below", me().unit_id, type=int))
        return _form(session, Typed({"parent": f"{parent.code} {parent.name}", "tier": Tier.OTHER}))


@blueprint.post("/units/new")
@permit(Permission.ADMINISTER)
def new_unit() -> ResponseReturnValue:
    typed = kept(request.form, *UNIT_FIELDS, "parent")

    def act(session: Session) -> Unit:
        parent = typed.read("parent", pick(choices.units(session, of_unit_id=me().unit_id)))
        return descriptions.new_unit(session, read_unit(typed), parent=parent)

    return _save(typed, act)


@blueprint.get("/units/<int:unit_id>/edit")
@permit(Permission.ADMINISTER)
def change_unit_form(unit_id: int) -> ResponseReturnValue:
    with reading() as session:
        told = describe_unit(_reached(session, unit_id))
        return _form(session, unit_form(told, seen=version(told)), unit_id=unit_id)


@blueprint.post("/units/<int:unit_id>/edit")
@permit(Permission.ADMINISTER)
def change_unit(unit_id: int) -> ResponseReturnValue:
    typed = kept(request.form, *UNIT_FIELDS, "seen")

    def act(session: Session) -> Unit:
        found = _held(session, unit_id)
        typed.values["code"] = found.code
        operations.change_unit(session, unit=found, told=read_unit(typed), seen=typed["seen"])
        return found

    return _save(typed, act, unit_id=unit_id)


@blueprint.post("/units/<int:unit_id>/move")
@permit(Permission.ADMINISTER)
def move_unit(unit_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "parent")

    def act(session: Session) -> None:
        moved = _movable(session, unit_id)
        parent = typed.read("parent", pick(choices.units(session, of_unit_id=me().unit_id)))
        check(typed)
        if parent is not None:
            units.move_unit(session, unit=moved, parent=parent)

    return _act(unit_id, act, _("The unit stands below its new parent."), typed)


@blueprint.post("/units/<int:unit_id>/close")
@permit(Permission.ADMINISTER)
def close_unit(unit_id: int) -> ResponseReturnValue:
    return _act(
        unit_id,
        lambda session: operations.close_unit(session, unit=_movable(session, unit_id), on=today()),
        _("The unit is closed. Its history stays; it can be opened again here."),
    )


@blueprint.post("/units/<int:unit_id>/reopen")
@permit(Permission.ADMINISTER)
def reopen_unit(unit_id: int) -> ResponseReturnValue:
    return _act(
        unit_id,
        lambda session: closing.reopen_unit(session, unit=_held(session, unit_id)),
        _("The unit is open again."),
    )


# Who answers for it ---------------------------------------------------------------------------------------------------


@blueprint.post("/units/<int:unit_id>/responsible")
@permit(Permission.ADMINISTER)
def appoint(unit_id: int) -> ResponseReturnValue:
    person = kept(request.form, *PERSON)

    def act(session: Session) -> None:
        found = _held(session, unit_id)
        responsible.appoint(session, key=person["key"] or new_key(), unit=found, **_read_person(person))

    return _act(unit_id, act, _("%(name)s answers for the unit.", name=person["name"]), person=person)


@blueprint.get("/units/<int:unit_id>/responsible/<int:person_id>")
@permit(Permission.ADMINISTER)
def person_form(unit_id: int, person_id: int) -> ResponseReturnValue:
    with reading() as session:
        found = _person(session, unit_id, person_id)
        values = {name: getattr(found, name, None) or "" for name in PERSON}
        return _person_form(session, found, Typed({name: str(value) for name, value in values.items()}))


@blueprint.post("/units/<int:unit_id>/responsible/<int:person_id>")
@permit(Permission.ADMINISTER)
def change_person(unit_id: int, person_id: int) -> ResponseReturnValue:
    person = kept(request.form, *PERSON)

    def act(session: Session) -> None:
        found = _person(session, unit_id, person_id)
        responsible.change_responsible(session, person=found, **_read_person(person))

    return act_or_again(
        act,
        lambda session, said: _person_form(session, _person(session, unit_id, person_id), person, said=said),
        partial(_go_to_unit, unit_id, _("%(name)s is recorded.", name=person["name"])),
    )


# Beneath --------------------------------------------------------------------------------------------------------------


def _save(typed: Typed, act: Callable[[Session], Unit], *, unit_id: int | None = None) -> ResponseReturnValue:
    """Write what was typed in one transaction and go to the unit; or the form again, with what is wrong and all that was typed."""
    differing: Sequence[tuple[str, str]] = ()
    try:
        with transaction() as session:
            saved = act(session)
    except ChangedMeanwhile as error:
        typed.values["seen"] = version(error.now)
        said, status = sentence(error), 412
        differing = list(words.differences(error.now, read_unit(typed)))
    except NotFound:
        raise
    except (InventoryError, ServiceError) as error:
        place_complaint(error, typed, [])
        said, status = sentence(error), 422
    else:
        return _go_to_unit(saved.id, _("%(name)s is recorded.", name=saved.name))
    with reading() as session:
        return _form(session, typed, unit_id=unit_id, said=said, differing=differing), status


def _act(
    unit_id: int, act: Callable[[Session], None], done: str, move: Typed | None = None, person: Typed | None = None
) -> ResponseReturnValue:
    """Do something to a unit in one transaction; its page says that it is done, or what is in the way."""
    return act_or_again(
        act,
        lambda session, said: _unit(session, unit_id, said=said, move=move, person=person),
        partial(_go_to_unit, unit_id, done),
    )


def _go_to_unit(unit_id: int, said: str, _made: None = None) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("units.unit", unit_id=unit_id))


def _unit(
    session: Session,
    unit_id: int,
    *,
    said: str | None = None,
    move: Typed | None = None,
    person: Typed | None = None,
) -> str:
    found = _reached(session, unit_id)
    return render_template(
        "units/unit.html",
        unit=found,
        below=session.scalars(select(Unit).where(Unit.parent_id == unit_id).order_by(Unit.code)).all(),
        people=responsible.responsible_for(session, found),
        ties=operations.ties(session, found),
        is_own=unit_id == me().unit_id,
        units=choices.units(session, of_unit_id=me().unit_id),
        posts=list(Post),
        move=move or Typed({}),
        person_typed=person or Typed({"post": responsible.usual_post(found.kind), "since": today().isoformat()}),
        said=said,
    )


def _form(
    session: Session,
    typed: Typed,
    *,
    unit_id: int | None = None,
    said: str | None = None,
    differing: Sequence[tuple[str, str]] = (),
) -> str:
    return render_template(
        "units/unit_form.html",
        typed=typed,
        unit_id=unit_id,
        said=said,
        differing=differing,
        kinds=list(UnitKind),
        tiers=list(Tier),
        units=choices.units(session, of_unit_id=me().unit_id),
    )


def _person_form(session: Session, person: Responsible, typed: Typed, said: str | None = None) -> str:
    return render_template("units/person_form.html", responsible=person, typed=typed, said=said, posts=list(Post))


def _read_person(typed: Typed) -> dict[str, Any]:
    """What was typed of a responsible person, as `appoint` takes it. Raises Unreadable."""
    name, phone = typed.read("name", text(100, needed=True)), typed.read("phone", _read_phone)
    post, since = typed.read("post", _read_post), typed.read("since", _read_since)
    until = typed.read("until", read_expiry)
    if since is not None and until is not None and until < since:
        typed.refuse("until", _("The last day comes before the first."))
    check(typed)
    return {"name": name, "phone": phone, "post": post, "since": since, "until": until}


def _read_post(typed: str) -> Post:
    return _POST.read(text(needed=True)(typed))


def _read_phone(typed: str) -> str:
    return _PHONE.read(typed) if typed else ""


def _read_since(typed: str) -> dt.date:
    return read_expiry(text(needed=True)(typed)) or today()


def _reached(session: Session, unit_id: int) -> Unit:
    return operations.reached_unit(session, Unit.id == unit_id, key=unit_id, of_unit_id=me().unit_id)


def _held(session: Session, unit_id: int) -> Unit:
    return operations.held_unit(session, Unit.id == unit_id, key=unit_id, of_unit_id=me().unit_id)


def _movable(session: Session, unit_id: int) -> Unit:
    return operations.movable_unit(session, Unit.id == unit_id, key=unit_id, of_unit_id=me().unit_id)


def _person(session: Session, unit_id: int, person_id: int) -> Responsible:
    return responsible.get_responsible(session, person_id, unit=_reached(session, unit_id))
