"""What points need a day and how long it lasts. Three points with ten people each, 2,000 masks and 20 kg of disinfectant in store."""

import datetime as dt
from fractions import Fraction

import pytest
from sqlalchemy import event

from inventory import requisitions
from inventory.needs import covers_of, daily_needs, needs_of, rounds_planned, stock_out_day, total_needs, usable_of
from inventory.norms import Basis
from inventory.units import Tier, UnitKind, add_unit, subtree
from logistics.db import Database
from tests.county import NOW, TODAY, County
from tests.inventory.norms import approved, tell


def ask(database: Database, county: County, name: str, daily_need: int) -> None:
    with database.transaction() as session:
        requisitions.ask(
            session,
            key=f"{name} {daily_need}",
            unit=session.merge(getattr(county, name)),
            item=session.merge(county.masks),
            quantity=1_000,
            daily_need=daily_need,
            at=NOW,
            by="officer",
        )


def test_need_is_norms_times_facts_and_where_no_norm_applies_what_was_told(database: Database, county: County) -> None:
    ask(database, county, "station", 33)
    ask(database, county, "checkpoint", 999)
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, Fraction(5, 4), tiers=[Tier.FRONTLINE])
        approved(session, county.masks, Basis.HOUSEHOLD_DAY, Fraction(1, 2), kinds=[UnitKind.VILLAGE])
        tell(session, county.checkpoint, people_per_shift=6, shifts_a_day=3)
        tell(session, county.village, people_per_shift=4, shifts_a_day=1, households=41)
        needs = needs_of(session, unit_ids=subtree(county.bureau.id), on=TODAY)
        masks = county.masks.id
        checkpoint, station, village = (
            needs[unit.id, masks] for unit in (county.checkpoint, county.station, county.village)
        )
        # 18 person-shifts at 1.25, rounded up; half a mask for 41 households.
        assert (checkpoint.exact, checkpoint.daily, checkpoint.is_told) == (Fraction(45, 2), 23, False)
        assert [(part.count, part.need) for part in village.parts] == [(41, Fraction(41, 2))]
        assert (station.daily, station.is_told) == (33, True)
        assert (station.told, village.told) == (33, 0)
        assert total_needs(session, unit_ids=subtree(county.bureau.id), on=TODAY)[masks].told == 33
        # Together 22.5 + 20.5 + 33: the parts are added exactly, and rounded once.
        assert daily_needs(session, unit_id=county.bureau.id, on=TODAY) == {masks: 76}
        assert daily_needs(session, unit_id=county.bureau.id, on=TODAY, below=False) == {}
        assert total_needs(session, unit_ids=[county.station.id], on=TODAY)[masks].is_told


def test_of_whom_nothing_was_told_the_people_on_duty_are_one_shift(database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 2)
        approved(session, county.cigarettes, Basis.POINT_DAY, 1)
        needs = needs_of(session, unit_ids=[county.bureau.id, county.village.id], on=TODAY)
        assert {key: need.daily for key, need in needs.items()} == {
            (county.village.id, county.masks.id): 20,
            (county.village.id, county.cigarettes.id): 1,
        }


def test_an_amount_per_something_that_nobody_told_leaves_the_requisition_standing(
    database: Database, county: County
) -> None:
    ask(database, county, "village", 12)
    with database.transaction() as session:
        approved(session, county.masks, Basis.ISOLATED_DAY, 2)
        assert total_needs(session, unit_ids=[county.village.id], on=TODAY)[county.masks.id].exact == 12
        tell(session, county.village, isolated=3)
        assert total_needs(session, unit_ids=[county.village.id], on=TODAY)[county.masks.id].exact == 6


def test_the_total_is_the_sum_of_the_parts_whoever_they_are(database: Database, county: County) -> None:
    ask(database, county, "village", 7)
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, Fraction(7, 3), kinds=[UnitKind.STATION])
        approved(session, county.disinfectant, Basis.AREA_ROUND, Fraction(1, 3))
        bureau = session.merge(county.bureau)
        for number in range(9):
            unit = add_unit(session, code=f"Z{number}", name=f"站{number}", kind=UnitKind.STATION, parent=bureau)
            if number % 3:
                tell(session, unit, people_per_shift=number, shifts_a_day=2, area_m2=100, rounds_a_day=number % 2)
        units = subtree(county.bureau.id)
        alone = needs_of(session, unit_ids=units, on=TODAY)
        together = total_needs(session, unit_ids=units, on=TODAY)
        for item in (county.masks, county.disinfectant):
            assert together[item.id].exact == sum(need.exact for (_, i), need in alone.items() if i == item.id)


def test_thousands_of_units_take_as_many_queries_as_one(database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 2)
        asked: list[str] = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda _c, _k, statement, *_rest: asked.append(statement)
        )
        covers_of(session, unit_ids=subtree(county.bureau.id), on=TODAY)
        assert len(asked) <= 6


def test_cover_is_of_the_unit_itself_and_expired_goods_do_not_count(database: Database, county: County) -> None:
    june = dt.date(2020, 6, 2)
    with database.transaction() as session:
        approved(session, county.masks, Basis.POINT_DAY, 300, kinds=[UnitKind.WAREHOUSE])
        tell(session, county.warehouse, people_per_shift=1)
        units, key = subtree(county.bureau.id), (county.warehouse.id, county.masks.id)
        assert covers_of(session, unit_ids=units, on=TODAY)[key].days == Fraction(20, 3)
        assert usable_of(session, unit_ids=units, on=june)[key] == 1_500
        assert covers_of(session, unit_ids=units, on=june)[key].days == 5
        assert covers_of(session, unit_ids=units, on=TODAY)[county.warehouse.id, county.disinfectant.id].days is None


def test_planned_rounds_that_outrun_the_stock_are_told(database: Database, county: County) -> None:
    """Three rounds of 10,000 m² need 30 kg a day; 20 kg serve 20,000 m² once."""
    with database.transaction() as session:
        session.merge(county.disinfectant).active_mg_per_kg = 50_000
        session.flush()
        approved(session, county.disinfectant, Basis.AREA_ROUND, target_mg_per_l=500, ml_per_m2=100)
        tell(session, county.warehouse, area_m2=10_000, rounds_a_day=3)
        needs = total_needs(session, unit_ids=subtree(county.bureau.id), on=TODAY)
        [planned] = rounds_planned(needs, {county.disinfectant.id: 20_000})
        assert planned.outlook.needed == 30_000
        assert (planned.outlook.area_m2, planned.outlook.area_served_m2) == (30_000, 20_000)
        assert rounds_planned(needs, {county.disinfectant.id: 30_000})[0].outlook.enough


@pytest.mark.parametrize(
    ("cover", "day"),
    [(Fraction(0), TODAY), (Fraction(12, 5), dt.date(2020, 3, 17)), (None, None), (Fraction(10**9), None)],
)
def test_the_day_of_the_stock_out_is_that_in_whose_course_it_comes(cover: Fraction | None, day: dt.date | None) -> None:
    assert stock_out_day(cover, on=TODAY) == day
