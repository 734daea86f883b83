"""What an administrator asks of the ledger at the command line."""

from __future__ import annotations

import click

from inventory.joint import prove_joint_runs
from inventory.sharing import AllocationProof, prove_allocations
from inventory.stock import Finding, Proof, prove
from logistics.cli import with_settings
from logistics.config import Settings
from logistics.db import Database


@click.group()
def ledger() -> None:
    """Look after the ledger of stock."""


@ledger.command("prove")
@with_settings
def prove_ledger(settings: Settings) -> None:
    """Check that every balance is the sum of its movements, and every share what its certificate gives; exits with 1 where not."""
    database = Database(settings.database_url)
    try:
        if not database.is_current():
            raise click.ClickException("The tables are not those of this version. Start `logistics serve` once first.")
        with database.reading() as session:
            proof, allocations, joint = prove(session), prove_allocations(session), prove_joint_runs(session)
    finally:
        database.dispose()
    for line in (*told(proof), *told_of_allocations(allocations), *told_of_joint_runs(joint)):
        click.echo(line)
    if proof.findings or allocations.findings or joint.findings:
        raise SystemExit(1)


def told(proof: Proof) -> list[str]:
    """A proof as lines to read: what was checked, then what was found."""
    checked = f"Checked {proof.movements} movements, {proof.balances} balances and {proof.lots} lots."
    if not proof.findings:
        return [checked, "Proved: balances are the sums of their movements, every lot sums to zero, no store owes."]
    return [checked, f"NOT proved, {len(proof.findings)} findings:", *map(_line, proof.findings)]


def told_of_allocations(proof: AllocationProof) -> list[str]:
    """The same of the allocations, decided again by their certificates."""
    older = f" {proof.without_certificate} older ones have none." if proof.without_certificate else ""
    checked = f"Decided {proof.runs} allocations again by their certificates.{older}"
    if not proof.findings:
        return [checked, "Proved: everybody got what the certificate gives."]
    return [checked, *_disproved(proof)]


def told_of_joint_runs(proof: AllocationProof) -> list[str]:
    """The same of joint allocations, held to the laws of their cases; nothing where there are none."""
    if not proof.runs:
        return []
    checked = f"Held {proof.runs} joint allocations to the laws of their cases."
    if not proof.findings:
        return [checked, "Proved: packs, room, ceilings and levels were kept, and everybody got what was decided."]
    return [checked, *_disproved(proof)]


def _disproved(proof: AllocationProof) -> list[str]:
    lines = [f"  {finding.rule}: {finding.number}" for finding in proof.findings]
    return [f"NOT proved, {len(proof.findings)} findings:", *lines]


def _line(finding: Finding) -> str:
    where = "all places together" if finding.location_id is None else f"location {finding.location_id}"
    return f"  {finding.rule}: {where}, lot {finding.lot_id}: {finding.found} where {finding.expected} was expected"
