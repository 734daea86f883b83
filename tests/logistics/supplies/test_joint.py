"""Several items shared out at once, on pages: proposed, decided as it was seen, explained, carried on."""

import io
import re
from typing import Any

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from inventory import catalogue, classes, ledger, places, requisitions
from inventory.catalogue import Item, ItemKind
from inventory.ledger import Line
from inventory.promises import Reservation
from inventory.requisitions import Requisition
from inventory.runs import AllocationRun, JointRun
from logistics.accounts.models import Role, User
from logistics.db import Database
from logistics.orders.models import DeliveryOrder
from tests.county import NOW, County, recorded
from tests.logistics.conftest import SignedIn, token
from tests.logistics.supplies.acts import needs, row_of, send

PAGE = "/allocations/together"
LADDER = {"tiers-0": ["frontline", "window", "other"], "days-0": "5"}


def gel_asked(database: Database, county: County) -> None:
    """The village asks for 50 kg of 84, 5 kg a day."""
    with database.transaction() as session:
        requisitions.ask(
            session,
            key="gel",
            unit=session.merge(county.village),
            item=session.merge(county.disinfectant),
            quantity=50_000,
            daily_need=5_000,
            at=NOW,
            by="officer",
        )


def form(county: County, **changes: object) -> dict[str, object]:
    """Masks in boxes and 84 in drums, in the van."""
    return {
        "key": "joint",
        "source": "YY-CK",
        "items": [county.masks.id, county.disinfectant.id],
        f"pack-{county.masks.id}": "盒",
        f"pack-{county.disinfectant.id}": "桶",
        "vehicles": [county.van.plate],
        **LADDER,
        **changes,
    }


def seen_on(answer: TestResponse) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', answer.text)
    assert found, answer.text
    return found.group(1)


def decided(client: FlaskClient, terms: dict[str, object]) -> TestResponse:
    proposed = send(client, PAGE, terms)
    assert proposed.status_code == 200, proposed.text
    return send(client, PAGE, terms | {"seen": seen_on(proposed), "act": "decide"})


def test_items_in_one_van_are_proposed_decided_and_explained(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=500)
    gel_asked(database, county)
    officer = signed_in(Role.OFFICER)
    assert county.van.plate in officer.get(PAGE).text
    # 20 kg of 84 are four days for the village, 1,500 masks three days for the checkpoint, all it asked for.
    proposed = send(officer, PAGE, form(county))
    assert "30 盒" in row_of(proposed, "高速卡点")
    assert "4 桶" in row_of(proposed, "大柳村")
    answer = send(officer, PAGE, form(county) | {"seen": seen_on(proposed), "act": "decide"})
    assert answer.headers["Location"] == f"{PAGE}/1"
    page = officer.get(f"{PAGE}/1")
    assert "LH0000001" in page.text
    assert re.search(r"高速卡点</span> 一次性口罩 30 盒", page.text)
    assert "LH0000001" in row_of(officer.get("/allocations"), "FP0000001")
    told = officer.get("/allocations/2/why/2").text
    assert "SL" not in told
    assert county.van.plate in told
    book = load_workbook(io.BytesIO(officer.get(f"{PAGE}/1.xlsx").data)).active
    assert book is not None
    assert [row[2] for row in book.iter_rows(min_row=2, values_only=True)] == ["高速卡点", "大柳村"]


def test_what_there_is_nothing_of_is_not_ticked(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=500)
    gel_asked(database, county)
    officer = signed_in(Role.OFFICER)
    box = 'name="items" value="{}" checked'
    page = officer.get(PAGE).text
    assert box.format(county.masks.id) in page
    assert box.format(county.disinfectant.id) in page
    with database.transaction() as session:
        ledger.transfer(
            session,
            recorded=recorded("all of it"),
            source_id=county.store.id,
            destination_id=places.store_of(session, session.merge(county.station)).id,
            wanted={county.disinfectant.id: 20_000},
        )
    page = officer.get(PAGE).text
    assert box.format(county.masks.id) in page
    assert box.format(county.disinfectant.id) not in page


