"""`logistics ledger prove`."""

import datetime as dt
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import text

from inventory import days
from inventory.joint import JointTerms, gather, share_together
from inventory.sharing import share_out
from logistics.db import Database
from logistics.proofs.commands import ledger
from tests.county import CHINA, NOW, TODAY, County, recorded
from tests.logistics.supplies.acts import needs


def test_a_sound_ledger_is_proved(database: Database, county: County, tmp_path: Path) -> None:
    result = _prove(database, tmp_path)
    assert result.exit_code == 0, result.output
    assert "Checked 4 movements, 8 balances, 4 lots." in result.output
    assert "Proved" in result.output


def test_a_balance_changed_behind_the_ledger_is_found(database: Database, county: County, tmp_path: Path) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE balance SET quantity = 499 WHERE quantity = 500 AND guarded AND lot_id = 1"))
    result = _prove(database, tmp_path)
    assert result.exit_code == 1
    assert "NOT proved" in result.output
    assert "balance: YY-CK · KZ · M1: 499 where 500 was expected" in result.output


def test_a_share_changed_behind_its_certificate_is_found(database: Database, county: County, tmp_path: Path) -> None:
    needs(database, county, checkpoint=400)
    with database.transaction() as session:
        share_out(
            session,
            recorded=recorded("share"),
            item_id=county.masks.id,
            source_id=county.store.id,
            pack_word="盒",
        )
    assert "Checked 1 allocations decided again." in _prove(database, tmp_path).output
    with database.transaction() as session:
        session.execute(text("UPDATE share SET packs = 23"))
    result = _prove(database, tmp_path)
    assert result.exit_code == 1
    assert "shares: FP0000001" in result.output


def test_a_joint_allocation_is_held_to_its_laws(database: Database, county: County, tmp_path: Path) -> None:
    needs(database, county, checkpoint=400)
    with database.transaction() as session:
        terms = JointTerms(source_id=county.store.id, packs={county.masks.id: "盒"})
        gathered = gather(session, on=TODAY, **terms)
        joined = gathered.case.decide()
        share_together(session, recorded=recorded("joint"), seen=gathered.fingerprint, joined=joined, **terms)
    assert "1 joint allocations held to their laws." in _prove(database, tmp_path).output
    with database.transaction() as session:
        session.execute(text("UPDATE share SET packs = 23"))
    result = _prove(database, tmp_path)
    assert result.exit_code == 1
    assert "given: LH0000001" in result.output


def test_a_movement_slipped_into_a_closed_day_is_found(database: Database, county: County, tmp_path: Path) -> None:
    """Also where the balances were changed with it, so that the ledger alone would be in order."""
    with database.transaction() as session:
        at = NOW + dt.timedelta(hours=12)
        day = {"unit_id": county.bureau.id, "day": TODAY, "at": at, "zone": CHINA}
        days.close_day(session, key="day", by="officer", **day)
    assert "1 closed days reckoned again." in _prove(database, tmp_path).output
    with database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO movement (document_id, item_id, lot_id, source_id, destination_id, quantity, occurred_at) "
                "SELECT document_id, item_id, lot_id, source_id, destination_id, 7, occurred_at FROM movement WHERE id = 1"
            )
        )
        session.execute(text("UPDATE balance SET quantity = quantity + 7 WHERE lot_id = 1 AND guarded"))
        session.execute(text("UPDATE balance SET quantity = quantity - 7 WHERE lot_id = 1 AND NOT guarded"))
    result = _prove(database, tmp_path)
    assert result.exit_code == 1
    assert "no store owes" in result.output
    assert "in: RJ0000001 · 郧阳区局 · 2020-03-15 · 一次性口罩: 2007 where 2000 was expected" in result.output


def test_tables_of_another_version_are_not_judged(tmp_path: Path) -> None:
    result = CliRunner().invoke(ledger, ["prove", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "not those of this version" in result.output


def _prove(database: Database, folder: Path) -> Result:
    url = database.engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(ledger, ["prove", "--data", str(folder), "--database", url])
