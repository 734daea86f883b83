"""A donation of 1,000 masks and 5,000 yuan for the checkpoint: accepted, received, followed, spent."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import DatabaseError

from inventory import days, donations, funds, ledger, lots, places, purchasing
from inventory.catalogue import LotStatus
from inventory.donations import Donation, DonationState, Given
from inventory.errors import AlreadyPaid, AlreadyReversed, InvalidInput, KeyReused, Overspent, Restricted, WrongState
from inventory.funds import Fund, FundEntry
from inventory.ledger import Document, DocumentKind, Line
from inventory.lots import Portion
from inventory.places import Place, open_location
from inventory.purchasing import Ordered, PurchaseOrder
from inventory.units import Unit
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded

HOUR = dt.timedelta(hours=1)


def offered(
    database: Database, county: County, key: str = "offer", named: bool = True, purpose: str = "卡点防护"
) -> Donation:
    with database.transaction() as session:
        return donations.offer(
            session,
            key=key,
            donor=open_location(session, place=Place.DONOR, code="商会", name="商会"),
            unit=session.merge(county.bureau),
            lines=[(county.masks.id, 1_000)],
            money_fen=500_000,
            purpose=purpose,
            unit_ids=[county.checkpoint.id] if named else [],
            at=NOW,
            by="officer",
        )


def accepted(
    database: Database, county: County, key: str = "offer", named: bool = True, purpose: str = "卡点防护"
) -> Donation:
    donation = offered(database, county, key, named, purpose)
    with database.transaction() as session:
        return donations.accept(session, donation_id=donation.id, at=NOW, by="leader")


def goods(database: Database, county: County, donation: Donation, quantity: int, key: str = "goods") -> Document:
    with database.transaction() as session:
        item = Given(item=session.merge(county.masks), quantity=quantity, lot_code="M1", expires_on=dt.date(2021, 5, 1))
        return donations.receive_goods(
            session, recorded=recorded(key), donation_id=donation.id, store=session.merge(county.store), given=[item]
        )


def money(database: Database, donation: Donation, fen: int, key: str = "money") -> FundEntry:
    with database.transaction() as session:
        return donations.receive_money(session, recorded=recorded(key), donation_id=donation.id, amount_fen=fen)


def order(
    database: Database, county: County, price_fen: int = 400_000, unit: Unit | None = None, key: str = "order"
) -> PurchaseOrder:
    with database.transaction() as session:
        return purchasing.order_goods(
            session,
            key=key,
            supplier=session.merge(county.supplier),
            unit=session.merge(unit or county.bureau),
            lines=[Ordered(item_id=county.masks.id, quantity=2_000, price_fen=price_fen, price_word="箱")],
            at=NOW,
            by="officer",
        )


def spend(database: Database, fund_id: int, made: PurchaseOrder, fen: int, key: str) -> FundEntry:
    with database.transaction() as session:
        ordered = purchasing.get_order(session, made.id)
        return donations.spend(session, recorded=recorded(key), fund_id=fund_id, order=ordered, amount_fen=fen)


def balance(database: Database, fund_id: int) -> int:
    with database.reading() as session:
        return funds.get_fund(session, fund_id).balance_fen


def test_nothing_is_taken_in_before_somebody_said_yes(database: Database, county: County) -> None:
    donation = offered(database, county)
    with pytest.raises(WrongState):
        goods(database, county, donation, 1)
    with pytest.raises(WrongState):
        money(database, donation, 1)


def test_a_refusal_has_a_reason_and_is_final(database: Database, county: County) -> None:
    donation = offered(database, county)
    decision: dict[str, Any] = {"donation_id": donation.id, "at": NOW, "by": "leader"}
    with database.transaction() as session:
        with pytest.raises(InvalidInput):
            donations.refuse(session, reason="", **decision)
        for _time in range(2):
            donations.refuse(session, reason="已过期", **decision)
        with pytest.raises(WrongState):
            donations.accept(session, **decision)
    with database.reading() as session:
        shown = donations.donations(session, unit_id=county.bureau.id, state=DonationState.REFUSED)
        assert [(one.donation.decision_reason, one.awaited) for one in shown] == [("已过期", False)]


def test_its_goods_have_lots_of_their_own_and_go_to_the_named_unit_only(database: Database, county: County) -> None:
    donation = accepted(database, county)
    document = goods(database, county, donation, 1_000)
    with database.transaction() as session:
        assert [m.lot.code for m in session.merge(document).movements] == [f"M1/{donation.number}"]
        station = places.store_of(session, session.merge(county.station)).id
        with pytest.raises(Restricted):
            ledger.transfer(
                session,
                recorded=recorded("away"),
                source_id=county.store.id,
                destination_id=station,
                wanted={county.masks.id: 2_001},
            )


def test_the_ledger_tells_where_every_piece_went(database: Database, county: County) -> None:
    donation = accepted(database, county)
    goods(database, county, donation, 1_000)
    with database.transaction() as session:
        checkpoint = places.store_of(session, session.merge(county.checkpoint))
        consumed = places.the_location(session, Place.CONSUMED)
        for key, source, destination, quantity in (
            ("sent", county.store.id, checkpoint.id, 600),
            ("used", checkpoint.id, consumed.id, 100),
        ):
            ledger.issue(
                session,
                recorded=recorded(key),
                source_id=source,
                destination_id=destination,
                wanted={county.masks.id: quantity},
            )
        (trail,) = donations.where_went(session, donation.id)
        assert trail.received == 1_000
        assert [(m.source.name, m.destination.name, m.quantity) for m in trail.moves] == [
            ("区局仓库", "高速卡点", 600),
            ("高速卡点", "consumed", 100),
        ]
        assert [(place.name, quantity) for place, quantity in trail.now] == [
            ("高速卡点", 500),
            ("区局仓库", 400),
            ("consumed", 100),
        ]


def test_what_came_is_told_beside_what_was_offered_and_a_reversal_takes_it_back(
    database: Database, county: County
) -> None:
    donation = accepted(database, county)
    goods(database, county, donation, 400)
    wrong = goods(database, county, donation, 50, "wrong")
    money(database, donation, 500_000)
    with database.transaction() as session:
        ledger.reverse(session, recorded=recorded("undo", reason="付错了"), document_id=wrong.id)
    with database.reading() as session:
        (now,) = donations.donations(session, unit_id=county.bureau.id)
        assert [(line.offered, line.received) for line in now.items] == [(1_000, 400)]
        assert (now.received_fen, now.awaited) == (500_000, True)
        (thanked,) = donations.thanks(session, unit_id=county.bureau.id)
        assert (thanked.donor.name, thanked.money_fen) == ("商会", 500_000)
        assert [(item.code, quantity) for item, quantity in thanked.goods] == [("KZ", 400)]
        assert donations.thanks(session, unit_id=county.station.id) == []


def test_money_stays_with_its_purpose_and_is_never_overspent(database: Database, county: County) -> None:
    donation, free = accepted(database, county), accepted(database, county, key="free", purpose="")
    fund_id = money(database, donation, 100_000).fund_id
    assert money(database, free, 300_000, "free-money").fund_id != fund_id
    made = order(database, county)
    with pytest.raises(Overspent) as refused:
        spend(database, fund_id, made, 100_001, "too-much")
    assert (refused.value.left_fen, refused.value.purpose) == (100_000, "卡点防护")
    for _time in range(2):
        spend(database, fund_id, made, 60_000, "once")
    assert balance(database, fund_id) == 40_000


def test_money_of_one_unit_buys_nothing_for_its_neighbour(database: Database, county: County) -> None:
    """The bureau's money may buy for the village below it; the village's may not buy for the station beside it."""
    fund_id = money(database, accepted(database, county), 500_000).fund_id
    assert spend(database, fund_id, order(database, county, unit=county.village, key="below"), 1, "below").id
    with database.transaction() as session:
        session.get_one(Fund, fund_id).unit_id = county.village.id
    assert spend(database, fund_id, order(database, county, unit=county.bureau, key="above"), 1, "above").id
    beside = order(database, county, unit=county.station, key="beside")
    with pytest.raises(InvalidInput, match="other-unit"):
        spend(database, fund_id, beside, 1, "beside")


def test_an_order_is_not_paid_for_twice(database: Database, county: County) -> None:
    fund_id = money(database, accepted(database, county), 500_000).fund_id
    made = order(database, county, price_fen=200_000)
    paid = spend(database, fund_id, made, 150_000, "first")
    with pytest.raises(Overspent) as refused:
        spend(database, fund_id, made, 50_001, "second")
    assert refused.value.left_fen == 50_000
    with database.transaction() as session:
        for _time in range(2):
            funds.reverse_entry(session, recorded=recorded("undo", reason="付错了"), entry_id=paid.id)
        with pytest.raises(AlreadyReversed):
            funds.reverse_entry(session, recorded=recorded("undo-again", reason="付错了"), entry_id=paid.id)
    assert balance(database, fund_id) == 500_000
    assert spend(database, fund_id, made, 200_000, "third").id


def test_money_of_a_closed_day_is_entered_late_and_booked_back_and_the_closing_stays_proved(
    database: Database, county: County
) -> None:
    donation = accepted(database, county)
    with database.transaction() as session:
        closing = {"unit_id": county.bureau.id, "day": TODAY, "at": NOW + HOUR, "zone": dt.UTC, "by": "officer"}
        assert days.close_day(session, key="close", **closing).ends_at == NOW + HOUR
    late = money(database, donation, 500_000)
    with database.transaction() as session:
        funds.reverse_entry(session, recorded=recorded("undo", reason="付错了"), entry_id=late.id)
        assert late.occurred_at < NOW + HOUR
    with database.reading() as session:
        assert days.prove_days(session).findings == ()


def test_what_came_back_is_a_return_and_the_figures_of_a_trail_add_up(database: Database, county: County) -> None:
    """Of 1,000 masks 100 went to a household, 40 of them came back recalled, 10 were then destroyed; 5 more were received by mistake."""
    donation = accepted(database, county, named=False)
    goods(database, county, donation, 1_000)
    mistake = goods(database, county, donation, 5, "mistake")
    with database.transaction() as session:
        household = open_location(session, place=Place.RECIPIENT, code="H1", name="五保户")
        lot_id, at_store = session.merge(mistake).movements[0].lot_id, county.store.id
        ledger.reverse(session, recorded=recorded("undo", reason="付错了"), document_id=mistake.id)
        line = Line(lot_id=lot_id, source_id=at_store, destination_id=household.id, quantity=100)
        ledger.post(session, kind=DocumentKind.ISSUE, recorded=recorded("given"), lines=[line])
        lots.change_status(
            session, key="b", lot_id=lot_id, status=LotStatus.RECALLED, reason="召回", at=NOW, by="officer"
        )
        back = {
            "lot_id": lot_id,
            "source_id": household.id,
            "store_id": at_store,
            "quantity": 40,
            "unit_id": county.bureau.id,
        }
        returned = lots.bring_back(session, recorded=recorded("back"), **back)
        assert (returned.kind, returned.number[:2]) == (DocumentKind.RETURN, "TK")
        portion = Portion(location_id=at_store, lot_id=lot_id, quantity=10)
        lots.dispose(session, recorded=recorded("burnt", reason="销毁"), portions=[portion])
        (trail,) = donations.where_went(session, donation.id)
    assert (trail.received, trail.in_stock, trail.in_transit, trail.handed_out, trail.written_off) == (
        1_000,
        930,
        0,
        60,
        10,
    )
    assert [move.document.number[:2] for move in trail.moves] == ["CX", "CK", "TK", "BF"]


def test_what_does_not_come_is_closed_with_a_reason_and_awaited_no_more(database: Database, county: County) -> None:
    donation = accepted(database, county)
    goods(database, county, donation, 400)
    with pytest.raises(InvalidInput), database.transaction() as session:
        donations.close_short(session, donation_id=donation.id, reason=" ", at=NOW, by="officer")
    for _time in range(2):
        with database.transaction() as session:
            closed = donations.close_short(session, donation_id=donation.id, reason="改捐他县", at=NOW, by="officer")
            assert not donations.standings(session, [closed])[0].awaited
            assert [thanks.times for thanks in donations.thanks(session, unit_id=county.bureau.id)] == [1]
    with pytest.raises(WrongState):
        goods(database, county, donation, 600, "late")


def test_what_came_before_the_closing_is_told_again_to_whoever_sends_it_again(
    database: Database, county: County
) -> None:
    """The answer was lost, and meanwhile somebody closed the donation."""
    donation = accepted(database, county)
    came, paid = goods(database, county, donation, 400), money(database, donation, 1_000)
    with database.transaction() as session:
        donations.close_short(session, donation_id=donation.id, reason="改捐他县", at=NOW, by="officer")
    assert goods(database, county, donation, 400).id == came.id
    assert money(database, donation, 1_000).id == paid.id
    assert balance(database, paid.fund_id) == 1_000
    with pytest.raises(KeyReused):
        money(database, donation, 2_000)


def test_a_list_of_donations_asks_no_question_for_each(database: Database, county: County) -> None:
    def asked() -> int:
        statements: list[str] = []
        with database.reading() as session:
            event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
            for one in donations.donations(session, unit_id=county.bureau.id):
                assert one.donation.donor.name == "商会"
                assert one.donation.unit.name
                assert [unit.code for unit in one.donation.named_units] == ["KD1"]
        return len(statements)

    offered(database, county)
    of_one = asked()
    offered(database, county, "second")
    offered(database, county, "third")
    assert asked() == of_one


def test_an_order_is_cancelled_only_after_its_money_was_booked_back(database: Database, county: County) -> None:
    fund_id = money(database, accepted(database, county), 500_000).fund_id
    made = order(database, county)
    paid = spend(database, fund_id, made, 150_000, "first")

    def cancel() -> None:
        with database.transaction() as session:
            purchasing.cancel(session, order_id=made.id, version=1, reason="订错", at=NOW, by="officer")

    with pytest.raises(AlreadyPaid) as refused:
        cancel()
    assert refused.value.spent_fen == 150_000
    with database.transaction() as session:
        funds.reverse_entry(session, recorded=recorded("undo", reason="付错了"), entry_id=paid.id)
    cancel()
    with pytest.raises(WrongState):
        spend(database, fund_id, made, 1, "late")
    assert spend(database, fund_id, made, 150_000, "first").id == paid.id
    assert balance(database, fund_id) == 500_000


def test_money_that_was_spent_cannot_be_taken_out_of_the_book(database: Database, county: County) -> None:
    given = money(database, accepted(database, county), 100_000)
    spend(database, given.fund_id, order(database, county), 80_000, "spent")
    with pytest.raises(Overspent), database.transaction() as session:
        funds.reverse_entry(session, recorded=recorded("undo", reason="付错了"), entry_id=given.id)
    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as session:
        session.execute(update(FundEntry).values(amount_fen=1))


def test_the_same_key_is_one_offer_and_empty_offers_are_none(database: Database, county: County) -> None:
    assert offered(database, county).id == offered(database, county).id
    with pytest.raises(KeyReused):
        offered(database, county, purpose="别的")
    with database.transaction() as session:
        donor = open_location(session, place=Place.DONOR, code="无", name="无")
        with pytest.raises(InvalidInput):
            donations.offer(session, key="none", donor=donor, unit=session.merge(county.bureau), at=NOW, by="officer")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["give", "spend", "undo"]), st.integers(1, 50_000)), max_size=12))
def test_a_fund_is_always_the_sum_of_its_entries(
    database: Database, county: County, steps: list[tuple[str, int]]
) -> None:
    donation, made = accepted(database, county), order(database, county)
    fund_id = money(database, donation, 1).fund_id
    for step, amount in steps:
        with database.transaction() as session:
            ids = session.scalars(select(FundEntry.id).order_by(FundEntry.id)).all()
        number = len(ids)
        try:
            if step == "give":
                money(database, donation, amount, f"give-{number}")
            elif step == "spend":
                spend(database, fund_id, made, amount, f"spend-{number}")
            else:
                with database.transaction() as session:
                    undone = ids[amount % number]
                    funds.reverse_entry(session, recorded=recorded(f"undo-{number}", reason="付错了"), entry_id=undone)
        except (Overspent, AlreadyReversed):
            pass
    with database.reading() as session:
        total = session.scalar(select(func.sum(FundEntry.amount_fen)).where(FundEntry.fund_id == fund_id))
        assert session.get_one(Fund, fund_id).balance_fen == total >= 0


def test_goods_that_had_expired_before_they_came_are_not_taken_in(database: Database, county: County) -> None:
    donation = accepted(database, county)
    old = Given(item=county.masks, quantity=50, lot_code="M9", expires_on=dt.date(2020, 3, 14))
    with pytest.raises(InvalidInput, match="expired"), database.transaction() as session:
        donations.receive_goods(
            session, recorded=recorded("old"), donation_id=donation.id, store=county.store, given=[old]
        )
