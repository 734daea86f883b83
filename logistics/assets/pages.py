"""Equipment: what is due for calibration, new pieces, one piece with its history and what can be done with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from inventory import assets
from inventory.assets import LONGEST_INTERVAL_DAYS, Asset, AssetAct, Description, Details, Signed
from inventory.catalogue import Item, ItemKind
from inventory.errors import InvalidInput, NotFound, Taken
from inventory.units import Unit, is_within
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.assets import operations, words
from logistics.supplies import choices
from logistics.supplies.choices import Choices
from logistics.supplies.forms import Typed, Unreadable, check, kept, pick, read_expiry, text
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today
from logistics.web.downloads import list_of_today
from logistics.web.sentences import sentence
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.columns import WholeNumber
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("assets", __name__, template_folder="templates")
blueprint.add_app_template_filter(words.order, "order_to")

PAGE = 50
#: How many pieces an export holds.
MOST_EXPORTED = 10_000
#: How far ahead the list of what is due looks, and the first page.
WITHIN_DAYS = 30
SOON_DAYS = 7
#: How many pieces the first page names.
MOST_ON_CARD = 5
HEAD = ("item", "owner", "serials", "acquired_on", "interval", "due_on", "note", "key")
#: What each act asks for.
FIELDS: dict[AssetAct, tuple[str, ...]] = {
    AssetAct.HANDED_OUT: ("holder", "place", "note"),
    AssetAct.RETURNED: ("note",),
    AssetAct.LENT: ("holder", "place", "until", "note"),
    AssetAct.TAKEN_BACK: ("note",),
    AssetAct.CALIBRATED: ("calibrated_on", "due_on", "certificate", "note"),
    AssetAct.SENT_TO_REPAIR: ("holder", "note"),
    AssetAct.REPAIRED: ("note",),
    AssetAct.GIVEN_OVER: ("place", "note"),
    AssetAct.RETIRED: ("note",),
}
_INTERVAL = WholeNumber("interval", minimum=1, maximum=LONGEST_INTERVAL_DAYS)


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/assets")
@permit(Permission.READ_STOCK)
def listed() -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    with reading() as session:
        found = _found(session, limit=PAGE + 1, offset=PAGE * (page - 1))
        return render_template(
            "assets/assets.html",
            found=found[:PAGE],
            page=page,
            more=len(found) > PAGE,
            q=_words(),
            show=_show(),
            within=WITHIN_DAYS,
            overdue=len(assets.due(session, unit_id=me().unit_id, on=today(), within_days=-1)),
        )


@blueprint.get("/assets.xlsx")
@permit(Permission.READ_STOCK)
def listed_file() -> ResponseReturnValue:
    with reading() as session:
        book = table_workbook(
            _("Assets"),
            [
                _("Item code"),
                TableColumn(title=_("Item"), width=18),
                TableColumn(title=_("Serial number"), width=20),
                TableColumn(title=_("Unit"), width=16),
                _("State"),
                TableColumn(title=_("Who has it"), width=16),
                TableColumn(title=_("Place"), width=16),
                *(TableColumn(title=title, width=12) for title in (_("Since when"), _("Back by"), _("Calibrate by"))),
                _("Calibration"),
                TableColumn(title=_("Acquired on"), width=12),
                _("Interval in days"),
                TableColumn(title=_("Note"), width=24),
            ],
            [_row(asset) for asset in _found(session, limit=MOST_EXPORTED, offset=0)],
        )
        return list_of_today(book, _("Assets"))


@blueprint.get("/assets/<int:asset_id>")
@permit(Permission.READ_STOCK)
def asset(asset_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _asset(session, asset_id=asset_id, act=_act_asked(session, asset_id))


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/assets/new")
@permit(Permission.WRITE_STOCK)
def new() -> ResponseReturnValue:
    with reading() as session:
        units = choices.units(session, of_unit_id=me().unit_id)
        return _new(session, head=Typed({"owner": units.first[0].label, "acquired_on": today().isoformat()}))


@blueprint.post("/assets/new")
@permit(Permission.WRITE_STOCK)
def register() -> ResponseReturnValue:
    head = kept(request.form, *HEAD)

    def done(made: Sequence[Asset]) -> ResponseReturnValue:
        flash(ngettext("%(num)s piece is registered.", "%(num)s pieces are registered.", len(made)))
        one = len(made) == 1
        return redirect(url_for("assets.asset", asset_id=made[0].id) if one else url_for("assets.listed"))

    return act_or_again(partial(_register, head=head), partial(_new, head=head), done)


@blueprint.post("/assets/<int:asset_id>/<act>")
@permit(Permission.WRITE_STOCK)
def act(asset_id: int, act: str) -> ResponseReturnValue:
    meant = _act_named(act)
    typed = kept(request.form, *FIELDS[meant], "key")

    def done(_made: object) -> ResponseReturnValue:
        flash(_("Recorded: %(act)s.", act=word(meant)))
        return redirect(url_for("assets.asset", asset_id=asset_id))

    again = partial(_asset, asset_id=asset_id, act=meant, typed=typed)
    return act_or_again(lambda session: _act(session, asset_id, meant, typed), again, done)


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.READ_STOCK, Role.OFFICER)
def what_is_due(session: Session) -> str:
    """Which pieces have to be calibrated now or within a week, and which were lent and should be back; nothing where there is none."""
    due = assets.due(session, unit_id=me().unit_id, on=today(), within_days=SOON_DAYS)
    late = assets.late(session, unit_id=me().unit_id, on=today())
    return render_template("assets/_today.html", due=due, late=late, most=MOST_ON_CARD) if due or late else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _words() -> str:
    return request.args.get("q", "").strip()


def _show() -> str:
    asked = request.args.get("show", "")
    return asked if asked in ("due", "late", "retired") else ""


def _found(session: Session, *, limit: int, offset: int) -> list[Asset]:
    if _show() == "due":
        found = assets.due(session, unit_id=me().unit_id, on=today(), within_days=WITHIN_DAYS)
        return found[offset : offset + limit]
    if _show() == "late":
        return assets.late(session, unit_id=me().unit_id, on=today())[offset : offset + limit]
    retired = _show() == "retired"
    return assets.assets(session, unit_id=me().unit_id, words=_words(), retired=retired, limit=limit, offset=offset)


def _act_named(name: str) -> AssetAct:
    if name not in FIELDS:
        raise NotFound("act", name)
    return AssetAct(name)


def _act_asked(session: Session, asset_id: int) -> AssetAct | None:
    """The act whose form the address asks for, if it may be done now."""
    found = operations.asset_seen(session, asset_id, unit_id=me().unit_id)
    return next((one for one in assets.possible(found, on=today()) if one == request.args.get("act")), None)


def _asset(
    session: Session,
    said: str | None = None,
    *,
    asset_id: int,
    act: AssetAct | None = None,
    typed: Typed | None = None,
) -> str:
    found = operations.asset_seen(session, asset_id, unit_id=me().unit_id)
    ours = me().may(Permission.WRITE_STOCK) and is_within(session, found.unit_id, me().unit_id)
    return render_template(
        "assets/asset.html",
        asset=found,
        history=assets.history(session, asset_id),
        acts=assets.possible(found, on=today()) if ours else [],
        act=act if ours else None,
        fields=FIELDS[act] if act else (),
        typed=typed or Typed({"calibrated_on": today().isoformat()}),
        said=said,
        units=choices.units(session, of_unit_id=me().unit_id),
    )


def _new(session: Session, said: str | None = None, *, head: Typed) -> str:
    return render_template(
        "assets/new.html",
        head=head,
        said=said,
        units=choices.units(session, of_unit_id=me().unit_id),
        items=_equipment(choices.items(session)),
    )


def _equipment(items: Choices[Item]) -> Choices[Item]:
    return Choices("equipment", [one for one in items.all if one.thing.kind is ItemKind.EQUIPMENT])


def _register(session: Session, head: Typed) -> list[Asset]:
    item: Item | None = head.read("item", pick(choices.items(session)))
    unit: Unit | None = head.read("owner", pick(choices.units(session, of_unit_id=me().unit_id)))
    serials, acquired_on = head.read("serials", _serials), head.read("acquired_on", read_expiry)
    interval_days, due_on = head.read("interval", _interval), head.read("due_on", read_expiry)
    note = head.read("note", text(500))
    check(head)
    if item is None or unit is None or serials is None:
        raise Unreadable
    told = Description(acquired_on=acquired_on or today(), interval_days=interval_days, due_on=due_on, note=note or "")
    return _beside(
        head,
        HEAD,
        lambda: assets.register(session, signed=_signed(head), item=item, unit=unit, serials=serials, told=told),
    )


def _serials(typed: str) -> list[str]:
    """One serial number a line; blank lines do not count."""
    return [text(64)(line.strip()) for line in typed.splitlines() if line.strip()]


def _interval(typed: str) -> int | None:
    return _INTERVAL.read(typed) if typed else None


def _act(session: Session, asset_id: int, act: AssetAct, typed: Typed) -> object:
    operations.own_asset(session, asset_id, unit_id=me().unit_id)
    details = _details(session, act, typed)
    return _beside(
        typed,
        FIELDS[act],
        lambda: assets.record(session, signed=_signed(typed), asset_id=asset_id, act=act, details=details),
    )


def _details(session: Session, act: AssetAct, typed: Typed) -> Details:
    units = choices.units(session, of_unit_id=me().unit_id)
    readers: dict[str, Callable[[str], Any]] = {
        "holder": text(200),
        "place": lambda written: pick(units)(written) if written else None,
        "until": read_expiry,
        "calibrated_on": read_expiry,
        "due_on": read_expiry,
        "certificate": text(200),
        "note": text(500),
    }
    read: dict[str, Any] = {name: typed.read(name, readers[name]) for name in FIELDS[act]}
    check(typed)
    place: Unit | None = read.pop("place", None)
    return Details(place_id=place.id if place else None, **read)


def _beside[Made](typed: Typed, fields: Sequence[str], do: Callable[[], Made]) -> Made:
    """What `do` makes; where the library refuses one of the fields, the sentence stands beside it."""
    try:
        return do()
    except Taken as error:
        typed.refuse("serials", sentence(error))
        raise Unreadable from error
    except InvalidInput as error:
        if error.field not in fields:
            raise
        typed.refuse(error.field, _("Please fill this in.") if error.problem == "empty" else sentence(error))
        raise Unreadable from error


def _signed(typed: Typed) -> Signed:
    return Signed(key=typed["key"] or new_key(), on=today(), at=now(), by=me().sign_in_name)


def _row(asset: Asset) -> tuple[str | int | dt.date | None, ...]:
    return (
        asset.item.code,
        asset.item.name,
        asset.serial,
        asset.unit.name,
        word(asset.state),
        asset.holder,
        asset.place.name if asset.place else "",
        asset.since,
        asset.until,
        asset.due_on,
        _("overdue") if asset.overdue(today()) else "",
        asset.acquired_on,
        asset.interval_days,
        asset.note,
    )
