"""The dosing card, and booking what a round of disinfection or a shift on duty uses: made for a phone."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import consumption, norms, stock
from inventory.catalogue import Item
from inventory.consumption import shift_need, shift_norms
from inventory.dosing import Mixture, area_m2, mixture, rounds_outlook
from inventory.errors import InvalidInput
from inventory.ledger import Document, Recorded
from inventory.norms import (
    MOST_A_DAY,
    MOST_AREA_M2,
    MOST_ML_PER_M2,
    MOST_PEOPLE,
    MOST_TARGET_MG_PER_L,
    Norm,
    figures_of,
    newest_facts,
)
from inventory.places import StockLocation
from inventory.units import Unit
from logistics.accounts.permissions import Permission, permit
from logistics.needs import words
from logistics.needs.forms import Scope, scope_on_show, whole
from logistics.needs.norms import USUAL_DOSE
from logistics.supplies import choices
from logistics.supplies.choices import Choice, Choices
from logistics.supplies.forms import Typed, Unreadable, check, kept, pick, read_day, read_quantity, text
from logistics.supplies.overview import fullest_store
from logistics.web.acting import act_or_again, go_to
from logistics.web.context import me, now, reading, recorded, today, zone
from logistics.web.downloads import list_of_today
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("tasks", __name__, template_folder="templates")
blueprint.add_app_template_filter(words.task_words, "task")

PAGE = 50
#: The concentrations people mix every day, in mg of active ingredient per litre.
USUAL_TARGETS = (250, 500, 1_000, 2_000)
#: Litres of the vessels they mix in.
VESSELS_L = (5, 10, 16, 20)
MOST_VOLUME_L = 10_000


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/tasks")
@permit(Permission.READ_STOCK)
def listed() -> ResponseReturnValue:
    with reading() as session:
        found = consumption.tasks(
            session, unit_id=me().unit_id, limit=PAGE, before_id=request.args.get("before", type=int)
        )
        older = found[-1].document_id if len(found) == PAGE else None
        return render_template("tasks/tasks.html", tasks=found, older=older)


@blueprint.get("/tasks.xlsx")
@permit(Permission.READ_STOCK)
def workbook() -> ResponseReturnValue:
    with reading() as session:
        book = table_workbook(
            _("Consumption by task"),
            [
                TableColumn(title=_("When"), width=18),
                _("Unit code"),
                TableColumn(title=_("Unit"), width=24),
                _("Task"),
                TableColumn(title=_("What was done"), width=40),
                TableColumn(title=_("Item"), width=24),
                TableColumn(title=_("Quantity"), number_format="#,##0"),
                _("Base unit"),
                _("Document"),
                _("State"),
            ],
            [
                (
                    task.document.occurred_at,
                    task.unit.code,
                    task.unit.name,
                    word(task.kind),
                    words.task_words(task),
                    movement.item.name,
                    movement.quantity,
                    movement.item.base_unit,
                    task.document.number,
                    _("reversed") if task.document.reversed_by else None,
                )
                for task in consumption.tasks(session, unit_id=me().unit_id, limit=10_000)
                for movement in task.document.movements
            ],
            zone=zone(),
        )
    return list_of_today(book, _("Consumption by task"))


@blueprint.get("/dosing")
@permit(Permission.READ_STOCK)
def dosing() -> ResponseReturnValue:
    with reading() as session:
        products = _products(session)
        first = {"item": products.labels[0] if products.all else "", "litres": "10", **USUAL_DOSE}
        typed = Typed(first | {name: request.args[name] for name in first if name in request.args})
        item = typed.read("item", pick(products)) if products.all else None
        target, litres = (
            typed.read("target", whole(1, MOST_TARGET_MG_PER_L)),
            typed.read("litres", whole(1, MOST_VOLUME_L)),
        )
        volume = typed.read("volume", whole(1, MOST_ML_PER_M2))
        mixed = _mixed(typed, item, target, litres)
        return render_template(
            "tasks/dosing.html",
            typed=typed,
            products=products,
            item=item,
            mixed=mixed,
            target=target,
            serves=area_m2(volume_ml=mixed.volume_ml, ml_per_m2=volume) if mixed and volume else None,
            table=_usual_mixtures(item) if item else [],
            vessels=VESSELS_L,
        )


# Booking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/tasks/round")
@permit(Permission.BOOK_TASKS)
def round_form() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        figures = figures_of(scope.unit, newest_facts(session, unit_ids=[scope.unit.id], on=today()).get(scope.unit.id))
        products = _products(session)
        typed = {
            "unit": f"{scope.unit.code} {scope.unit.name}",
            "store": _usual_store(session, scope.unit),
            "item": products.labels[0] if products.all else "",
            "area": str(figures.area_m2 or ""),
            "rounds": "1",
            "day": today().isoformat(),
            **USUAL_DOSE,
        }
        return _round_form(session, typed=Typed(typed))


@blueprint.get("/tasks/round/dose")
@permit(Permission.BOOK_TASKS)
def dose() -> ResponseReturnValue:
    """The part of the form that says what the round will take, and how far the stock goes."""
    with reading() as session:
        return render_template("tasks/_dose.html", **_taken(session, kept(request.args, *ROUND)))


@blueprint.post("/tasks/round")
@permit(Permission.BOOK_TASKS)
def book_round() -> ResponseReturnValue:
    typed = kept(request.form, *ROUND, "day", "reason", "key")
    return act_or_again(partial(_book_round, typed=typed), partial(_round_form, typed=typed), _to_list)


@blueprint.get("/tasks/shift")
@permit(Permission.BOOK_TASKS)
def shift_form() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        figures = figures_of(scope.unit, newest_facts(session, unit_ids=[scope.unit.id], on=today()).get(scope.unit.id))
        typed = {
            "unit": f"{scope.unit.code} {scope.unit.name}",
            "store": _usual_store(session, scope.unit),
            "people": str(figures.people_per_shift or ""),
            "shifts": "1",
            "day": today().isoformat(),
        }
        return _shift_form(session, typed=Typed(typed), scope=scope)


@blueprint.post("/tasks/shift")
@permit(Permission.BOOK_TASKS)
def book_shift() -> ResponseReturnValue:
    names = [name for name in request.form if name.startswith(("used-", "word-"))]
    typed = kept(request.form, "unit", "store", "people", "shifts", "day", "reason", "key", *names)
    return act_or_again(partial(_book_shift, typed=typed), partial(_shift_form, typed=typed), _to_list)


#: The fields that say what a round takes.
ROUND = ("unit", "store", "item", "area", "rounds", "target", "volume")


# Beneath --------------------------------------------------------------------------------------------------------------


def _to_list(booked: Document) -> ResponseReturnValue:
    return go_to(booked, "tasks.listed")


def _book_round(session: Session, typed: Typed) -> Document:
    unit = typed.read("unit", pick(choices.units(session, of_unit_id=me().unit_id)))
    source = _source(session, typed)
    item = typed.read("item", pick(_products(session)))
    area, rounds = typed.read("area", whole(1, MOST_AREA_M2)), typed.read("rounds", whole(1, MOST_A_DAY))
    target, volume = (
        typed.read("target", whole(1, MOST_TARGET_MG_PER_L)),
        typed.read("volume", whole(1, MOST_ML_PER_M2)),
    )
    head = _recorded(typed)
    _refuse_dose(typed, item, target, volume)
    check(typed)
    if None in (area, rounds, target, volume) or unit is None or source is None or item is None:
        raise Unreadable
    return consumption.book_round(
        session,
        recorded=head,
        unit=unit,
        source=source,
        item=item,
        area_m2=area or 0,
        rounds=rounds or 0,
        target_mg_per_l=target or 0,
        ml_per_m2=volume or 0,
    )


def _book_shift(session: Session, typed: Typed) -> Document:
    unit = typed.read("unit", pick(choices.units(session, of_unit_id=me().unit_id)))
    source = _source(session, typed)
    people, shifts = typed.read("people", whole(1, MOST_PEOPLE)), typed.read("shifts", whole(1, MOST_A_DAY))
    head = _recorded(typed)
    found = shift_norms(session, unit=unit, on=today()) if unit else []
    used = {norm.item_id: _used(typed, norm, people or 0, shifts or 0) for norm in found}
    check(typed)
    if unit is None or source is None or people is None or shifts is None:
        raise Unreadable
    return consumption.book_shift(
        session,
        recorded=head,
        unit=unit,
        source=source,
        people=people,
        shifts=shifts,
        used={item_id: quantity for item_id, quantity in used.items() if quantity},
    )


def _used(typed: Typed, norm: Norm, people: int, shifts: int) -> int:
    """What was typed for an item, by the norm where nothing was; 0 for none."""
    name = f"used-{norm.item_id}"
    if not typed[name].strip():
        return shift_need(norm, people=people, shifts=shifts)
    if typed[name].strip() == "0":
        return 0
    return read_quantity(typed, norm.item, amount=name, unit=f"word-{norm.item_id}") or 0


def _usual_store(session: Session, unit: Unit) -> str:
    """Where the unit most likely takes from: the fullest store of its own or below it."""
    store = fullest_store(session, unit_id=unit.id) or unit
    return f"{store.code} {store.name}"


def _source(session: Session, typed: Typed) -> StockLocation | None:
    """The store that gives; one that has never held anything has nothing to give."""
    store = typed.read("store", pick(choices.stores(session, of_unit_id=me().unit_id)))
    if store is not None and store.location is None:
        typed.refuse("store", _("Nothing lies there. Choose another store, or receive goods first."))
    return store.location if store else None


def _recorded(typed: Typed) -> Recorded:
    at = typed.read("day", partial(read_day, now=now()))
    reason = typed.read("reason", text(500))
    return recorded(reason=reason or "", occurred_at=at)


def _refuse_dose(typed: Typed, item: Item | None, target: int | None, volume: int | None) -> None:
    if item is None or target is None or volume is None:
        return
    try:
        norms.dose(item, target_mg_per_l=target, ml_per_m2=volume)
    except InvalidInput as error:
        typed.refuse("item" if error.field == "item" else "target", words.dose_problem(error))


def _round_form(session: Session, said: str | None = None, *, typed: Typed) -> str:
    return render_template(
        "tasks/round.html",
        typed=typed,
        said=said,
        units=choices.units(session, of_unit_id=me().unit_id),
        stores=choices.stores(session, of_unit_id=me().unit_id),
        products=_products(session),
        **_taken(session, Typed(typed.values)),
    )


def _taken(session: Session, typed: Typed) -> dict[str, object]:
    """What the round will take of the store, as far as what is typed can be read."""
    source = _source(session, typed)
    item = typed.read("item", pick(_products(session)))
    area, rounds = typed.read("area", whole(1, MOST_AREA_M2)), typed.read("rounds", whole(1, MOST_A_DAY))
    target, volume = (
        typed.read("target", whole(1, MOST_TARGET_MG_PER_L)),
        typed.read("volume", whole(1, MOST_ML_PER_M2)),
    )
    _refuse_dose(typed, item, target, volume)
    if typed.errors.keys() - {"unit"} or not (source and item and area and rounds and target and volume):
        return {"outlook": None, "product": item, "there": 0}
    there = stock.available(session, location_id=source.id, item_id=item.id, on=today())
    per_m2 = norms.dose(item, target_mg_per_l=target, ml_per_m2=volume)
    outlook = rounds_outlook(stock=there, rounds=rounds, area_m2=area, per_m2=per_m2)
    return {"outlook": outlook, "product": item, "there": max(0, there)}


def _shift_form(session: Session, said: str | None = None, *, typed: Typed, scope: Scope | None = None) -> str:
    units = choices.units(session, of_unit_id=me().unit_id)
    unit = scope.unit if scope else Typed(typed.values).read("unit", pick(units))
    return render_template(
        "tasks/shift.html",
        typed=typed,
        said=said,
        units=units,
        unit=unit,
        stores=choices.stores(session, of_unit_id=me().unit_id),
        norms=shift_norms(session, unit=unit, on=today()) if unit else [],
    )


def _products(session: Session) -> Choices[Item]:
    """The disinfectants whose concentration is known."""
    found = session.scalars(select(Item).where(Item.active_mg_per_kg.is_not(None)).order_by(Item.code))
    return Choices("item", [Choice.of(item.code, item.name, item) for item in found])


def _mixed(typed: Typed, item: Item | None, target: int | None, litres: int | None) -> Mixture | None:
    if item is None or item.active_mg_per_kg is None or target is None or litres is None:
        return None
    if target > item.active_mg_per_kg:
        typed.refuse("target", words.dose_problem(InvalidInput("target", "too-weak", target)))
        return None
    return mixture(target_mg_per_l=target, volume_ml=litres * 1_000, active_mg_per_kg=item.active_mg_per_kg)


def _usual_mixtures(item: Item) -> list[tuple[int, list[Mixture]]]:
    """What stands on the wall beside the tap: product and water by concentration and vessel."""
    active = item.active_mg_per_kg or 0
    return [
        (
            target,
            [
                mixture(target_mg_per_l=target, volume_ml=1_000 * litres, active_mg_per_kg=active)
                for litres in VESSELS_L
            ],
        )
        for target in USUAL_TARGETS
        if target <= active
    ]
