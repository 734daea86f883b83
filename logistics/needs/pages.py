"""Cover of every unit and item as a heat table, the outlook of one item, what to order, and rounds that outrun the stock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import reorder
from inventory.catalogue import ItemKind
from inventory.forecast import Method
from inventory.needs import Cover, Heat, stock_out_day
from inventory.reorder import Suggestion, suggest, suggest_page
from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.needs import overview, words
from logistics.needs.forms import Scope, scope_on_show, whole
from logistics.needs.overview import HeatTable
from logistics.supplies import choices
from logistics.supplies.forms import Typed, Unreadable, check, kept
from logistics.web.acting import act_or_again
from logistics.web.context import me, now, reading, today, zone
from logistics.web.downloads import list_of_today
from logistics.web.today import part
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, Value, table_workbook

blueprint = Blueprint("needs", __name__, template_folder="templates")
blueprint.add_app_template_filter(words.rounded, "rounded")
blueprint.add_app_template_filter(words.part_words, "part")
blueprint.add_app_template_filter(words.method_words, "method")
blueprint.add_app_template_global(lambda cover: stock_out_day(cover, on=today()), "runs_out_on")

PAGE = 50
#: How many items a page of reordering forecasts and shows.
ROWS = 100
#: What the heat table can be narrowed to.
ONLY = {"short": (Heat.OUT, Heat.SCARCE), "tight": (Heat.OUT, Heat.SCARCE, Heat.TIGHT)}


# Cover ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/cover")
@permit(Permission.READ_STOCK)
def cover() -> ResponseReturnValue:
    with reading() as session:
        scope, kind, only = scope_on_show(session), _kind(), _only()
        table = _table(session, scope)
        page = max(1, min(request.args.get("page", 1, type=int), -(-len(table.rows) // PAGE)))
        return render_template(
            "needs/cover.html",
            scope=scope,
            kinds=list(ItemKind),
            kind=kind,
            only=only,
            keep=scope.address | ({"kind": kind.value} if kind else {}) | ({"only": only} if only else {}),
            columns=table.columns[: overview.MOST_COLUMNS],
            hidden=len(table.columns[overview.MOST_COLUMNS :]),
            rows=table.rows[PAGE * (page - 1) : PAGE * page],
            count=len(table.rows),
            page=page,
            pages=-(-len(table.rows) // PAGE),
        )


@blueprint.get("/cover/used")
@permit(Permission.READ_STOCK)
def used() -> ResponseReturnValue:
    """The row of the heat table that says what was used: it reads the ledger, so the page does not wait for it."""
    with reading() as session:
        scope = scope_on_show(session)
        columns = overview.columns_of(session, unit_id=scope.unit.id, on=today(), below=scope.below, kind=_kind())
        return render_template(
            "needs/_used.html",
            columns=columns[: overview.MOST_COLUMNS],
            burns=overview.burns(session, unit_id=scope.unit.id, on=today(), zone=zone(), below=scope.below),
            differs=overview.differs,
        )


@blueprint.get("/cover.xlsx")
@permit(Permission.READ_STOCK)
def cover_workbook() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        book = table_workbook(_("Cover"), _cover_titles(), _cover_rows(_table(session, scope)))
        return list_of_today(book, _("Cover"), scope.unit.name)


@blueprint.get("/cover/item")
@permit(Permission.READ_STOCK)
def item() -> ResponseReturnValue:
    with reading() as session:
        scope, items = scope_on_show(session), choices.items(session)
        typed = request.args.get("item", "")
        found = items.find(typed) if typed.strip() else None
        if found is None:
            return render_template("needs/item.html", scope=scope, items=items, item=None)
        table = overview.heat_table(session, unit_id=scope.unit.id, on=today(), kind=found.kind)
        return render_template(
            "needs/item.html",
            scope=scope,
            items=items,
            item=found,
            outlook=overview.outlook(session, unit_id=scope.unit.id, item=found, on=today(), zone=zone()),
            points=[(row.unit, row.cells[found.id]) for row in table.rows if found.id in row.cells],
            methods=list(Method),
        )


# Reordering -----------------------------------------------------------------------------------------------------------


@blueprint.get("/reorder")
@permit(Permission.READ_STOCK)
def reorder_page() -> ResponseReturnValue:
    with reading() as session:
        return _reorder(session, scope_on_show(session), typed=Typed({}))


@blueprint.get("/reorder.xlsx")
@permit(Permission.READ_STOCK)
def reorder_workbook() -> ResponseReturnValue:
    with reading() as session:
        scope = scope_on_show(session)
        book = table_workbook(_("Reorder"), _reorder_titles(), _reorder_rows(_suggested(session, scope)))
        return list_of_today(book, _("Reorder"), scope.unit.name)


@blueprint.post("/reorder")
@permit(Permission.WRITE_STOCK)
def set_rule() -> ResponseReturnValue:
    typed = kept(request.form, "item", "minimum", "lead", "target", "pack")

    def act(session: Session) -> tuple[str, str]:
        scope = scope_on_show(session)
        return scope.unit.code, _set_rule(session, scope, typed)

    def done(made: tuple[str, str]) -> ResponseReturnValue:
        unit, item = made
        flash(_("The rule for %(item)s is set.", item=item))
        return redirect(url_for("needs.reorder_page", unit=unit, page=_reorder_page()))

    return act_or_again(
        act, lambda session, said: _reorder(session, scope_on_show(session), typed=typed, said=said), done
    )


# The first page -------------------------------------------------------------------------------------------------------


@part(Permission.READ_STOCK, Role.OFFICER, Role.LEADER, Role.REPORTER, Role.CHIEF)
def rounds_outrun_the_stock(session: Session) -> str:
    """A warning where today's rounds of disinfection need more than there is; nothing where they do not."""
    short = overview.short_rounds(session, unit_id=me().unit_id, on=today())
    return render_template("needs/_today.html", short=short) if short else ""


