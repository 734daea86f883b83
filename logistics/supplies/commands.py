"""What an administrator asks of the ledger at the command line."""

from __future__ import annotations

import click

from inventory.days import DayFinding, DaysProof, prove_days
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
    """Check balances against movements, shares against certificates, closed days against both; exits with 1 where something differs."""
    database = Database(settings.database_url)
    try:
        if not database.is_current():
            raise click.ClickException("The tables are not those of this version. Start `logistics serve` once first.")
        with database.reading() as session:
            proof, allocations, days = prove(session), prove_allocations(session), prove_days(session)
    finally:
        database.dispose()
    for line in (*told(proof), *told_of_allocations(allocations), *told_of_days(days)):
        click.echo(line)
    if proof.findings or allocations.findings or days.findings:
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
    lines = [f"  {finding.rule}: {finding.number}" for finding in proof.findings]
    return [checked, f"NOT proved, {len(proof.findings)} findings:", *lines]


def told_of_days(proof: DaysProof) -> list[str]:
    """The same of the closed days, reckoned again from the movements."""
    checked = f"Reckoned {proof.closings} closed days again."
    if not proof.findings:
        return [checked, "Proved: closed days are as they were signed."]
    return [checked, f"NOT proved, {len(proof.findings)} findings:", *map(_day_line, proof.findings)]


def _day_line(finding: DayFinding) -> str:
    what = f"{finding.item}, {finding.rule}" if finding.item else finding.rule
    where = f"{finding.number} of {finding.unit}, {finding.day.isoformat()}"
    return f"  {where}: {what}: {finding.found} where {finding.expected} was expected"


def _line(finding: Finding) -> str:
    where = "all places together" if finding.location_id is None else f"location {finding.location_id}"
    return f"  {finding.rule}: {where}, lot {finding.lot_id}: {finding.found} where {finding.expected} was expected"
