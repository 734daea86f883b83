"""`logistics demo`, as it is typed: the whole main job on a small county, on both databases, and the service over it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inventory.units import UnitKind, add_unit
from logistics.db import Database
from logistics.demo.commands import PASSWORD, demo
from logistics.demo.data import Contents, clear, demo_settings, has_password, look, set_passwords
from logistics.demo.main_job import STEPS
from tests.county import NOW
from tests.postgres import Postgres

SMALL = ["--scale", "0.05", "--budget", "5", "--language", "en"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A data folder with the demonstration whole, and what `--check --json` told of it."""
    folder = tmp_path_factory.mktemp("demo")
    done = _demo("--check", "--json", *SMALL, "--data", str(folder))
    assert done.exit_code == 0, done.output
    return folder, json.loads(done.stdout)


def test_the_main_job_comes_out_right(made: tuple[Path, dict[str, Any]]) -> None:
    _folder, told = made
    assert told["ok"]
    assert [step["step"] for step in told["steps"]] == [step.name for step in STEPS]
    assert told["seconds"] > 5
    figures = {step["step"]: step["figures"] for step in told["steps"]}
    assert figures["receipts"]["on_hand:KZ-001"] == figures["share"]["shared:KZ-001"] == 700
    assert figures["orders"] == {"orders": 82, "cases": 46, "cartons": 11_500}
    assert figures["plan"]["left_out"] >= 2
    assert figures["deliver"]["failed"] == 1
    assert figures["prove"]["findings"] == 0
    assert all(check["ok"] for step in told["steps"] for check in step["checks"])


def test_the_main_job_comes_out_right_on_postgresql(postgres_server: Postgres, tmp_path: Path) -> None:
    with postgres_server.database() as url:
        done = _demo("--check", "--json", *SMALL, "--data", str(tmp_path), "--database", url)
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert told["ok"]
        assert told["database"] == "postgresql"
        again = _demo("--check", *SMALL, "--fresh", "--data", str(tmp_path), "--database", url)
        assert again.exit_code == 1
        assert "not empty" in again.stderr


def test_a_demonstration_that_is_there_is_kept_unless_asked(made: tuple[Path, dict[str, Any]]) -> None:
    folder, told = made
    again = _demo("--check", "--json", *SMALL, "--data", str(folder))
    assert again.exit_code == 1
    assert json.loads(again.stdout)["ok"] is False
    assert "--fresh" in json.loads(again.stdout)["error"]
    database = Database(demo_settings(folder).database_url)
    found = look(database)
    database.dispose()
    assert found.contents is Contents.WHOLE
    assert found.first_day is not None
    assert found.first_day.isoformat() == told["first_day"]


def test_a_second_start_serves_what_is_there(made: tuple[Path, dict[str, Any]]) -> None:
    folder, _told = made
    command = [sys.executable, "-m", "logistics.cli", "demo", "--data", str(folder), "--port", "0", "--language", "zh"]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "LOGISTICS_WORKERS": "0"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment) as server:
        assert server.stdout
        box = []
        for line in server.stdout:
            box.append(line)
            if line.startswith("╰"):
                break
        told = "".join(box)
        try:
            assert all(name in told for name in ("caigou", "diaodu", "siji", PASSWORD, "管理员"))
            address = next(word for word in told.split() if word.startswith("http://"))
            with urllib.request.urlopen(f"{address}/sign-in", timeout=20) as answer:  # noqa: S310 -- our own
                assert answer.status == 200
        finally:
            server.send_signal(signal.SIGTERM)
            server.stdout.read()


def test_passwords_can_be_set_anew(made: tuple[Path, dict[str, Any]]) -> None:
    folder, _told = made
    database = Database(demo_settings(folder).database_url)
    with database.transaction() as session:
        assert has_password(session, sign_in_name="caigou", password=PASSWORD)
        set_passwords(session, sign_in_names=["caigou"], password="another-2020", at=NOW)
        assert not has_password(session, sign_in_name="caigou", password=PASSWORD)
        assert has_password(session, sign_in_name="caigou", password="another-2020")
        session.rollback()
    database.dispose()


@pytest.mark.usefixtures("county")
def test_data_that_is_not_the_demonstrations_is_never_touched(database: Database, tmp_path: Path) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    assert look(database).contents is Contents.OTHER
    for more in (["--check"], ["--check", "--fresh"], ["--fresh", "--port", "0"]):
        done = _demo(*more, *SMALL, "--data", str(tmp_path), "--database", url)
        assert done.exit_code == 1
        assert "not the demonstration's" in done.stderr
    assert look(database).contents is Contents.OTHER


def test_a_database_of_another_program_is_never_touched(database_url: str) -> None:
    database = Database(database_url)
    assert look(database).contents is Contents.EMPTY
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebodys (id INTEGER)")
    assert look(database).contents is Contents.OTHER
    database.dispose()


def test_a_demonstration_cut_short_is_known_as_such_and_can_be_cleared(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path)
    database = Database(settings.database_url)
    database.upgrade()
    assert look(database).contents is Contents.EMPTY
    with database.transaction() as session:
        add_unit(session, code="YY-DEMO", name="郧阳区局（演示数据）", kind=UnitKind.COUNTY)
    assert look(database).contents is Contents.CUT_SHORT
    database.dispose()
    (tmp_path / "mine.txt").write_text("mine")
    clear(settings)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "secret.key"}


def test_the_environment_of_the_service_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGISTICS_DATABASE_URL", "sqlite:////somewhere/real.db")
    monkeypatch.setenv("LOGISTICS_DATA", "/somewhere")
    settings = demo_settings(tmp_path)
    assert settings.data == tmp_path
    assert settings.database_url == f"sqlite:///{(tmp_path / 'logistics.db').as_posix()}"


@pytest.mark.parametrize("password", [[], ["--password", PASSWORD]])
def test_where_others_can_come_in_the_known_password_is_refused(tmp_path: Path, password: list[str]) -> None:
    done = _demo("--host", "192.0.2.1", "--port", "0", *password, *SMALL, "--data", str(tmp_path))
    assert done.exit_code == 1
    assert "--password" in done.stderr


def test_a_short_password_is_refused_before_the_work(tmp_path: Path) -> None:
    done = _demo("--port", "0", "--password", "short", *SMALL, "--data", str(tmp_path))
    assert done.exit_code == 1
    assert "at least 8" in done.stderr


def test_a_taken_port_is_told_before_the_work(tmp_path: Path) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        done = _demo("--port", str(taken.getsockname()[1]), *SMALL, "--data", str(tmp_path))
    assert done.exit_code == 1
    assert "--port" in done.stderr


def _demo(*arguments: str) -> Result:
    return CliRunner().invoke(demo, arguments)