# Beneath --------------------------------------------------------------------------------------------------------------


def _table(session: Session, scope: Scope) -> HeatTable:
    only = _only()
    return overview.heat_table(
        session,
        unit_id=scope.unit.id,
        on=today(),
        below=scope.below,
        kind=_kind(),
        heats=ONLY[only] if only else tuple(Heat),
    )


def _kind() -> ItemKind | None:
    value = request.args.get("kind", "")
    return ItemKind(value) if value in set(ItemKind) else None


def _only() -> str | None:
    value = request.args.get("only", "")
    return value if value in ONLY else None


def _cover_titles() -> list[TableColumn | str]:
    return [
        _("Unit code"),
        TableColumn(title=_("Unit"), width=24),
        _("Tier"),
        _("Item code"),
        TableColumn(title=_("Item"), width=24),
        _("Base unit"),
        TableColumn(title=_("Usable"), number_format="#,##0"),
        TableColumn(title=_("Daily need"), number_format="#,##0"),
        TableColumn(title=_("How the need came about"), width=48),
        TableColumn(title=_("Cover in days"), number_format="0.0"),
        _("Runs out on"),
        _("State"),
    ]


def _cover_rows(table: HeatTable) -> Iterator[tuple[Value, ...]]:
    for row in table.rows:
        for column in table.columns:
            cell = row.cells.get(column.item.id)
            if cell and cell.need:
                yield (
                    row.unit.code,
                    row.unit.name,
                    word(row.unit.tier),
                    column.item.code,
                    column.item.name,
                    column.item.base_unit,
                    cell.usable,
                    cell.need.daily,
                    _how(cell),
                    None if cell.days is None else round(float(cell.days), 2),
                    stock_out_day(cell.days, on=today()),
                    word(cell.heat),
                )


def _how(cell: Cover) -> str:
    if cell.need is None or cell.need.is_told:
        return _("told by the newest requisition")
    return _("; ").join(map(words.part_words, cell.need.parts))


def _suggested(session: Session, scope: Scope) -> list[Suggestion]:
    return suggest(session, unit_id=scope.unit.id, on=today(), zone=zone())


def _set_rule(session: Session, scope: Scope, typed: Typed) -> str:
    """The name of the item whose rule is set."""
    item = choices.items(session).find(typed["item"])
    minimum = typed.read("minimum", whole(0, reorder.MOST_DAYS))
    lead = typed.read("lead", whole(0, reorder.MOST_DAYS))
    target = typed.read("target", whole(max(1, minimum or 0), reorder.MOST_DAYS))
    check(typed)
    if minimum is None or lead is None or target is None:
        raise Unreadable
    reorder.set_rule(
        session,
        unit_id=scope.unit.id,
        item_id=item.id,
        minimum_days=minimum,
        lead_days=lead,
        target_days=target,
        pack_word=typed["pack"],
        at=now(),
        by=me().sign_in_name,
    )
    return item.name


def _reorder(session: Session, scope: Scope, *, typed: Typed, said: str | None = None) -> str:
    page = _reorder_page()
    lines, pages = suggest_page(session, unit_id=scope.unit.id, on=today(), zone=zone(), page=page, size=ROWS)
    return render_template(
        "needs/reorder.html",
        scope=scope,
        lines=lines,
        page=min(page, pages),
        pages=pages,
        methods=list(Method),
        typed=typed,
        said=said,
        order_of=partial(_order_of, scope),
    )


def _order_of(scope: Scope, lines: list[Suggestion]) -> str:
    """The address of a purchase order with these suggestions filled in."""
    return url_for(
        "purchasing.order_form",
        ordering=f"{scope.unit.code} {scope.unit.name}",
        item=[f"{line.item.code} {line.item.name}" for line in lines],
        quantity=[line.packs for line in lines],
        unit=[line.terms.pack_word for line in lines],
    )


def _reorder_page() -> int:
    return max(1, request.args.get("page", 1, type=int))


def _reorder_titles() -> list[TableColumn | str]:
    figures = [
        _("Usable, and in transit"),
        _("On order"),
        _("Used while an order is on its way"),
        _("Kept in reserve"),
        _("Order point"),
        _("To order"),
    ]
    return [
        _("Item code"),
        TableColumn(title=_("Item"), width=24),
        _("Base unit"),
        TableColumn(title=_("Demand a day"), number_format="#,##0.0"),
        TableColumn(title=_("Forecast"), width=48),
        *(TableColumn(title=title, number_format="#,##0") for title in figures),
        _("In packs"),
        _("By the norms"),
    ]


def _reorder_rows(lines: list[Suggestion]) -> Iterator[tuple[Value, ...]]:
    for line in lines:
        yield (
            line.item.code,
            line.item.name,
            line.item.base_unit,
            round(line.demand.rate, 2),
            words.method_words(line.demand),
            line.usable,
            line.on_order,
            line.lead_demand,
            line.safety,
            line.order_point,
            line.quantity,
            f"{line.packs} {line.terms.pack_word}",
            None if line.packs_by_norm is None else f"{line.packs_by_norm} {line.terms.pack_word}",
        )
