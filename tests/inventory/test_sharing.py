"""Sharing out what a store has, on both databases: 2,000 masks in boxes of 50."""

from fractions import Fraction

import pytest
from sqlalchemy import select, update

from inventory import catalogue, ledger, places, policies, requisitions, sharing, stock
from inventory.allocation import Rung
from inventory.errors import InvalidInput, KeyReused
from inventory.ledger import Line
from inventory.norms import Basis
from inventory.overrides import Override
from inventory.requisitions import Requisition, RequisitionState
from inventory.runs import AllocationRun, Share
from inventory.sharing import AllocationProof
from inventory.units import Unit, UnitKind
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded
from tests.inventory.norms import approved


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


def test_who_asks_on_two_papers_comes_no_further_than_on_one(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 600, 300)
    ask(database, county, county.checkpoint, 4_400, 300, key="again")
    ask(database, county, county.station, 1_000, 100)
    ask(database, county, county.village, 1_000, 100)
    # As in the first case: 34 boxes for the checkpoint, of which the first paper takes the 12 it asks for.
    share_out(database, county)
    with database.reading() as session:
        shares = session.get_one(AllocationRun, 1).shares
        given = {share.requisition.id: (share.packs, share.reason["asked_before"]) for share in shares}
        assert given == {1: (12, 0), 2: (22, 600), 3: (4, 0), 4: (2, 0)}
        assert sharing.prove_allocations(session).findings == ()


def test_what_was_shared_out_and_is_not_delivered_yet_counts_next_time(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 600, 300)
    assert share_out(database, county) == {"KD1": 600}
    # Two days are promised: at the next turn the checkpoint has those, and the rung takes it to three.
    ask(database, county, county.checkpoint, 5_000, 300, key="again")
    only_three_days = [Rung(tiers=frozenset({"frontline"}), ceiling_days=3)]
    assert share_out(database, county, key="next", ladder=only_three_days) == {"KD1": 300}
    with database.reading() as session:
        share = session.get_one(AllocationRun, 2).shares[0]
        assert (share.on_hand, share.reason["coming"], share.reason["cover_before"]) == (600, 600, "2")
        assert sharing.prove_allocations(session).findings == ()


def test_what_the_caller_knows_to_be_coming_counts_too(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 5_000, 300)
    only_three_days = [Rung(tiers=frozenset({"frontline"}), ceiling_days=3)]
    coming = {county.masks.id: {county.checkpoint.id: 450}}
    assert share_out(database, county, ladder=only_three_days, coming=coming) == {"KD1": 450}


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


def test_packs_too_small_to_count_out_are_refused_by_name(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 2_000_000, 300_000)
    with pytest.raises(InvalidInput, match="too-small") as refused:
        share_out(database, county, pack_word="只")
    assert refused.value.field == "pack"
    assert share_out(database, county) == {"KD1": 2_000}


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


def test_a_key_is_not_used_for_an_allocation_by_other_terms(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 5_000, 300)
    with database.transaction() as session:
        station = places.store_of(session, session.merge(county.station)).id
    share_out(database, county)
    short = [Rung(tiers=frozenset({"frontline"}), ceiling_days=1)]
    others: list[dict[str, object]] = [
        {"keep_packs": 1},
        {"ladder": short},
        {"other_source_ids": [station]},
        {"below": county.station.id},
        {"only_approved": True},
        {"closed": {(county.store.id, county.checkpoint.id)}},
    ]
    for other in others:
        with pytest.raises(KeyReused):
            share_out(database, county, **other)
    # What has come nearer since is no other term.
    assert share_out(database, county, coming={county.masks.id: {county.checkpoint.id: 50}})


def to_station(database: Database, county: County, boxes: int) -> int:
    """Put masks into the station's store; gives the store's id."""
    with database.transaction() as session:
        store = places.store_of(session, session.merge(county.station))
        ledger.transfer(
            session,
            recorded=recorded("to the station"),
            source_id=county.store.id,
            destination_id=store.id,
            wanted={county.masks.id: boxes * 50},
        )
        return store.id


