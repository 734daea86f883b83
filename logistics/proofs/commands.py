"""What an administrator asks of the ledger at the command line."""

from __future__ import annotations

import click

from logistics.cli import with_settings
from logistics.config import Settings
from logistics.db import Database
from logistics.proofs.checks import CHECKS, Checked, Found

#: What a check that found nothing has shown, by its name.
PROVED = {
    "ledger": "balances are the sums of their movements, every lot sums to zero, no store owes",
    "allocations": "everybody got what the certificate gives",
    "joint": "packs, room, ceilings and levels of joint allocations were kept, and everybody got what was decided",
    "days": "closed days are as they were signed",
}
COUNTED = {
    "movements": "movements",
    "balances": "balances",
    "lots": "lots",
    "allocations": "allocations decided again",
    "joint": "joint allocations held to their laws",
    "closings": "closed days reckoned again",
    "older": "older ones without a certificate",
}


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
            proof = {name: check(session) for name, check in CHECKS.items()}
    finally:
        database.dispose()
    for name, checked in proof.items():
        click.echo("\n".join(_told(name, checked)))
    if any(checked.found for checked in proof.values()):
        raise SystemExit(1)


def _told(name: str, checked: Checked) -> list[str]:
    """A check as lines to read: how much was looked at, then what was found."""
    looked_at = f"Checked {', '.join(f'{number} {COUNTED[what]}' for what, number in checked.counts.items())}."
    if not checked.found:
        return [looked_at, f"Proved: {PROVED[name]}."]
    return [looked_at, f"NOT proved, {len(checked.found)} findings:", *map(_line, checked.found)]


def _line(found: Found) -> str:
    differs = f": {found.found} where {found.expected} was expected" if found.expected else ""
    return f"  {found.rule}: {found.where}{differs}"
