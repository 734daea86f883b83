"""Several items shared out at once: the desk where it is proposed and decided, and what was decided."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.errors import CaseChanged, InventoryError, NotFound, Unmeasured
from inventory.joint import Gathered, JointTerms, gather, get_joint_run, joint_run_by_key, kept, share_together
from inventory.joint_cases import joined_as_plain, joined_from
from inventory.ledger import Recorded
from inventory.policies import DEFAULT_LADDER
from inventory.runs import JointRun
from inventory.sharing import carry_over
from inventory.units import Tier
from logistics.accounts.permissions import Permission, permit
from logistics.errors import ServiceError
from logistics.orders import operations as orders
from logistics.supplies import choices, overview, sharing, words
from logistics.supplies.desk import policy_for_me
from logistics.supplies.joint_desk import JointDesk, kept_desk, offered_to_me, read_terms, suggested_desk
from logistics.supplies.joint_overview import Joint, joint_runs, joint_view
from logistics.supplies.ladders import with_spare
from logistics.supplies.pages import PAGE
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today, transaction
from logistics.web.downloads import spreadsheet
from logistics.web.seals import BrokenSeal, seal, unseal
from logistics.web.sentences import sentence
from logistics.web.words import word
from logistics.workbooks.writing import TableColumn, table_workbook

blueprint = Blueprint("joint", __name__, template_folder="templates")

#: The longest search for room, so that nobody waits much longer for a page.
BUDGET_S = 6


@blueprint.get("/allocations/together")
@permit(Permission.ALLOCATE)
def desk() -> ResponseReturnValue:
    with reading() as session:
        offered = offered_to_me(session, request.args.get("class", ""))
        return _page(session, desk=suggested_desk(session, offered))


@blueprint.post("/allocations/together")
@permit(Permission.ALLOCATE)
def share() -> ResponseReturnValue:
    typed = kept_desk(request.form)
    try:
        return _decide_so(typed) if request.form.get("act") == "decide" else _proposal(typed)
    except (InventoryError, ServiceError) as error:
        said, unmeasured = sentence(error), error.items if isinstance(error, Unmeasured) else ()
        with reading() as session:
            return _page(session, desk=typed, said=said, unmeasured=unmeasured), 422


@blueprint.get("/allocations/together/<int:joint_id>")
@permit(Permission.ALLOCATE)
def run(joint_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _decided(session, joint_id)


@blueprint.get("/allocations/together/<int:joint_id>.xlsx")
@permit(Permission.ALLOCATE)
def workbook(joint_id: int) -> ResponseReturnValue:
    with reading() as session:
        joint = my_joint_run(session, joint_id)
        book = _workbook(joint.number, decided_view(session, joint))
        name = f"{_('Joint allocation')}-{joint.number}.xlsx"
    return spreadsheet(book, name)


@blueprint.post("/allocations/together/<int:joint_id>/carry-over")
@permit(Permission.ALLOCATE)
def carry(joint_id: int) -> ResponseReturnValue:
    """Ask again for everybody's unmet rest, of every item."""
    with transaction() as session:
        joint = my_joint_run(session, joint_id)
        carried = [
            asked for one in joint.runs for asked in carry_over(session, run_id=one.id, at=now(), by=me().sign_in_name)
        ]
    flash(words.carried_over(len(carried)))
    return redirect(url_for("sharing.requisitions"))


@blueprint.post("/allocations/together/<int:joint_id>/deliver")
@permit(Permission.WRITE_ORDERS)
def deliver(joint_id: int) -> ResponseReturnValue:
    def act(session: Session) -> int:
        joint = my_joint_run(session, joint_id)
        return sum(
            len(orders.deliver_shares(session, run_id=one.id, at=now(), by=me().sign_in_name)) for one in joint.runs
        )

    def done(made: int) -> ResponseReturnValue:
        return sharing.ordered(made, url_for("joint.run", joint_id=joint_id))

    return act_or_again(act, lambda session, said: _decided(session, joint_id, said=said), done)


def my_joint_run(session: Session, joint_id: int) -> JointRun:
    """The joint allocation, if it came from a store of the person's unit or below. Raises NotFound."""
    joint = get_joint_run(session, joint_id)
    if not overview.belongs_to(session, joint, unit_id=me().unit_id):
        raise NotFound("joint allocation", joint_id)
    return joint


def decided_view(session: Session, joint: JointRun) -> Joint:
    """What was decided, as it is shown."""
    return joint_view(*kept(session, joint), runs=joint.runs)


def propose(gathered: Gathered) -> tuple[Joint, str]:
    """What a case comes to, and the seal by which just that is decided. No database is open meanwhile."""
    joined = gathered.case.decide(budget_s=BUDGET_S)
    content = {"case": gathered.fingerprint, "decision": joined_as_plain(joined)}
    return joint_view(gathered, joined), seal(content, purpose="joint allocation")


