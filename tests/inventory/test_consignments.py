"""600 masks on their way from the warehouse to the station: 500 of the lot M1, 100 of M2."""

import pytest
from sqlalchemy import func, select

from inventory import consignments, ledger, places, promises, stock
from inventory.balances import Balance
from inventory.consignments import (
    Answer,
    Arrival,
    Consignment,
    ConsignmentState,
    Counted,
    Difference,
    DifferenceReason,
    Settlement,
    Standing,
)
from inventory.errors import InvalidInput, KeyReused, Promised, Short, WrongState
from inventory.photos import PictureKind
from inventory.places import Place
from inventory.units import Unit
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def send(database: Database, county: County, key: str = "send", quantity: int = 600) -> Consignment:
    with database.transaction() as session:
        return consignments.send(
            session,
            recorded=recorded(key),
            source=session.merge(county.store),
            destination=places.store_of(session, session.merge(county.station)),
            wanted={county.masks.id: quantity},
            carrier="鄂C0001",
        )


def receive(database: Database, sent: Consignment, key: str = "sign", **found: int) -> Arrival:
    """By lot code what was found; nothing named is all as sent."""
    with database.transaction() as session:
        lots = {line.lot.code: line.lot.id for line in consignments.standing(session, session.merge(sent)).lots}
        counted = [
            Counted(lot_id=lots[code], quantity=quantity, reason=DifferenceReason.BROKEN, note="箱子湿了", photo=PNG)
            for code, quantity in found.items()
        ]
        return consignments.receive(
            session, recorded=recorded(key, by="chief"), consignment_id=sent.id, counted=counted or None
        )


def settle(
    database: Database, county: County, difference: Difference, answer: Answer, quantity: int, key: str
) -> Settlement:
    with database.transaction() as session:
        return consignments.settle(
            session,
            recorded=recorded(key),
            difference_id=difference.id,
            answer=answer,
            quantity=quantity,
            supplier=session.merge(county.supplier),
        )


def standing(database: Database, sent: Consignment) -> Standing:
    with database.reading() as session:
        return consignments.standing(session, consignments.get_consignment(session, sent.id))


def masks(database: Database, county: County, unit: Unit) -> tuple[int, int]:
    """On hand and on the way."""
    with database.reading() as session:
        for line in stock.on_hand(session, unit_id=unit.id, on=TODAY):
            if line.item.id == county.masks.id:
                return line.on_hand, line.in_transit
    return 0, 0


def test_what_is_sent_lies_in_transit_until_it_is_signed_for(database: Database, county: County) -> None:
    sent = send(database, county)
    assert masks(database, county, county.warehouse) == (1_400, 0)
    assert masks(database, county, county.station) == (0, 600)
    assert masks(database, county, county.bureau) == (1_400, 600)
    assert standing(database, sent).state is ConsignmentState.ON_THE_WAY
    receive(database, sent)
    assert masks(database, county, county.station) == (600, 0)
    assert standing(database, sent).state is ConsignmentState.SETTLED


def test_both_ends_see_it_and_nobody_else(database: Database, county: County) -> None:
    sent = send(database, county)
    with database.reading() as session:
        for unit, seen in (
            (county.warehouse, True),
            (county.station, True),
            (county.bureau, True),
            (county.village, False),
        ):
            assert consignments.concerns(session, sent, unit_id=unit.id) is seen
            assert bool(consignments.consignments(session, unit_id=unit.id)) is seen
            assert bool(consignments.consignments(session, unit_id=unit.id, only_open=True)) is seen


def test_what_did_not_arrive_stays_in_transit_with_a_note(database: Database, county: County) -> None:
    sent = send(database, county)
    receive(database, sent, M1=480, M2=100)
    now = standing(database, sent)
    assert now.state is ConsignmentState.DIFFERING
    (line,) = now.differences
    assert (line.difference.lot.code, line.difference.quantity, line.open, line.has_photo) == ("M1", 20, 20, True)
    assert line.difference.reason is DifferenceReason.BROKEN
    assert masks(database, county, county.station) == (580, 20)
    with database.reading() as session:
        assert consignments.get_photo(session, line.difference.id).kind is PictureKind.PNG
        assert stock.prove(session).findings == ()


