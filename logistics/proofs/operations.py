"""A proof is asked for by a person or by the night, and made check by check by whichever worker has time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session

from inventory.base import upsert
from inventory.errors import NotFound
from logistics.clock import Clock
from logistics.db import Database
from logistics.proofs.checks import CHECKS, Check, Checked
from logistics.proofs.models import ENDED, ProofRun, ProofState

#: Who asks for the proofs of the night.
NIGHT = "nightly"
#: From this hour on the books of the day before are proved.
NIGHTLY_AT = dt.time(2)
#: A proof whose worker has been silent for so long is made again by another.
GONE_AFTER = dt.timedelta(minutes=15)
#: So many findings of a check are kept; more are counted.
MOST_FOUND = 200

log = structlog.get_logger()


# Asking ---------------------------------------------------------------------------------------------------------------


def ask(session: Session, *, key: str, at: dt.datetime, by: str) -> ProofRun:
    """Have the books proved. The proof that is not at its end, where there is one: two at once would tell nothing more."""
    under_way = session.scalar(select(ProofRun).where(ProofRun.state.not_in(ENDED)).order_by(ProofRun.id))
    if under_way is not None:
        return under_way
    _add(session, key=key, at=at, by=by)
    return session.scalars(select(ProofRun).where(ProofRun.key == key)).one()


def ask_nightly(database: Database, *, at: dt.datetime, zone: ZoneInfo) -> None:
    """Once a night, whichever worker says so first; by day where none ran at night."""
    here = at.astimezone(zone)
    key = f"{NIGHT}:{here.date().isoformat()}"
    if here.time() < NIGHTLY_AT:
        return
    with database.reading() as session:
        known = session.scalar(select(ProofRun.id).where(ProofRun.key == key))
    if known is None:
        with database.transaction() as session:
            _add(session, key=key, at=at, by=NIGHT)


def stop(session: Session, *, proof_id: int, at: dt.datetime) -> bool:
    """Stop a proof; its worker notices after the check at work. Whether there was anything to stop."""
    return _end(session, get_proof(session, proof_id), ProofState.STOPPED, at=at)


def get_proof(session: Session, proof_id: int) -> ProofRun:
    """Raises NotFound."""
    found = session.get(ProofRun, proof_id)
    if found is None:
        raise NotFound("proof", proof_id)
    return found


def proofs(session: Session, *, limit: int, before_id: int | None = None) -> list[ProofRun]:
    """The newest first."""
    page = select(ProofRun).order_by(ProofRun.id.desc()).limit(limit)
    return list(session.scalars(page if before_id is None else page.where(ProofRun.id < before_id)))


def latest(session: Session) -> ProofRun | None:
    """The newest proof that came to a result."""
    told = (ProofState.PROVED, ProofState.NOT_PROVED)
    return session.scalar(select(ProofRun).where(ProofRun.state.in_(told)).order_by(ProofRun.id.desc()).limit(1))


# Making ---------------------------------------------------------------------------------------------------------------


def make_next(database: Database, clock: Clock, *, checks: Mapping[str, Check] = CHECKS) -> ProofRun | None:
    """Make the proof that has waited longest, or one whose worker is gone. None where there is none."""
    with database.reading() as session:
        waits = session.scalar(_free(clock())) is not None
    if not waits:
        return None
    with database.transaction() as session:
        proof_id = _take(session, clock())
    if proof_id is None:
        return None
    try:
        _make(database, clock, proof_id, checks)
    except Exception as error:
        log.warning("proof broken off", proof=proof_id, exc_info=error)
        with database.transaction() as session:
            failed = get_proof(session, proof_id)
            failed.failure = f"{type(error).__name__}: {error}"[:500]
            _end(session, failed, ProofState.BROKEN_OFF, at=clock())
    with database.reading() as session:
        return get_proof(session, proof_id)


def _free(at: dt.datetime) -> Select[int]:
    """The proof that has waited longest for a worker, or was left by one."""
    waits = ProofRun.state == ProofState.WAITING
    left = and_(ProofRun.state == ProofState.AT_WORK, ProofRun.seen_at < at - GONE_AFTER)
    return select(ProofRun.id).where(or_(waits, left)).order_by(ProofRun.id).limit(1)


def _take(session: Session, at: dt.datetime) -> int | None:
    """Of several workers one gets it: the others pass over the row it holds."""
    proof_id = session.scalar(_free(at).with_for_update(skip_locked=True))
    if proof_id is not None:
        taken = update(ProofRun).where(ProofRun.id == proof_id)
        session.execute(taken.values(state=ProofState.AT_WORK, seen_at=at, results=[]))
    return proof_id


def _make(database: Database, clock: Clock, proof_id: int, checks: Mapping[str, Check]) -> None:
    results: list[dict[str, object]] = []
    for name, check in checks.items():
        if not _go_on(database, proof_id, name, results, clock()):
            return
        with database.reading() as session:
            results.append(_plain(name, check(session)))
    state = ProofState.NOT_PROVED if any(result["found"] for result in results) else ProofState.PROVED
    with database.transaction() as session:
        proof = get_proof(session, proof_id)
        proof.results = results
        _end(session, proof, state, at=clock())


def _go_on(database: Database, proof_id: int, check: str, results: list[dict[str, object]], at: dt.datetime) -> bool:
    """Write down how far the proof is; False where it was stopped meanwhile."""
    with database.transaction() as session:
        at_work = update(ProofRun).where(ProofRun.id == proof_id, ProofRun.state == ProofState.AT_WORK)
        seen = at_work.values(check=check, seen_at=at, results=list(results)).returning(ProofRun.id)
        return session.scalar(seen) is not None


def _plain(name: str, checked: Checked) -> dict[str, object]:
    return {
        "check": name,
        "counts": dict(checked.counts),
        "found": [asdict(found) for found in checked.found[:MOST_FOUND]],
        "more": max(0, len(checked.found) - MOST_FOUND),
    }


def _add(session: Session, *, key: str, at: dt.datetime, by: str) -> None:
    row = upsert(session, ProofRun).values(key=key, asked_at=at, asked_by=by, state=ProofState.WAITING, results=[])
    session.execute(row.values(check="", failure="").on_conflict_do_nothing(index_elements=[ProofRun.key]))


def _end(session: Session, proof: ProofRun, state: ProofState, *, at: dt.datetime) -> bool:
    """Only what is not at its end yet: who stopped a proof keeps the last word."""
    session.flush()
    open_ = update(ProofRun).where(ProofRun.id == proof.id, ProofRun.state.not_in(ENDED))
    ended = session.scalar(open_.values(state=state, check="", ended_at=at).returning(ProofRun.id))
    session.refresh(proof)
    return ended is not None
