"""When to buy and how much: 2,000 masks in store, boxes of 50 and cases of 2,000."""

import datetime as dt

import pytest

from inventory import consignments, forecast, ledger, places, purchasing, reorder
from inventory.errors import InvalidInput
from inventory.forecast import Choice, Method, Why
from inventory.norms import Basis
from inventory.places import Place
from inventory.purchasing import Ordered
from inventory.reorder import Suggestion, Terms
from logistics.db import Database
from tests.county import CHINA, NOW, TODAY, County, recorded
from tests.inventory.norms import approved, tell


def suggest(database: Database, county: County, *, on: dt.date = TODAY) -> list[Suggestion]:
    with database.reading() as session:
        return reorder.suggest(session, unit_id=county.bureau.id, on=on, zone=CHINA)


def need(database: Database, county: County, masks_a_day: int) -> None:
    with database.transaction() as session:
        tell(session, county.checkpoint, people_per_shift=1, shifts_a_day=1)
        tell(session, county.station)
        tell(session, county.village)
        approved(session, county.masks, Basis.PERSON_SHIFT, masks_a_day)


def order(database: Database, county: County, masks: int) -> None:
    with database.transaction() as session:
        purchasing.order_goods(
            session,
            key=f"order-{masks}",
            supplier=county.supplier,
            unit=county.warehouse,
            lines=[Ordered(item_id=county.masks.id, quantity=masks, price_fen=100, price_word="只")],
            at=NOW,
            by="officer",
        )


def set_rule(database: Database, county: County, **changes: object) -> None:
    rule = {"minimum_days": 3, "lead_days": 5, "target_days": 10, "pack_word": "箱"} | changes
    with database.transaction() as session:
        reorder.set_rule(
            session,
            unit_id=county.bureau.id,
            item_id=county.masks.id,
            at=NOW,
            by="officer",
            **rule,  # type: ignore[arg-type]
        )


def test_an_order_is_for_the_way_and_the_target_in_whole_packs(database: Database, county: County) -> None:
    """300 a day: 1,500 until it comes and 900 to keep make 2,400; with 2,000 there it is time. 15 days are 4,500: 2,500 more, 2 cases."""
    need(database, county, 300)
    set_rule(database, county)
    [masks] = suggest(database, county)
    assert (masks.lead_demand, masks.safety, masks.order_point) == (1_500, 900, 2_400)
    assert (masks.demand.method, masks.demand.why) == (Method.NORM, Why.SHORT_HISTORY)
    assert (masks.packs, masks.quantity, masks.terms.is_own) == (2, 4_000, True)


def test_what_is_on_order_counts_as_if_it_were_there(database: Database, county: County) -> None:
    need(database, county, 300)
    set_rule(database, county)
    order(database, county, 399)
    assert (suggest(database, county)[0].packs, suggest(database, county)[0].on_order) == (2, 399)
    order(database, county, 1)
    assert (suggest(database, county)[0].packs, suggest(database, county)[0].on_order) == (0, 400)


def test_without_a_rule_the_usual_one_and_the_smallest_pack_are_taken(database: Database, county: County) -> None:
    need(database, county, 400)
    [masks] = suggest(database, county)
    assert masks.terms == Terms(pack_word="盒")
    assert masks.packs == (17 * 400 - 2_000) // 50


def test_a_newer_rule_takes_the_place_of_the_older(database: Database, county: County) -> None:
    need(database, county, 300)
    set_rule(database, county)
    set_rule(database, county, target_days=3, pack_word="盒")
    [masks] = suggest(database, county)
    # 8 days are 2,400: 400 more.
    assert (masks.packs, masks.terms.target_days) == (8, 3)


def test_a_rule_that_cannot_be_is_refused(database: Database, county: County) -> None:
    for wrong in (
        {"lead_days": -1},
        {"target_days": 0},
        {"target_days": 2},
        {"minimum_days": 366},
        {"pack_word": "桶"},
    ):
        with pytest.raises(InvalidInput):
            set_rule(database, county, **wrong)


def test_two_weeks_of_the_ledger_teach_a_method(database: Database, county: County) -> None:
    """Twenty masks every day: the average errs by nothing, the norm of 100 by 80 a day."""
    need(database, county, 100)
    with database.transaction() as session:
        consumed = places.the_location(session, Place.CONSUMED)
        for day in range(15):
            ledger.issue(
                session,
                recorded=recorded(f"day {day}", at=NOW + dt.timedelta(days=day)),
                source_id=county.store.id,
                destination_id=consumed.id,
                wanted={county.masks.id: 20},
            )
    [masks] = suggest(database, county, on=TODAY + dt.timedelta(days=15))
    assert (masks.demand.method, masks.demand.why, masks.demand.rate) == (Method.MOVING_AVERAGE, Why.ERRED_LEAST, 20)
    assert masks.demand.scores[Method.NORM].mase == 4
    assert (masks.usable, masks.packs) == (1_700, 0)
    # By the norm 600 would do too: 6 days of 100. Of a norm of 300 they would not: 1,800.
    assert masks.packs_by_norm == 0
    need(database, county, 300)
    assert suggest(database, county, on=TODAY + dt.timedelta(days=15))[0].packs_by_norm == (17 * 300 - 1_700) // 50


def test_lumps_are_provided_for_by_the_quantile_of_runs(county: County) -> None:
    """30 on every third day: runs of two days use 30 at the most, and the average only expects 20."""
    series = [0, 0, 30] * 7
    demand = Choice(method=Method.CROSTON, why=Why.ERRED_LEAST, rate=10, days=21)
    terms = Terms(minimum_days=0, lead_days=2, target_days=7, pack_word="盒")
    suggested = reorder.reckon(item=county.masks, terms=terms, demand=demand, series=series, usable=29, on_order=0)
    assert forecast.demand_within(series, 2) == 30
    assert (suggested.lead_demand, suggested.safety, suggested.order_point, suggested.packs) == (20, 10, 30, 2)


def test_what_is_on_its_way_between_own_stores_is_not_bought_again(database: Database, county: County) -> None:
    need(database, county, 50)
    with database.transaction() as session:
        consignments.send(
            session,
            recorded=recorded("send"),
            source=session.merge(county.store),
            destination=places.store_of(session, session.merge(county.station)),
            wanted={county.masks.id: 2_000},
        )
    assert suggest(database, county)[0].packs == 0


def test_a_page_shows_its_own_items_and_a_page_after_the_last_is_the_last(database: Database, county: County) -> None:
    """2,000 masks last for 20 days at a hundred a day, the cigarettes longer."""
    need(database, county, 100)
    with database.transaction() as session:
        approved(session, county.cigarettes, Basis.PERSON_SHIFT, 1)
    asked = {"unit_id": county.bureau.id, "on": TODAY, "zone": CHINA, "size": 1}
    with database.reading() as session:
        found = [reorder.suggest_page(session, page=page, **asked) for page in (1, 2, 9)]
    shown = [[one.item.id for one in lines] for lines, _pages in found]
    assert shown == [[county.masks.id], [county.cigarettes.id], [county.cigarettes.id]]
    assert {pages for _lines, pages in found} == {2}
