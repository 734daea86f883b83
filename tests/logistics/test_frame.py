"""The frame: sign-in, permissions, languages, what happens when something is wrong."""

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from logistics.accounts import operations
from logistics.accounts.models import Role, SignIn, User
from logistics.accounts.permissions import Permission
from logistics.app import create_app
from logistics.db import Database
from logistics.web.guard import COOKIE, permission_of
from logistics.web.navigation import ENTRIES
from tests.county import NOW, PASSWORD, County
from tests.logistics.conftest import token

type SignedIn = Callable[[Role], FlaskClient]


def test_every_route_declares_its_permission(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert isinstance(permission_of(app, rule.endpoint, method), Permission), rule


def test_every_entry_of_the_rail_is_a_page(app: Flask) -> None:
    missing = {entry.endpoint for entry in ENTRIES} - set(app.view_functions)
    assert not missing


def test_strangers_see_only_the_sign_in(client: FlaskClient) -> None:
    answer = client.get("/people")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_role_without_the_permission_is_refused(signed_in: SignedIn) -> None:
    assert signed_in(Role.DRIVER).get("/people").status_code == 403
    assert signed_in(Role.ADMIN).get("/people").status_code == 200


def test_a_form_without_its_token_records_nothing(signed_in: SignedIn) -> None:
    assert signed_in(Role.ADMIN).post("/people", data={"name": "x"}).status_code == 400


def test_the_pages_speak_chinese_first_and_english_on_request(client: FlaskClient) -> None:
    assert "登录" in client.get("/sign-in").text
    client.post("/language", data={"csrf_token": token(client), "language": "en", "next": "/sign-in"})
    assert "Sign in" in client.get("/sign-in").text


def test_a_form_sent_after_signing_out_is_told_to_be_sent_again(client: FlaskClient) -> None:
    form = {"csrf_token": token(client), "new": "whatever-2020"}
    answer = client.post("/account/password", data=form, headers={"Referer": "http://localhost/account"})
    assert answer.headers["Location"] == "/sign-in?next=/account"
    assert "没有记录" in client.get(answer.headers["Location"]).text


def test_signing_out_withdraws_the_cookie_on_the_server(signed_in: SignedIn) -> None:
    client = signed_in(Role.OFFICER)
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    client.post("/sign-out", data={"csrf_token": token(client, "/account")})
    client.set_cookie(COOKIE, cookie.value)
    assert client.get("/account").status_code == 302


def test_the_database_keeps_no_cookie_in_the_clear(signed_in: SignedIn, database: Database) -> None:
    cookie = signed_in(Role.OFFICER).get_cookie(COOKIE)
    assert cookie is not None
    with database.reading() as session:
        assert all(cookie.value not in (row.token_hash, row.device) for row in session.scalars(select(SignIn)))


def test_a_person_switched_off_is_out_at_once(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(Role.OFFICER)
    with database.transaction() as session:
        session.scalars(select(User).where(User.sign_in_name == "officer")).one().active = False
    assert client.get("/account").status_code == 302


def test_the_tenth_wrong_password_closes_the_door_for_a_while(app: Flask, client: FlaskClient) -> None:
    def try_with(password: str) -> int:
        form = {"csrf_token": token(client), "name": "officer", "password": password}
        return client.post("/sign-in", data=form).status_code

    assert {try_with("wrong-password") for _ in range(10)} == {422}
    assert try_with(PASSWORD) == 422
    later = create_app(
        app.extensions["logistics"].settings,
        database=app.extensions["logistics"].database,
        clock=lambda: NOW + dt.timedelta(minutes=16),
    ).test_client()
    form = {"csrf_token": token(later), "name": "officer", "password": PASSWORD}
    assert later.post("/sign-in", data=form).status_code == 302


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(client: FlaskClient, target: str) -> None:
    form = {"csrf_token": token(client), "name": "officer", "password": PASSWORD, "next": target}
    assert client.post("/sign-in", data=form).headers["Location"] == "/"


def test_a_changed_password_signs_out_every_device(signed_in: SignedIn) -> None:
    phone, office = signed_in(Role.OFFICER), signed_in(Role.OFFICER)
    form = {"csrf_token": token(office, "/account"), "old": PASSWORD, "new": "another-2020"}
    assert office.post("/account/password", data=form).status_code == 302
    assert phone.get("/account").status_code == 302


def test_an_administrator_gives_a_new_password_and_switches_people_off_and_on(
    signed_in: SignedIn, client: FlaskClient, county: County
) -> None:
    officer, admin = signed_in(Role.OFFICER), signed_in(Role.ADMIN)
    person = f"/people/{county.people[Role.OFFICER].id}"
    csrf = {"csrf_token": token(admin, "/people")}

    def sign_in(password: str) -> int:
        sent = {"csrf_token": token(client), "name": Role.OFFICER.value, "password": password}
        return client.post("/sign-in", data=sent).status_code

    assert admin.post(f"{person}/new-password", data=csrf | {"password": "short"}).status_code == 422
    assert admin.post(f"{person}/new-password", data=csrf | {"password": "another-2020"}).status_code == 302
    assert officer.get("/stock").status_code == 302
    assert (sign_in(PASSWORD), sign_in("another-2020")) == (422, 302)
    for _click in range(2):
        assert admin.post(f"{person}/switch", data=csrf | {"active": "0"}).status_code == 302
    assert client.get("/stock").status_code == 302
    assert sign_in("another-2020") == 422
    assert "已停用" in admin.get("/people").text
    assert admin.post(f"{person}/switch", data=csrf | {"active": "1"}).status_code == 302
    assert sign_in("another-2020") == 302
    assert admin.post(f"/people/{county.people[Role.ADMIN].id}/switch", data=csrf).status_code == 422
    assert admin.get("/people").status_code == 200


def test_an_expired_sign_in_opens_nothing(database: Database, county: object) -> None:
    with database.transaction() as session:
        user = session.scalars(select(User).where(User.sign_in_name == "officer")).one()
        secret = operations.sign_in(session, user_id=user.id, device="", at=NOW)
        assert operations.signed_in_user(session, secret=secret, at=NOW) is not None
        late = NOW + operations.SIGN_IN_LASTS
        assert operations.signed_in_user(session, secret=secret, at=late) is None


def test_a_page_that_is_not_there_says_so_in_words(client: FlaskClient) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
