"""Norms, facts, needs, doses, consumption by task and reordering as JSON, for other programs of the unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory import consumption, norms, reorder
from inventory.catalogue import Item, ItemKind
from inventory.consumption import Task, shift_need, shift_norms
from inventory.dosing import area_m2, mixture
from inventory.errors import InvalidInput
from inventory.ledger import Document, Movement
from inventory.needs import Cover, Heat, stock_out_day
from inventory.norms import Norm, UnitFacts
from inventory.places import StockLocation
from inventory.reorder import Suggestion, suggest
from inventory.usage import Burn
from logistics.accounts.permissions import Permission, permit
from logistics.needs import operations, overview
from logistics.needs.schemas import (
    DeclineIn,
    DoseOut,
    DoseQuery,
    EndIn,
    FactsIn,
    FactsOut,
    NeedOut,
    NormIn,
    NormOut,
    RoundIn,
    RuleIn,
    ShiftIn,
    SuggestionOut,
    TaskOut,
)
from logistics.supplies import choices
from logistics.supplies.api import wanted_of
from logistics.supplies.schemas import StockQuery
from logistics.web.api import ApiBlueprint, head_of
from logistics.web.context import me, now, reading, today, transaction, zone

blueprint = ApiBlueprint("needs_api", __name__, description="Norms, needs, doses, consumption by task, reordering")


# Norms and facts ------------------------------------------------------------------------------------------------------


@blueprint.route("/norms")
class Norms(MethodView):
    @blueprint.response(200, NormOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self) -> Sequence[Norm]:
        """Every norm with its decisions, newest first."""
        with reading() as session:
            return norms.all_norms(session)

    @blueprint.arguments(NormIn)
    @blueprint.response(201, NormOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> Norm:
        """Propose a norm: an amount, or per square metre and round a dose. It counts from its approval on."""
        with transaction() as session:
            item = choices.items(session).find(given["item"])
            rest = {name: value for name, value in given.items() if name != "item"}
            proposed = norms.propose(session, item_id=item.id, at=now(), by=me().sign_in_name, **rest)
            return _whole_norm(session, proposed)


@blueprint.route("/norms/<int:norm_id>")
class OneNorm(MethodView):
    @blueprint.etag
    @blueprint.response(200, NormOut)
    @permit(Permission.READ_STOCK)
    def get(self, norm_id: int) -> Norm:
        """One norm with its decisions."""
        with reading() as session:
            return _whole_norm(session, norms.get_norm(session, norm_id))


@blueprint.route("/norms/<int:norm_id>/approval")
class Approval(MethodView):
    @blueprint.acts_on_seen
    @blueprint.response(201, NormOut)
    @permit(Permission.APPROVE_NORMS)
    def post(self, norm_id: int) -> Norm:
        """Let a norm hold from its day on; the version it replaces ends there. Norms hold for all: only the topmost unit decides."""
        with transaction() as session:
            operations.refuse_below_top(session, unit_id=me().unit_id)
            with _unless_decided(session, norm_id):
                approved = norms.approve(session, norm_id=norm_id, at=now(), by=me().sign_in_name)
            return _whole_norm(session, approved)


@blueprint.route("/norms/<int:norm_id>/refusal")
class Refusal(MethodView):
    @blueprint.acts_on_seen
    @blueprint.arguments(DeclineIn)
    @blueprint.response(201, NormOut)
    @permit(Permission.APPROVE_NORMS)
    def post(self, given: Mapping[str, Any], norm_id: int) -> Norm:
        """Decline a proposal, as the topmost unit."""
        with transaction() as session:
            operations.refuse_below_top(session, unit_id=me().unit_id)
            with _unless_decided(session, norm_id):
                declined = norms.decline(session, norm_id=norm_id, note=given["note"], at=now(), by=me().sign_in_name)
            return _whole_norm(session, declined)


@blueprint.route("/norms/<int:norm_id>/end")
class End(MethodView):
    @blueprint.acts_on_seen
    @blueprint.arguments(EndIn)
    @blueprint.response(201, NormOut)
    @permit(Permission.APPROVE_NORMS)
    def post(self, given: Mapping[str, Any], norm_id: int) -> Norm:
        """Let a norm hold no longer, without another in its place, as the topmost unit."""
        with transaction() as session:
            operations.refuse_below_top(session, unit_id=me().unit_id)
            with _unless_decided(session, norm_id):
                ended = norms.end(
                    session,
                    norm_id=norm_id,
                    from_day=given["day"] or today(),
                    note=given["note"],
                    at=now(),
                    by=me().sign_in_name,
                )
            return _whole_norm(session, ended)


@blueprint.route("/units/<code>/facts")
class Facts(MethodView):
    @blueprint.response(200, FactsOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, code: str) -> Sequence[UnitFacts]:
        """Every version of what is so of a unit, newest first."""
        with reading() as session:
            unit = choices.units(session, of_unit_id=me().unit_id).find(code)
            return [_whole_facts(facts) for facts in norms.facts_history(session, unit_id=unit.id)]

    @blueprint.arguments(FactsIn)
    @blueprint.response(201, FactsOut)
    @permit(Permission.ASK)
    def post(self, given: Mapping[str, Any], code: str) -> UnitFacts:
        """Tell what is so of a unit from a day on."""
        with transaction() as session:
            told = operations.tell_facts(
                session,
                key=given["key"],
                unit=choices.units(session, of_unit_id=me().unit_id).find(code),
                valid_from=given["valid_from"],
                told=given,
                at=now(),
                by=me().sign_in_name,
            )
            return _whole_facts(told)


# Needs and doses ------------------------------------------------------------------------------------------------------


@blueprint.route("/units/<code>/needs")
class Needs(MethodView):
    @blueprint.arguments(StockQuery, location="query")
    @blueprint.response(200, NeedOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any], code: str) -> Sequence[Mapping[str, Any]]:
        """What a unit needs a day, how that came about, and how long it lasts; what runs out first on top."""
        with reading() as session:
            unit = choices.units(session, of_unit_id=me().unit_id).find(code)
            scope = {"unit_id": unit.id, "on": today(), "below": query["below"]}
            totals = overview.totals_of(session, **scope)
            rates = overview.burns(session, zone=zone(), **scope)
            items = {choice.thing.id: choice.thing for choice in choices.items(session).all}
            found = [_need(items[i], cover, rates.get(i)) for i, cover in totals.items() if cover.need]
        return sorted(found, key=lambda need: (need["cover_days"] is None, need["cover_days"] or 0, need["item"]))


@blueprint.route("/dose")
class Dose(MethodView):
    @blueprint.arguments(DoseQuery, location="query")
    @blueprint.response(200, DoseOut)
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> Mapping[str, float]:
        """How much product and water make a solution, and what area it serves once."""
        with reading() as session:
            item = choices.items(session).find(query["item"])
        norms.dose(item, target_mg_per_l=query["target_mg_per_l"], ml_per_m2=query["ml_per_m2"])
        mixed = mixture(
            target_mg_per_l=query["target_mg_per_l"],
            volume_ml=query["volume_ml"],
            active_mg_per_kg=item.active_mg_per_kg or 0,
        )
        return {
            "product_g": float(mixed.product_mg / 1_000),
            "product_ml": float(mixed.product_ml),
            "water_ml": float(mixed.water_ml),
            "serves_m2": float(area_m2(volume_ml=mixed.volume_ml, ml_per_m2=query["ml_per_m2"])),
        }


# Consumption by task --------------------------------------------------------------------------------------------------


@blueprint.route("/tasks")
class Tasks(MethodView):
    @blueprint.response(200, TaskOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self) -> Sequence[Task]:
        """The newest tasks of the person's unit and all below it."""
        with reading() as session:
            found = consumption.tasks(session, unit_id=me().unit_id)
            _whole_documents(session, [task.document_id for task in found])
            return found


