"""The table of reviews (申领审批): how much of each requisition is approved, none of it with 0, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.needs import Need
from inventory.requisitions import Requisition, RequisitionReview, RequisitionState, review
from inventory.units import subtree
from logistics.accounts.models import User
from logistics.accounts.permissions import Permission
from logistics.imports.importer import Findings, Importer, Register, Taking, pieces, refuse_twice
from logistics.workbooks.checking import Checked, CheckedRow
from logistics.workbooks.columns import Text, WholeNumber
from logistics.workbooks.errors import Sentence
from logistics.workbooks.schema import SheetSchema
from logistics.workbooks.writing import TableColumn, Value


class ReviewSheet(SheetSchema):
    number = Text("申领单号", "requisition", required=True, max_length=20, example="SL0000001")
    quantity = WholeNumber(
        "批准数量", "approved", required=True, example=10, note=_("0 refuses it; then say why in the comment.")
    )
    word = Text("单位", "计量单位", "unit", required=True, max_length=10, example="盒")
    comment = Text("意见", "comment", load_default="", max_length=500, example="按值守人数核减")

    ignored_titles = (*SheetSchema.ignored_titles, "申领单位", "物资", "申领数量", "日需量", "标准日需量")


#: The table of open requisitions that the pages give out: filled in, it comes back as reviews. The last five columns only tell.
REVIEW_COLUMNS = (
    TableColumn(title="申领单号", width=14),
    TableColumn(title="批准数量", number_format="#,##0"),
    TableColumn(title="单位"),
    TableColumn(title="意见", width=30),
    TableColumn(title="申领单位", width=24),
    TableColumn(title="物资", width=20),
    TableColumn(title="申领数量", number_format="#,##0"),
    TableColumn(title="日需量", number_format="#,##0"),
    TableColumn(title="标准日需量", number_format="#,##0.##"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A row whose requisition is known; the approved quantity in base units."""

    row: CheckedRow
    requisition: Requisition
    quantity: int


def review_row(asked: Requisition, need: Need) -> list[Value]:
    """A requisition as a row of `REVIEW_COLUMNS`, approved as asked; beside the need it tells that of the norms, if any applies."""
    return [
        asked.number,
        asked.quantity,
        asked.item.base_unit,
        "",
        asked.unit.name,
        asked.item.name,
        asked.quantity,
        asked.daily_need,
        None if need.is_told else round(float(need.exact), 2),
    ]


def take_reviews(session: Session, checked: Checked, taking: Taking) -> Sentence:
    """Record what a table approves and refuses."""
    findings = Findings(checked)
    judged = _understood(session, checked, taking, findings)
    known = _known(session, judged, taking)
    for one in judged:
        if _key(one, taking) not in known:
            _refuse_unfit(one, findings)
    findings.raise_all()
    for one in judged:
        review(
            session,
            key=_key(one, taking),
            requisition_id=one.requisition.id,
            quantity=one.quantity,
            at=taking.at,
            by=taking.by,
            comment=one.row.values["comment"],
        )
    return _(
        "%(new)s requisitions reviewed, %(known)s were known already.", new=len(judged) - len(known), known=len(known)
    )


def _understood(session: Session, checked: Checked, taking: Taking, findings: Findings) -> list[_Judged]:
    register = _register(session, by=taking.by)
    first: dict[int, CheckedRow] = {}
    judged = []
    for row in checked.rows:
        asked = register.named(row, "number", findings)
        if asked is None:
            continue
        if first.setdefault(asked.id, row) is not row:
            refuse_twice(row, "number", asked.number, first[asked.id], findings)
            continue
        exact = replace(row, values={**row.values, "quantity": Decimal(row.values["quantity"])})
        quantity = pieces(exact, asked.item, findings, word="word") if row.values["quantity"] else 0
        if quantity is not None:
            judged.append(_Judged(row=row, requisition=asked, quantity=quantity))
    return judged


def _register(session: Session, *, by: str) -> Register[Requisition]:
    """The requisitions of the person's unit and all below it, by number."""
    asked = select(Requisition).order_by(Requisition.id).options(selectinload(Requisition.item))
    own = session.scalar(select(User.unit_id).where(User.sign_in_name == by))
    return Register(
        session.scalars(asked if own is None else asked.where(Requisition.unit_id.in_(subtree(own)))),
        names=lambda requisition: (requisition.number,),
        unknown=lambda said: _("No requisition has the number “%(said)s”.", said=said),
        remedy=_("Take the numbers from the table that the requisitions page gives out."),
    )


def _known(session: Session, judged: list[_Judged], taking: Taking) -> set[str]:
    keys = [_key(one, taking) for one in judged]
    known: set[str] = set()
    for start in range(0, len(keys), 500):
        known |= set(
            session.scalars(select(RequisitionReview.key).where(RequisitionReview.key.in_(keys[start : start + 500])))
        )
    return known


def _refuse_unfit(one: _Judged, findings: Findings) -> None:
    if one.requisition.state is not RequisitionState.OPEN:
        findings.add(
            one.row,
            "number",
            "not_open",
            _("%(number)s does not wait any more.", number=one.requisition.number),
            _("Leave the row out."),
        )
    elif one.quantity != one.requisition.quantity and not one.row.values["comment"]:
        findings.add(
            one.row,
            "comment",
            "no_comment",
            _("The quantity differs from what was asked."),
            _("Say why in the comment."),
        )


def _key(one: _Judged, taking: Taking) -> str:
    return f"review:{taking.digest[:40]}:{one.requisition.id}"


REVIEWS = Importer(
    kind="reviews",
    title=_("Reviews of requisitions"),
    about=_("How much of each requisition is approved, or that it is refused, and why."),
    icon="clipboard-check",
    schema=ReviewSheet,
    permission=Permission.ALLOCATE,
    take=take_reviews,
    shows="sharing.requisitions",
)
