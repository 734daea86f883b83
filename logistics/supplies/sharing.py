"""What points ask for of each item, and the desk where a scarce one is shared among them."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from inventory.errors import InventoryError, NotFound
from inventory.ledger import Recorded
from inventory.policies import DEFAULT_LADDER
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun
from inventory.sharing import carry_over as asking_again
from inventory.sharing import get_run, propose
from inventory.stock import available
from inventory.units import Tier, is_within
from logistics.accounts.permissions import Permission, permit
from logistics.errors import ServiceError
from logistics.orders import operations as orders
from logistics.supplies import choices, operations, overview, words
from logistics.supplies.desk import Desk, kept_desk, points_of, policy_for_me, read_terms, suggested_desk
from logistics.supplies.forms import Typed
from logistics.supplies.ladders import with_spare
from logistics.supplies.operations import ProposalChanged
from logistics.supplies.pages import PAGE
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today, transaction, zone
from logistics.web.downloads import list_of_today, spreadsheet
from logistics.web.sentences import sentence
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, Value, table_workbook

blueprint = Blueprint("sharing", __name__, template_folder="templates")

#: How many allocations an export holds.
MOST_EXPORTED = 5_000
blueprint.add_app_template_filter(words.rung_words, "rung")
blueprint.add_app_template_filter(words.a_day, "a_day")
blueprint.add_app_template_filter(words.in_pieces, "in_pieces")
blueprint.add_app_template_filter(words.part_with_paper, "part_with_paper")
blueprint.add_app_template_global(words.need_source, "need_source")
blueprint.add_app_template_global(words.needs_on_sheet, "needs_on_sheet")


# Requisitions ---------------------------------------------------------------------------------------------------------


@blueprint.get("/requisitions")
@permit(Permission.ASK)
def requisitions() -> ResponseReturnValue:
    with reading() as session:
        asked = overview.asked_items(session, unit_id=me().unit_id)
        chosen = next(
            (line for line in asked if str(line.item.id) == request.args.get("item")), asked[0] if asked else None
        )
        lines = overview.asked_of(session, item_id=chosen.item.id, unit_id=me().unit_id, on=today()) if chosen else []
        return render_template(
            "sharing/requisitions.html",
            asked=asked,
            chosen=chosen,
            lines=lines,
            # Of a unit that asks twice the norms say its need once.
            needed=sum({line.requisition.unit_id: line.need.exact for line in lines}.values(), Fraction(0)),
        )


@blueprint.post("/requisitions/<int:requisition_id>/withdraw")
@permit(Permission.ASK)
def withdraw(requisition_id: int) -> ResponseReturnValue:
    with transaction() as session:
        found = session.get(Requisition, requisition_id)
        if found is None or not is_within(session, found.unit_id, me().unit_id):
            raise NotFound("requisition", requisition_id)
        withdrawn = operations.withdraw(session, requisition_id=requisition_id)
    flash(_("%(number)s is withdrawn.", number=withdrawn.number))
    if "sheet" in request.args and withdrawn.sheet_id is not None:
        return redirect(url_for("sheets.sheet", sheet_id=withdrawn.sheet_id))
    return redirect(url_for("sharing.requisitions", item=withdrawn.item_id))


# Allocations ----------------------------------------------------------------------------------------------------------


@blueprint.get("/allocations")
@permit(Permission.ALLOCATE)
def allocations() -> ResponseReturnValue:
    with reading() as session:
        lines = overview.runs(session, unit_id=me().unit_id, limit=PAGE, before_id=request.args.get("before", type=int))
        return render_template(
            "sharing/allocations.html",
            lines=lines,
            older=lines[-1].run.id if len(lines) == PAGE else None,
            asked=overview.asked_items(session, unit_id=me().unit_id),
        )


@blueprint.get("/allocations.xlsx")
@permit(Permission.ALLOCATE)
def allocations_workbook() -> ResponseReturnValue:
    with reading() as session:
        book = table_workbook(
            _("Allocation"),
            [
                _("Number"),
                TableColumn(title=_("When"), width=18),
                _("Item code"),
                TableColumn(title=_("Item"), width=24),
                TableColumn(title=_("From store"), width=24),
                *(TableColumn(title=title, number_format="#,##0") for title in (_("Packs to share"), _("Left over"))),
                _("Packed in"),
                *(_("Points"), _("Points served"), _("Delivery orders still to make")),
                TableColumn(title=_("Policy"), width=24),
                _("Who"),
            ],
            map(_run_row, overview.runs(session, unit_id=me().unit_id, limit=MOST_EXPORTED)),
            zone=zone(),
        )
    return list_of_today(book, _("Allocation"))


@blueprint.get("/allocations/new")
@permit(Permission.ALLOCATE)
def share_form() -> ResponseReturnValue:
    with reading() as session:
        return _share_form(session, desk=suggested_desk(session, item=request.args.get("item")))


@blueprint.post("/allocations/new")
@permit(Permission.ALLOCATE)
def share() -> ResponseReturnValue:
    desk = kept_desk(request.form)
    again = partial(_share_form, desk=desk)
    try:
        if request.form.get("act") != "decide":
            with reading() as session:
                return again(session, sharing=_propose(session, desk))
        with transaction() as session:
            run = _decide(session, desk)
    except ProposalChanged as error:
        said = sentence(error)
        with reading() as session:
            return again(session, sharing=_propose(session, desk), said=said), 409
    except (InventoryError, ServiceError) as error:
        said = sentence(error)
        with reading() as session:
            return again(session, said=said), 422
    flash(_("%(number)s is decided.", number=run.number))
    return redirect(url_for("sharing.allocation", run_id=run.id))


@blueprint.get("/allocations/<int:run_id>")
@permit(Permission.ALLOCATE)
def allocation(run_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _allocation(session, run_id)


@blueprint.get("/allocations/<int:run_id>.xlsx")
@permit(Permission.ALLOCATE)
def allocation_workbook(run_id: int) -> ResponseReturnValue:
    with reading() as session:
        run = my_run(session, run_id)
        book = _workbook(run, overview.sharing_decided(session, run))
        name = f"{_('Allocation')}-{run.number}.xlsx"
    return spreadsheet(book, name)


@blueprint.post("/allocations/<int:run_id>/carry-over")
@permit(Permission.ALLOCATE)
def carry_over(run_id: int) -> ResponseReturnValue:
    """Ask again for everybody's unmet rest."""
    with transaction() as session:
        my_run(session, run_id)
        carried = asking_again(session, run_id=run_id, at=now(), by=me().sign_in_name)
        item_id = get_run(session, run_id).item_id
    flash(words.carried_over(len(carried)))
    return redirect(url_for("sharing.requisitions", item=item_id))


