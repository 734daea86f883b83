"""One key sent by many hands at the same moment makes one paper, on both databases, whatever it is a key of."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import counts, ledger, norms, policies, requisitions, responsible
from inventory.base import Once
from inventory.counts import CountSession, Tolerance
from inventory.norms import Basis, Figures, Norm, UnitFacts
from inventory.policies import DEFAULT_LADDER, Policy
from inventory.requisitions import Requisition
from inventory.responsible import Post, Responsible
from logistics.db import Database
from tests.concurrency.test_crossings import at_once
from tests.county import NOW, TODAY, County, recorded

HANDS = 4
BY = {"at": NOW, "by": "officer"}

type Act = Callable[[Session, County, str], object]


def start_to_count(session: Session, county: County, key: str) -> object:
    items = [session.merge(county.masks)]
    return counts.start(
        session, key=key, location=session.merge(county.store), items=items, tolerance=Tolerance(), **BY
    )


def propose_policy(session: Session, county: County, key: str) -> object:
    unit = session.merge(county.bureau)
    return policies.propose_policy(session, key=key, unit=unit, name="阶梯", ladder=DEFAULT_LADDER, **BY)


def propose_norm(session: Session, county: County, key: str) -> object:
    told = {"item_id": county.masks.id, "basis": Basis.PERSON_SHIFT, "amount": Fraction(2), "source": "2020-12"}
    return norms.propose(session, key=key, valid_from=TODAY, **told, **BY)


def tell_facts(session: Session, county: County, key: str) -> object:
    figures = Figures(people_per_shift=6)
    return norms.tell_facts(session, key=key, unit_id=county.station.id, valid_from=TODAY, figures=figures, **BY)


def ask(session: Session, county: County, key: str) -> object:
    unit, item = session.merge(county.station), session.merge(county.masks)
    return requisitions.ask(session, key=key, unit=unit, item=item, quantity=30, daily_need=10, **BY)


def appoint(session: Session, county: County, key: str) -> object:
    unit = session.merge(county.village)
    return responsible.appoint(session, key=key, unit=unit, name="王五", post=Post.OTHER, since=dt.date(2020, 2, 1))


PAPERS: dict[type[Once], Act] = {
    CountSession: start_to_count,
    Policy: propose_policy,
    Norm: propose_norm,
    UnitFacts: tell_facts,
    Requisition: ask,
    Responsible: appoint,
}


def test_one_key_makes_one_paper_and_another_key_another(database: Database, county: County) -> None:
    for table, act in PAPERS.items():

        def sent(key: str, act: Act = act) -> None:
            with database.transaction() as session:
                act(session, county, key)

        keys = [f"{table.__tablename__}-{hand % 2}" for hand in range(HANDS)]
        assert Counter(at_once(*(lambda key=key: sent(key) for key in keys))) == {"done": HANDS}, table
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(table)) == 2, table


def test_of_two_who_reverse_a_document_one_does(database: Database, county: County) -> None:
    def undo(key: str) -> None:
        with database.transaction() as session:
            ledger.reverse(session, recorded=recorded(key), document_id=1)

    assert Counter(at_once(*(lambda key=key: undo(key) for key in ("a", "a", "b")))) in (
        {"done": 2, "AlreadyReversed": 1},
        {"done": 1, "AlreadyReversed": 2},
    )
