"""Requisitions, policies and allocations as JSON, for other programs of the unit. Quantities in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory.allocation import Rung
from inventory.errors import InvalidInput, NotFound
from inventory.ledger import Recorded
from inventory.overrides import Override
from inventory.policies import DEFAULT_LADDER, Policy, approve_policy, policies_for, propose_policy
from inventory.requisitions import Requisition, ask, requisition_id, review
from inventory.runs import AllocationRun
from inventory.sharing import Terms, case_of, needs_used, propose
from inventory.sharing import why as reason_for
from inventory.units import Tier, get_unit
from logistics.accounts.permissions import Permission, permit
from logistics.orders.queries import coming
from logistics.supplies import choices, fairness, lateral, operations, overview, words
from logistics.supplies.api import reading_whole
from logistics.supplies.choices import Choices, StoreOf
from logistics.supplies.desk import policy_for_me
from logistics.supplies.overview import Asked
from logistics.supplies.policies import my_policy
from logistics.supplies.reasons import Compared, compared
from logistics.supplies.reviewing import my_requisition
from logistics.supplies.sharing import my_run, why
from logistics.supplies.sharing_schemas import (
    AllocationOut,
    ApprovalIn,
    ComparedOut,
    DecisionIn,
    FairnessOut,
    ItemQuery,
    LateralQuery,
    MoveOut,
    PolicyIn,
    PolicyOut,
    ProposalOut,
    RequisitionIn,
    RequisitionOut,
    ReviewedOut,
    ReviewIn,
    StoryOut,
    TermsIn,
    WhatIfQuery,
)
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, now, today, transaction

blueprint = ApiBlueprint("sharing_api", __name__, description="Requisitions, policies and allocations")


@blueprint.route("/requisitions")
class Requisitions(MethodView):
    @blueprint.arguments(ItemQuery, location="query")
    @blueprint.response(200, RequisitionOut(many=True))
    @permit(Permission.ASK)
    def get(self, query: Mapping[str, Any]) -> Sequence[Asked]:
        """What is asked of an item and not answered: frontline first, then the least cover."""
        with reading_whole() as session:
            item = choices.items(session).find(query["item"])
            return overview.asked_of(session, item_id=item.id, unit_id=me().unit_id, on=today())

    @blueprint.arguments(RequisitionIn)
    @blueprint.response(201, ReviewedOut)
    @permit(Permission.ASK)
    def post(self, given: Mapping[str, Any]) -> Asked:
        """Ask for an item."""
        with transaction() as session:
            asked = ask(
                session,
                key=given["key"],
                unit=choices.units(session, of_unit_id=me().unit_id).find(given["unit"]),
                item=choices.items(session).find(given["item"]),
                quantity=given["quantity"],
                daily_need=given["daily_need"],
                at=now(),
                by=me().sign_in_name,
                note=given["note"],
            )
            return _whole(session, asked.id)


@blueprint.route("/requisitions/<number>")
class OneRequisition(MethodView):
    @blueprint.etag
    @blueprint.response(200, ReviewedOut)
    @permit(Permission.ASK)
    def get(self, number: str) -> Asked:
        """One requisition with its reviews; its need is today's, or once it is answered that by which it was."""
        with reading_whole() as session:
            return _whole(session, my_requisition(session, requisition_id(number)).id)


@blueprint.route("/requisitions/<number>/reviews")
class Reviews(MethodView):
    @blueprint.acts_on_seen
    @blueprint.arguments(ReviewIn)
    @blueprint.response(201, ReviewedOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any], number: str) -> Asked:
        """Approve a requisition for so much: as asked, changed, or refused with 0."""
        with transaction() as session:
            asked = my_requisition(session, requisition_id(number))
            with blueprint.unless_changed(session, asked, lambda: _whole(session, asked.id), ReviewedOut):
                review(session, requisition_id=asked.id, at=now(), by=me().sign_in_name, **given)
            return _whole(session, asked.id)


@blueprint.route("/policies")
class Policies(MethodView):
    @blueprint.response(200, PolicyOut(many=True))
    @permit(Permission.ALLOCATE)
    def get(self) -> Sequence[Policy]:
        """Every version of every policy, newest first."""
        with reading_whole() as session:
            return policies_for(session, unit_id=me().unit_id)

    @blueprint.arguments(PolicyIn)
    @blueprint.response(201, PolicyOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any]) -> Policy:
        """Propose a new version; it holds once it is approved."""
        with transaction() as session:
            return propose_policy(
                session,
                key=given["key"],
                unit=get_unit(session, me().unit_id),
                name=given["name"],
                ladder=ladder_of(given["ladder"]),
                at=now(),
                by=me().sign_in_name,
                note=given["note"],
            )