@blueprint.post("/allocations/<int:run_id>/deliver")
@permit(Permission.WRITE_ORDERS)
def deliver(run_id: int) -> ResponseReturnValue:
    def act(session: Session) -> int:
        my_run(session, run_id)
        return len(orders.deliver_shares(session, run_id=run_id, at=now(), by=me().sign_in_name))

    def done(made: int) -> ResponseReturnValue:
        return ordered(made, url_for("sharing.allocation", run_id=run_id))

    return act_or_again(act, lambda session, said: _allocation(session, run_id, said=said), done)


def ordered(made: int, allocation: str) -> ResponseReturnValue:
    """Say how many delivery orders were made, on the page of their allocation; whoever may not open that sees the orders."""
    flash(words.to_be_planned(made))
    return redirect(allocation if me().may(Permission.ALLOCATE) else url_for("orders.delivery_orders"))


def my_run(session: Session, run_id: int) -> AllocationRun:
    """The whole allocation, if it came from a store of the person's unit or below. Raises NotFound."""
    run = get_run(session, run_id)
    if run.part_of_id is not None or not overview.belongs_to(session, run, unit_id=me().unit_id):
        raise NotFound("allocation", run_id)
    return run


# Beneath --------------------------------------------------------------------------------------------------------------


def _share_form(
    session: Session, *, desk: Desk, sharing: overview.Sharing | None = None, said: str | None = None
) -> str:
    asked = overview.asked_items(session, unit_id=me().unit_id)
    item = next((line.item for line in asked if str(line.item.id) == desk.typed["item"]), None)
    policy = policy_for_me(session)
    return render_template(
        "sharing/share.html",
        desk=desk,
        typed=desk.typed,
        ladder=with_spare(desk.ladder),
        policy=policy,
        changed=desk.rungs != list(policy.ladder if policy else DEFAULT_LADDER)
        or any(line.errors for line in desk.ladder),
        asked=asked,
        item=item,
        stores=choices.stores(session, of_unit_id=me().unit_id),
        can_give=_can_give(session, desk, item) if item else None,
        holders=overview.holders_of(session, item_id=item.id, unit_id=me().unit_id, on=today()) if item else [],
        units=choices.units(session, of_unit_id=me().unit_id),
        points=points_of(session, item.id) if item else None,
        tiers=list(Tier),
        sharing=sharing,
        said=said,
    )