def test_each_answer_moves_the_goods_and_at_last_nothing_is_open(database: Database, county: County) -> None:
    sent = send(database, county)
    receive(database, sent, M1=480, M2=100)
    difference = standing(database, sent).differences[0].difference
    for answer, quantity in ((Answer.BACK, 1), (Answer.ONWARD, 2), (Answer.LOST, 3), (Answer.SUPPLIER, 14)):
        assert standing(database, sent).state is ConsignmentState.DIFFERING
        for _time in range(2):
            settle(database, county, difference, answer, quantity, answer)
    assert standing(database, sent).state is ConsignmentState.SETTLED
    assert masks(database, county, county.warehouse) == (1_401, 0)
    assert masks(database, county, county.station) == (582, 0)
    with database.reading() as session:
        lost = places.the_location(session, Place.LOST).id
        assert session.scalar(select(func.sum(Balance.quantity)).where(Balance.location_id == lost)) == 3
        assert consignments.consignments(session, unit_id=county.bureau.id, only_open=True) == []


def test_more_than_differs_is_not_settled(database: Database, county: County) -> None:
    sent = send(database, county)
    receive(database, sent, M1=480, M2=100)
    difference = standing(database, sent).differences[0].difference
    settle(database, county, difference, Answer.LOST, 15, "lost")
    with pytest.raises(Short) as short:
        settle(database, county, difference, Answer.BACK, 6, "back")
    assert short.value.available == 5


def test_a_surplus_comes_out_of_the_senders_books_or_goes_back(database: Database, county: County) -> None:
    sent = send(database, county)
    receive(database, sent, M1=500, M2=130)
    (line,) = standing(database, sent).differences
    assert (line.difference.reason, line.difference.quantity) == (DifferenceReason.SURPLUS, 30)
    with pytest.raises(InvalidInput):
        settle(database, county, line.difference, Answer.LOST, 30, "lost")
    settle(database, county, line.difference, Answer.ONWARD, 20, "kept")
    with database.reading() as session:
        assert len(consignments.consignments(session, unit_id=county.bureau.id, only_open=True)) == 1
    settle(database, county, line.difference, Answer.BACK, 10, "carried-back")
    assert standing(database, sent).state is ConsignmentState.SETTLED
    assert masks(database, county, county.station) == (620, 0)
    assert masks(database, county, county.warehouse) == (1_380, 0)


def test_nothing_arrived_is_also_signed_for(database: Database, county: County) -> None:
    sent = send(database, county)
    arrival = receive(database, sent, M1=0, M2=0)
    with database.reading() as session:
        assert session.get_one(Arrival, arrival.id).receipt is None
    assert [line.open for line in standing(database, sent).differences] == [500, 100]


def test_signing_twice_is_once_and_a_second_signature_is_refused(database: Database, county: County) -> None:
    sent = send(database, county)
    assert send(database, county).id == sent.id
    assert receive(database, sent).id == receive(database, sent).id
    with pytest.raises(WrongState):
        receive(database, sent, key="another")
    with pytest.raises(KeyReused):
        receive(database, sent, M1=1, M2=1)


def test_an_undone_signature_counts_no_more(database: Database, county: County) -> None:
    sent = send(database, county)
    receive(database, sent, M1=480, M2=100)
    wrong = standing(database, sent)
    assert wrong.arrival is not None
    assert wrong.arrival.receipt is not None
    with database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo"), document_id=wrong.arrival.receipt.document_id)
    assert standing(database, sent).state is ConsignmentState.ON_THE_WAY
    with pytest.raises(WrongState):
        settle(database, county, wrong.differences[0].difference, Answer.LOST, 1, "void")
    receive(database, sent, key="right")
    assert standing(database, sent).state is ConsignmentState.SETTLED