@blueprint.route("/policies/<int:policy_id>")
class OnePolicy(MethodView):
    @blueprint.etag
    @blueprint.response(200, PolicyOut)
    @permit(Permission.ALLOCATE)
    def get(self, policy_id: int) -> Policy:
        """One version, with its approval once it has one."""
        with reading_whole() as session:
            visible = policies_for(session, unit_id=me().unit_id)
            found = next((policy for policy in visible if policy.id == policy_id), None)
            if found is None:
                raise NotFound("policy", policy_id)
            return found


@blueprint.route("/policies/approvals")
class Approvals(MethodView):
    @blueprint.arguments(ApprovalIn)
    @blueprint.response(201, PolicyOut)
    @permit(Permission.APPROVE)
    def post(self, given: Mapping[str, Any]) -> Policy:
        """Let a version hold from a day on; done again for the same day it stays so."""
        with transaction() as session:
            policy_id = my_policy(session, given["policy"]).id
            return approve_policy(
                session, policy_id=policy_id, valid_from=given["valid_from"], at=now(), by=me().sign_in_name
            )


@blueprint.route("/allocations/proposals")
class Proposals(MethodView):
    @blueprint.arguments(TermsIn)
    @blueprint.response(200, ProposalOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Who would get what, and why. Nothing is recorded."""
        with reading_whole() as session:
            proposal = propose(session, at=now(), **_terms(session, given))
            return _shared(overview.sharing_proposed(proposal)) | {"seen": operations.fingerprint(proposal)}


@blueprint.route("/allocations")
class Allocations(MethodView):
    @blueprint.arguments(DecisionIn)
    @blueprint.response(201, AllocationOut)
    @permit(Permission.ALLOCATE)
    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Decide the allocation whose proposal was looked at."""
        with transaction() as session:
            recorded = Recorded(key=given["key"], occurred_at=now(), recorded_at=now(), by=me().sign_in_name)
            decided = operations.decide(session, recorded=recorded, seen=given["seen"], **_terms(session, given))
            return _decided(session, my_run(session, decided.id))


@blueprint.route("/allocations/<int:run_id>")
class Allocation(MethodView):
    @blueprint.etag
    @blueprint.response(200, AllocationOut)
    @permit(Permission.ALLOCATE)
    def get(self, run_id: int) -> Mapping[str, Any]:
        """Who got what of a scarce item, and why."""
        with reading_whole() as session:
            return _decided(session, my_run(session, run_id))


@blueprint.route("/allocations/<int:run_id>/why/<number>")
class Why(MethodView):
    @blueprint.response(200, StoryOut)
    @permit(Permission.ASK)
    def get(self, run_id: int, number: str) -> Mapping[str, Any]:
        """Why a requisition got what it got, in sentences, with its places in the sequence of packs."""
        with reading_whole() as session:
            asked = my_requisition(session, requisition_id(number))
            share = reason_for(session, run_id=run_id, requisition_id=asked.id)
            need = needs_used(session, [share])[asked.id]
            return {**share.reason, "requisition": asked.number, "sentences": words.story(share, need)}


@blueprint.route("/allocations/<int:run_id>/what-if")
class WhatIf(MethodView):
    @blueprint.arguments(WhatIfQuery, location="query")
    @blueprint.response(200, ComparedOut(many=True))
    @permit(Permission.ALLOCATE)
    def get(self, query: Mapping[str, Any], run_id: int) -> Sequence[Compared]:
        """For whom it would make a difference if there were more packs, or a point needed or held something else."""
        with reading_whole() as session:
            run = my_run(session, run_id)
            case = case_of(session, run.id)
            asked = {line.requisition.number: line.requisition for line in overview.sharing_decided(session, run).lines}
            point = next((point for point in case.points if point.id == query["requisition"]), None)
            if query["requisition"] and point is None:
                raise NotFound("requisition", query["requisition"])
            changed = point and replace(
                point,
                daily_need=query["daily_need"] or point.daily_need,
                on_hand=point.on_hand if query["on_hand"] is None else query["on_hand"],
            )
            return list(compared(case, case.changed(more_packs=query["more_packs"], point=changed), asked))


@blueprint.route("/allocations/fairness")
class Fairness(MethodView):
    @blueprint.arguments(ItemQuery, location="query")
    @blueprint.response(200, FairnessOut(many=True))
    @permit(Permission.ALLOCATE)
    def get(self, query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """How many days each tier had after the allocations of an item, newest first."""
        with reading_whole() as session:
            item = choices.items(session).find(query["item"])
            figures = fairness.figures_of(session, item_id=item.id, unit_id=me().unit_id)
            return [
                {"run": one.run, "tiers": [{"tier": tier, "spread": spread} for tier, spread in one.tiers.items()]}
                for one in figures
            ]


@blueprint.route("/allocations/lateral-moves")
class LateralMoves(MethodView):
    @blueprint.arguments(LateralQuery, location="query")
    @blueprint.response(200, MoveOut(many=True))
    @permit(Permission.ALLOCATE)
    def get(self, query: Mapping[str, Any]) -> Sequence[lateral.MoveLine]:
        """Who could help whom with what is there already."""
        if query["reach_days"] > query["keep_days"]:
            raise InvalidInput("reach_days", "above-keep", query["keep_days"])
        with reading_whole() as session:
            item = choices.items(session).find(query["item"])
            return lateral.moves_of(
                session,
                item,
                unit_id=me().unit_id,
                pack_size=lateral.pack_of(item, query["pack_word"])[1],
                keep_days=query["keep_days"],
                reach_days=query["reach_days"],
            )


def standing_store(stores: Choices[StoreOf], code: str) -> int:
    """The id of a store that stands; one that was never opened has nothing to give."""
    location = stores.find(code).location
    if location is None:
        raise InvalidInput("source", "empty-store", code)
    return location.id


def ladder_of(rungs: Sequence[Mapping[str, Any]]) -> list[Rung]:
    """The rungs of a body."""
    return [Rung(tiers=frozenset(rung["tiers"]), ceiling_days=rung["ceiling_days"]) for rung in rungs]


def _terms(session: Session, given: Mapping[str, Any]) -> Terms:
    """What the body says, as `propose` and `decide` take it."""
    stores, units = choices.stores(session, of_unit_id=me().unit_id), choices.units(session, of_unit_id=me().unit_id)
    policy = policy_for_me(session)
    standing = list(policy.ladder if policy else DEFAULT_LADDER)
    ladder = ladder_of(given["ladder"]) if given["ladder"] else standing
    if given["overrides"] and not me().may(Permission.APPROVE):
        raise InvalidInput("overrides", "not-permitted", me().sign_in_name)
    item_id = choices.items(session).find(given["item"]).id
    return Terms(
        item_id=item_id,
        source_id=standing_store(stores, given["source"]),
        other_source_ids=[standing_store(stores, code) for code in given["others"]],
        pack_word=given["pack_word"],
        keep_packs=given["keep_packs"],
        ladder=ladder,
        policy=policy if ladder == standing else None,
        below=me().unit_id,
        closed=[(standing_store(stores, way["store"]), units.find(way["unit"]).id) for way in given["closed"]],
        overrides=[
            Override(
                point=one["requisition"],
                packs=one["packs"],
                reason=one["reason"],
                signer=me().sign_in_name,
                first=one["first"],
            )
            for one in given["overrides"]
        ],
        only_approved=given["only_approved"],
        coming=coming(session, item_ids=[item_id]),
    )


def _whole(session: Session, requisition_id: int) -> Asked:
    """The requisition with all that it shows, to be read after the session has closed."""
    found = session.scalars(
        select(Requisition)
        .where(Requisition.id == requisition_id)
        .options(
            selectinload(Requisition.unit),
            selectinload(Requisition.item),
            selectinload(Requisition.reviews),
        )
        .execution_options(populate_existing=True)
    ).one()
    return overview.asked_one(session, found, on=today())


def _decided(session: Session, run: AllocationRun) -> Mapping[str, Any]:
    return _shared(overview.sharing_decided(session, run)) | {
        "id": run.id,
        "number": run.number,
        "policy": run.policy,
        "decided_at": run.decided_at,
        "decided_by": run.decided_by,
        "fingerprint": run.certificate and run.certificate.fingerprint,
    }


def _shared(sharing: overview.Sharing) -> dict[str, Any]:
    return {
        "item": sharing.item.code,
        "source": sharing.source.code,
        "sources": list(sharing.sources),
        "pack_word": sharing.pack_word,
        "pack_size": sharing.pack_size,
        "packs": sharing.packs,
        "reserve": sharing.reserve,
        "left_over": sharing.left_over,
        "short": sharing.short,
        "better_opened": sharing.better_opened,
        "ladder": [
            {"tiers": [tier for tier in Tier if tier in rung.tiers], "ceiling_days": rung.ceiling_days}
            for rung in sharing.ladder
        ],
        "shares": [
            {
                "requisition": line.requisition,
                "need": line.need,
                "on_hand": line.on_hand,
                "packs": line.packs,
                "packs_without_overrides": line.packs - line.changed,
                "sources": [{"store": code, "packs": packs} for code, packs in line.sources.items()],
                "quantity": line.quantity,
                "shortfall": line.shortfall,
                "cover_before": line.cover_before,
                "cover_after": line.cover_after,
                "reason": line.reason,
                "why": why(sharing, line),
                "deliveries": line.deliveries,
            }
            for line in sharing.lines
        ],
    }
