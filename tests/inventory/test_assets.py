"""Two thermometer guns and what happens to them; calibration holds a year."""

import datetime as dt
import itertools
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from inventory import assets, catalogue
from inventory.assets import FOLLOWS, LEADS_TO, Asset, AssetAct, AssetEvent, AssetState, Description, Details, Signed
from inventory.catalogue import Item, ItemKind
from inventory.errors import CalibrationOverdue, InvalidInput, KeyReused, Taken, WrongState
from logistics.db import Database
from tests.county import NOW, TODAY, County

YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
_KEYS = itertools.count()


def signed(key: str = "", *, on: dt.date = TODAY) -> Signed:
    return Signed(key=key or f"key-{next(_KEYS)}", on=on, at=NOW, by="officer")


def guns(
    database: Database,
    county: County,
    *serials: str,
    key: str = "guns",
    due_on: dt.date | None = TODAY,
    interval_days: int | None = 365,
) -> list[Asset]:
    told = Description(acquired_on=dt.date(2019, 3, 1), interval_days=interval_days, due_on=due_on)
    with database.transaction() as session:
        item = session.scalar(select(Item).where(Item.code == "CWQ")) or catalogue.add_item(
            session, code="CWQ", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把"
        )
        unit = session.merge(county.warehouse)
        return assets.register(
            session, signed=signed(key), item=item, unit=unit, serials=serials or ("T1", "T2"), told=told
        )


def do(database: Database, asset: Asset, act: AssetAct, *, key: str = "", on: dt.date = TODAY, **details: Any) -> Asset:
    with database.transaction() as session:
        told = Details(**details)
        assets.record(session, signed=signed(key, on=on), asset_id=asset.id, act=act, details=told)
        return assets.get_asset(session, asset.id)


def acts(database: Database, asset: Asset) -> list[AssetAct]:
    with database.reading() as session:
        return [event.act for event in assets.history(session, asset.id)]


def test_only_what_is_lent_has_a_day_to_come_back(database: Database, county: County) -> None:
    gun, other = guns(database, county)
    assert do(database, gun, AssetAct.HANDED_OUT, holder="王卫", until=TOMORROW).until is None
    assert do(database, other, AssetAct.LENT, holder="区医院", until=TOMORROW).until == TOMORROW
    with database.reading() as session:
        late = assets.late(session, unit_id=county.bureau.id, on=TODAY + dt.timedelta(days=2))
        assert [one.serial for one in late] == [other.serial]


def test_a_piece_tells_who_has_it_where_and_since_when(database: Database, county: County) -> None:
    gun, _ = guns(database, county)
    out = do(database, gun, AssetAct.HANDED_OUT, holder="王卫", place_id=county.checkpoint.id)
    assert (out.state, out.holder, out.place_id, out.since) == (
        AssetState.HANDED_OUT,
        "王卫",
        county.checkpoint.id,
        TODAY,
    )
    back = do(database, gun, AssetAct.RETURNED, holder="收货人", calibrated_on=YESTERDAY)
    assert back.since == TODAY
    assert (back.state, back.holder, back.place_id) == (AssetState.IN_STORE, "", None)
    assert acts(database, gun) == [AssetAct.RETURNED, AssetAct.HANDED_OUT, AssetAct.REGISTERED]


def test_calibration_holds_through_its_day_and_then_blocks(database: Database, county: County) -> None:
    gun, other = guns(database, county)
    do(database, gun, AssetAct.HANDED_OUT, holder="王卫")  # the last day
    lent = {"place_id": county.station.id, "until": dt.date(2020, 4, 1)}
    for act, details in ((AssetAct.HANDED_OUT, {"holder": "王卫"}), (AssetAct.LENT, lent)):
        with pytest.raises(CalibrationOverdue) as blocked:
            do(database, other, act, on=TOMORROW, **details)
        assert (blocked.value.serial, blocked.value.due_on) == ("T2", TODAY)
    assert AssetAct.HANDED_OUT not in assets.possible(other, on=TOMORROW)
    assert do(database, gun, AssetAct.RETURNED, on=TOMORROW).state is AssetState.IN_STORE
    assert do(database, gun, AssetAct.CALIBRATED, on=TOMORROW, certificate="校 17").due_on == dt.date(2021, 3, 16)
    assert do(database, gun, AssetAct.HANDED_OUT, on=TOMORROW, holder="王卫").state is AssetState.HANDED_OUT


