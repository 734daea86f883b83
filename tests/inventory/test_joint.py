"""Several items shared out at once, on both databases: masks in boxes of 50, KN95 in boxes of 20 that stand in for them, and 84."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inventory import catalogue, classes, joint, ledger, places, requisitions, sharing, stock
from inventory.allocation import Rung
from inventory.catalogue import Item, ItemKind
from inventory.coupled import Vehicle
from inventory.errors import CaseChanged, InvalidInput, KeyReused, Unmeasured
from inventory.joint import Gathered
from inventory.joint_cases import ClassCase, Joined
from inventory.ledger import Line
from inventory.norms import Basis
from inventory.requisitions import Requisition, RequisitionState
from inventory.runs import JointRun, Share
from inventory.sharing import AllocationProof
from inventory.units import Tier, Unit
from logistics.db import Database
from tests.county import NOW, TODAY, County, recorded
from tests.inventory.norms import approved

FRONT = [Rung(tiers=frozenset({"frontline", "window", "other"}), ceiling_days=5)]


def ask(session: Session, unit: Unit, item: Item, quantity: int, daily_need: int) -> Requisition:
    return requisitions.ask(
        session,
        key=f"ask-{unit.code}-{item.code}",
        unit=session.merge(unit),
        item=session.merge(item),
        quantity=quantity,
        daily_need=daily_need,
        at=NOW,
        by="reporter",
    )


@dataclass
class Round:
    """One sharing-out: gathered, decided and recorded, with the same terms."""

    county: County
    terms: dict[str, object]

    def gather(self, session: Session) -> Gathered:
        return joint.gather(session, on=TODAY, **self.terms)  # type: ignore[arg-type]

    def decide(self, session: Session, key: str = "joint") -> JointRun:
        gathered = self.gather(session)
        return self.record(session, key, gathered.fingerprint, gathered.case.decide())

    def record(self, session: Session, key: str, seen: str, joined: Joined) -> JointRun:
        return joint.share_together(session, recorded=recorded(key), seen=seen, joined=joined, **self.terms)  # type: ignore[arg-type]


def by_vehicles(county: County, *litres: int) -> Round:
    vehicles = [Vehicle(id=f"鄂C{n}", volume_ml=room * 1_000, weight_g=10**6) for n, room in enumerate(litres)]
    packs = {county.masks.id: "盒", county.disinfectant.id: "桶"}
    return Round(county, {"source_id": county.store.id, "packs": packs, "vehicles": vehicles, "ladder": FRONT})


def with_kn95(session: Session, county: County, *, boxes: int = 10) -> Round:
    """KN95 of which one counts for two masks, in the store, and the round that shares both."""
    kind = classes.add_class(session, code="MASK", name="口罩", unit_word="只")
    kn95 = catalogue.add_item(
        session, code="KN95", name="KN95口罩", kind=ItemKind.PROTECTION, base_unit="只", packs=[("盒", 20)]
    )
    masks = session.get_one(Item, county.masks.id)
    masks.item_class = kn95.item_class = kind
    kn95.class_numerator = 2
    lot = catalogue.lot_for(session, item=kn95, code="K1", expires_on=None)
    line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=20 * boxes)
    ledger.receive(session, recorded=recorded("kn95"), lines=[line])
    packs = {masks.id: "盒", kn95.id: "盒"}
    return Round(county, {"source_id": county.store.id, "packs": packs, "class_id": kind.id, "ladder": FRONT})


def test_items_in_one_van_reach_the_same_days(database: Database, county: County) -> None:
    # A box of masks takes 1.5 litres, a drum of 84 takes 5. A day of both is 1 box and 1 drum: 6.5 litres; 13 are two days.
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        ask(session, county.station, county.disinfectant, 50_000, 5_000)
        run = by_vehicles(county, 13).decide(session)
        assert (run.number, [part.item.code for part in run.runs]) == ("LH0000001", ["KZ", "XD84"])
        shares = {share.requisition.unit.code: share for part in run.runs for share in part.shares}
        assert {code: share.packs for code, share in shares.items()} == {"KD1": 2, "YZ1": 2}
        assert shares["YZ1"].reason["joint"]["limit"] == "room"
        assert shares["YZ1"].reason["joint"]["loads"] == {"鄂C0": 2}
        assert [level["days"] for level in shares["YZ1"].reason["joint"]["levels"]] == ["2"]
        assert shares["YZ1"].shortfall == 40_000
        assert (run.runs[0].left_over, run.runs[0].short) == (38, 3)
    with database.reading() as session:
        assert stock.available(session, location_id=county.store.id, item_id=county.masks.id, on=TODAY) == 1_900
        states = set(session.scalars(select(Requisition.state)))
        assert states == {RequisitionState.ANSWERED}
        assert joint.prove_joint_runs(session) == AllocationProof(runs=1, without_certificate=0, findings=())
        assert sharing.prove_allocations(session).without_certificate == 0


def test_a_substitute_counts_for_what_was_asked(database: Database, county: County) -> None:
    # 2,000 masks are 40 boxes; 2,500 are asked. Ten boxes of KN95 count for 400 masks.
    with database.transaction() as session:
        sharing_round = with_kn95(session, county)
        asked = ask(session, county.checkpoint, county.masks, 2_500, 500)
        run = sharing_round.decide(session)
        shares = {part.item.code: part.shares[0] for part in run.runs}
        assert {code: (share.packs, share.quantity) for code, share in shares.items()} == {
            "KN95": (10, 200),
            "KZ": (40, 2_000),
        }
        assert shares["KZ"].reason["stood_in"] == 400
        assert Fraction(shares["KZ"].reason["cover_after"]) == Fraction(2_400, 500)
        assert {code: share.shortfall for code, share in shares.items()} == {"KN95": 0, "KZ": 100}
        carried = [
            again.quantity for part in run.runs for again in sharing.carry_over(session, run_id=part.id, at=NOW, by="o")
        ]
        assert carried == [100]
        assert asked.state is RequisitionState.ANSWERED
    with database.reading() as session:
        assert joint.prove_joint_runs(session).findings == ()


def test_what_a_point_has_of_the_class_counts(database: Database, county: County) -> None:
    with database.transaction() as session:
        shared = with_kn95(session, county)
        kn95 = catalogue.item_by_code(session, "KN95")
        gate = places.store_of(session, session.merge(county.checkpoint))
        ledger.transfer(
            session,
            recorded=recorded("before"),
            source_id=county.store.id,
            destination_id=gate.id,
            wanted={kn95.id: 50, county.masks.id: 10},
        )
        ask(session, county.checkpoint, county.masks, 2_000, 100)
        assert shared.gather(session).on_hand == {"SL0000001": 110}
        # Asked for too, what is there of it counts for that request alone.
        ask(session, county.checkpoint, kn95, 20, 10)
        assert shared.gather(session).on_hand == {"SL0000001": 10, "SL0000002": 50}


def test_what_is_coming_counts_also_of_the_class_and_is_told_in_what_was_asked(
    database: Database, county: County
) -> None:
    with database.transaction() as session:
        shared = with_kn95(session, county)
        kn95 = catalogue.item_by_code(session, "KN95")
        shared.terms["coming"] = {kn95.id: {county.checkpoint.id: 30}, county.masks.id: {county.checkpoint.id: 5}}
        ask(session, county.checkpoint, county.masks, 2_000, 100)
        gathered = shared.gather(session)
        assert (gathered.on_hand, gathered.coming) == ({"SL0000001": 65}, {"SL0000001": 65})
        share = shared.decide(session).runs[0].shares[0]
        assert (share.on_hand, share.reason["coming"]) == (65, 65)


def test_what_is_asked_for_by_none_of_two_papers_counts_once(database: Database, county: County) -> None:
    with database.transaction() as session:
        shared = with_kn95(session, county)
        ffp2 = catalogue.add_item(session, code="FFP2", name="FFP2口罩", kind=ItemKind.PROTECTION, base_unit="只")
        ffp2.item_class = session.get_one(Item, county.masks.id).item_class
        ffp2.class_numerator = 2
        shared.terms["packs"] |= {ffp2.id: "只"}  # type: ignore[operator]
        shared.terms["coming"] = {ffp2.id: {county.checkpoint.id: 10}}
        ask(session, county.checkpoint, county.masks, 2_000, 100)
        ask(session, county.checkpoint, catalogue.item_by_code(session, "KN95"), 20, 10)
        assert shared.gather(session).on_hand == {"SL0000001": 20, "SL0000002": 0}


def test_a_reserve_of_what_keeps_longest_stays(database: Database, county: County) -> None:
    # 10 boxes of masks expire on 1 June, 30 in 2021; 35 of them stay, and 4 of the 10 boxes of KN95.
    with database.transaction() as session:
        shared = with_kn95(session, county)
        kn95 = catalogue.item_by_code(session, "KN95")
        shared.terms["keep_packs"] = {county.masks.id: 35, kn95.id: 4}
        ask(session, county.checkpoint, county.masks, 2_000, 500)
        case = shared.gather(session).case
        assert isinstance(case, ClassCase)
        assert [(one.item, one.packs) for one in case.variants if one.packs] == [("KN95", 6), ("KZ", 5)]
        june = (dt.date(2020, 6, 1) - TODAY).days + 1
        assert {one.days_left for one in case.variants if one.item == "KZ" and one.packs} == {june}
        more_than_there_is = Round(county, shared.terms | {"keep_packs": {kn95.id: 99}})
        assert more_than_there_is.gather(session).case.reserve == {"KN95": 10}
        run = shared.decide(session)
        assert [(part.packs, part.left_over) for part in run.runs] == [(6, 0), (5, 0)]
        assert joint.kept(session, run)[0].case.reserve == {"KZ": 35, "KN95": 4}
    with database.reading() as session:
        assert joint.prove_joint_runs(session).findings == ()
        with pytest.raises(InvalidInput, match="negative"):
            Round(county, shared.terms | {"keep_packs": {kn95.id: -1}}).gather(session)


def test_the_approved_norm_says_what_a_point_needs(database: Database, county: County) -> None:
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 2_000, 999)
        approved(session, county.masks, Basis.PERSON_SHIFT, Fraction(5, 4), tiers=[Tier.FRONTLINE])
        [point] = by_vehicles(county).gather(session).case.goods[0].points  # type: ignore[union-attr]
        assert point.daily_need == Fraction(25, 2)


def test_a_second_click_records_nothing_more(database: Database, county: County) -> None:
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        first = by_vehicles(county, 13)
        gathered = first.gather(session)
        joined = gathered.case.decide()
        run = first.record(session, "k", gathered.fingerprint, joined)
        assert first.record(session, "k", gathered.fingerprint, joined) is run
        others: list[dict[str, object]] = [
            {"class_id": 9},
            {"keep_packs": {county.masks.id: 1}},
            {"vehicles": []},
            {"only_approved": True},
        ]
        for other in others:
            with pytest.raises(KeyReused):
                Round(county, first.terms | other).record(session, "k", gathered.fingerprint, joined)


def test_a_decision_on_what_has_changed_is_refused(database: Database, county: County) -> None:
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        shared = by_vehicles(county, 13)
        gathered = shared.gather(session)
        ask(session, county.village, county.masks, 1_000, 50)
        with pytest.raises(CaseChanged):
            shared.record(session, "k", gathered.fingerprint, gathered.case.decide())


def test_a_decision_that_breaks_a_law_is_refused(database: Database, county: County) -> None:
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        shared = by_vehicles(county, 13)
        with pytest.raises(InvalidInput) as refused:
            shared.record(session, "k", shared.gather(session).fingerprint, Joined(packs={"SL0000001": {}}))
        assert (refused.value.problem, refused.value.value) == ("unlawful", ("waste",))


def test_what_has_no_volume_cannot_be_loaded_by_room(database: Database, county: County) -> None:
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        session.get_one(Item, county.disinfectant.id).volume_ul = 0
        with pytest.raises(Unmeasured) as refused:
            by_vehicles(county, 13).gather(session)
        assert refused.value.items == ((county.disinfectant.id, "84消毒液"),)
        assert by_vehicles(county).gather(session).case.decide().packs == {"SL0000001": {"KZ": 5}}


def test_terms_that_cannot_be_are_refused(database: Database, county: County) -> None:
    masks, gel = county.masks.id, county.disinfectant.id
    cannot_be = {
        "nothing-chosen": {"packs": {}},
        "unknown-unit": {"packs": {masks: "桶"}},
        "nothing-asked": {"packs": {gel: "桶"}},
        "not-of-class": {"class_id": 7},
    }
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        for problem, change in cannot_be.items():
            with pytest.raises(InvalidInput) as refused:
                Round(county, by_vehicles(county).terms | change).gather(session)
            assert refused.value.problem == problem


def test_84_and_alcohol_never_share_a_van(database: Database, county: County) -> None:
    with database.transaction() as session:
        alcohol = catalogue.add_item(
            session, code="JJ", name="酒精", kind=ItemKind.ALCOHOL, base_unit="瓶", weight_mg=1, volume_ul=1
        )
        ask(session, county.checkpoint, alcohol, 10, 1)
        shared = by_vehicles(county, 13)
        packs = {alcohol.id: "瓶", county.disinfectant.id: "桶"}
        with pytest.raises(InvalidInput) as refused:
            Round(county, shared.terms | {"packs": packs}).gather(session)
        assert refused.value.value == "酒精、84消毒液"


def test_a_changed_share_and_a_changed_record_are_found(database: Database, county: County) -> None:
    with database.transaction() as session:
        ask(session, county.checkpoint, county.masks, 1_000, 50)
        by_vehicles(county, 13).decide(session)
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text("UPDATE joint_run SET fingerprint = ''"))
        session.execute(update(Share).values(packs=9))
    with database.reading() as session:
        found = joint.prove_joint_runs(session).findings
        assert [(one.number, one.rule) for one in found] == [("LH0000001", "given"), ("LH0000001", "sum")]
