"""Norms: what is in force, what waits for approval, what was; and the facts of units they are multiplied by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import norms
from inventory.catalogue import Item
from inventory.errors import InvalidInput, InventoryError
from inventory.norms import MOST_ML_PER_M2, MOST_TARGET_MG_PER_L, Basis, Norm, NormState, figures_of, newest_facts
from inventory.units import Tier, Unit, UnitKind, subtree
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.errors import ServiceError
from logistics.imports.forms import read_form
from logistics.needs import operations, words
from logistics.needs.forms import Scope, read_amount_of, read_first_day, scope_on_show, whole
from logistics.needs.importing import FactsSheet
from logistics.supplies import choices
from logistics.supplies.forms import Typed, Unreadable, check, kept, pick, text
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today, transaction
from logistics.web.downloads import list_of_today
from logistics.web.sentences import sentence
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("norms", __name__, template_folder="templates")
blueprint.add_app_template_filter(words.norm_amount, "norm_amount")
blueprint.add_app_template_filter(words.norm_scope, "norm_scope")
blueprint.add_app_template_filter(words.norm_dose, "norm_dose")

#: What a new norm for disinfection begins with: surfaces, half a gram of chlorine to the litre.
USUAL_DOSE = {"target": "500", "volume": "100"}


# Norms ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/norms")
@permit(Permission.READ_STOCK)
def listed() -> ResponseReturnValue:
    with reading() as session:
        every = norms.all_norms(session)
        in_force = {norm.id for norm in norms.norms_on(session, today())}
        return render_template(
            "norms/norms.html",
            waiting=[norm for norm in every if norm.state is NormState.PROPOSED],
            current=[norm for norm in every if norm.id in in_force],
            coming=[norm for norm in every if norm.state is NormState.APPROVED and norm.id not in in_force],
            past=[norm for norm in every if norm.state in (NormState.DECLINED, NormState.ENDED)],
        )


@blueprint.get("/norms.xlsx")
@permit(Permission.READ_STOCK)
def workbook() -> ResponseReturnValue:
    with reading() as session:
        book = table_workbook(
            _("Norms"),
            [
                _("Number"),
                _("Item code"),
                TableColumn(title=_("Item"), width=24),
                TableColumn(title=_("Amount"), width=24),
                TableColumn(title=_("Dose"), width=20),
                TableColumn(title=_("For whom"), width=24),
                TableColumn(title=_("Source"), width=36),
                _("Valid from"),
                _("State"),
                _("Decided by"),
                _("Ended on"),
            ],
            [_norm_row(norm) for norm in norms.all_norms(session)],
        )
        return list_of_today(book, _("Norms"))


@blueprint.get("/norms/<int:norm_id>")
@permit(Permission.READ_STOCK)
def norm(norm_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _norm(session, norm_id)


@blueprint.get("/norms/new")
@permit(Permission.WRITE_STOCK)
def propose_form() -> ResponseReturnValue:
    """Empty, but for an item the address names; or `like` an earlier norm, to propose it again otherwise."""
    begun = {"item": request.args.get("item", ""), "basis": Basis.PERSON_SHIFT, "day": today().isoformat()} | USUAL_DOSE
    with reading() as session:
        like = request.args.get("like", type=int)
        earlier = norms.get_norm(session, like) if like else None
        typed = begun | _as_typed(earlier) if earlier else begun
        return _propose_form(session, typed=Typed(typed), chosen=_chosen(earlier) if earlier else set())


@blueprint.post("/norms/new")
@permit(Permission.WRITE_STOCK)
def propose() -> ResponseReturnValue:
    typed = kept(request.form, "item", "basis", "amount", "unit", "target", "volume", "source", "day", "key")
    chosen = {*request.form.getlist("kinds"), *request.form.getlist("tiers")}

    def done(proposed: Norm) -> ResponseReturnValue:
        flash(_("%(number)s waits for the approval of a leader.", number=proposed.number))
        return redirect(url_for("norms.norm", norm_id=proposed.id))

    return act_or_again(
        lambda session: _propose(session, typed, chosen), partial(_propose_form, typed=typed, chosen=chosen), done
    )


@blueprint.post("/norms/<int:norm_id>/approve")
@permit(Permission.APPROVE_NORMS)
def approve(norm_id: int) -> ResponseReturnValue:
    with transaction() as session:
        operations.refuse_below_top(session, unit_id=me().unit_id)
        approved = norms.approve(session, norm_id=norm_id, at=now(), by=me().sign_in_name)
    flash(_("%(number)s is approved.", number=approved.number))
    return redirect(url_for("norms.norm", norm_id=norm_id))


@blueprint.post("/norms/<int:norm_id>/decline")
@permit(Permission.APPROVE_NORMS)
def decline(norm_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "note")

    def act(session: Session) -> Norm:
        operations.refuse_below_top(session, unit_id=me().unit_id)
        note = typed.read("note", text(500, needed=True)) or ""
        check(typed)
        return norms.decline(session, norm_id=norm_id, note=note, at=now(), by=me().sign_in_name)

    return _leave(norm_id, typed, act)


@blueprint.post("/norms/<int:norm_id>/end")
@permit(Permission.APPROVE_NORMS)
def end(norm_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "note", "day")

    def act(session: Session) -> Norm:
        operations.refuse_below_top(session, unit_id=me().unit_id)
        note = typed.read("note", text(500, needed=True)) or ""
        day = typed.read("day", read_first_day) or today()
        check(typed)
        return norms.end(session, norm_id=norm_id, from_day=day, note=note, at=now(), by=me().sign_in_name)

    return _leave(norm_id, typed, act)


# Facts ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/facts")
@permit(Permission.READ_STOCK)
def facts() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        return render_template("norms/facts.html", scope=scope, lines=_facts_lines(session, scope))


@blueprint.get("/facts.xlsx")
@permit(Permission.READ_STOCK)
def facts_workbook() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        columns = FactsSheet.columns()
        book = table_workbook(
            _("Facts of units"),
            [
                TableColumn(title=columns["unit"].title),
                TableColumn(title=_("Name"), width=24),
                *(TableColumn(title=columns[name].title, number_format="#,##0", width=14) for name in norms.FIGURES),
                _("Holds from"),
            ],
            [
                (
                    unit.code,
                    unit.name,
                    *(getattr(figures, name) for name in norms.FIGURES),
                    told.valid_from if told else None,
                )
                for unit, figures, told in _facts_lines(session, scope)
            ],
        )
        return list_of_today(book, _("Facts of units"), scope.unit.name)


@blueprint.get("/facts/new")
@permit(Permission.ASK)
def facts_form() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        told = newest_facts(session, unit_ids=[scope.unit.id], on=today()).get(scope.unit.id)
        figures = figures_of(scope.unit, told)
        typed = {name: str(getattr(figures, name)) for name in norms.FIGURES}
        return _facts_form(session, scope, typed=typed | {"valid_from": today().isoformat()}, errors={})


@blueprint.post("/facts/new")
@permit(Permission.ASK)
def tell_facts() -> ResponseReturnValue:
    values, errors = read_form(FactsSheet, request.form)
    said = None
    try:
        with transaction() as session:
            if values:
                unit = choices.units(session, of_unit_id=me().unit_id).find(values["unit"])
                operations.tell_facts(
                    session,
                    key=request.form.get("key", "") or new_key(),
                    unit=unit,
                    valid_from=values["valid_from"] or today(),
                    told={name: values[name] for name in norms.FIGURES},
                    at=now(),
                    by=me().sign_in_name,
                )
                flash(_("What is so of %(unit)s is told.", unit=unit.name))
                return redirect(url_for("norms.facts_form", unit=unit.code))
    except (InventoryError, ServiceError) as error:
        said = sentence(error)
    with reading() as session:
        return _facts_form(session, scope_on_show(session), typed=request.form, errors=errors, said=said), 422


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.APPROVE_NORMS, Role.LEADER)
def to_decide(session: Session) -> str:
    """Norms that wait for the approval of whoever asks, who did not propose them."""
    if not operations.is_top(session, unit_id=me().unit_id):
        return ""
    proposed = (norm for norm in norms.all_norms(session) if norm.state is NormState.PROPOSED)
    waiting = [norm for norm in proposed if norm.proposed_by != me().sign_in_name]
    return render_template("norms/_today.html", waiting=waiting) if waiting else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _norm(session: Session, norm_id: int, *, typed: Typed | None = None, said: str | None = None) -> str:
    shown = norms.get_norm(session, norm_id)
    return render_template(
        "norms/norm.html",
        norm=shown,
        decides=me().may(Permission.APPROVE_NORMS) and operations.is_top(session, unit_id=me().unit_id),
        versions=[other for other in norms.all_norms(session) if other.series == shown.series],
        typed=typed or Typed({"day": today().isoformat()}),
        said=said,
    )


def _leave(norm_id: int, typed: Typed, act: Callable[[Session], Norm]) -> ResponseReturnValue:
    """Decide in one transaction; or the same page again, with what is missing."""

    def done(left: Norm) -> ResponseReturnValue:
        flash(_("%(number)s: %(state)s.", number=left.number, state=word(left.state)))
        return redirect(url_for("norms.norm", norm_id=norm_id))

    return act_or_again(act, lambda session, said: _norm(session, norm_id, typed=typed, said=said), done)


def _propose(session: Session, typed: Typed, chosen: set[str]) -> Norm:
    item = typed.read("item", pick(choices.items(session)))
    basis = Basis(typed["basis"]) if typed["basis"] in set(Basis) else Basis.PERSON_SHIFT
    dose = _dose(typed, item) if basis is Basis.AREA_ROUND and not typed["amount"].strip() else None
    amount = None if dose else read_amount_of(typed, item)
    source, valid_from = typed.read("source", text(500, needed=True)), typed.read("day", read_first_day)
    check(typed)
    if item is None or source is None or valid_from is None:
        raise Unreadable
    return norms.propose(
        session,
        key=typed["key"] or new_key(),
        item_id=item.id,
        basis=basis,
        amount=amount,
        kinds=[kind for kind in UnitKind if f"kind:{kind.value}" in chosen],
        tiers=[tier for tier in Tier if f"tier:{tier.value}" in chosen],
        source=source,
        valid_from=valid_from,
        at=now(),
        by=me().sign_in_name,
        **(dose or {}),
    )


def _dose(typed: Typed, item: Item | None) -> dict[str, int]:
    """Target and volume of a disinfection norm; what they cannot be stands beside the field it is about."""
    target = typed.read("target", whole(1, MOST_TARGET_MG_PER_L))
    volume = typed.read("volume", whole(1, MOST_ML_PER_M2))
    if item is not None and target is not None and volume is not None:
        try:
            norms.dose(item, target_mg_per_l=target, ml_per_m2=volume)
        except InvalidInput as error:
            typed.refuse("item" if error.field == "item" else "target", words.dose_problem(error))
    return {"target_mg_per_l": target or 0, "ml_per_m2": volume or 0}


def _propose_form(session: Session, said: str | None = None, *, typed: Typed, chosen: set[str]) -> str:
    return render_template(
        "norms/propose.html",
        typed=typed,
        chosen=chosen,
        said=said,
        items=choices.items(session),
        bases=list(Basis),
        kinds=list(UnitKind),
        tiers=list(Tier),
    )


def _as_typed(norm: Norm) -> dict[str, str]:
    """The fields of a norm as somebody would type them; of a dose, the dose and no amount."""
    typed = {"item": f"{norm.item.code} {norm.item.name}", "basis": norm.basis.value, "source": norm.source}
    if norm.target_mg_per_l is None:
        return typed | {"amount": words.amount(norm.amount), "unit": norm.item.base_unit}
    return typed | {"target": str(norm.target_mg_per_l), "volume": str(norm.ml_per_m2)}


def _chosen(norm: Norm) -> set[str]:
    """The boxes that are ticked for whom a norm is."""
    return {*(f"kind:{kind}" for kind in norm.kinds), *(f"tier:{tier}" for tier in norm.tiers)}


def _norm_row(norm: Norm) -> tuple[object, ...]:
    decided = norm.decision(NormState.APPROVED) or norm.decision(NormState.DECLINED)
    ended = norm.decision(NormState.ENDED)
    return (
        norm.number,
        norm.item.code,
        norm.item.name,
        words.norm_amount(norm),
        words.norm_dose(norm),
        words.norm_scope(norm),
        norm.source,
        norm.valid_from,
        word(norm.state),
        decided.by if decided else None,
        ended.day if ended else None,
    )


def _facts_lines(session: Session, scope: Scope) -> list[tuple[Unit, norms.Figures, norms.UnitFacts | None]]:
    """Each unit with the figures that count today and the record they come from; those of whom nothing is known last."""
    within = subtree(scope.unit.id) if scope.below else [scope.unit.id]
    found = session.scalars(select(Unit).where(Unit.id.in_(within)).order_by(Unit.code)).all()
    told = newest_facts(session, unit_ids=within, on=today())
    lines = [(unit, figures_of(unit, told.get(unit.id)), told.get(unit.id)) for unit in found]
    return sorted(lines, key=lambda line: line[1] == norms.Figures())


def _facts_form(
    session: Session, scope: Scope, *, typed: Mapping[str, str], errors: Mapping[str, str], said: str | None = None
) -> str:
    return render_template(
        "norms/facts_form.html",
        scope=scope,
        columns=FactsSheet.columns(),
        figures=list(norms.FIGURES),
        typed=typed,
        errors=errors,
        said=said or (_("Look at the marked fields. Nothing was entered.") if errors else None),
        history=norms.facts_history(session, unit_id=scope.unit.id),
    )
