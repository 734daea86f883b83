"""Who may take which table in, and what the pages offer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from logistics.accounts.models import Role
from logistics.imports import returned
from logistics.imports.kinds import IMPORTERS
from logistics.workbooks.errors import EmptyWorkbook
from logistics.workbooks.reading import read_sheet
from tests.county import NOW
from tests.logistics.imports.tables import ORDER, ORDERS, cells, in_english, said, send
from tests.logistics.workbooks.files import xlsx


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (
            Role.OFFICER,
            {
                "items",
                "facts",
                "purchases",
                "receipts",
                "assets",
                "requisitions",
                "reviews",
                "customers",
                "orders",
                "counts",
            },
        ),
        (Role.DISPATCHER, {"customers", "orders", "vehicles", "shifts"}),
        (Role.REPORTER, {"facts", "requisitions"}),
        (Role.LEADER, {"facts", "requisitions", "reviews"}),
        (Role.ADMIN, set(IMPORTERS)),
    ],
)
def test_each_role_takes_in_what_is_its_own(
    signed_in: Callable[[Role], FlaskClient], role: Role, kinds: set[str]
) -> None:
    client = signed_in(role)
    page = client.get("/import").text
    assert {kind for kind in IMPORTERS if f'href="/import/{kind}"' in page} == kinds
    for kind in IMPORTERS:
        expected = 200 if kind in kinds else 403
        assert client.get(f"/import/{kind}").status_code == expected
        assert client.get(f"/import/{kind}/template").status_code == expected
        if kind not in kinds:
            assert send(client, kind, b"x").status_code == 403


def test_an_unknown_kind_is_not_found(signed_in: Callable[[Role], FlaskClient]) -> None:
    assert signed_in(Role.ADMIN).get("/import/elephants").status_code == 404


def test_success_is_told_with_a_link_to_what_came_of_it(signed_in: Callable[[Role], FlaskClient]) -> None:
    client = in_english(signed_in(Role.DISPATCHER))
    answer = send(client, "orders", xlsx((*ORDERS, "业务员"), (*ORDER, "小王")), "春季订单.xlsx")
    assert answer.status_code == 200
    assert "“春季订单.xlsx” is taken in. 1 new orders wait to be planned" in said(answer)
    assert "Columns passed over: 业务员." in said(answer)
    assert 'href="/delivery-orders"' in answer.text
    assert "春季订单.xlsx" in said(client.get("/import"))


def test_in_chinese_the_page_speaks_chinese(signed_in: Callable[[Role], FlaskClient]) -> None:
    answer = send(signed_in(Role.DISPATCHER), "orders", xlsx(ORDERS, ORDER))
    assert "新增订单 1 张" in said(answer)


@pytest.mark.parametrize("kind", IMPORTERS)
def test_a_template_has_the_columns_and_an_example_that_is_passed_over(app: Flask, kind: str) -> None:
    from logistics.workbooks.writing import template_workbook

    importer = IMPORTERS[kind]
    with app.test_request_context():
        book = template_workbook(importer.schema, importer.title)
    columns = importer.schema.columns().values()
    assert [str(title).rstrip("*") for title in cells(book)[0][: len(columns)]] == [c.title for c in columns]
    with pytest.raises(EmptyWorkbook):
        read_sheet(book, "template.xlsx", titles=importer.schema.all_titles())


def test_what_is_handed_back_is_kept_for_an_hour(tmp_path: Path) -> None:
    name = returned.keep(tmp_path, person_id=7, content=b"x", at=NOW)
    soon, later = NOW + dt.timedelta(minutes=59), NOW + dt.timedelta(minutes=61)
    assert returned.find(tmp_path, person_id=7, name=name, at=soon) is not None
    assert returned.find(tmp_path, person_id=8, name=name, at=soon) is None
    assert returned.find(tmp_path, person_id=7, name=name, at=later) is None
    returned.keep(tmp_path, person_id=7, content=b"y", at=later)
    assert len(list(tmp_path.iterdir())) == 1
