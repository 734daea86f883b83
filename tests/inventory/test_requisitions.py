"""What becomes of a requisition before it is shared out: approved, changed with a comment, refused, carried over."""

import pytest
from sqlalchemy import text

from inventory import requisitions
from inventory.errors import InvalidInput, KeyReused, WrongState
from inventory.requisitions import Requisition, RequisitionReview, RequisitionState, Verdict
from logistics.db import Database
from tests.county import NOW, County


def ask(database: Database, county: County, quantity: int = 500) -> int:
    with database.transaction() as session:
        return requisitions.ask(
            session,
            key="ask",
            unit=session.merge(county.checkpoint),
            item=session.merge(county.masks),
            quantity=quantity,
            daily_need=100,
            at=NOW,
            by="reporter",
        ).id


def review(database: Database, quantity: int, comment: str = "", key: str = "review") -> Verdict:
    with database.transaction() as session:
        return requisitions.review(
            session, key=key, requisition_id=1, quantity=quantity, at=NOW, by="leader", comment=comment
        ).verdict


def state_of(database: Database) -> tuple[RequisitionState, int, str | None]:
    with database.reading() as session:
        asked = session.get(Requisition, 1)
        assert asked is not None
        return asked.state, asked.quantity, asked.approved_by


def test_what_is_approved_as_asked_waits_with_its_approver(database: Database, county: County) -> None:
    ask(database, county)
    assert review(database, 500) is Verdict.APPROVED
    assert state_of(database) == (RequisitionState.OPEN, 500, "leader")


def test_a_change_keeps_who_from_what_to_what_and_why(database: Database, county: County) -> None:
    ask(database, county)
    assert review(database, 300, "按 6 人核减") is Verdict.CHANGED
    assert state_of(database) == (RequisitionState.OPEN, 300, "leader")
    with database.reading() as session:
        kept = session.get(RequisitionReview, 1)
        assert kept is not None
        assert (kept.quantity_before, kept.quantity_after, kept.comment, kept.by) == (500, 300, "按 6 人核减", "leader")
    assert ask(database, county) == 1  # sent again, it is still what was asked


def test_what_is_refused_waits_no_more(database: Database, county: County) -> None:
    ask(database, county)
    assert review(database, 0, "库存充足") is Verdict.REFUSED
    assert state_of(database) == (RequisitionState.REFUSED, 500, None)
    with pytest.raises(WrongState):
        review(database, 500, key="again")


@pytest.mark.parametrize("quantity", [0, 300])
def test_neither_a_change_nor_a_refusal_goes_without_a_comment(
    database: Database, county: County, quantity: int
) -> None:
    ask(database, county)
    with pytest.raises(InvalidInput) as refused:
        review(database, quantity, "  ")
    assert refused.value.problem == "no-comment"
    assert state_of(database) == (RequisitionState.OPEN, 500, None)


def test_a_review_sent_twice_is_one_and_its_key_serves_no_other(database: Database, county: County) -> None:
    ask(database, county)
    review(database, 300, "核减")
    review(database, 300, "核减")
    with pytest.raises(KeyReused):
        review(database, 200, "核减")
    assert state_of(database) == (RequisitionState.OPEN, 300, "leader")


def test_the_database_refuses_to_change_a_review(database: Database, county: County) -> None:
    ask(database, county)
    review(database, 300, "核减")
    with pytest.raises(Exception, match="append-only"), database.transaction() as session:
        session.execute(text("UPDATE requisition_review SET comment = ''"))