def test_an_overdue_piece_is_still_repaired_and_retired(database: Database, county: County) -> None:
    gun, _ = guns(database, county, due_on=YESTERDAY)
    do(database, gun, AssetAct.SENT_TO_REPAIR, holder="县计量所")
    do(database, gun, AssetAct.REPAIRED)
    assert do(database, gun, AssetAct.RETIRED, note="摔坏").state is AssetState.RETIRED
    assert assets.possible(gun, on=TODAY) != []
    with database.reading() as session:
        assert assets.possible(assets.get_asset(session, gun.id), on=TODAY) == []


def test_new_pieces_are_due_one_interval_after_they_were_acquired(database: Database, county: County) -> None:
    (gun,) = guns(database, county, "T1", due_on=None)
    assert gun.due_on == dt.date(2020, 2, 29)  # a year of 365 days from 1 March 2019
    (sprayer,) = guns(database, county, "P1", key="p", due_on=None, interval_days=None)
    assert sprayer.due_on is None
    assert not sprayer.overdue(dt.date(2099, 1, 1))


def test_every_act_follows_only_from_its_states(database: Database, county: County) -> None:
    ways: dict[AssetState, list[tuple[AssetAct, dict[str, Any]]]] = {
        AssetState.IN_STORE: [],
        AssetState.HANDED_OUT: [(AssetAct.HANDED_OUT, {"holder": "王卫"})],
        AssetState.LENT: [(AssetAct.LENT, {"place_id": county.station.id, "until": TODAY})],
        AssetState.IN_REPAIR: [(AssetAct.SENT_TO_REPAIR, {})],
        AssetState.RETIRED: [(AssetAct.RETIRED, {"note": "丢失"})],
    }
    for state, way in ways.items():
        (gun,) = guns(database, county, state.value, key=state.value)
        for act, details in way:
            gun = do(database, gun, act, **details)
        assert gun.state is state
        for act in set(AssetAct) - {act for act, states in FOLLOWS.items() if state in states}:
            with pytest.raises(WrongState):
                do(database, gun, act, holder="王卫", note="因")
    assert set(LEADS_TO) | {AssetAct.CALIBRATED} == set(AssetAct)


def test_a_piece_given_over_belongs_to_the_other_unit(database: Database, county: County) -> None:
    gun, _other = guns(database, county)
    for place_id in (None, gun.unit_id):
        with pytest.raises(InvalidInput):
            do(database, gun, AssetAct.GIVEN_OVER, place_id=place_id)
    moved = do(database, gun, AssetAct.GIVEN_OVER, place_id=county.station.id)
    assert (moved.unit_id, moved.state, moved.place_id) == (county.station.id, AssetState.IN_STORE, None)


def test_an_act_sent_twice_happens_once(database: Database, county: County) -> None:
    gun, other = guns(database, county)
    for _ in range(2):
        do(database, gun, AssetAct.HANDED_OUT, key="once", holder="王卫")
    assert acts(database, gun) == [AssetAct.HANDED_OUT, AssetAct.REGISTERED]
    for asset, holder in ((gun, "李四"), (other, "王卫")):
        with pytest.raises(KeyReused):
            do(database, asset, AssetAct.HANDED_OUT, key="once", holder=holder)


def test_pieces_are_registered_all_or_none_and_once(database: Database, county: County) -> None:
    first = guns(database, county, "T1", " Ｔ２ ")
    assert [gun.serial for gun in first] == ["T1", "T2"]
    assert [gun.id for gun in guns(database, county, "T1", "T2")] == [gun.id for gun in first]
    with pytest.raises(KeyReused):
        guns(database, county, "T1", "T2", "T3")
    with pytest.raises(Taken) as taken:
        guns(database, county, "T3", "T2", key="more")
    assert taken.value.code == "T2"
    with database.reading() as session:
        assert len(assets.assets(session, unit_id=county.bureau.id)) == 2


