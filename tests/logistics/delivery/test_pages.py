"""The driver's pages with script switched off, as in the browser inside WeChat: plain pages and plain forms."""

import re

import pytest
from sqlalchemy import select

from inventory import ledger
from inventory.catalogue import Lot
from inventory.places import Place
from logistics.accounts.models import Role, User
from logistics.delivery.models import Act
from logistics.delivery.operations import News
from logistics.dispatch.models import Trip, TripState
from tests.county import recorded
from tests.logistics.conftest import token


@pytest.fixture
def phone(round_, app, signed_in):
    """The driver's client, its forms to be sent by `send`."""
    return signed_in(Role.DRIVER)


def send(client, path, page, **fields):
    """Send the form on `page` whose action is `path`, with its hidden fields and these."""
    text = client.get(page).text
    form = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', text, re.DOTALL)
    assert form, f"no form to {path} on {page}"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
    return client.post(path, data=hidden | fields)


def at(round_, path=""):
    return f"/driver/trips/{round_.trip_id}{path}"


def loaded(round_, phone):
    answer = send(phone, at(round_, "/load"), at(round_))
    assert answer.status_code == 302, answer.text
    return phone


def test_my_trips_are_listed_with_their_progress(round_, phone):
    page = phone.get("/driver").text
    assert f'href="{at(round_)}"' in page
    assert "鄂C0001" in page
    assert "今天 08:30" in page
    assert "0/3" in page
    assert phone.get("/").headers["Location"] == "/driver", "the first page leads there too"


def test_before_loading_the_manifest_stands_in_packs(round_, phone):
    page = phone.get(at(round_)).text
    assert re.search(r"卷烟</span> <strong>18 条", page)
    assert re.search(r"一次性口罩</span> <strong>14 盒", page)
    assert "/delivered" not in page


def test_the_next_stop_says_what_how_when_and_where(round_, phone):
    page = loaded(round_, phone).get(at(round_)).text
    card = page[page.index("<article") : page.index("</article>")]
    assert "李家烟酒店" in card
    assert "8 条" in card
    assert "2 盒" in card
    assert "08:30–11:30" in card
    assert "计划 09:00" in card
    assert "退后 1.5 米" in card
    assert 'href="tel:13900000002"' in card
    assert "139****0002" in card
    assert re.search(r'href="https://uri\.amap\.com/navigation\?to=110\.82\d+,32\.8[34]\d+,', card)
    assert 'href="https://api.map.baidu.com/marker?location=32.8' in card
    assert "PS0000001" in card
    assert "PS0000002" in card
    assert "0/3" in page


def test_a_whole_trip_by_plain_forms(round_, phone):
    """Load, hand over two, undo one and do it again, fail the third, bring the rest home: every screen a page, every act a form."""
    loaded(round_, phone)
    stop = at(round_, f"/stops/{round_.shop}/delivered")
    answer = send(phone, stop, stop, receiver="family")
    assert answer.headers["Location"] == at(round_)
    page = phone.get(at(round_)).text
    assert re.search("李家烟酒店.已交付。", page)
    assert "高速卡点" in page[page.index("<article") : page.index("</article>")], "the next stop shows"
    undo = re.search(r'action="([^"]+/take-back)"', page).group(1)
    assert send(phone, undo, at(round_)).status_code == 302
    assert "已撤销" in phone.get(at(round_)).text
    assert round_.held(Place.RECIPIENT, "420304100001", round_.county.cigarettes) == {}

    send(phone, stop, stop, receiver="self")
    second = at(round_, f"/stops/{round_.checkpoint}/delivered")
    send(phone, second, second, receiver="chief")
    third = at(round_, f"/stops/{round_.far_shop}/failed")
    assert "?reason=road_closed" in phone.get(third).text
    send(phone, third, f"{third}?reason=road_closed", note="桥头封了")
    page = phone.get(at(round_)).text
    assert "3/3" in page
    assert re.search(r"卷烟</span> <strong>10 条", page), "what comes back"
    assert "桥头封了" in phone.get(at(round_, f"/stops/{round_.far_shop}")).text
    assert send(phone, at(round_, "/finish"), at(round_)).status_code == 302
    assert "已收车" in phone.get(at(round_)).text
    assert round_.states() == (
        TripState.FINISHED,
        ["delivered", "delivered", "failed"],
        ["delivered", "delivered", "delivered", "failed"],
    )
    assert round_.in_store(round_.county.cigarettes) == {"J1": 492}
    assert round_.proved()


def test_a_second_click_is_one_delivery_and_says_nothing_of_trouble(round_, phone):
    loaded(round_, phone)
    stop = at(round_, f"/stops/{round_.shop}/delivered")
    form = {"csrf_token": token(phone, stop), "key": "from-the-form", "receiver": "self"}
    assert [phone.post(stop, data=form).status_code for _ in range(2)] == [302, 302]
    other = phone.post(stop, data=form | {"key": "another tab"}, follow_redirects=True)
    assert "之前已记录" in other.text
    assert round_.held(Place.RECIPIENT, "420304100001", round_.county.cigarettes) == {"J1": 8}


def test_what_the_store_lacks_is_named_and_the_trip_stays_to_be_loaded(round_, phone):
    with round_.database.transaction() as session:
        lot = session.scalars(select(Lot).where(Lot.code == "J1")).one()
        ledger.adjust(
            session,
            recorded=recorded("count"),
            location_id=round_.county.store.id,
            lot_id=lot.id,
            difference=-490,
        )
    answer = send(phone, at(round_, "/load"), at(round_))
    assert answer.status_code == 409
    said = re.search(r'role="alert">([^<]+)<', answer.text).group(1)
    for named in ("区局仓库", "卷烟", "10 条", "18 条"):
        assert named in said
    assert at(round_, "/load") in answer.text, "the same page again, to try again"