@blueprint.route("/tasks/rounds")
class Rounds(MethodView):
    @blueprint.arguments(RoundIn)
    @blueprint.response(201, TaskOut)
    @permit(Permission.BOOK_TASKS)
    def post(self, given: Mapping[str, Any]) -> Task:
        """Book what rounds of disinfection used."""
        with transaction() as session:
            document = consumption.book_round(
                session,
                recorded=head_of(given),
                unit=choices.units(session, of_unit_id=me().unit_id).find(given["unit"]),
                source=_source(session, given["store"]),
                item=choices.items(session).find(given["item"]),
                area_m2=given["area_m2"],
                rounds=given["rounds"],
                target_mg_per_l=given["target_mg_per_l"],
                ml_per_m2=given["ml_per_m2"],
            )
            return _whole_task(session, document)


@blueprint.route("/tasks/shifts")
class ShiftsOnDuty(MethodView):
    @blueprint.arguments(ShiftIn)
    @blueprint.response(201, TaskOut)
    @permit(Permission.BOOK_TASKS)
    def post(self, given: Mapping[str, Any]) -> Task:
        """Book what people used on their shifts."""
        with transaction() as session:
            unit = choices.units(session, of_unit_id=me().unit_id).find(given["unit"])
            items = choices.items(session)
            used = wanted_of(items, given["used"]) or {
                norm.item_id: shift_need(norm, people=given["people"], shifts=given["shifts"])
                for norm in shift_norms(session, unit=unit, on=today())
            }
            document = consumption.book_shift(
                session,
                recorded=head_of(given),
                unit=unit,
                source=_source(session, given["store"]),
                people=given["people"],
                shifts=given["shifts"],
                used=used,
            )
            return _whole_task(session, document)


