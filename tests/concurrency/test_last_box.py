"""Many people at one store at the same moment, on both databases: never negative, never lost, nobody blocked for good."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from inventory import ledger, places, promises, stock
from inventory.errors import Short
from inventory.ledger import Document
from inventory.places import Place
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded

PEOPLE = 64


def at_once(act: Callable[[int], object]) -> Counter[str]:
    """Let PEOPLE threads act at the same moment; count how it ended for them."""
    ready = Barrier(PEOPLE)

    def person(number: int) -> str:
        ready.wait()
        try:
            act(number)
        except Short:
            return "short"
        return "done"

    with ThreadPoolExecutor(PEOPLE) as pool:
        return Counter(pool.map(person, range(PEOPLE)))


def issue(database: Database, county: County, key: str, quantity: int) -> Document:
    with database.transaction() as session:
        return ledger.issue(
            session,
            recorded=recorded(key),
            source_id=county.store.id,
            destination_id=places.the_location(session, Place.CONSUMED).id,
            wanted={county.masks.id: quantity},
        )


def assert_proved(database: Database) -> None:
    with database.reading() as session:
        assert stock.prove(session).findings == ()


def test_of_64_people_as_many_get_a_box_as_there_are_boxes(database: Database, county: County) -> None:
    ended = at_once(lambda number: issue(database, county, f"box-{number}", 50))
    assert ended == {"done": 40, "short": 24}
    assert_proved(database)


def test_one_of_64_gets_the_last_box(database: Database, county: County) -> None:
    issue(database, county, "all-but-one", 1_950)
    assert at_once(lambda number: issue(database, county, f"last-{number}", 50)) == {"done": 1, "short": 63}
    assert_proved(database)


def test_one_click_sent_64_times_is_one_issue(database: Database, county: County) -> None:
    assert at_once(lambda number: issue(database, county, "same", 50)) == {"done": PEOPLE}
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Document.key == "same")) == 1
    assert_proved(database)


def test_stock_sent_both_ways_by_64_people_never_blocks(database: Database, county: County) -> None:
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station)).id
    with database.transaction() as session:
        half = {county.masks.id: 1_000, county.disinfectant.id: 10_000}
        ledger.transfer(
            session, recorded=recorded("half"), source_id=county.store.id, destination_id=station, wanted=half
        )

    def swap(number: int) -> None:
        here, there = (county.store.id, station) if number % 2 else (station, county.store.id)
        with database.transaction() as session:
            ledger.transfer(
                session,
                recorded=recorded(f"swap-{number}"),
                source_id=here,
                destination_id=there,
                wanted={county.masks.id: 7, county.disinfectant.id: 11},
            )

    assert at_once(swap) == {"done": PEOPLE}
    with database.reading() as session:
        held = stock.on_hand(session, unit_id=county.bureau.id, on=TODAY)
        assert {row.item.code: row.on_hand for row in held} == {"JY": 500, "KZ": 2_000, "XD84": 20_000}
    assert_proved(database)


def test_what_is_promised_at_once_never_exceeds_what_is_there(database: Database, county: County) -> None:
    def promise(number: int) -> None:
        with database.transaction() as session:
            promises.reserve(
                session, key=f"p{number}", location_id=county.store.id, item_id=county.masks.id, quantity=50, at=NOW
            )

    assert at_once(promise) == {"done": 40, "short": 24}
    with database.reading() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=TODAY) == 0
