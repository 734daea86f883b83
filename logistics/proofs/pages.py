"""Proofs of the books: the last ones, one with what it found, asking for one, stopping it."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission, permit
from logistics.planning import workers
from logistics.proofs import operations, words
from logistics.proofs.checks import CHECKS
from logistics.proofs.models import ProofRun, ProofState
from logistics.web.context import me, new_key, now, reading, transaction
from logistics.web.today import part

blueprint = Blueprint("proofs", __name__, url_prefix="/proofs", template_folder="templates")
blueprint.add_app_template_filter(words.claim, "claim")
blueprint.add_app_template_global(words.broken, "broken")
blueprint.add_app_template_global(words.counted, "counted")

PAGE = 30


@blueprint.get("")
@permit(Permission.PROVE)
def listed() -> ResponseReturnValue:
    with reading() as session:
        found = operations.proofs(session, limit=PAGE, before_id=request.args.get("before", type=int))
        return render_template(
            "proofs/proofs.html",
            proofs=found,
            latest=operations.latest(session),
            older=found[-1].id if len(found) == PAGE else None,
            night=operations.NIGHT,
            checks=CHECKS,
        )


@blueprint.post("")
@permit(Permission.PROVE)
def ask() -> ResponseReturnValue:
    with transaction() as session:
        proof = operations.ask(session, key=request.form.get("key") or new_key(), at=now(), by=me().sign_in_name)
    return redirect(url_for("proofs.one", proof_id=proof.id))


@blueprint.get("/<int:proof_id>")
@permit(Permission.PROVE)
def one(proof_id: int) -> ResponseReturnValue:
    with reading() as session:
        proof = operations.get_proof(session, proof_id)
        return render_template("proofs/proof.html", **_shown(session, proof))


@blueprint.get("/<int:proof_id>/progress")
@permit(Permission.PROVE)
def progress(proof_id: int) -> ResponseReturnValue:
    """What is shown of a proof at work; its page is asked for anew when it has ended."""
    with reading() as session:
        proof = operations.get_proof(session, proof_id)
        answer = make_response(render_template("proofs/_progress.html", **_shown(session, proof)))
    if proof.has_ended:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/<int:proof_id>/stop")
@permit(Permission.PROVE)
def stop(proof_id: int) -> ResponseReturnValue:
    with transaction() as session:
        stopped = operations.stop(session, proof_id=proof_id, at=now())
    flash(_("The proof is stopped.") if stopped else _("The proof had ended already; nothing had to be stopped."))
    return redirect(url_for("proofs.one", proof_id=proof_id))


@part(Permission.PROVE, Role.OFFICER, Role.LEADER, Role.ADMIN, leads=True)
def _not_proved(session: Session) -> str:
    """Only where the last proof found something: nobody has to look at what is in order."""
    last = operations.latest(session)
    if last is None or last.state is not ProofState.NOT_PROVED:
        return ""
    return render_template("proofs/_today.html", proof=last)


def _shown(session: Session, proof: ProofRun) -> dict[str, object]:
    through = {result["check"] for result in proof.results}
    return {
        "proof": proof,
        "night": operations.NIGHT,
        "ahead": [name for name in CHECKS if name not in through and name != proof.check],
        "nobody_works": not proof.has_ended and not workers.seen_lately(session, at=now()),
    }
