"""The policies by which scarce items are shared: every version with who proposed and who approved it, and a form for the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory.errors import NotFound
from inventory.policies import DEFAULT_LADDER, Policy, approve_policy, get_policy, policies_for, propose_policy
from inventory.units import Tier, get_unit
from logistics.accounts.permissions import Permission, permit
from logistics.supplies.desk import policy_for_me
from logistics.supplies.forms import Typed, check, kept, text
from logistics.supplies.ladders import ladder_kept, ladder_typed, read_ladder, with_spare
from logistics.web.acting import act_or_again
from logistics.web.context import me, new_key, now, reading, today, zone
from logistics.web.downloads import list_of_today
from logistics.web.words import word
from logistics.workbooks.columns import Day
from logistics.workbooks.writing import TableColumn, Value, table_workbook

blueprint = Blueprint("policies", __name__, template_folder="templates")
_DAY = Day("valid_from")


@blueprint.get("/policies")
@permit(Permission.ALLOCATE)
def policies() -> ResponseReturnValue:
    with reading() as session:
        return _page(session)


@blueprint.get("/policies.xlsx")
@permit(Permission.ALLOCATE)
def workbook() -> ResponseReturnValue:
    """Every version, each of its rungs in a row."""
    with reading() as session:
        book = table_workbook(
            _("Policies"),
            [
                TableColumn(title=_("Name of the policy"), width=24),
                _("Version"),
                TableColumn(title=_("Unit"), width=20),
                _("Rung"),
                TableColumn(title=_("Tier"), width=24),
                _("Up to days of cover"),
                TableColumn(title=_("What changes, and why"), width=40),
                TableColumn(title=_("Proposed"), width=18),
                _("Proposed by"),
                TableColumn(title=_("Valid from"), width=12),
                _("Approved by"),
            ],
            _rows(policies_for(session, unit_id=me().unit_id)),
            zone=zone(),
        )
    return list_of_today(book, _("Policies"))


@blueprint.post("/policies")
@permit(Permission.ALLOCATE)
def propose() -> ResponseReturnValue:
    typed, ladder = kept(request.form, "name", "note", "key"), ladder_kept(request.form)

    def done(policy: Policy) -> ResponseReturnValue:
        flash(_("“%(name)s”, version %(version)s, waits for approval.", name=policy.name, version=policy.version))
        return redirect(url_for("policies.policies"))

    return act_or_again(
        lambda session: _propose(session, typed, ladder),
        lambda session, said: _page(session, typed=typed, ladder=ladder, said=said),
        done,
    )


@blueprint.post("/policies/<int:policy_id>/approve")
@permit(Permission.APPROVE)
def approve(policy_id: int) -> ResponseReturnValue:
    typed = kept(request.form, "valid_from")

    def act(session: Session) -> Policy:
        my_policy(session, policy_id)
        day = typed.read("valid_from", lambda value: _DAY.read(value) if value else today())
        check(typed)
        return approve_policy(session, policy_id=policy_id, valid_from=day or today(), at=now(), by=me().sign_in_name)

    def again(session: Session, said: str | None) -> str:
        return _page(session, approving={my_policy(session, policy_id).id: typed}, said=said)

    def done(policy: Policy) -> ResponseReturnValue:
        flash(_("“%(name)s”, version %(version)s, is approved.", name=policy.name, version=policy.version))
        return redirect(url_for("policies.policies"))

    return act_or_again(act, again, done)


def my_policy(session: Session, policy_id: int) -> Policy:
    """A policy of the person's own unit: those of units above are for them to approve. Raises NotFound."""
    policy = get_policy(session, policy_id)
    if policy.unit_id != me().unit_id:
        raise NotFound("policy", policy_id)
    return policy


def _rows(policies: Sequence[Policy]) -> Iterator[tuple[Value, ...]]:
    for policy in policies:
        for place, rung in enumerate(policy.ladder, start=1):
            yield (
                policy.name,
                policy.version,
                policy.unit.name,
                place,
                "、".join(word(tier) for tier in Tier if tier in rung.tiers),
                rung.ceiling_days,
                policy.note,
                policy.proposed_at,
                policy.proposed_by,
                policy.approval.valid_from if policy.approval else None,
                policy.approval.approved_by if policy.approval else "",
            )


def _propose(session: Session, typed: Typed, ladder: list[Typed]) -> Policy:
    name = typed.read("name", text(100, needed=True))
    note = typed.read("note", text(500))
    rungs = read_ladder(ladder)
    check(typed, *ladder)
    return propose_policy(
        session,
        key=typed["key"] or new_key(),
        unit=get_unit(session, me().unit_id),
        name=name or "",
        ladder=rungs,
        at=now(),
        by=me().sign_in_name,
        note=note or "",
    )


def _page(
    session: Session,
    *,
    typed: Typed | None = None,
    ladder: list[Typed] | None = None,
    approving: dict[int, Typed] | None = None,
    said: str | None = None,
) -> str:
    in_force = policy_for_me(session)
    standing = in_force.ladder if in_force else DEFAULT_LADDER
    return render_template(
        "sharing/policies.html",
        policies=policies_for(session, unit_id=me().unit_id),
        in_force=in_force,
        default=DEFAULT_LADDER,
        typed=typed or Typed({"name": in_force.name if in_force else ""}),
        ladder=with_spare(ladder if ladder is not None else ladder_typed(standing)),
        approving=approving or {},
        tiers=list(Tier),
        editing=typed is not None,
        said=said,
    )