def _can_give(session: Session, desk: Desk, item: Item) -> int | None:
    """What the store that is typed can give of the item, in base units; None where no store is."""
    try:
        store = choices.stores(session, of_unit_id=me().unit_id).find(desk.typed["source"]).location
    except InventoryError:
        return None
    return available(session, location_id=store.id, item_id=item.id, on=today()) if store else 0


def _decide(session: Session, desk: Desk) -> AllocationRun:
    """The form sent twice gives the run of the first, although by then nobody asks any more."""
    decided = operations.run_by_key(session, desk.typed["key"])
    if decided is not None:
        return decided
    terms = read_terms(session, desk)
    return operations.decide(session, recorded=_recorded(desk.typed), seen=desk.typed["seen"], **terms)


def _propose(session: Session, desk: Desk) -> overview.Sharing:
    """Who would get what; what it comes to is kept in the form, so that deciding records what was seen."""
    proposal = propose(session, at=_recorded(desk.typed).occurred_at, **read_terms(session, desk))
    desk.typed.values["seen"] = operations.fingerprint(proposal)
    return overview.sharing_proposed(proposal)


def _recorded(typed: Typed) -> Recorded:
    local = now().astimezone(zone())
    return Recorded(key=typed["key"] or new_key(), occurred_at=local, recorded_at=now(), by=me().sign_in_name)


def _allocation(session: Session, run_id: int, *, said: str | None = None) -> str:
    run = my_run(session, run_id)
    sharing = overview.sharing_decided(session, run)
    return render_template(
        "sharing/allocation.html",
        run=run,
        sharing=sharing,
        said=said,
        served=sum(1 for line in sharing.lines if line.packs),
        short=any(line.shortfall for line in sharing.lines),
        carried=overview.carried_over(session, run_id=run.id),
    )


def _run_row(line: overview.RunLine) -> tuple[Value, ...]:
    run = line.run
    return (
        run.number,
        run.decided_at,
        run.item.code,
        run.item.name,
        words.place_name(run.source),
        run.packs,
        run.left_over,
        run.pack_word,
        line.points,
        line.served,
        line.waiting,
        _("%(name)s, version %(version)s", name=run.policy.name, version=run.policy.version) if run.policy else "",
        run.decided_by,
    )


def _workbook(run: AllocationRun, sharing: overview.Sharing) -> bytes:
    figures = [_("Need as told"), _("On hand"), _("Asked"), _("Packs"), _("Got"), _("Shortfall")]
    return table_workbook(
        run.number,
        [
            _("Tier"),
            _("Unit code"),
            TableColumn(title=_("Unit"), width=24),
            TableColumn(title=_("Daily need"), number_format="#,##0.##"),
            _("Where the need comes from"),
            *(TableColumn(title=title, number_format="#,##0") for title in figures),
            TableColumn(title=_("Cover before"), number_format="0.0"),
            TableColumn(title=_("Cover after"), number_format="0.0"),
            TableColumn(title=_("Why"), width=80),
        ],
        [
            (
                word(line.requisition.tier),
                line.requisition.unit.code,
                line.requisition.unit.name,
                round(float(line.need.exact), 2),
                word(line.need.source),
                line.requisition.daily_need,
                line.on_hand,
                line.requisition.quantity,
                line.packs,
                line.quantity,
                line.shortfall,
                round(float(line.cover_before), 2),
                round(float(line.cover_after), 2),
                why(sharing, line),
            )
            for line in sharing.lines
        ],
    )


@blueprint.app_template_global("why")
def why(sharing: overview.Sharing, line: overview.ShareLine) -> str:
    """The reason for one point's share as a sentence."""
    return words.why(
        line.reason,
        packs=sharing.packs,
        pack_word=sharing.pack_word,
        tier=line.requisition.tier,
        ladder=sharing.ladder,
    )