def test_a_reserve_of_each_item_stays_in_the_store(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=500)
    officer = signed_in(Role.OFFICER)
    name = f"keep-{county.masks.id}"
    wrong = send(officer, PAGE, form(county, **{name: "几盒"}))
    assert wrong.status_code == 422
    assert f'id="{name}-{county.masks.id}-said"' in wrong.text
    assert 'value="几盒"' in wrong.text
    kept = form(county, **{name: "15"})
    proposed = send(officer, PAGE, kept)
    assert "25 盒" in row_of(proposed, "高速卡点")
    record = decided(officer, kept).headers["Location"]
    for page in (proposed.text, officer.get(record).text):
        assert "留作储备 15 盒" in page


def test_a_second_click_decides_once(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=500)
    officer = signed_in(Role.OFFICER)
    terms = form(county)
    seen = seen_on(send(officer, PAGE, terms))
    for _click in range(2):
        answer = send(officer, PAGE, terms | {"seen": seen, "act": "decide"})
        assert answer.headers["Location"] == f"{PAGE}/1"
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JointRun)) == 1


def test_what_was_not_seen_is_not_decided(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=500)
    officer = signed_in(Role.OFFICER)
    terms = form(county)
    seen = seen_on(send(officer, PAGE, terms))
    forged = send(officer, PAGE, terms | {"seen": f"x{seen}", "act": "decide"})
    needs(database, county, station=100)
    late = send(officer, PAGE, terms | {"seen": seen, "act": "decide"})
    for answer in (forged, late):
        assert answer.status_code == 409
        assert "原方案已不成立" in answer.text
    assert "安阳烟叶站" in late.text
    assert send(officer, PAGE, terms | {"seen": seen_on(late), "act": "decide"}).status_code == 302


def test_what_cannot_be_is_said_beside_the_field(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=500)
    officer = signed_in(Role.OFFICER)
    cannot_be: list[tuple[dict[str, object], str]] = [
        ({"items": []}, "请勾选要分的物资"),
        ({"source": "月球"}, "月球"),
        ({"source": "KD1"}, "没有货"),
        ({f"pack-{county.masks.id}": "袋"}, "包装"),
        ({"days-0": "366"}, "365"),
        ({"class": "没有的类"}, "没有的类"),
    ]
    for change, said in cannot_be:
        answer = send(officer, PAGE, form(county, **change))
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{county.van.plate}" checked' in answer.text


def test_what_has_no_volume_is_named_with_the_way_to_mend_it(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=500)
    with database.transaction() as session:
        session.get_one(Item, county.masks.id).volume_ul = 0
    answer = send(signed_in(Role.OFFICER), PAGE, form(county))
    assert answer.status_code == 422
    assert f"/items/{county.masks.id}/edit" in answer.text


def test_a_class_is_shared_with_its_substitutes_and_the_rest_is_carried_once(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    # 2,400 masks are asked, 2,000 are there; ten boxes of 20 KN95, each for two masks, stand in for all 400.
    _kn95(database, county)
    needs(database, county, checkpoint=800)
    officer = signed_in(Role.OFFICER)
    terms = {
        "key": "class",
        "class": "MASK",
        "source": "YY-CK",
        "items": [county.masks.id, 4],
        f"pack-{county.masks.id}": "盒",
        "pack-4": "盒",
        **LADDER,
    }
    assert "KN95口罩" in officer.get(f"{PAGE}?class=MASK").text
    assert decided(officer, terms).status_code == 302
    row = row_of(officer.get(f"{PAGE}/1"), "高速卡点")
    assert "40 盒" in row
    assert "10 盒" in row
    assert "0 天 → 3 天" in row
    told = officer.get("/allocations/1/why/1").text
    assert "KN95口罩 10 盒" in told
    assert "8 盒" in told  # the 400 masks that they count for
    assert "申领的是一次性口罩" in row_of(officer.get("/allocations/1"), "高速卡点")
    assert "KN95口罩" in officer.get("/requisitions/1").text
    assert "<td>一次性口罩" not in officer.get("/allocations/fairness?item=4").text
    assert send(officer, f"{PAGE}/1/deliver", {}).status_code == 302
    assert send(officer, f"{PAGE}/1/carry-over", {}).status_code == 302
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryOrder)) == 2
        assert session.scalar(select(func.count()).select_from(Requisition)) == 1
        lines = select(func.count()).select_from(Reservation).where(Reservation.released_at.is_(None))
        assert session.scalar(lines) == 2