def test_several_stores_give_each_to_whom_it_is_nearest(database: Database, county: County) -> None:
    second = to_station(database, county, 10)
    ask(database, county, county.checkpoint, 1_500, 100)
    ask(database, county, county.village, 500, 100)
    with database.transaction() as session:
        run = sharing.share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            other_source_ids=[second],
            pack_word="盒",
        )
        # Seven days of the checkpoint are 14 boxes, three of the village 6; all 40 boxes are there, the store in town is nearer.
        assert {share.requisition.unit.code: share.total_packs for share in run.shares} == {"KD1": 14, "CUN1": 6}
        assert sum(share.packs for one in (run, *run.parts) for share in one.shares) == 20
        for one in (run, *run.parts):
            held = stock.available(session, location_id=one.source_id, item_id=county.masks.id, on=NOW.date())
            there = 1_500 if one is run else 500
            assert held == there - sum(share.quantity for share in one.shares)


def test_a_closed_road_leaves_a_point_to_the_other_store_and_says_which_ran_out(
    database: Database, county: County
) -> None:
    second = to_station(database, county, 2)
    ask(database, county, county.checkpoint, 1_500, 100)
    with database.transaction() as session:
        run = sharing.share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            other_source_ids=[second],
            closed=[(county.store.id, county.checkpoint.id)],
            pack_word="盒",
        )
        assert [share.total_packs for share in run.shares] == [2]
        assert run.shares[0].reason["held_back_by"] == ["安阳烟叶站"]
        assert run.left_over == 30 + 8  # 38 boxes are left that nothing can carry there


def test_an_override_is_signed_counted_and_shown_against_the_ladder(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 2_000, 400)
    ask(database, county, county.village, 500, 100)
    with database.transaction() as session:
        village = session.scalars(select(Requisition).where(Requisition.unit_id == county.village.id)).one()
        run = sharing.share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            pack_word="盒",
            keep_packs=20,
            overrides=[Override(point=village.number, packs=5, reason="确诊一例", signer="leader")],
        )
        shares = {share.requisition.unit.code: share for share in run.shares}
        assert {code: share.packs for code, share in shares.items()} == {"KD1": 15, "CUN1": 5}
        assert shares["KD1"].reason["without_overrides"] == 20
        assert shares["CUN1"].reason["steps"][0]["rung"] is None
        assert run.certificate is not None
        assert run.certificate.case["overrides"] == [[village.number, 5, "确诊一例", "leader", True]]


@pytest.mark.parametrize(
    ("point", "packs", "problem"), [("SL9", 1, "unknown"), ("SL0000001", 41, "more-than-there-is")]
)
def test_an_override_that_cannot_be_is_refused(
    database: Database, county: County, point: str, packs: int, problem: str
) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    with pytest.raises(InvalidInput) as refused:
        share_out(database, county, overrides=[Override(point=point, packs=packs, reason="夜班", signer="leader")])
    assert refused.value.problem == problem


