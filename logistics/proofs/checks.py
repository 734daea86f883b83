"""Everything that is proved of the books, check by check. Reads everything, mends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import stock
from inventory.catalogue import Item, Lot
from inventory.days import DayFinding, prove_days
from inventory.joint import prove_joint_runs
from inventory.places import StockLocation
from inventory.sharing import AllocationProof, prove_allocations

type Check = Callable[[Session], "Checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that is not as it should be: the rule broken, where, and what stands there instead of what was expected."""

    rule: str
    where: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How much was looked at (what → how many) and everything found. Proved when nothing was."""

    counts: Mapping[str, int]
    found: tuple[Found, ...]


def check_ledger(session: Session) -> Checked:
    """Balances are the sums of their movements, every lot sums to zero over all places, no store owes."""
    proof = stock.prove(session)
    return Checked(
        counts={"movements": proof.movements, "balances": proof.balances, "lots": proof.lots},
        found=tuple(_in_words(session, proof.findings)),
    )


def check_allocations(session: Session) -> Checked:
    """Everybody got what the certificate of the allocation gives when it is decided again."""
    proof = prove_allocations(session)
    older = {"older": proof.without_certificate} if proof.without_certificate else {}
    return Checked(counts={"allocations": proof.runs} | older, found=_of_runs(proof))


def check_joint_allocations(session: Session) -> Checked:
    """Joint allocations keep packs, room of vehicles, ceilings and levels, and everybody got what was decided."""
    proof = prove_joint_runs(session)
    return Checked(counts={"joint": proof.runs}, found=_of_runs(proof))


def check_days(session: Session) -> Checked:
    """Closed days are as they were signed: by their digests, and by the movements as they are now."""
    proof = prove_days(session)
    return Checked(counts={"closings": proof.closings}, found=tuple(map(_of_a_day, proof.findings)))


#: By name, in the order in which they are made.
CHECKS: Mapping[str, Check] = {
    "ledger": check_ledger,
    "allocations": check_allocations,
    "joint": check_joint_allocations,
    "days": check_days,
}


def _in_words(session: Session, findings: Iterable[stock.Finding]) -> Iterable[Found]:
    """Places and lots by the codes that people know."""
    for finding in findings:
        place = session.get(StockLocation, finding.location_id) if finding.location_id is not None else None
        lot = session.get(Lot, finding.lot_id) if finding.lot_id is not None else None
        item = session.scalar(select(Item.code).where(Item.id == lot.item_id)) if lot else None
        yield Found(
            rule=finding.rule,
            where=" · ".join(
                part for part in (place.code if place else "", item or "", lot.code if lot else "") if part
            ),
            expected=str(finding.expected),
            found=str(finding.found),
        )


def _of_runs(proof: AllocationProof) -> tuple[Found, ...]:
    return tuple(Found(rule=finding.rule, where=finding.number) for finding in proof.findings)


def _of_a_day(finding: DayFinding) -> Found:
    where = (finding.number, finding.unit, finding.day.isoformat(), finding.item)
    expected, found = ("" if side is None else str(side) for side in (finding.expected, finding.found))
    return Found(rule=finding.rule, where=" · ".join(filter(None, where)), expected=expected, found=found)