def test_an_undone_answer_waits_again(database: Database, county: County) -> None:
    sent = send(database, county)
    receive(database, sent, M1=480, M2=100)
    difference = standing(database, sent).differences[0].difference
    settle(database, county, difference, Answer.LOST, 20, "lost")
    with database.transaction() as session:
        document = ledger.document_by_key(session, "lost")
        assert document is not None
        ledger.reverse(session, recorded=recorded("found"), document_id=document.id)
    assert standing(database, sent).differences[0].open == 20


def test_a_consignment_is_called_back_only_before_it_arrived(database: Database, county: County) -> None:
    gone, arrived = send(database, county), send(database, county, key="other", quantity=10)
    receive(database, arrived)
    with database.transaction() as session:
        assert gone.document_id is not None
        ledger.reverse(session, recorded=recorded("back"), document_id=gone.document_id)
    assert standing(database, gone).state is ConsignmentState.WITHDRAWN
    with pytest.raises(WrongState):
        receive(database, gone, key="late")
    assert arrived.document_id is not None
    with pytest.raises(Short), database.transaction() as session:
        ledger.reverse(session, recorded=recorded("too-late"), document_id=arrived.document_id)


def test_every_lot_in_transit_is_counted_and_no_other(database: Database, county: County) -> None:
    sent = send(database, county)
    lot_id = standing(database, sent).lots[0].lot.id
    for counted, problem in (
        ([Counted(lot_id=lot_id, quantity=500)], "not-counted"),
        ([Counted(lot_id=lot_id, quantity=500), Counted(lot_id=3, quantity=1)], "not-sent"),
    ):
        with pytest.raises(InvalidInput) as refused, database.transaction() as session:
            consignments.receive(session, recorded=recorded("bad"), consignment_id=sent.id, counted=counted)
        assert refused.value.problem == problem


def test_a_lot_on_two_lines_is_refused(database: Database, county: County) -> None:
    sent = send(database, county)
    with database.reading() as session:
        [first, second] = [line.lot.id for line in consignments.standing(session, session.merge(sent)).lots]
    counted = [
        Counted(lot_id=first, quantity=300),
        Counted(lot_id=first, quantity=200),
        Counted(lot_id=second, quantity=100),
    ]
    with pytest.raises(InvalidInput) as refused, database.transaction() as session:
        consignments.receive(session, recorded=recorded("sign"), consignment_id=sent.id, counted=counted)
    assert refused.value.problem == "twice"


def test_what_others_build_on_is_not_undone(database: Database, county: County) -> None:
    """A sending that was signed for, and an arrival whose difference was answered."""
    sent = send(database, county)
    arrival = receive(database, sent, M1=400, M2=100)
    with database.transaction() as session, pytest.raises(WrongState):
        consignments.refuse_to_undo(session, consignments.get_consignment(session, sent.id).document_id or 0)
    with database.transaction() as session:
        found = session.get_one(Arrival, arrival.id)
        assert found.receipt is not None
        document_id = found.receipt.document_id
        consignments.refuse_to_undo(session, document_id)
        difference = found.differences[0]
    settle(database, county, difference, Answer.LOST, 100, "lost")
    with database.transaction() as session, pytest.raises(WrongState):
        consignments.refuse_to_undo(session, document_id)


def test_a_surplus_does_not_go_on_from_what_the_sender_promised_to_others(database: Database, county: County) -> None:
    """1,400 masks are left in the warehouse and 1,390 of them promised: of the 20 too many it can only account for 10."""
    sent = send(database, county)
    receive(database, sent, M1=500, M2=120)
    (line,) = standing(database, sent).differences
    with database.transaction() as session:
        promises.reserve(session, key="r", location_id=county.store.id, item_id=county.masks.id, quantity=1_390, at=NOW)
    with pytest.raises(Promised) as refused:
        settle(database, county, line.difference, Answer.ONWARD, 20, "onward")
    assert (refused.value.available, refused.value.promised) == (10, 1_390)
    settle(database, county, line.difference, Answer.ONWARD, 10, "onward")
