"""Everything that is proved of the books, check by check. Reads everything, mends nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import QueryableAttribute, Session

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


def _in_words(session: Session, findings: Sequence[stock.Finding]) -> Iterable[Found]:
    """Places and lots by the codes that people know."""
    places = select(StockLocation.id, StockLocation.code)
    lots = select(Lot.id, Item.code, Lot.code).join(Item, Item.id == Lot.item_id)
    place_codes = _codes(session, places, StockLocation.id, {finding.location_id for finding in findings})
    lot_codes = _codes(session, lots, Lot.id, {finding.lot_id for finding in findings})
    for finding in findings:
        where = (*place_codes.get(finding.location_id, ()), *lot_codes.get(finding.lot_id, ()))
        yield Found(
            rule=finding.rule,
            where=" · ".join(where),
            expected=str(finding.expected),
            found=str(finding.found),
        )


def _codes(
    session: Session, rows: Select[*tuple[Any, ...]], key: QueryableAttribute[int], ids: Collection[int | None]
) -> dict[int | None, tuple[str, ...]]:
    """Id → codes; books that were badly broken are wrong in many places."""
    wanted, found = sorted(one for one in ids if one is not None), dict[int | None, tuple[str, ...]]()
    for start in range(0, len(wanted), 500):
        some = session.execute(rows.where(key.in_(wanted[start : start + 500])))
        found |= {one[0]: tuple(one[1:]) for one in some}
    return found


def _of_runs(proof: AllocationProof) -> tuple[Found, ...]:
    return tuple(Found(rule=finding.rule, where=finding.number) for finding in proof.findings)


def _of_a_day(finding: DayFinding) -> Found:
    where = (finding.number, finding.unit, finding.day.isoformat(), finding.item)
    expected, found = ("" if side is None else str(side) for side in (finding.expected, finding.found))
    return Found(rule=finding.rule, where=" · ".join(filter(None, where)), expected=expected, found=found)
