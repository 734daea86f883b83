"""Proofs of the books as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.views import MethodView

from logistics.accounts.permissions import Permission, permit
from logistics.proofs import operations
from logistics.proofs.models import ProofRun
from logistics.proofs.schemas import ProofIn, ProofOut
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, now, reading, transaction

blueprint = ApiBlueprint("proofs_api", __name__, description="Proofs that the books add up")

PAGE = 50


@blueprint.route("/proofs")
class Proofs(MethodView):
    @blueprint.response(200, ProofOut(many=True))
    @permit(Permission.PROVE)
    def get(self) -> list[ProofRun]:
        """The fifty newest."""
        with reading() as session:
            return operations.proofs(session, limit=PAGE)

    @blueprint.arguments(ProofIn)
    @blueprint.response(202, ProofOut)
    @permit(Permission.PROVE)
    def post(self, given: Mapping[str, Any]) -> ProofRun:
        """Have the books proved by a worker; one that is under way already is answered with."""
        with transaction() as session:
            return operations.ask(session, key=given["key"], at=now(), by=me().sign_in_name)


@blueprint.route("/proofs/<int:proof_id>")
class OneProof(MethodView):
    @blueprint.response(200, ProofOut)
    @permit(Permission.PROVE)
    def get(self, proof_id: int) -> ProofRun:
        """One proof with what it found so far."""
        with reading() as session:
            return operations.get_proof(session, proof_id)


@blueprint.route("/proofs/<int:proof_id>/stop")
class StopProof(MethodView):
    @blueprint.response(200, ProofOut)
    @permit(Permission.PROVE)
    def post(self, proof_id: int) -> ProofRun:
        """Stop a proof; one that has ended stays as it is."""
        with transaction() as session:
            operations.stop(session, proof_id=proof_id, at=now())
            return operations.get_proof(session, proof_id)
