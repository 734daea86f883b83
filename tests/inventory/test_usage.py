"""What was used day by day, from the ledger. On both databases; days are days in China."""

import datetime as dt
from fractions import Fraction

import pytest
from sqlalchemy import select

from inventory import ledger, places
from inventory.catalogue import Lot, LotStatus
from inventory.ledger import DocumentKind, Line
from inventory.lots import change_status
from inventory.places import Place
from inventory.units import subtree
from inventory.usage import Burn, Day, burn, daily_usage, disagree
from logistics.db import Database
from tests.county import CHINA, TODAY, County, recorded


def at(day: int, hour: int = 12) -> dt.datetime:
    """An hour of a day of March 2020 in China."""
    return dt.datetime(2020, 3, day, hour, tzinfo=CHINA)


def use(database: Database, county: County, key: str, moment: dt.datetime, quantity: int) -> int:
    with database.transaction() as session:
        return ledger.issue(
            session,
            recorded=recorded(key, at=moment),
            source_id=county.store.id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: quantity},
        ).id


def usage(database: Database, county: County, before: dt.date, days: int) -> tuple[Day, ...]:
    with database.reading() as session:
        found = daily_usage(
            session,
            unit_ids=subtree(county.bureau.id),
            before=before,
            days=days,
            zone=CHINA,
            item_ids=[county.masks.id],
        )
        return found.get(county.masks.id, ())


def test_each_day_tells_what_was_used_and_what_was_there_in_the_morning(database: Database, county: County) -> None:
    """2,000 masks came in on the 15th at eight; the first hour of the 17th is still the 16th in Greenwich."""
    use(database, county, "a", at(16), 100)
    use(database, county, "b", at(17, 0), 300)
    use(database, county, "c", at(18), 50)
    assert [(day.day.day, day.used, day.opening) for day in usage(database, county, dt.date(2020, 3, 19), 5)] == [
        (14, 0, 0),
        (15, 0, 0),
        (16, 100, 2_000),
        (17, 300, 1_900),
        (18, 50, 1_600),
    ]


def test_a_reversal_counts_against_the_day_of_what_it_reverses(database: Database, county: County) -> None:
    wrong = use(database, county, "wrong", at(16), 500)
    use(database, county, "right", at(16), 60)
    with database.transaction() as session:
        ledger.reverse(session, recorded=recorded("back", at=at(18)), document_id=wrong)
    assert [day.used for day in usage(database, county, dt.date(2020, 3, 19), 3)] == [60, 0, 0]


def test_moves_inside_and_counts_are_no_use(database: Database, county: County) -> None:
    with database.transaction() as session:
        village = places.store_of(session, session.merge(county.village))
        ledger.transfer(
            session,
            recorded=recorded("move", at=at(16)),
            source_id=county.store.id,
            destination_id=village.id,
            wanted={county.masks.id: 700},
        )
        ledger.adjust(session, recorded=recorded("count", at=at(16)), location_id=village.id, lot_id=1, difference=-20)
    assert [(day.used, day.opening) for day in usage(database, county, dt.date(2020, 3, 18), 2)] == [
        (0, 2_000),
        (0, 1_980),
    ]


def test_many_places_are_reckoned_like_few(database: Database, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = use(database, county, "wrong", at(16), 500)
    use(database, county, "right", at(17), 60)
    with database.transaction() as session:
        village = places.store_of(session, session.merge(county.village))
        ledger.transfer(
            session,
            recorded=recorded("move", at=at(17)),
            source_id=county.store.id,
            destination_id=village.id,
            wanted={county.masks.id: 700},
        )
        ledger.reverse(session, recorded=recorded("back", at=at(18)), document_id=wrong)

    def everything() -> dict[int, tuple[Day, ...]]:
        with database.reading() as session:
            units = subtree(county.bureau.id)
            return daily_usage(session, unit_ids=units, before=dt.date(2020, 3, 19), days=4, zone=CHINA)

    few = everything()
    monkeypatch.setattr("inventory.usage.FEW_PLACES", 0)
    assert everything() == few
    assert [(day.used, day.opening) for day in few[county.masks.id]] == [(0, 0), (0, 2_000), (60, 1_500), (0, 1_440)]


def test_days_without_stock_are_left_out_of_the_burn_rate(database: Database, county: County) -> None:
    """100 and 300 on the 16th and 17th, the day of the receipt counts too; before it there was nothing to use."""
    use(database, county, "a", at(16), 100)
    use(database, county, "b", at(17), 300)
    days = usage(database, county, dt.date(2020, 3, 18), 14)
    assert sum(day.had_stock for day in days) == 3
    assert burn(days) == Burn(rate=Fraction(400, 3), days=3)
    assert burn(usage(database, county, dt.date(2020, 3, 16), 14)) is None


def test_a_rate_that_differs_by_more_than_half_of_the_need_is_told() -> None:
    need = Fraction(100)
    assert [disagree(Fraction(rate), need) for rate in (49, 50, 150, 151)] == [True, False, False, True]


def test_what_never_moved_is_absent(database: Database, county: County) -> None:
    with database.reading() as session:
        found = daily_usage(session, unit_ids=[county.village.id], before=TODAY, days=3, zone=CHINA)
        assert found == {}


def test_days_on_which_all_there_was_was_blocked_or_expired_are_days_without_stock(
    database: Database, county: County
) -> None:
    """Only M1 is left: recalled from the evening of the 16th to the morning of the 18th, usable through the 1st of June."""
    with database.transaction() as session:
        [m2] = session.scalars(select(Lot.id).where(Lot.code == "M2"))
        gone = Line(
            lot_id=m2,
            source_id=county.store.id,
            destination_id=places.the_location(session, Place.LOST).id,
            quantity=1_500,
        )
        ledger.post(session, kind=DocumentKind.ISSUE, recorded=recorded("gone", at=at(15)), lines=[gone])
        m1 = session.scalars(select(Lot).where(Lot.code == "M1")).one()
        for key, moment, status in (("b", at(16, 20), LotStatus.RECALLED), ("f", at(18, 9), LotStatus.USABLE)):
            change_status(session, key=key, lot_id=m1.id, status=status, reason="召回", at=moment, by="officer")
    days = usage(database, county, dt.date(2020, 3, 20), 5)
    assert [(day.day.day, day.opening, day.had_stock) for day in days] == [
        (15, 0, True),
        (16, 500, True),
        (17, 500, False),
        (18, 500, True),
        (19, 500, True),
    ]
    assert [day.had_stock for day in usage(database, county, dt.date(2020, 6, 4), 4)] == [True, True, False, False]
