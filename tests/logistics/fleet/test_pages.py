"""The fleet on the pages, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inventory import ledger
from logistics.accounts.models import Role
from logistics.db import Database
from logistics.fleet.models import Shift, Vehicle, VehiclePass
from tests.county import County, recorded
from tests.logistics.conftest import token
from tests.logistics.imports.tables import in_english, said

VEHICLE = {
    "plate": "鄂c·12345",
    "kind": "厢式货车",
    "capacity_kg": "1500",
    "capacity_l": "8000",
    "depot": "YY-CK",
    "passes": "绿色通道:2020-04-30",
    "per_shift": "180",
    "per_km": "1.2",
}
SHIFT = {"plate": "鄂C0001", "driver": "driver", "day": "2020-03-20", "starts": "08:00", "ends": "17:00"}


@pytest.fixture
def dispatcher(signed_in: Callable[[Role], FlaskClient]) -> FlaskClient:
    return in_english(signed_in(Role.DISPATCHER))


def post(client: FlaskClient, path: str, form: dict[str, str]) -> tuple[int, str, str]:
    answer = client.post(path, data={"csrf_token": token(client, "/account"), **form}, follow_redirects=True)
    return answer.status_code, said(answer), answer.text


def test_vehicles_show_what_they_carry_and_what_is_aboard(
    dispatcher: FlaskClient, database: Database, county: County
) -> None:
    with database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("load"),
            source_id=county.store.id,
            destination_id=county.van.aboard_id,
            wanted={county.masks.id: 130},
        )
    text = said(dispatcher.get("/fleet"))
    assert "800 kg 3,000 L" in text
    assert "一次性口罩 2 盒 30 只" in text
    assert "✓ 绿色通道 through 30 Apr 2020" in text


@pytest.mark.parametrize(
    ("day", "expected"), [(dt.date(2020, 3, 14), "✗ 进城证 expired on"), (dt.date(2020, 3, 20), "! 进城证 through")]
)
def test_a_pass_that_ends_is_pointed_out(
    dispatcher: FlaskClient, database: Database, county: County, day: dt.date, expected: str
) -> None:
    with database.transaction() as session:
        session.add(VehiclePass(vehicle_id=county.truck.id, kind="进城证", valid_through=day))
    assert expected in said(dispatcher.get("/fleet"))


def test_a_vehicle_is_added_by_hand(dispatcher: FlaskClient, database: Database) -> None:
    status, text, _ = post(dispatcher, "/fleet/new", VEHICLE)
    assert status == 200
    assert "鄂C12345 is in the fleet." in text
    with database.reading() as session:
        vehicle = session.scalars(select(Vehicle).where(Vehicle.plate == "鄂C12345")).one()
        assert (vehicle.capacity_kg, vehicle.cost_per_km_jiao, vehicle.passes[0].kind) == (1500, 12, "绿色通道")


def test_what_cannot_be_is_told_beside_the_field_and_nothing_typed_is_lost(dispatcher: FlaskClient) -> None:
    status, text, page = post(dispatcher, "/fleet/new", VEHICLE | {"capacity_kg": "1.5吨", "plate": "卡车"})
    assert status == 422
    assert "“卡车” is not a number plate." in text
    assert "“1.5吨” holds a number and a unit." in text
    assert 'value="1.5吨"' in page
    assert 'value="绿色通道:2020-04-30"' in page


def test_a_plate_is_in_the_fleet_once(dispatcher: FlaskClient, database: Database) -> None:
    status, text, _ = post(dispatcher, "/fleet/new", VEHICLE | {"plate": "鄂C0001", "capacity_kg": "1"})
    assert status == 422
    assert "This plate is in the fleet already." in text
    with database.reading() as session:
        assert session.scalar(select(Vehicle.capacity_kg).where(Vehicle.plate == "鄂C0001")) == 800


def test_a_shift_is_entered_once(dispatcher: FlaskClient, database: Database) -> None:
    for _ in range(2):
        status, text, _page = post(dispatcher, "/fleet/shifts", SHIFT)
        assert status == 200
        assert "driver takes 鄂C0001 out on 20 Mar 2020." in text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Shift)) == 5


def test_a_vehicle_that_is_out_is_not_given_away_again(dispatcher: FlaskClient) -> None:
    status, text, page = post(
        dispatcher, "/fleet/shifts", SHIFT | {"day": "2020-03-15", "starts": "16:00", "ends": "19:00"}
    )
    assert status == 422
    assert "鄂C0001 is out already from today 08:00 to today 17:00." in text
    assert 'value="16:00"' in page


def test_a_shift_that_ends_before_it_begins_is_refused(dispatcher: FlaskClient) -> None:
    status, text, _ = post(dispatcher, "/fleet/shifts", SHIFT | {"starts": "18:00"})
    assert status == 422
    assert "The shift ends before it begins." in text


def test_shifts_are_shown_by_day(dispatcher: FlaskClient) -> None:
    assert "2 vehicles out, 3,800 kg" in said(dispatcher.get("/fleet/shifts?day=2020-03-16"))
    assert "No shift on this day." in said(dispatcher.get("/fleet/shifts?day=2020-03-18"))
    assert dispatcher.get("/fleet/shifts?day=elephant").status_code == 200


def test_an_officer_sees_the_fleet_and_changes_nothing(signed_in: Callable[[Role], FlaskClient]) -> None:
    officer = signed_in(Role.OFFICER)
    assert officer.get("/fleet").status_code == 200
    assert officer.get("/fleet/new").status_code == 403
    assert officer.post("/fleet/shifts", data={"csrf_token": token(officer, "/account")}).status_code == 403
