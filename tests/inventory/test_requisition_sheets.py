"""Several lines that a point asks for on one paper: asked once, reviewed together or line by line, taken back."""

import pytest
from sqlalchemy import func, select, text

from inventory import requisitions
from inventory.errors import InvalidInput, KeyReused, NotFound, WrongState
from inventory.requisitions import (
    AskedLine,
    LineReview,
    Requisition,
    RequisitionSheet,
    RequisitionState,
    Verdict,
    ask_together,
    get_sheet,
    review_together,
    sheets,
    withdraw_together,
)
from logistics.db import Database
from tests.county import NOW, County


def ask(database: Database, county: County, masks: int = 500, disinfectant: int = 20_000, key: str = "sheet") -> int:
    """A sheet of the checkpoint with a line each for what is not 0."""
    asked = ((county.masks, masks), (county.disinfectant, disinfectant))
    with database.transaction() as session:
        return ask_together(
            session,
            key=key,
            unit=session.merge(county.checkpoint),
            lines=[
                AskedLine(item=session.merge(item), quantity=quantity, daily_need=100)
                for item, quantity in asked
                if quantity
            ],
            at=NOW,
            by="reporter",
            note="12 人值守",
        ).id


def review(database: Database, *reviews: LineReview, key: str = "review", sheet_id: int = 1) -> list[Verdict]:
    with database.transaction() as session:
        made = review_together(session, key=key, sheet_id=sheet_id, reviews=reviews, at=NOW, by="leader")
        return [one.verdict for one in made]


def states(database: Database) -> list[RequisitionState]:
    with database.reading() as session:
        return [line.state for line in get_sheet(session, 1).lines]


def test_a_sheet_has_one_number_and_its_lines_wait_each_for_itself(database: Database, county: County) -> None:
    assert ask(database, county) == 1
    assert ask(database, county) == 1  # sent again
    with database.reading() as session:
        sheet = get_sheet(session, 1)
        assert (sheet.number, sheet.state) == ("SQ0000001", RequisitionState.OPEN)
        assert [(line.item.code, line.quantity, line.remark) for line in sheet.lines] == [
            ("KZ", 500, "12 人值守"),
            ("XD84", 20_000, "12 人值守"),
        ]
        for item in (county.masks, county.disinfectant):
            assert [asked.unit_id for asked in requisitions.open_requisitions(session, item_ids=[item.id])] == [
                county.checkpoint.id
            ]


def test_the_same_key_with_other_lines_is_refused(database: Database, county: County) -> None:
    ask(database, county)
    with pytest.raises(KeyReused):
        ask(database, county, disinfectant=0)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Requisition)) == 2


def test_an_item_stands_on_one_line_only_and_no_sheet_is_empty(database: Database, county: County) -> None:
    with database.reading() as session:
        line = AskedLine(item=county.masks, quantity=1, daily_need=1)
        for lines, problem in (([], "empty"), ([line, line], "twice")):
            with pytest.raises(InvalidInput) as refused:
                ask_together(session, key="k", unit=county.checkpoint, lines=lines, at=NOW, by="reporter")
            assert refused.value.problem == problem


def test_a_whole_sheet_is_reviewed_at_once_with_a_comment_for_each_line(database: Database, county: County) -> None:
    ask(database, county)
    verdicts = (
        LineReview(requisition_id=2, quantity=0, comment="库存充足"),
        LineReview(requisition_id=1, quantity=500),
    )
    for _time in range(2):
        assert review(database, *verdicts) == [Verdict.APPROVED, Verdict.REFUSED]
    assert states(database) == [RequisitionState.OPEN, RequisitionState.REFUSED]


def test_what_cannot_be_on_one_line_reviews_none(database: Database, county: County) -> None:
    ask(database, county)
    with pytest.raises(InvalidInput):
        review(database, LineReview(requisition_id=1, quantity=500), LineReview(requisition_id=2, quantity=5))
    with pytest.raises(NotFound):
        review(database, LineReview(requisition_id=1, quantity=500), LineReview(requisition_id=3, quantity=5))
    with database.reading() as session:
        assert [line.reviews for line in get_sheet(session, 1).lines] == [[], []]


def test_taking_back_a_sheet_leaves_what_is_decided(database: Database, county: County) -> None:
    ask(database, county)
    review(database, LineReview(requisition_id=2, quantity=0, comment="库存充足"))
    for withdrawn in (["SL0000001"], []):
        with database.transaction() as session:
            assert [line.number for line in withdraw_together(session, sheet_id=1)] == withdrawn
    assert states(database) == [RequisitionState.CANCELLED, RequisitionState.REFUSED]
    with pytest.raises(WrongState):
        review(database, LineReview(requisition_id=1, quantity=500), key="late")


def test_the_newest_sheets_of_a_unit_and_below_come_first(database: Database, county: County) -> None:
    for number in range(3):
        ask(database, county, key=f"sheet-{number}")
    with database.transaction() as session:
        withdraw_together(session, sheet_id=2)
    with database.reading() as session:
        assert [sheet.id for sheet in sheets(session, unit_id=county.bureau.id, limit=2)] == [3, 2]
        assert [sheet.id for sheet in sheets(session, unit_id=county.bureau.id, before_id=2)] == [1]
        assert [sheet.id for sheet in sheets(session, unit_id=county.bureau.id, only_open=True)] == [3, 1]
        assert sheets(session, unit_id=county.station.id) == []


def test_the_database_refuses_to_change_a_sheet(database: Database, county: County) -> None:
    ask(database, county)
    with pytest.raises(Exception, match="append-only"), database.transaction() as session:
        session.execute(text("UPDATE requisition_sheet SET note = ''"))
    with database.reading() as session:
        assert session.get_one(RequisitionSheet, 1).note == "12 人值守"