def test_only_what_is_approved_is_answered_where_it_is_asked_so(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    ask(database, county, county.station, 500, 100)
    with database.transaction() as session:
        requisitions.review(session, key="r", requisition_id=2, quantity=100, at=NOW, by="leader", comment="核减")
    assert share_out(database, county, only_approved=True) == {"YZ1": 100}


def test_the_unmet_rest_is_asked_for_again_once(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 5_000, 1_000)
    share_out(database, county, keep_packs=20)
    with database.transaction() as session:
        carried = sharing.carry_over(session, run_id=1, at=NOW, by="officer")
        assert [(asked.quantity, asked.daily_need, asked.carries_id) for asked in carried] == [(4_000, 1_000, 1)]
        assert sharing.carry_over(session, run_id=1, at=NOW, by="officer") == carried
    assert share_out(database, county, key="next round") == {"KD1": 1_000}


def test_a_run_names_its_policy(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    with database.transaction() as session:
        policy = policies.propose_policy(
            session,
            key="p",
            unit=session.merge(county.bureau),
            name="一级",
            ladder=[Rung(tiers=frozenset({"frontline"}), ceiling_days=1)],
            at=NOW,
            by="officer",
        )
        run = sharing.share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            pack_word="盒",
            policy=policy,
            ladder=policy.ladder,
        )
        assert (run.policy, run.shares[0].packs) == (policy, 2)


def test_every_certificate_decides_the_same_again(database: Database, county: County) -> None:
    second = to_station(database, county, 10)
    ask(database, county, county.checkpoint, 1_500, 300)
    ask(database, county, county.village, 500, 100)
    share_out(database, county, other_source_ids=[second], closed=[(second, county.village.id)], keep_packs=10)
    with database.reading() as session:
        assert sharing.prove_allocations(session) == AllocationProof(runs=1, without_certificate=0, findings=())


def test_a_share_that_differs_from_its_certificate_is_found(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    share_out(database, county)
    with database.transaction() as session:
        session.execute(update(Share).values(packs=9))
    with database.reading() as session:
        assert [found.rule for found in sharing.prove_allocations(session).findings] == ["shares", "sum"]


def test_what_expires_before_it_is_used_is_not_shared_out(database: Database, county: County) -> None:
    with database.transaction() as session:
        soon = catalogue.lot_for(session, item=session.merge(county.disinfectant), code="old", expires_on=TODAY)
        ledger.receive(
            session,
            recorded=recorded("old"),
            lines=[Line(lot_id=soon.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=5_000)],
        )
        requisitions.ask(
            session,
            key="gel",
            unit=session.merge(county.checkpoint),
            item=session.merge(county.disinfectant),
            quantity=25_000,
            daily_need=1_000,
            at=NOW,
            by="reporter",
        )
        proposal = sharing.propose(
            session, at=NOW, item_id=county.disinfectant.id, source_id=county.store.id, pack_word="公斤"
        )
    # Seven days are seven kilos: of what is usable today only, one; the other six keep.
    assert {draw.supply: draw.packs for draw in proposal.decision.draws} == {"YY-CK:old": 1, "YY-CK:X1": 6}


def test_an_approved_norm_decides_and_what_was_told_only_where_none_applies(database: Database, county: County) -> None:
    with database.transaction() as session:
        # Half a mask for each of ten people on one shift: 5 a day. The checkpoint told 200, the village is bound by no norm.
        norm = approved(
            session, session.merge(county.masks), Basis.PERSON_SHIFT, Fraction(1, 2), kinds=[UnitKind.CHECKPOINT]
        )
        norm_id = norm.id
    ask(database, county, county.checkpoint, 5_000, 200)
    ask(database, county, county.village, 5_000, 100)
    # Frontline to 3 and 7 days of 5: one box, which is 10 days. The village to 1 day and then 3: 6 boxes.
    assert share_out(database, county, pack_word="盒") == {"KD1": 50, "CUN1": 300}
    with database.reading() as session:
        run = session.get_one(AllocationRun, 1)
        needs = sharing.needs_used(session, run.shares)
        checkpoint, village = (needs[share.requisition_id] for share in run.shares)
        assert (checkpoint.exact, [(part.norm.id, part.count) for part in checkpoint.parts]) == (5, [(norm_id, 10)])
        assert (village.exact, village.is_told) == (100, True)
        assert run.shares[0].reason["cover_after"] == "10"
        assert sharing.prove_allocations(session).findings == ()


def test_half_a_mask_a_day_stays_half_a_mask(database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, session.merge(county.masks), Basis.POINT_DAY, Fraction(1, 2))
    ask(database, county, county.checkpoint, 5_000, 200)
    assert share_out(database, county, pack_word="只") == {"KD1": 4}  # seven days of one half are three and a half
    with database.reading() as session:
        run = session.get_one(AllocationRun, 1)
        assert run.certificate is not None
        assert run.certificate.case["points"][0][2] == "1/2"
        assert [point.daily_need for point in sharing.case_of(session, 1).points] == [Fraction(1, 2)]
        assert sharing.prove_allocations(session) == AllocationProof(runs=1, without_certificate=0, findings=())


def test_a_run_from_before_norms_decided_stands_as_it_was_told(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    share_out(database, county)
    with database.transaction() as session:
        share = session.scalars(select(Share)).one()
        share.reason = {name: value for name, value in share.reason.items() if name != "need"}
    with database.reading() as session:
        share = session.scalars(select(Share)).one()
        assert (share.daily_need, sharing.needs_used(session, [share])[1].is_told) == (100, True)
        assert sharing.prove_allocations(session).findings == ()


def test_a_need_that_differs_from_the_certificate_is_found(database: Database, county: County) -> None:
    ask(database, county, county.checkpoint, 500, 100)
    share_out(database, county)
    with database.transaction() as session:
        share = session.scalars(select(Share)).one()
        share.reason = share.reason | {"need": {"daily": "10", "norms": []}}
    with database.reading() as session:
        assert [found.rule for found in sharing.prove_allocations(session).findings] == ["needs"]