def test_another_county_s_joint_allocation_is_not_known(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=500)
    assert decided(signed_in(Role.OFFICER), form(county)).status_code == 302
    with database.transaction() as session:
        session.scalars(select(User).where(User.sign_in_name == "officer")).one().unit_id = county.village.id
    officer = signed_in(Role.OFFICER)
    for path in ("", ".xlsx"):
        assert officer.get(f"{PAGE}/1{path}").status_code == 404
    assert send(officer, f"{PAGE}/1/carry-over", {}).status_code == 404


def _kn95(database: Database, county: County) -> None:
    with database.transaction() as session:
        kind = classes.add_class(session, code="MASK", name="口罩", unit_word="只")
        kn95 = catalogue.add_item(
            session, code="KN95", name="KN95口罩", kind=ItemKind.PROTECTION, base_unit="只", packs=[("盒", 20)]
        )
        session.get_one(Item, county.masks.id).item_class = kn95.item_class = kind
        kn95.class_numerator = 2
        lot = catalogue.lot_for(session, item=kn95, code="K1", expires_on=None)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=200)
        ledger.receive(session, recorded=recorded("kn95"), lines=[line])
        assert (kn95.id, session.scalar(select(func.count()).select_from(AllocationRun))) == (4, 0)


def test_programs_propose_decide_and_read_it(signed_in: SignedIn, database: Database, county: County) -> None:
    needs(database, county, checkpoint=500)
    gel_asked(database, county)
    officer = signed_in(Role.OFFICER)
    terms = {
        "source": "YY-CK",
        "items": [{"item": "KZ", "pack_word": "盒"}, {"item": "XD84", "pack_word": "桶"}],
        "vehicles": [county.van.plate],
        "ladder": [{"tiers": ["frontline", "other"], "ceiling_days": 2}],
    }
    path = "/api/v1/joint-allocations"
    proposed = sent(officer, f"{path}/proposals", terms, 200)
    assert proposed["levels"] == [{"rung": 0, "days": 2.0, "proved": True}]
    body = terms | {"key": "k", "seen": proposed["seen"]}
    for _time in range(2):
        decided_ = sent(officer, path, body, 201)
        assert (decided_["number"], decided_["kind"]) == ("LH0000001", "items")
    assert [(one["unit"], one["packs"], one["limit"]) for one in decided_["shares"]] == [
        ("KD1", {"KZ": 20}, "ceiling"),
        ("CUN1", {"XD84": 2}, "ceiling"),
    ]
    assert decided_["vehicles"][0]["used_ml"] == 20 * 1_500 + 2 * 5_000
    assert officer.get(f"{path}/1").json == decided_
    listed = officer.get(path).json
    assert listed is not None
    assert [one["allocations"] for one in listed] == [["FP0000001", "FP0000002"]]
    assert sent(officer, path, body | {"key": "other", "seen": "forged"}, 409)["code"] == "CaseChanged"
    assert sent(officer, f"{path}/proposals", terms | {"vehicles": ["鄂X"]}, 404)["what"] == "vehicle"


def sent(client: FlaskClient, path: str, body: dict[str, object], status: int) -> dict[str, Any]:
    answer = client.post(path, json=body, headers={"X-CSRFToken": token(client, "/account")})
    assert answer.status_code == status, answer.text
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found