# Reordering -----------------------------------------------------------------------------------------------------------


@blueprint.route("/units/<code>/reorder")
class Reorder(MethodView):
    @blueprint.response(200, SuggestionOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, code: str) -> Sequence[Mapping[str, Any]]:
        """What to order today, with the forecast it follows from and how every method did."""
        with reading() as session:
            unit = choices.units(session, of_unit_id=me().unit_id).find(code)
            return [_suggestion(one) for one in _suggested(session, unit.id)]

    @blueprint.arguments(RuleIn)
    @blueprint.response(200, SuggestionOut(many=True))
    @permit(Permission.WRITE_STOCK)
    def put(self, given: Mapping[str, Any], code: str) -> Sequence[Mapping[str, Any]]:
        """Set how a unit buys an item; the newest rule stands. Gives the suggestions that follow."""
        with transaction() as session:
            unit = choices.units(session, of_unit_id=me().unit_id).find(code)
            item: Item = choices.items(session).find(given["item"])
            terms = {name: value for name, value in given.items() if name != "item"}
            reorder.set_rule(session, unit_id=unit.id, item_id=item.id, at=now(), by=me().sign_in_name, **terms)
            return [_suggestion(one) for one in _suggested(session, unit.id)]


# Beneath --------------------------------------------------------------------------------------------------------------


def _source(session: Session, code: str) -> StockLocation:
    """The store that gives. Raises InvalidInput "empty-store" for one that has never held anything."""
    store = choices.stores(session, of_unit_id=me().unit_id).find(code)
    if store.location is None:
        raise InvalidInput("store", "empty-store", code)
    return store.location


def _suggested(session: Session, unit_id: int) -> list[Suggestion]:
    return suggest(session, unit_id=unit_id, on=today(), zone=zone())


def _suggestion(one: Suggestion) -> Mapping[str, Any]:
    scores = [
        {"method": method, "mase": score.mase, "quantile_loss": score.quantile_loss}
        for method, score in one.demand.scores.items()
    ]
    names = (
        "item",
        "usable",
        "on_order",
        "demand",
        "terms",
        "lead_demand",
        "safety",
        "order_point",
        "packs",
        "packs_by_norm",
        "quantity",
    )
    return {name: getattr(one, name) for name in names} | {"scores": scores}


def _need(item: Item, cover: Cover, rate: Burn | None) -> dict[str, Any]:
    """Equipment is not used up: of it no days are told."""
    need, used_up = cover.need, item.kind is not ItemKind.EQUIPMENT
    if need is None:
        raise InvalidInput("item", "no-need", item.code)
    return {
        "item": item.code,
        "usable": cover.usable,
        "daily_need": need.daily,
        "reckoned": not need.is_told,
        "parts": need.parts,
        "cover_days": float(cover.days or 0) if used_up else None,
        "runs_out_on": stock_out_day(cover.days, on=today()) if used_up else None,
        "heat": cover.heat if used_up else Heat.UNKNOWN,
        "burn_rate": float(rate.rate) if rate else None,
        "differs": overview.differs(cover, rate),
    }


def _unless_decided(session: Session, norm_id: int) -> AbstractContextManager[None]:
    """Refuse a decision about a norm that is not any more as the sender saw it."""
    norm = norms.get_norm(session, norm_id)
    return blueprint.unless_changed(session, norm, lambda: _whole_norm(session, norm), NormOut)


def _whole_norm(session: Session, norm: Norm) -> Norm:
    """The norm with all that its answer shows, to be read after the session has closed."""
    return session.get_one(
        Norm,
        norm.id,
        options=[selectinload(Norm.item), selectinload(Norm.decisions)],
        populate_existing=True,
    )


def _whole_facts(facts: UnitFacts) -> UnitFacts:
    facts.unit  # noqa: B018 -- read while there is a session
    return facts


def _whole_task(session: Session, document: Document) -> Task:
    task = session.get_one(Task, document.id, options=[selectinload(Task.unit), selectinload(Task.document)])
    _whole_documents(session, [document.id])
    return task


def _whole_documents(session: Session, document_ids: Collection[int]) -> None:
    """Read what the answer shows of these documents, which the session then has."""
    lines = selectinload(Document.movements)
    whole = [lines.selectinload(getattr(Movement, name)) for name in ("item", "lot", "source", "destination")]
    wanted = select(Document).where(Document.id.in_(document_ids)).options(*whole)
    session.scalars(wanted.execution_options(populate_existing=True)).all()
