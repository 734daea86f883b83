"""Norms are proposed, approved, replaced, and never edited; facts have versions. On both databases."""

import datetime as dt
from fractions import Fraction

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from inventory import norms
from inventory.errors import InvalidInput, KeyReused, WrongState
from inventory.norms import Basis, Figures, Norm, NormDecision, NormState, UnitFacts
from inventory.units import Tier, UnitKind
from logistics.db import Database
from tests.county import NOW, TODAY, County
from tests.inventory.norms import MARCH_FIRST, approved, propose, tell

TOMORROW = TODAY + dt.timedelta(days=1)


def test_a_norm_counts_from_its_approval_and_ends_with_the_next_version(database: Database, county: County) -> None:
    with database.transaction() as session:
        old = propose(session, county.masks, Basis.PERSON_SHIFT, 2)
        assert norms.norms_on(session, TODAY) == []
        for _click in range(2):
            norms.approve(session, norm_id=old.id, at=NOW, by="leader")
        new = approved(session, county.masks, Basis.PERSON_SHIFT, 3, valid_from=TOMORROW)
        other = approved(session, county.masks, Basis.PERSON_SHIFT, 4, kinds=[UnitKind.HOSPITAL])
        assert norms.norms_on(session, MARCH_FIRST - dt.timedelta(days=1)) == []
        assert norms.norms_on(session, TODAY) == [old, other]
        assert norms.norms_on(session, TOMORROW) == [new, other]
        ended = old.decision(NormState.ENDED)
        assert ended is not None
        assert (ended.day, ended.by, ended.replaced_by_id) == (TOMORROW, "leader", new.id)
        assert [norm.state for norm in norms.all_norms(session)] == ["approved", "approved", "ended"]


def test_what_is_declined_or_ended_cannot_be_approved(database: Database, county: County) -> None:
    with database.transaction() as session:
        declined = propose(session, county.masks, Basis.PERSON_SHIFT, 20)
        for _click in range(2):
            norms.decline(session, norm_id=declined.id, note="太多", at=NOW, by="leader")
        ended = approved(session, county.masks, Basis.POINT_DAY, 5)
        norms.end(session, norm_id=ended.id, from_day=TODAY, note="不再需要", at=NOW, by="leader")
        assert norms.norms_on(session, TODAY) == []
        for norm in (declined, ended):
            with pytest.raises(WrongState):
                norms.approve(session, norm_id=norm.id, at=NOW, by="leader")
        with pytest.raises(WrongState):
            norms.decline(session, norm_id=ended.id, note="", at=NOW, by="leader")


def test_a_norm_is_agreed_by_two(database: Database, county: County) -> None:
    with database.transaction() as session:
        own = propose(session, county.masks, Basis.PERSON_SHIFT, 20, by="leader")
        with pytest.raises(InvalidInput, match="own-proposal"):
            norms.approve(session, norm_id=own.id, at=NOW, by="leader")
        assert own.state is NormState.PROPOSED
        norms.decline(session, norm_id=own.id, note="太多", at=NOW, by="leader")  # but may be withdrawn
        assert own.state is NormState.DECLINED


def test_a_norm_that_ends_before_it_begins_never_holds(database: Database, county: County) -> None:
    with database.transaction() as session:
        later = approved(session, county.masks, Basis.PERSON_SHIFT, 2, valid_from=TOMORROW)
        norms.end(session, norm_id=later.id, from_day=TODAY, note="不再需要", at=NOW, by="leader")
        assert later.state is NormState.ENDED
        assert [norms.norms_on(session, day) for day in (TODAY, TOMORROW)] == [[], []]
        ended = later.decision(NormState.ENDED)
        assert ended is not None
        assert ended.day == TOMORROW


