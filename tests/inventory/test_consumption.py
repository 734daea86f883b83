"""Rounds and shifts book what they use: 20 kg of 5 % disinfectant and 2,000 masks in store. On both databases."""

from fractions import Fraction

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from inventory import consumption, ledger, places, stock
from inventory.consumption import Task, TaskKind, TaskShort
from inventory.errors import InvalidInput, KeyReused
from inventory.ledger import Document
from inventory.norms import Basis
from inventory.units import Tier
from logistics.db import Database
from tests.county import TODAY, County, recorded
from tests.inventory.norms import approved


def book_round(
    database: Database, county: County, *, key: str = "round", area_m2: int = 10_000, rounds: int = 1, target: int = 500
) -> str:
    with database.transaction() as session:
        item = session.merge(county.disinfectant)
        item.active_mg_per_kg = 50_000
        session.flush()
        return consumption.book_round(
            session,
            recorded=recorded(key),
            unit=session.merge(county.warehouse),
            source=county.store,
            item=item,
            area_m2=area_m2,
            rounds=rounds,
            target_mg_per_l=target,
            ml_per_m2=100,
        ).number


def available(database: Database, county: County, item_id: int) -> int:
    with database.reading() as session:
        return stock.available(session, location_id=county.store.id, item_id=item_id, on=TODAY)


def test_a_round_books_its_dose_once_and_can_be_reversed(database: Database, county: County) -> None:
    """10,000 m² at 100 mL/m² and 500 mg/L are 1,000 L, in which 10 kg of 5 % are."""
    assert book_round(database, county) == book_round(database, county) == "CK0000002"
    assert available(database, county, county.disinfectant.id) == 10_000
    with database.transaction() as session:
        [task] = consumption.tasks(session, unit_id=county.bureau.id)
        assert (task.kind, task.unit_id, task.document.movements[0].quantity) == ("round", county.warehouse.id, 10_000)
        assert task.figures == {"area_m2": 10_000, "rounds": 1, "target_mg_per_l": 500, "ml_per_m2": 100}
        assert consumption.tasks(session, unit_id=county.village.id) == []
        ledger.reverse(session, recorded=recorded("back"), document_id=task.document_id)
        assert not stock.prove(session).findings
    assert available(database, county, county.disinfectant.id) == 20_000


def test_more_rounds_than_there_is_product_for_are_refused_with_what_would_do(
    database: Database, county: County
) -> None:
    with pytest.raises(TaskShort) as short:
        book_round(database, county, rounds=3)
    assert (short.value.kind, short.value.enough_for) == (TaskKind.ROUND, 20_000)
    assert (short.value.wanted, short.value.available) == (30_000, 20_000)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1
        assert session.scalar(select(func.count()).select_from(Task)) == 0


def test_the_same_dose_for_something_else_is_no_second_click(database: Database, county: County) -> None:
    book_round(database, county, area_m2=5_000, rounds=2)
    with pytest.raises(KeyReused):
        book_round(database, county, area_m2=10_000, rounds=1)


def test_a_dose_is_rounded_up_to_what_can_be_weighed(database: Database, county: County) -> None:
    book_round(database, county, area_m2=1, target=501)
    assert available(database, county, county.disinfectant.id) == 20_000 - 2


def test_a_round_that_cannot_be_is_refused(database: Database, county: County) -> None:
    for area_m2, rounds, target in ((0, 1, 500), (1, 25, 500), (1, 1, 60_000), (10**9, 1, 500)):
        with pytest.raises(InvalidInput):
            book_round(database, county, area_m2=area_m2, rounds=rounds, target=target)


def test_a_shift_books_its_masks(database: Database, county: County) -> None:
    with database.transaction() as session:
        unit = session.merge(county.checkpoint)
        approved(session, county.masks, Basis.PERSON_SHIFT, Fraction(5, 2), tiers=[Tier.FRONTLINE])
        [norm] = consumption.shift_norms(session, unit=unit, on=TODAY)
        assert consumption.shift_norms(session, unit=session.merge(county.village), on=TODAY) == []
        assert consumption.shift_need(norm, people=7, shifts=1) == 18
        given = {"unit": unit, "source": county.store, "people": 7, "shifts": 1}
        booked = [
            consumption.book_shift(session, recorded=recorded("s"), used={county.masks.id: 18}, **given)  # type: ignore[arg-type]
            for _click in range(2)
        ]
        assert booked[0] is booked[1]
        # 1,982 masks are left; at 20 for ten people they are enough for 991.
        with pytest.raises(TaskShort) as short:
            consumption.book_shift(
                session,
                recorded=recorded("many"),
                unit=unit,
                source=county.store,
                people=1_000,
                shifts=1,
                used={county.masks.id: 2_000},
            )
        assert short.value.enough_for == 991
        session.rollback()


def test_a_shift_that_used_nothing_is_no_document(database: Database, county: County) -> None:
    with database.transaction() as session:
        unit = session.merge(county.checkpoint)
        store = places.store_of(session, unit)
        with pytest.raises(InvalidInput):
            consumption.book_shift(
                session, recorded=recorded("s"), unit=unit, source=store, people=1, shifts=1, used={}
            )


def test_what_a_document_was_for_is_never_changed(database: Database, county: County) -> None:
    book_round(database, county)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text("DELETE FROM consumption_task"))


def test_the_newest_tasks_come_first_and_page_back(database: Database, county: County) -> None:
    for number in range(3):
        book_round(database, county, key=str(number), area_m2=10 + number)
    with database.reading() as session:
        first, second = consumption.tasks(session, unit_id=county.bureau.id, limit=2)
        assert [first.figures["area_m2"], second.figures["area_m2"]] == [12, 11]
        older = consumption.tasks(session, unit_id=county.bureau.id, before_id=second.document_id)
        assert [task.figures["area_m2"] for task in older] == [10]