def test_what_cannot_be_is_refused(database: Database, county: County) -> None:
    (gun,) = guns(database, county, "T1", interval_days=None)
    borrower = county.station.id
    for act, details, problem in (
        (AssetAct.HANDED_OUT, {"holder": " "}, "empty"),
        (AssetAct.LENT, {"until": TODAY}, "empty"),
        (AssetAct.LENT, {"place_id": borrower}, "empty"),
        (AssetAct.LENT, {"place_id": borrower, "until": YESTERDAY}, "too-early"),
        (AssetAct.CALIBRATED, {}, "empty"),  # without an interval somebody has to say how long it holds
        (AssetAct.CALIBRATED, {"calibrated_on": TOMORROW, "due_on": TOMORROW}, "future"),
        (AssetAct.CALIBRATED, {"due_on": YESTERDAY}, "too-early"),
        (AssetAct.RETIRED, {"note": ""}, "empty"),
    ):
        with pytest.raises(InvalidInput) as refused:
            do(database, gun, act, **details)
        assert refused.value.problem == problem, act
    for serials, problem in (((" ",), "empty"), (("X", "X"), "serial-twice")):
        with pytest.raises(InvalidInput) as refused:
            guns(database, county, *serials, key="new")
        assert refused.value.problem == problem
    with database.transaction() as session:
        masks, unit, told = session.merge(county.masks), session.merge(county.warehouse), Description(acquired_on=TODAY)
        with pytest.raises(InvalidInput, match="not-equipment"):
            assets.register(session, signed=signed(), item=masks, unit=unit, serials=["K1"], told=told)


def test_a_calibration_at_the_end_of_all_days_is_in_the_future_like_any_other(
    database: Database, county: County
) -> None:
    gun, _ = guns(database, county)
    with pytest.raises(InvalidInput, match="future"):
        do(database, gun, AssetAct.CALIBRATED, calibrated_on=dt.date.max)


def test_what_is_due_comes_longest_overdue_first(database: Database, county: County) -> None:
    days = {"SOON": TODAY + dt.timedelta(days=7), "LATER": TODAY + dt.timedelta(days=8), "PAST": YESTERDAY}
    made = {serial: guns(database, county, serial, key=serial, due_on=day)[0] for serial, day in days.items()}
    (gone,) = guns(database, county, "GONE", key="gone", due_on=YESTERDAY)
    do(database, gone, AssetAct.RETIRED, note="丢失")
    do(database, made["SOON"], AssetAct.LENT, place_id=county.station.id, until=TODAY)
    with database.reading() as session:
        found = assets.due(session, unit_id=county.bureau.id, on=TODAY, within_days=7)
        assert [asset.serial for asset in found] == ["PAST", "SOON"]
        borrowed = assets.due(session, unit_id=county.station.id, on=TODAY, within_days=7)
        assert [asset.serial for asset in borrowed] == ["SOON"]
        assert not borrowed[0].late(TODAY)
        assert borrowed[0].late(TOMORROW)
        found = assets.assets(session, unit_id=county.bureau.id, words="体温 烟叶站")
        assert [asset.serial for asset in found] == ["SOON"]
        found = assets.assets(session, unit_id=county.bureau.id, retired=True)
        assert [asset.serial for asset in found] == ["GONE"]


def test_where_a_piece_is_follows_from_its_events(database: Database, county: County) -> None:
    (gun,) = guns(database, county, "T1")
    do(database, gun, AssetAct.LENT, place_id=county.station.id, until=TOMORROW)
    do(database, gun, AssetAct.CALIBRATED, due_on=dt.date(2021, 1, 1))
    with database.reading() as session:
        kept, again = assets.get_asset(session, gun.id), Asset()
        for event in reversed(assets.history(session, gun.id)):
            assets.follow(again, event)
        for field in ("state", "holder", "place_id", "since", "until", "due_on"):
            assert getattr(again, field) == getattr(kept, field), field


def test_the_database_refuses_to_change_what_happened(database: Database, county: County) -> None:
    guns(database, county)
    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(update(AssetEvent).values(note="x"))


def test_what_was_lent_and_is_not_back_comes_longest_awaited_first(database: Database, county: County) -> None:
    (gun, other, kept) = guns(database, county, "T1", "T2", "T3")
    do(database, gun, AssetAct.LENT, holder="县医院", until=TODAY)
    do(database, other, AssetAct.LENT, place_id=county.station.id, until=TOMORROW)
    do(database, kept, AssetAct.HANDED_OUT, holder="王卫")
    with database.reading() as session:
        assert assets.late(session, unit_id=county.bureau.id, on=TODAY) == []
        found = assets.late(session, unit_id=county.bureau.id, on=TOMORROW + dt.timedelta(days=1))
        assert [asset.serial for asset in found] == ["T1", "T2"]
