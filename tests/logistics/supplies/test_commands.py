"""`logistics ledger prove`."""

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import text

from inventory.joint import JointTerms, gather, share_together
from inventory.sharing import share_out
from logistics.db import Database
from logistics.supplies.commands import ledger
from tests.county import TODAY, County, recorded
from tests.logistics.supplies.acts import needs


def test_a_sound_ledger_is_proved(database: Database, county: County, tmp_path: Path) -> None:
    result = _prove(database, tmp_path)
    assert result.exit_code == 0, result.output
    assert "Checked 4 movements, 8 balances and 4 lots." in result.output
    assert "Proved" in result.output


def test_a_balance_changed_behind_the_ledger_is_found(database: Database, county: County, tmp_path: Path) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE balance SET quantity = 499 WHERE quantity = 500 AND guarded AND lot_id = 1"))
    result = _prove(database, tmp_path)
    assert result.exit_code == 1
    assert "NOT proved" in result.output
    assert f"balance: location {county.store.id}, lot 1: 499 where 500 was expected" in result.output


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
    assert "Decided 1 allocations again by their certificates." in _prove(database, tmp_path).output
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
    assert "Held 1 joint allocations to the laws of their cases." in _prove(database, tmp_path).output
    with database.transaction() as session:
        session.execute(text("UPDATE share SET packs = 23"))
    result = _prove(database, tmp_path)
    assert result.exit_code == 1
    assert "given: LH0000001" in result.output


def test_tables_of_another_version_are_not_judged(tmp_path: Path) -> None:
    result = CliRunner().invoke(ledger, ["prove", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "not those of this version" in result.output


def _prove(database: Database, folder: Path) -> Result:
    url = database.engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(ledger, ["prove", "--data", str(folder), "--database", url])