def decide(session: Session, terms: JointTerms, *, recorded: Recorded, seen: str) -> JointRun:
    """Record the proposal that was looked at. Raises CaseChanged where it is none of ours, or does not hold any more."""
    try:
        content = unseal(seen, purpose="joint allocation")
    except BrokenSeal:
        raise CaseChanged from None
    joined = joined_from(content["decision"])
    return share_together(session, recorded=recorded, seen=content["case"], joined=joined, **terms)


def head(key: str) -> Recorded:
    """Who decides, and when."""
    return Recorded(key=key or new_key(), occurred_at=now(), recorded_at=now(), by=me().sign_in_name)


# Beneath --------------------------------------------------------------------------------------------------------------


def _proposal(typed: JointDesk, *, said: str | None = None) -> str:
    """Who would get what; what it comes to is kept in the form, so that deciding records what was seen."""
    with reading() as session:
        terms = read_terms(session, typed, offered_to_me(session, typed.typed["class"]))
        gathered = gather(session, on=today(), **terms)
    view, typed.typed.values["seen"] = propose(gathered)
    with reading() as session:
        return _page(session, desk=typed, joint=view, said=said)


def _decide_so(typed: JointDesk) -> ResponseReturnValue:
    try:
        with transaction() as session:
            decided = _decide(session, typed)
    except CaseChanged as error:
        return _proposal(typed, said=sentence(error)), 409
    flash(_("%(number)s is decided.", number=decided.number))
    return redirect(url_for("joint.run", joint_id=decided.id))


def _decide(session: Session, typed: JointDesk) -> JointRun:
    """The form sent twice gives the run of the first, although by then nobody asks any more."""
    decided = joint_run_by_key(session, typed.typed["key"])
    if decided is not None:
        return decided
    terms = read_terms(session, typed, offered_to_me(session, typed.typed["class"]))
    return decide(session, terms, recorded=head(typed.typed["key"]), seen=typed.typed["seen"])


def _page(
    session: Session,
    *,
    desk: JointDesk,
    joint: Joint | None = None,
    said: str | None = None,
    unmeasured: tuple[tuple[int, str], ...] = (),
) -> str:
    policy = policy_for_me(session)
    before = request.args.get("before", type=int)
    decided = joint_runs(session, unit_id=me().unit_id, limit=PAGE, before_id=before)
    return render_template(
        "sharing/together.html",
        desk=desk,
        typed=desk.typed,
        offered=offered_to_me(session, desk.typed["class"]),
        stores=choices.stores(session, of_unit_id=me().unit_id),
        ladder=with_spare(desk.ladder),
        policy=policy,
        changed=desk.rungs != list(policy.ladder if policy else DEFAULT_LADDER)
        or any(line.errors for line in desk.ladder),
        tiers=list(Tier),
        joint=joint,
        said=said,
        unmeasured=unmeasured,
        budget_s=BUDGET_S,
        decided=decided,
        older=decided[-1].id if len(decided) == PAGE else None,
    )


def _decided(session: Session, joint_id: int, *, said: str | None = None) -> str:
    joint = my_joint_run(session, joint_id)
    view = decided_view(session, joint)
    return render_template(
        "sharing/joint.html",
        run=joint,
        joint=view,
        said=said,
        waiting=sum(line.waiting for line in overview.run_lines(session, joint.runs)),
        short=any(line.shortfall for line in view.lines),
        carried=any(overview.carried_over(session, run_id=one.id) for one in joint.runs),
    )


def _workbook(number: str, joint: Joint) -> bytes:
    figures = [_("Daily need"), _("On hand"), _("Asked")]
    return table_workbook(
        number,
        [
            _("Tier"),
            _("Unit code"),
            TableColumn(title=_("Unit"), width=24),
            _("Asked for"),
            *(TableColumn(title=title, number_format="#,##0.##") for title in figures),
            *(
                TableColumn(title=f"{one.item.name} ({one.pack_word})", number_format="#,##0", width=18)
                for one in joint.items
            ),
            TableColumn(title=_("Cover before"), number_format="0.0"),
            TableColumn(title=_("Cover after"), number_format="0.0"),
            TableColumn(title=_("Shortfall"), number_format="#,##0"),
            TableColumn(title=_("Vehicles"), width=24),
            TableColumn(title=_("Why"), width=60),
        ],
        [
            (
                word(line.requisition.tier),
                line.requisition.unit.code,
                line.requisition.unit.name,
                line.requisition.item.name,
                round(float(line.daily_need), 2),
                line.on_hand,
                line.requisition.quantity,
                *(line.packs.get(one.item.code, 0) for one in joint.items),
                round(float(line.cover_before), 2),
                round(float(line.cover_after), 2),
                line.shortfall,
                "、".join(f"{plate} {packs}" for plate, packs in line.reason["joint"]["loads"].items()),
                line.why,
            )
            for line in joint.lines
        ],
    )
