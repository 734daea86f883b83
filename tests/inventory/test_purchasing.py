"""Orders and what came of them: 10 boxes of masks at 62.50 and 20 kg of disinfectant at 8.05 a kilogram."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from inventory import ledger, purchasing
from inventory.catalogue import lot_for
from inventory.errors import InvalidInput, KeyReused, NotFound, OverDelivery, WrongState
from inventory.ledger import Document
from inventory.purchasing import Came, Ordered, Progress, PurchaseOrder, PurchaseReceipt, Standing
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded


def order(database: Database, county: County, key: str = "o", masks: int = 500) -> PurchaseOrder:
    with database.transaction() as session:
        return purchasing.order_goods(
            session,
            key=key,
            supplier=session.merge(county.supplier),
            unit=session.merge(county.warehouse),
            lines=[
                Ordered(item_id=county.masks.id, quantity=masks, price_fen=6_250, price_word="盒"),
                Ordered(item_id=county.disinfectant.id, quantity=20_000, price_fen=805, price_word="公斤"),
            ],
            at=NOW,
            by="officer",
            expected_on=dt.date(2020, 3, 14),
        )


def came(
    database: Database, county: County, made: PurchaseOrder, quantity: int, key: str, more: bool = False
) -> Document:
    with database.transaction() as session:
        lot = lot_for(session, item=session.merge(county.masks), code="N1", expires_on=dt.date(2022, 1, 1))
        return purchasing.receive_ordered(
            session,
            recorded=recorded(key),
            order_id=made.id,
            store=session.merge(county.store),
            came=[Came(lot_id=lot.id, quantity=quantity)],
            accept_more=more,
        )


def standing(database: Database, made: PurchaseOrder) -> Standing:
    with database.reading() as session:
        return purchasing.standing(session, purchasing.get_order(session, made.id))


def test_an_order_comes_to_what_its_lines_cost(database: Database, county: County) -> None:
    now = standing(database, order(database, county))
    assert [line.line.amount_fen for line in now.lines] == [62_500, 16_100]
    assert (now.amount_fen, now.open_fen, now.progress) == (78_600, 78_600, Progress.WAITING)
    assert now.lines[1].line.cost_fen(1_550) == 1_248  # 1.55 kg at 8.05 is 12.4775
    assert now.overdue(TODAY)
    assert not now.overdue(dt.date(2020, 3, 14))


def test_it_may_come_in_parts(database: Database, county: County) -> None:
    made = order(database, county)
    came(database, county, made, 200, "first")
    came(database, county, made, 100, "second")
    now = standing(database, made)
    assert [(line.received, line.open) for line in now.lines] == [(300, 200), (0, 20_000)]
    assert now.progress is Progress.PARTLY
    assert now.open_fen == 25_000 + 16_100


def test_the_parts_of_an_amount_add_up_to_the_fen(database: Database, county: County) -> None:
    """A box of 50 masks for one fen: half of it costs one fen too, so the other half costs none."""
    with database.transaction() as session:
        lines = [Ordered(item_id=county.masks.id, quantity=50, price_fen=1, price_word="盒")]
        supplier, unit = session.merge(county.supplier), session.merge(county.warehouse)
        made = purchasing.order_goods(session, key="o", supplier=supplier, unit=unit, lines=lines, at=NOW, by="officer")
    came(database, county, made, 25, "half")
    now = standing(database, made)
    assert (now.lines[0].line.cost_fen(25), now.open_fen, now.amount_fen) == (1, 0, 1)


def test_what_is_paid_for_is_what_was_ordered_or_came_and_of_a_closed_order_what_came(
    database: Database, county: County
) -> None:
    made = order(database, county)
    came(database, county, made, 100, "first")
    assert standing(database, made).payable_fen == 62_500 + 16_100
    with database.transaction() as session:
        purchasing.close_short(session, order_id=made.id, version=2, reason="停产", at=NOW, by="officer")
    assert standing(database, made).payable_fen == 12_500


def test_a_reversed_receipt_is_open_again(database: Database, county: County) -> None:
    made = order(database, county)
    document = came(database, county, made, 500, "all")
    with database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo"), document_id=document.id)
    assert [line.open for line in standing(database, made).lines] == [500, 20_000]
    came(database, county, made, 500, "again")
    with database.reading() as session:
        assert len(purchasing.receipts(session, made.id)) == 2


def test_what_is_all_here_is_waited_for_no_more_until_a_receipt_is_reversed(database: Database, county: County) -> None:
    def awaited() -> list[int]:
        with database.reading() as session:
            found = purchasing.purchase_orders(session, unit_id=county.bureau.id, only_open=True)
            return [one.order.id for one in found]

    with database.transaction() as session:
        line = Ordered(item_id=county.masks.id, quantity=500, price_fen=6_250, price_word="盒")
        made = purchasing.order_goods(
            session,
            key="masks",
            supplier=session.merge(county.supplier),
            unit=session.merge(county.warehouse),
            lines=[line],
            at=NOW,
            by="officer",
        )
    assert awaited() == [made.id]
    document = came(database, county, made, 500, "all")
    assert awaited() == []
    assert standing(database, made).progress is Progress.COMPLETE
    with database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo"), document_id=document.id)
    assert awaited() == [made.id]


def test_more_than_is_open_is_taken_only_on_purpose(database: Database, county: County) -> None:
    made = order(database, county)
    with pytest.raises(OverDelivery) as over:
        came(database, county, made, 501, "too-much")
    assert (over.value.open, over.value.arrived) == (500, 501)
    came(database, county, made, 501, "too-much", more=True)
    assert standing(database, made).lines[0].over == 1


def test_a_receipt_sent_twice_counts_once_and_belongs_to_one_order(database: Database, county: County) -> None:
    made, other = order(database, county), order(database, county, key="other")
    assert came(database, county, made, 500, "all").id == came(database, county, made, 500, "all").id
    assert standing(database, made).lines[0].received == 500
    with pytest.raises(KeyReused):
        came(database, county, other, 500, "all")


def test_what_was_not_ordered_is_not_received_against_the_order(database: Database, county: County) -> None:
    made = order(database, county)
    with database.transaction() as session:
        lot = lot_for(session, item=session.merge(county.cigarettes), code="J1", expires_on=None)
        for lot_id, error in ((lot.id, InvalidInput), (9_999, NotFound)):
            with pytest.raises(error):
                purchasing.receive_ordered(
                    session,
                    recorded=recorded("cigarettes"),
                    order_id=made.id,
                    store=session.merge(county.store),
                    came=[Came(lot_id=lot_id, quantity=1)],
                )


def test_closing_short_says_what_is_missing_and_ends_the_order(database: Database, county: County) -> None:
    made = order(database, county)
    came(database, county, made, 500, "masks")
    version = standing(database, made).order.version
    close: dict[str, Any] = {"order_id": made.id, "at": NOW, "by": "officer"}
    with database.transaction() as session:
        with pytest.raises(InvalidInput):
            purchasing.close_short(session, version=version, reason=" ", **close)
        with pytest.raises(WrongState):  # something has come since the page was opened
            purchasing.close_short(session, version=1, reason="断货", **close)
        for _time in range(2):
            missing = purchasing.close_short(session, version=version, reason="断货", **close)
            assert [(line.line.item.code, line.open) for line in missing] == [("XD84", 20_000)]
    assert standing(database, made).progress is Progress.CLOSED
    with pytest.raises(WrongState):
        came(database, county, made, 1, "late", more=True)
    assert came(database, county, made, 500, "masks").id  # the receipt from before, sent again


def test_an_order_is_cancelled_only_while_nothing_has_come(database: Database, county: County) -> None:
    made, begun = order(database, county), order(database, county, key="begun")
    came(database, county, begun, 1, "one")
    with database.transaction() as session:
        purchasing.cancel(session, order_id=made.id, version=1, reason="", at=NOW, by="officer")
        with pytest.raises(WrongState):
            purchasing.cancel(session, order_id=begun.id, version=2, reason="", at=NOW, by="officer")
    with database.reading() as session:
        shown = purchasing.purchase_orders(session, unit_id=county.bureau.id, only_open=True)
        assert [one.order.id for one in shown] == [begun.id]
        assert purchasing.purchase_orders(session, unit_id=county.station.id) == []


def test_the_same_key_is_one_order_and_other_content_is_refused(database: Database, county: County) -> None:
    assert order(database, county).id == order(database, county).id
    with pytest.raises(KeyReused):
        order(database, county, masks=550)


def test_an_order_that_cannot_be_is_refused(database: Database, county: County) -> None:
    def ordered(*lines: tuple[int, str]) -> PurchaseOrder:
        with database.transaction() as session:
            return purchasing.order_goods(
                session,
                key="bad",
                supplier=session.merge(county.supplier),
                unit=session.merge(county.warehouse),
                lines=[Ordered(item_id=county.masks.id, quantity=q, price_fen=1, price_word=w) for q, w in lines],
                at=NOW,
                by="officer",
            )

    cases = {
        "empty": (),
        "twice": ((1, "盒"), (2, "盒")),
        "not-positive": ((0, "盒"),),
        "unknown-unit": ((1, "打"),),
        "too-large": ((10**13, "盒"),),
    }
    for problem, lines in cases.items():
        with pytest.raises(InvalidInput) as refused:
            ordered(*lines)
        assert refused.value.problem == problem


def test_the_database_refuses_to_change_what_came(database: Database, county: County) -> None:
    came(database, county, order(database, county), 1, "one")
    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(update(PurchaseReceipt).values(quantity=2))


def test_goods_that_had_expired_before_they_came_are_not_taken_in(database: Database, county: County) -> None:
    made = order(database, county)
    with database.transaction() as session:
        old = lot_for(session, item=session.merge(county.masks), code="OLD", expires_on=dt.date(2020, 3, 14)).id
    with pytest.raises(InvalidInput, match="expired"), database.transaction() as session:
        purchasing.receive_ordered(
            session,
            recorded=recorded("old"),
            order_id=made.id,
            store=session.merge(county.store),
            came=[Came(lot_id=old, quantity=50)],
        )