def test_finishing_too_early_names_the_stops_that_are_left(round_, phone):
    loaded(round_, phone)
    form = {"csrf_token": token(phone, at(round_)), "key": "k"}
    answer = phone.post(at(round_, "/finish"), data=form)
    assert answer.status_code == 409
    assert "李家烟酒店、高速卡点、安阳副食店" in answer.text


def test_a_stop_done_the_other_way_is_told_when(round_, phone):
    loaded(round_, phone)
    round_.fail(round_.shop, "a")
    stop = at(round_, f"/stops/{round_.shop}/delivered")
    answer = phone.post(stop, data={"csrf_token": token(phone), "key": "k", "receiver": "self"})
    assert answer.status_code == 409
    assert "09:00" in answer.text
    assert "请先撤销" in answer.text
    assert "<form" not in phone.get(stop).text, "nothing to answer any more"


def test_an_answer_that_is_none_of_ours_is_refused(round_, phone):
    loaded(round_, phone)
    stop = at(round_, f"/stops/{round_.shop}/delivered")
    form = {"csrf_token": token(phone), "key": "k"}
    assert phone.post(stop, data=form | {"receiver": "nobody"}).status_code == 422
    assert phone.post(stop, data=form | {"receiver": "self", "key": "k" * 80}).status_code == 422
    assert (
        phone.post(stop, data=form | {"receiver": "self", "occurred_at": "0001-01-01T00:00+08:00"}).status_code == 302
    )
    assert phone.get(at(round_, f"/stops/{round_.far_shop}/failed?reason=tired")).status_code == 422
    assert phone.get(at(round_, "/stops/9999")).status_code == 404
    assert phone.get("/driver/trips/9999").status_code == 404


def test_quarantine_shows_the_handling_and_asks_for_no_one_in_person(round_, phone):
    loaded(round_, phone)
    page = phone.get(at(round_, f"/stops/{round_.far_shop}")).text
    assert "card-careful" in page
    assert "不见面" in page
    asked = phone.get(at(round_, f"/stops/{round_.far_shop}/delivered")).text
    assert 'value="left_at_place"' in asked
    assert 'value="self"' not in asked


def test_a_withdrawn_trip_says_so_and_offers_nothing(round_, phone):
    with round_.database.transaction() as session:
        trip = session.get_one(Trip, round_.trip_id)
        trip.state, trip.withdrawn_at, trip.withdrawn_by = TripState.WITHDRAWN, trip.departs_at, "dispatcher"
    page = phone.get(at(round_)).text
    assert "不要出车" in page
    assert "<form" not in page


def test_another_drivers_trip_is_not_found_and_an_administrator_only_looks(round_, phone, signed_in):
    loaded(round_, phone)
    told = round_.deliver(round_.shop, "a")
    assert told.news is News.NEW
    with round_.database.transaction() as session:
        trip = session.get_one(Trip, round_.trip_id)
        trip.driver = session.scalars(select(User).where(User.role == Role.LEADER)).one()
    assert phone.get(at(round_)).status_code == 404
    assert at(round_) not in phone.get("/driver").text
    form = {"csrf_token": token(phone), "key": "k", "receiver": "self", "reason": "refused"}
    for path in (
        "/load",
        "/finish",
        f"/stops/{round_.far_shop}/delivered",
        f"/stops/{round_.far_shop}/failed",
        f"/acts/{told.act.id}/take-back",
    ):
        assert phone.post(at(round_, path), data=form).status_code == 404, path
    looking = signed_in(Role.ADMIN)
    page = looking.get(at(round_))
    assert page.status_code == 200
    assert "<form" not in page.text
    assert looking.get("/driver").status_code == 200
    assert round_.states()[1] == ["delivered", "planned", "planned"]


def test_who_does_not_deliver_is_turned_away(round_, app, signed_in, client):
    assert signed_in(Role.OFFICER).get(at(round_)).status_code == 403
    answer = client.get(at(round_))
    assert answer.status_code == 302
    assert f"next={at(round_)}" in answer.headers["Location"], (
        "the code on the sheet leads through the sign-in to the trip"
    )


def test_the_script_is_answered_with_the_key_it_sent(round_, phone):
    loaded(round_, phone)
    ready = phone.get("/driver/ready").json
    assert ready["person"] == round_.driver_id
    stop = at(round_, f"/stops/{round_.shop}/delivered")
    form = {
        "csrf_token": ready["csrf"],
        "key": "phone-1",
        "receiver": "self",
        "occurred_at": "2020-03-15T00:30:00.000Z",
    }
    wants = {"Accept": "application/json"}
    first = phone.post(stop, data=form, headers=wants)
    again = phone.post(stop, data=form, headers=wants)
    assert first.status_code == again.status_code == 200
    assert first.json["key"] == again.json["key"] == "phone-1"
    assert first.json["next"] == at(round_)
    refused = phone.post(
        stop.replace("delivered", "failed"), data=form | {"key": "phone-2", "reason": "refused"}, headers=wants
    )
    assert refused.status_code == 409
    assert refused.json["key"] == "phone-2"
    assert "李家烟酒店" in refused.json["error"]
    with round_.database.reading() as session:
        act = session.scalars(select(Act)).one()
        assert act.occurred_at.isoformat() == "2020-03-15T00:30:00+00:00"


def test_english_readers_read_english(round_, phone):
    phone.post("/language", data={"csrf_token": token(phone, "/driver"), "language": "en"})
    assert "Loading list" in phone.get(at(round_)).text
