"""Sharing out what a store has, on both databases: 2,000 masks in boxes of 50."""

import pytest

from inventory import ledger, places, requisitions, sharing, stock
from inventory.allocation import Rung
from inventory.errors import InvalidInput, KeyReused
from inventory.requisitions import RequisitionState
from inventory.sharing import AllocationRun
from inventory.units import Unit
from logistics.db import Database
from tests.county import NOW, County, recorded


def ask(database: Database, county: County, unit: Unit, quantity: int, daily_need: int, key: str = "") -> None:
    with database.transaction() as session:
        requisitions.ask(
            session,
            key=key or f"ask-{unit.code}",
            unit=session.merge(unit),
            item=session.merge(county.masks),
            quantity=quantity,
            daily_need=daily_need,
            at=NOW,
            by="reporter",
        )


def share_out(database: Database, county: County, key: str = "share", **changes: object) -> dict[str, int]:
    with database.transaction() as session:
        run = sharing.share_out(
            session,
            recorded=recorded(key),
            item_id=county.masks.id,
            source_id=county.store.id,
            **({"pack_word": "盒"} | changes),  # type: ignore[arg-type]
        )
        return {share.requisition.unit.code: share.quantity for share in run.shares}


def test_the_frontline_comes_first_and_everybody_gets_a_reason(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 5_000, 300)
    ask(database, county, county.station, 1_000, 100)
    ask(database, county, county.village, 1_000, 100)
    # 40 boxes. Frontline to 3 days: 900 = 18 boxes. Window to 2 days: 4. Others to 1 day: 2. Frontline to 7 days: 16 more.
    assert share_out(database, county) == {"KD1": 1_700, "YZ1": 200, "CUN1": 100}
    with database.reading() as session:
        run = session.get(AllocationRun, 1)
        assert run is not None
        first = run.shares[0]
        assert [step["packs"] for step in first.reason["steps"]] == [18, 16]
        assert first.reason["more_needed"] == 1
        assert first.shortfall == 3_300
        assert all(share.requisition.state is RequisitionState.ANSWERED for share in run.shares)


def test_nobody_gets_more_than_whole_packs_of_what_it_asked(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 120, 300)
    assert share_out(database, county) == {"KD1": 150}


def test_what_a_point_still_holds_counts(database: Database, county: County) -> None:
    with database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("before"),
            source_id=county.store.id,
            destination_id=places.store_of(session, session.merge(county.checkpoint)).id,
            wanted={county.masks.id: 500},
        )
    ask(database, county, county.checkpoint, 5_000, 100)
    only_five_days = [Rung(tiers=frozenset({"frontline"}), ceiling_days=5)]
    assert share_out(database, county, ladder=only_five_days) == {"KD1": 0}


def test_a_reserve_stays_in_the_store(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 5_000, 1_000)
    assert share_out(database, county, keep_packs=10) == {"KD1": 1_500}


def test_deciding_twice_decides_once(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    assert share_out(database, county) == share_out(database, county)
    with database.reading() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=NOW.date()) == 1_500


def test_nobody_asking_is_said_and_nothing_recorded(database: Database, county: County) -> None:
    with pytest.raises(InvalidInput) as refused:
        share_out(database, county)
    assert refused.value.problem == "nothing-asked"


def test_asking_twice_with_one_key_asks_once_and_never_something_else(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100, key="k")
    ask(database, county, county.checkpoint, 500, 100, key="k")
    with pytest.raises(KeyReused):
        ask(database, county, county.checkpoint, 501, 100, key="k")
    assert share_out(database, county) == {"KD1": 500}


def test_a_pack_the_item_has_not_is_refused_with_those_it_has(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    with pytest.raises(InvalidInput) as refused:
        share_out(database, county, pack_word="桶")
    assert refused.value.value == ("只", "盒", "箱")


def test_what_is_shared_out_is_promised_and_not_shared_again(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 1_500, 300)
    assert share_out(database, county) == {"KD1": 1_500}
    ask(database, county, county.station, 1_500, 300)
    assert share_out(database, county, "second") == {"YZ1": 500}
    with database.reading() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=NOW.date()) == 0


def test_the_share_of_the_store_s_own_unit_is_not_promised(database: Database, county: County) -> None:
    ask(database, county, county.warehouse, 500, 100)
    share_out(database, county)
    with database.reading() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=NOW.date()) == 2_000


def test_only_the_requests_below_the_deciding_unit_are_answered(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    ask(database, county, county.station, 500, 100)
    assert share_out(database, county, below=county.station.id) == {"YZ1": 500}
    assert share_out(database, county, key="the rest", below=county.bureau.id) == {"KD1": 500}


def test_a_key_is_not_used_for_another_allocation(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    share_out(database, county)
    with pytest.raises(KeyReused):
        share_out(database, county, pack_word="箱")
