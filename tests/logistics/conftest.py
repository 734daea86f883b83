"""The application over a small county, and browsers signed in to it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from logistics.accounts.models import Role
from logistics.app import create_app
from logistics.config import Settings
from logistics.db import Database
from logistics.web import assets
from logistics.web.context import Service
from tests.county import NOW, PASSWORD, County

type SignedIn = Callable[[Role], FlaskClient]


@pytest.fixture(scope="session")
def browser_files() -> None:
    """Third-party files and catalogues are in place, as before `serve`."""
    assets.ensure()


@pytest.fixture(scope="session")
def made_app(browser_files: None, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application put together once: its routes and its OpenAPI document are the same for every test."""
    nowhere = Settings(
        data=tmp_path_factory.mktemp("unused"), database_url="sqlite://", secret_key="only-for-tests" * 4
    )
    return create_app(nowhere, clock=lambda: NOW)


@pytest.fixture
def app(made_app: Flask, database: Database, county: County, tmp_path: Path) -> Iterator[Flask]:
    """The service over the county, on both databases, at NOW; what a test sets in it is gone with the test."""
    url = database.engine.url.render_as_string(hide_password=False)
    settings = replace(made_app.extensions["logistics"].settings, data=tmp_path, database_url=url)
    config, extensions = dict(made_app.config), dict(made_app.extensions)
    made_app.extensions["logistics"] = Service(settings=settings, database=database, clock=lambda: NOW)
    made_app.testing = True
    yield made_app
    for kept, before in ((made_app.config, config), (made_app.extensions, extensions)):
        kept.clear()
        kept.update(before)


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
