"""What the tests of this folder do again and again."""

import re
from collections.abc import Mapping

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inventory import requisitions
from inventory.units import Unit
from logistics.db import Database
from tests.county import NOW, County
from tests.logistics.conftest import token


def needs(database: Database, county: County, **daily: int) -> None:
    """Open requisitions for masks by unit: as many as three days need."""
    with database.transaction() as session:
        for name, need in daily.items():
            unit: Unit = session.merge(getattr(county, name))
            requisitions.ask(
                session,
                key=f"{name}-{need}",
                unit=unit,
                item=session.merge(county.masks),
                quantity=3 * need,
                daily_need=need,
                at=NOW,
                by="officer",
            )


def send(client: FlaskClient, path: str, form: Mapping[str, object], *, page: str | None = None) -> TestResponse:
    """Post a form with the token of its page."""
    return client.post(path, data={"csrf_token": token(client, page or "/account"), **form})


def row_of(answer: TestResponse, name: str) -> str:
    """The table row that holds a name, without its markup."""
    rows = re.findall(r"<tr>.*?</tr>", answer.text, re.DOTALL)
    found = next(row for row in rows if name in row)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())
