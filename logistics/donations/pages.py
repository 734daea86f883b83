"""Donations: offers and their answers, goods and money received, the money book, the donors to thank, where each lot went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import donations as giving
from inventory import funds as money_book
from inventory.catalogue import Item
from inventory.donations import Donation, DonationState, ItemStanding, Standing
from inventory.funds import FundEntry
from inventory.ledger import Document
from inventory.purchasing import Progress, purchase_orders
from inventory.units import Unit
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.donations import operations
from logistics.supplies import choices, goods, overview
from logistics.supplies.forms import Typed, Unreadable, check, kept, kept_lines, pick, read_day, read_yuan, text
from logistics.supplies.goods import ISSUE_LINE, RECEIPT_LINE, asked, read_lines
from logistics.web.acting import act_or_again, go_to
from logistics.web.context import me, new_key, now, reading, recorded, today
from logistics.web.downloads import list_of_today
from logistics.web.formats import quantity
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, Value, table_workbook

blueprint = Blueprint("donations", __name__, template_folder="templates")

PAGE = 50
MOST_EXPORTED = 5_000
#: A donation's lots bear its number behind what the label says: "M1/JZ0000003".
LABEL = 50


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/donations", endpoint="donations")
@permit(Permission.READ_STOCK)
def donations_page() -> ResponseReturnValue:
    state = _state(request.args.get("state", ""))
    with reading() as session:
        found = giving.donations(
            session, unit_id=me().unit_id, state=state, limit=PAGE, before_id=request.args.get("before", type=int)
        )
        return render_template(
            "donations/donations.html",
            states=list(DonationState),
            state=state,
            lines=found,
            older=found[-1].donation.id if len(found) == PAGE else None,
        )


@blueprint.get("/donations.xlsx")
@permit(Permission.READ_STOCK)
def donations_workbook() -> ResponseReturnValue:
    with reading() as session:
        found = giving.donations(session, unit_id=me().unit_id, limit=MOST_EXPORTED)
        book = table_workbook(
            _("Donations"),
            [
                _("Number"),
                TableColumn(title=_("Donor"), width=20),
                TableColumn(title=_("Unit"), width=16),
                _("State"),
                TableColumn(title=_("Purpose"), width=20),
                TableColumn(title=_("Goods"), width=30),
                TableColumn(title=_("Received"), width=30),
                TableColumn(title=_("Money offered (yuan)"), number_format="#,##0.00"),
                TableColumn(title=_("Money received (yuan)"), number_format="#,##0.00"),
            ],
            [_row(one) for one in found],
        )
        return list_of_today(book, _("Donations"))


@blueprint.get("/donations/<int:donation_id>")
@permit(Permission.READ_STOCK)
def donation(donation_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _donation(session, donation_id=donation_id)


@blueprint.get("/donations/donors")
@permit(Permission.READ_STOCK)
def donors() -> ResponseReturnValue:
    with reading() as session:
        return render_template("donations/donors.html", lines=giving.thanks(session, unit_id=me().unit_id))


@blueprint.get("/donations/donors.xlsx")
@permit(Permission.READ_STOCK)
def donors_workbook() -> ResponseReturnValue:
    with reading() as session:
        book = table_workbook(
            _("Donors"),
            [
                TableColumn(title=_("Donor"), width=24),
                TableColumn(title=_("Goods"), width=40),
                TableColumn(title=_("Money (yuan)"), number_format="#,##0.00"),
                _("Donations"),
                TableColumn(title=_("Last"), width=12),
            ],
            [
                (
                    one.donor.name,
                    _said(one.goods),
                    one.money_fen / 100,
                    one.times,
                    one.last.astimezone(now().tzinfo).date(),
                )
                for one in giving.thanks(session, unit_id=me().unit_id)
            ],
        )
        return list_of_today(book, _("Donors"))


@blueprint.get("/funds")
@permit(Permission.READ_STOCK)
def funds() -> ResponseReturnValue:
    with reading() as session:
        return _funds(session)


@blueprint.get("/funds.xlsx")
@permit(Permission.READ_STOCK)
def funds_workbook() -> ResponseReturnValue:
    with reading() as session:
        book = table_workbook(
            _("Money book"),
            [
                _("Number"),
                TableColumn(title=_("Day"), width=12),
                TableColumn(title=_("Purpose"), width=20),
                TableColumn(title=_("For / from"), width=24),
                TableColumn(title=_("Amount (yuan)"), number_format="#,##0.00"),
                TableColumn(title=_("Note"), width=30),
                _("By"),
            ],
            [_entry_row(entry) for entry in money_book.entries(session, unit_id=me().unit_id, limit=None)],
        )
        return list_of_today(book, _("Money book"))


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/donations/new")
@permit(Permission.WRITE_STOCK)
def offer_form() -> ResponseReturnValue:
    with reading() as session:
        units = choices.units(session, of_unit_id=me().unit_id)
        return _offer_form(session, head=Typed({"receiving": units.first[0].label}), lines=[])


@blueprint.post("/donations/new")
@permit(Permission.WRITE_STOCK)
def offer() -> ResponseReturnValue:
    head = kept(request.form, "donor", "receiving", "money", "purpose", "named", "note", "key")
    lines = kept_lines(request.form, *ISSUE_LINE)
    again = partial(_offer_form, head=head, lines=lines)
    return act_or_again(lambda session: _offer(session, head, lines), again, _go_to)


@blueprint.post("/donations/<int:donation_id>/decide")
@permit(Permission.WRITE_STOCK)
def decide(donation_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "decision", "reason")

    def act(session: Session) -> Donation:
        operations.donation_within(session, donation_id, unit_id=me().unit_id)
        refused = typed["decision"] == "refuse"
        reason = typed.read("reason", text(500, needed=refused)) or ""
        check(typed)
        answer = giving.refuse if refused else giving.accept
        return answer(session, donation_id=donation_id, at=now(), by=me().sign_in_name, reason=reason)

    return act_or_again(act, partial(_donation, donation_id=donation_id, decision=typed), _go_to_answered)


@blueprint.post("/donations/<int:donation_id>/close")
@permit(Permission.WRITE_STOCK)
def close(donation_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "reason")

    def act(session: Session) -> Donation:
        donation = operations.donation_within(session, donation_id, unit_id=me().unit_id)
        missing = giving.standings(session, [donation])[0].awaited
        reason = typed.read("reason", text(500, needed=missing)) or ""
        check(typed)
        return giving.close_short(session, donation_id=donation_id, reason=reason, at=now(), by=me().sign_in_name)

    return act_or_again(act, partial(_donation, donation_id=donation_id, ending=typed), _go_to_answered)


@blueprint.get("/donations/<int:donation_id>/receive")
@permit(Permission.WRITE_STOCK)
def receive_form(donation_id: int) -> ResponseReturnValue:
    with reading() as session:
        standing = _standing(session, donation_id)
        lines = [_awaited(line) for line in standing.items if line.received < line.offered]
        return _receive_form(session, donation_id=donation_id, head=goods.new_head(session), lines=lines)


@blueprint.post("/donations/<int:donation_id>/receive")
@permit(Permission.WRITE_STOCK)
def receive(donation_id: int) -> ResponseReturnValue:
    head = kept(request.form, "store", "day", "reason", "key")
    lines = kept_lines(request.form, *RECEIPT_LINE)
    again = partial(_receive_form, donation_id=donation_id, head=head, lines=lines)
    done = partial(go_to, endpoint="donations.donation", donation_id=donation_id)
    return act_or_again(lambda session: _receive(session, donation_id, head, goods.that_came(lines)), again, done)


@blueprint.post("/donations/<int:donation_id>/money")
@permit(Permission.WRITE_STOCK)
def receive_money(donation_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "amount", "day", "note", "key")

    def act(session: Session) -> FundEntry:
        operations.donation_within(session, donation_id, unit_id=me().unit_id)
        amount_fen, at = typed.read("amount", read_yuan), typed.read("day", partial(read_day, now=now()))
        note = typed.read("note", text(500)) or ""
        check(typed)
        head = recorded(reason=note, occurred_at=at)
        return giving.receive_money(session, recorded=head, donation_id=donation_id, amount_fen=amount_fen or 0)

    done = partial(go_to, endpoint="donations.donation", donation_id=donation_id)
    return act_or_again(act, partial(_donation, donation_id=donation_id, money_typed=typed), done)


@blueprint.post("/funds/spend")
@permit(Permission.WRITE_STOCK)
def spend() -> ResponseReturnValue:
    typed = kept(request.form, "fund", "order", "amount", "day", "note", "key")
    return act_or_again(lambda session: _spend(session, typed), partial(_funds, typed=typed), _to_funds)


@blueprint.post("/funds/entries/<int:entry_id>/reverse")
@permit(Permission.WRITE_STOCK)
def reverse_entry(entry_id: int) -> ResponseReturnValue:
    why = kept(request.form, "reason", "key")

    def act(session: Session) -> FundEntry:
        operations.entry_within(session, entry_id, unit_id=me().unit_id)
        reason = why.read("reason", text(500, needed=True)) or ""
        check(why)
        return money_book.reverse_entry(session, recorded=recorded(reason=reason), entry_id=entry_id)

    def again(session: Session, said: str | None) -> str:
        operations.entry_within(session, entry_id, unit_id=me().unit_id)
        return _funds(session, said, undoing={entry_id: why})

    return act_or_again(act, again, _to_funds)


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.WRITE_STOCK, Role.OFFICER)
def offers_to_answer(session: Session) -> str:
    """Offers that wait for a yes or no."""
    found = giving.donations(session, unit_id=me().unit_id, state=DonationState.OFFERED)
    return render_template("donations/_today.html", lines=found[:5], count=len(found)) if found else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _go_to(found: Donation) -> ResponseReturnValue:
    return go_to(found, "donations.donation", donation_id=found.id)


def _go_to_answered(found: Donation) -> ResponseReturnValue:
    flash(_("%(number)s: %(state)s.", number=found.number, state=word(found.state)))
    return redirect(url_for("donations.donation", donation_id=found.id))


def _to_funds(entry: FundEntry) -> ResponseReturnValue:
    return go_to(entry, "donations.funds")


def _standing(session: Session, donation_id: int) -> Standing:
    return giving.standings(session, [operations.donation_within(session, donation_id, unit_id=me().unit_id)])[0]


def _donation(
    session: Session,
    said: str | None = None,
    *,
    donation_id: int,
    decision: Typed | None = None,
    money_typed: Typed | None = None,
    ending: Typed | None = None,
) -> str:
    standing = _standing(session, donation_id)
    return render_template(
        "donations/donation.html",
        standing=standing,
        receipts=giving.receipts(session, donation_id),
        entries=money_book.entries(session, unit_id=me().unit_id, donation_id=donation_id),
        trails=giving.where_went(session, donation_id),
        decision=decision or Typed({}),
        money_typed=money_typed or Typed({"day": today().isoformat()}),
        ending=ending or Typed({}),
        said=said,
    )


def _offer_form(session: Session, said: str | None = None, *, head: Typed, lines: list[Typed]) -> str:
    return render_template(
        "donations/offer.html",
        head=head,
        said=said,
        known_sources=overview.known_sources(session),
        units=choices.units(session, of_unit_id=me().unit_id),
        **goods.goods_form(session, lines),
    )


def _offer(session: Session, head: Typed, lines: list[Typed]) -> Donation:
    units = choices.units(session, of_unit_id=me().unit_id)
    donor, unit = head.read("donor", text(64, needed=True)), head.read("receiving", pick(units))
    money_fen = head.read("money", lambda typed: read_yuan(typed) if typed else 0)
    purpose, note = head.read("purpose", text(200)), head.read("note", text(500))
    named = head.read("named", partial(_units_named, units))
    offered = read_lines(session, lines, asked) if lines or not money_fen else []
    check(head, *lines)
    if unit is None:
        raise Unreadable
    return operations.offer(
        session,
        key=head["key"] or new_key(),
        donor=donor or "",
        unit=unit,
        lines=[(item.id, amount) for item, amount in offered],
        money_fen=money_fen or 0,
        purpose=purpose or "",
        named_units=named or [],
        note=note or "",
        at=now(),
        by=me().sign_in_name,
    )


def _units_named(units: choices.Choices[Unit], typed: str) -> list[Unit]:
    """The units of a list with commas, by label, code or name."""
    names = typed.replace("，", ",").replace("、", ",").replace("；", ",").replace(";", ",").split(",")
    return [pick(units)(name.strip()) for name in names if name.strip()]


def _awaited(line: ItemStanding) -> Typed:
    """What has not come of an offered item, in the largest unit word in which it comes out even."""
    item, missing = line.item, line.offered - line.received
    unit, size = max((one for one in item.units().items() if missing % one[1] == 0), key=lambda one: one[1])
    return Typed({"item": f"{item.code} {item.name}", "quantity": str(missing // size), "unit": unit})


def _receive_form(
    session: Session, said: str | None = None, *, donation_id: int, head: Typed, lines: list[Typed]
) -> str:
    return render_template(
        "donations/receive.html",
        standing=_standing(session, donation_id),
        head=head,
        said=said,
        **goods.goods_form(session, lines, least=1),
    )


def _receive(session: Session, donation_id: int, head: Typed, lines: list[Typed]) -> Document:
    operations.donation_within(session, donation_id, unit_id=me().unit_id)
    return goods.receive(session, head, lines, partial(operations.receive_goods, donation_id=donation_id), label=LABEL)


def _spend(session: Session, typed: Typed) -> FundEntry:
    fund_id = int(typed["fund"]) if typed["fund"].isascii() and typed["fund"].isdecimal() else 0
    fund = typed.read(
        "fund", lambda _typed: operations.fund_within(session, min(fund_id, 2**63 - 1), unit_id=me().unit_id)
    )
    order = typed.read("order", lambda number: operations.order_numbered(session, number, unit_id=me().unit_id))
    amount_fen, at = typed.read("amount", read_yuan), typed.read("day", partial(read_day, now=now()))
    note = typed.read("note", text(500)) or ""
    check(typed)
    if fund is None or order is None:
        raise Unreadable
    head = recorded(reason=note, occurred_at=at)
    return giving.spend(session, recorded=head, fund_id=fund.id, order=order, amount_fen=amount_fen or 0)


def _funds(
    session: Session,
    said: str | None = None,
    *,
    typed: Typed | None = None,
    undoing: Mapping[int, Typed] | None = None,
) -> str:
    ordered = purchase_orders(session, unit_id=me().unit_id, limit=PAGE)
    found = money_book.entries(
        session, unit_id=me().unit_id, limit=PAGE, before_id=request.args.get("before", type=int)
    )
    return render_template(
        "donations/funds.html",
        funds=money_book.funds(session, unit_id=me().unit_id),
        entries=found,
        orders=[one for one in ordered if one.progress is not Progress.CANCELLED],
        typed=typed or Typed({"day": today().isoformat()}),
        undoing=undoing or {},
        said=said,
        older=found[-1].id if len(found) == PAGE else None,
    )


def _said(goods: Sequence[tuple[Item, int]]) -> str:
    return _("; ").join(f"{item.name} {quantity(amount, item)}" for item, amount in goods if amount)


def _row(one: Standing) -> tuple[Value, ...]:
    return (
        one.donation.number,
        one.donation.donor.name,
        one.donation.unit.name,
        word(one.donation.state),
        one.donation.purpose,
        _said([(line.item, line.offered) for line in one.items]),
        _said([(line.item, line.received) for line in one.items]),
        one.donation.money_fen / 100,
        one.received_fen / 100,
    )


def _entry_row(entry: FundEntry) -> tuple[Value, ...]:
    return (
        entry.number,
        entry.occurred_at.astimezone(now().tzinfo).date(),
        entry.fund.purpose or _("any purpose"),
        entry.donation.donor.name if entry.donation else entry.order.number if entry.order else "",
        entry.amount_fen / 100,
        _note_of(entry),
        entry.recorded_by,
    )


@blueprint.app_template_filter("entry_note")
def _note_of(entry: FundEntry) -> str:
    """What an entry says, and which one it undoes."""
    undone = _("reverses %(number)s", number=entry.reverses.number) if entry.reverses else ""
    return _("; ").join(filter(None, [undone, entry.note]))


def _state(value: str) -> DonationState | None:
    return DonationState(value) if value in set(DonationState) else None
