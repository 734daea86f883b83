"""Joint allocations as JSON: proposed, decided by the seal of the proposal, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory.allocation import Rung
from inventory.classes import class_by_code
from inventory.errors import NotFound
from inventory.joint import JointTerms, gather
from inventory.policies import DEFAULT_LADDER
from inventory.runs import JointRun
from inventory.units import Tier
from logistics.accounts.permissions import Permission, permit
from logistics.orders.queries import coming
from logistics.supplies import choices, joint
from logistics.supplies.api import reading_whole
from logistics.supplies.desk import policy_for_me
from logistics.supplies.joint_desk import rooms, vehicles
from logistics.supplies.joint_overview import Joint, joint_runs
from logistics.supplies.joint_schemas import (
    JointDecisionIn,
    JointHeadOut,
    JointOut,
    JointProposalOut,
    JointQuery,
    JointTermsIn,
)
from logistics.supplies.pages import PAGE
from logistics.supplies.sharing_api import ladder_of, standing_store
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, today, transaction

blueprint = ApiBlueprint("joint_api", __name__, description="Several items shared out at once")


@blueprint.route("/joint-allocations/proposals")
class JointProposals(MethodView):
    @blueprint.arguments(JointTermsIn)
    @blueprint.response(200, JointProposalOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who would get what of several items. Nothing is recorded; the search for room takes some seconds at most."""
        with reading_whole() as session:
            gathered = gather(session, on=today(), **_terms(session, given))
        view, seen = joint.propose(gathered)
        return _shown(view) | {"seen": seen}


@blueprint.route("/joint-allocations")
class JointAllocations(MethodView):
    @blueprint.arguments(JointQuery, location="query")
    @blueprint.response(200, JointHeadOut(many=True))
    @permit(Permission.ALLOCATE)
    def get(self, query: Mapping[str, Any]) -> Sequence[JointRun]:
        """The newest first, fifty at once; `before` (an id) goes on."""
        with reading_whole() as session:
            return joint_runs(session, unit_id=me().unit_id, limit=PAGE, before_id=query["before"])

    @blueprint.arguments(JointDecisionIn)
    @blueprint.response(201, JointOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Decide the proposal that was looked at."""
        with transaction() as session:
            terms = _terms(session, given)
            decided = joint.decide(session, terms, recorded=joint.head(given["key"]), seen=given["seen"])
            return _decided(session, joint.my_joint_run(session, decided.id))


@blueprint.route("/joint-allocations/<int:joint_id>")
class JointAllocation(MethodView):
    @blueprint.response(200, JointOut)
    @permit(Permission.ALLOCATE)
    def get(self, joint_id: int) -> Mapping[str, Any]:
        """Who got what of several items, why, and what has room in which vehicle."""
        with reading_whole() as session:
            return _decided(session, joint.my_joint_run(session, joint_id))


def _terms(session: Session, given: Mapping[str, Any]) -> JointTerms:
    """What the body says, as `gather` takes it."""
    items, fleet = choices.items(session), {one.plate: one for one in vehicles(session)}
    for plate in given["vehicles"]:
        if plate not in fleet:
            raise NotFound("vehicle", plate)
    policy = policy_for_me(session)
    standing = list(policy.ladder if policy else DEFAULT_LADDER)
    ladder: list[Rung] = ladder_of(given["ladder"]) if given["ladder"] else standing
    packs = {items.find(one["item"]).id: one["pack_word"] for one in given["items"]}
    return JointTerms(
        source_id=standing_store(choices.stores(session, of_unit_id=me().unit_id), given["source"]),
        packs=packs,
        keep_packs={items.find(one["item"]).id: one["keep_packs"] for one in given["items"]},
        class_id=class_by_code(session, given["item_class"]).id if given["item_class"] else None,
        vehicles=rooms(fleet[plate] for plate in dict.fromkeys(given["vehicles"])),
        ladder=ladder,
        policy=policy if ladder == standing else None,
        below=me().unit_id,
        only_approved=given["only_approved"],
        coming=coming(session, item_ids=packs),
    )


def _decided(session: Session, run: JointRun) -> Mapping[str, Any]:
    return _shown(joint.decided_view(session, run)) | {
        "id": run.id,
        "number": run.number,
        "policy": run.policy,
        "decided_at": run.decided_at,
        "decided_by": run.decided_by,
        "fingerprint": run.fingerprint,
    }


def _shown(view: Joint) -> dict[str, Any]:
    ladder = [
        {"tiers": [tier for tier in Tier if tier in rung.tiers], "ceiling_days": rung.ceiling_days}
        for rung in view.ladder
    ]
    return {part.name: getattr(view, part.name) for part in fields(view)} | {"kind": view.kind, "ladder": ladder}
