"""The command line of an administrator."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from logistics.accounts.models import Role, User
from logistics.cli import main
from logistics.db import Database
from tests.county import make_county


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run("db", "upgrade", …)`: what the command says."""
    monkeypatch.delenv("LOGISTICS_DATABASE_URL", raising=False)

    def invoke(*arguments: str):
        return CliRunner().invoke(main, [*arguments, "--data", str(tmp_path)], catch_exceptions=False)

    return invoke


@pytest.fixture
def database(run, tmp_path):
    assert run("db", "upgrade").exit_code == 0
    database = Database(f"sqlite:///{(tmp_path / 'logistics.db').as_posix()}")
    yield database
    database.dispose()


@pytest.fixture
def settled(database):
    with database.transaction() as session:
        make_county(session)


@pytest.fixture
def add_wang(run):
    options = ["--name", "王调度", "--role", "dispatcher", "--unit", "YY"]
    return lambda password: run("user", "add", "wang", *options, "--password", password)


def test_upgrading_twice_is_as_good_as_once(run, database):
    assert run("db", "upgrade").exit_code == 0
    assert database.is_current()


def test_a_person_can_be_added(add_wang, settled, database):
    assert add_wang("long-enough").exit_code == 0
    with database.reading() as session:
        user = session.scalars(select(User).where(User.sign_in_name == "wang")).one()
        assert (user.name, user.role, user.unit.code) == ("王调度", Role.DISPATCHER, "YY")


def test_a_short_password_is_refused(add_wang, settled):
    told = add_wang("short")
    assert told.exit_code == 1
    assert "password" in told.output


def test_the_first_person_comes_with_the_first_unit_and_only_the_first(run, database):
    first = ["--role", "admin", "--password", "long-enough", "--unit-name", "郧阳区局"]
    assert run("user", "add", "zhang", "--name", "张三", "--unit", "YY", *first).exit_code == 0
    assert run("user", "add", "li", "--name", "李四", "--unit", "OTHER", *first).exit_code == 1
    with database.reading() as session:
        assert [user.unit.name for user in session.scalars(select(User))] == ["郧阳区局"]


def test_an_unknown_unit_is_named(add_wang, database):
    told = add_wang("long-enough")
    assert told.exit_code == 1
    assert "YY" in told.output


def test_help_names_every_command(run):
    told = CliRunner().invoke(main, ["--help"]).output
    assert all(name in told for name in ("serve", "worker", "workers", "db", "user"))


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(main, ["sevre"]).exit_code == 2