def test_sent_twice_a_proposal_is_made_once(database: Database, county: County) -> None:
    with database.transaction() as session:
        first = propose(session, county.masks, Basis.PERSON_SHIFT, Fraction(1, 3), key="k")
        assert propose(session, county.masks, Basis.PERSON_SHIFT, Fraction(1, 3), key="k") is first
        assert first.amount == Fraction(1, 3)
        with pytest.raises(KeyReused):
            propose(session, county.masks, Basis.PERSON_SHIFT, 2, key="k")


def test_a_dose_that_cannot_be_is_refused(database: Database, county: County) -> None:
    with database.transaction() as session:
        item = session.merge(county.disinfectant)
        for target, volume, active, problem in (
            (500, 100, None, "no-concentration"),
            (500, 100, 400, "too-weak"),
            (0, 100, 50_000, "out-of-range"),
            (500, -1, 50_000, "out-of-range"),
        ):
            item.active_mg_per_kg = active
            with pytest.raises(InvalidInput) as refused:
                propose(session, item, Basis.AREA_ROUND, target_mg_per_l=target, ml_per_m2=volume)
            assert refused.value.problem == problem


def test_the_most_precise_norm_applies_and_bases_add_up(database: Database, county: County) -> None:
    with database.transaction() as session:
        everybody = approved(session, county.masks, Basis.PERSON_SHIFT, 2)
        frontline = approved(session, county.masks, Basis.PERSON_SHIFT, 3, tiers=[Tier.FRONTLINE])
        hospitals = approved(session, county.masks, Basis.PERSON_SHIFT, 4, kinds=[UnitKind.HOSPITAL])
        households = approved(session, county.masks, Basis.HOUSEHOLD_DAY, 1)
        found = norms.norms_on(session, TODAY)
        assert norms.applying(found, UnitKind.HOSPITAL, Tier.FRONTLINE) == [hospitals, households]
        assert norms.applying(found, UnitKind.CHECKPOINT, Tier.FRONTLINE) == [frontline, households]
        assert norms.applying(found, UnitKind.VILLAGE, Tier.OTHER) == [everybody, households]


def test_the_newest_facts_hold_from_their_day_on(database: Database, county: County) -> None:
    with database.transaction() as session:
        tell(session, county.village, people_per_shift=4, valid_from=MARCH_FIRST)
        tell(session, county.village, people_per_shift=6, valid_from=TOMORROW)
        tell(session, county.village, people_per_shift=5, valid_from=MARCH_FIRST)
        for day, people in ((MARCH_FIRST, 5), (TODAY, 5), (TOMORROW, 6)):
            facts = norms.newest_facts(session, unit_ids=[county.village.id], on=day)
            assert facts[county.village.id].people_per_shift == people
        assert norms.newest_facts(session, unit_ids=[county.station.id], on=TODAY) == {}
        history = norms.facts_history(session, unit_id=county.village.id)
        assert [facts.people_per_shift for facts in history] == [6, 5, 4]


def test_figures_that_cannot_be_are_refused_and_a_key_tells_one_thing(database: Database, county: County) -> None:
    given = {"key": "k", "unit_id": county.village.id, "valid_from": TODAY, "at": NOW, "by": "chief"}
    with database.transaction() as session:
        for wrong in (Figures(shifts_a_day=25), Figures(households=-1)):
            with pytest.raises(InvalidInput):
                norms.tell_facts(session, figures=wrong, **given)  # type: ignore[arg-type]
        told = [norms.tell_facts(session, figures=Figures(households=40), **given) for _click in range(2)]  # type: ignore[arg-type]
        assert told[0] is told[1]
        with pytest.raises(KeyReused):
            norms.tell_facts(session, figures=Figures(households=41), **given)  # type: ignore[arg-type]


def test_the_database_refuses_to_change_what_was_recorded(database: Database, county: County) -> None:
    with database.transaction() as session:
        approved(session, county.masks, Basis.PERSON_SHIFT, 2)
        tell(session, county.village, households=40)
    for table in (Norm, NormDecision, UnitFacts):
        for act in (update(table).values(id=9), delete(table)):
            with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
                session.execute(act)
