"""The application over a small county, and browsers signed in to it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from logistics.accounts.models import Role
from logistics.app import create_app
from logistics.config import Settings
from logistics.db import Database
from logistics.web import assets
from tests.county import NOW, PASSWORD, County


class CompiledTemplates(BytecodeCache):
    """Each test has an app of its own; the templates are the same and are compiled once."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()

type SignedIn = Callable[[Role], FlaskClient]


@pytest.fixture(scope="session")
def browser_files() -> None:
    """Third-party files and catalogues are in place, as before `serve`."""
    assets.ensure()


@pytest.fixture
def app(database: Database, county: County, tmp_path: Path, browser_files: None) -> Flask:
    """The service over the county, on both databases, at NOW."""
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database_url=url, secret_key="only-for-tests" * 4)
    app = create_app(settings, database=database, clock=lambda: NOW)
    app.testing = True
    app.jinja_env.bytecode_cache = COMPILED
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Nobody signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> SignedIn:
    """`signed_in(Role.OFFICER)`: a client signed in with that role. Posts need `token(client)`."""

    def sign_in(role: Role) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"csrf_token": token(client), "name": role.value, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return sign_in


def token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The CSRF token of this client's forms."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(path).text)
    assert found, f"no CSRF token on {path}"
    return found.group(1)
