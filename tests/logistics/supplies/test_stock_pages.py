"""Stock, stock card, documents: what is seen, by whom."""

import datetime as dt
import io

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from inventory import ledger, places, requisitions
from inventory.catalogue import ItemKind, add_item, lot_for
from inventory.ledger import Line
from inventory.norms import Basis
from inventory.units import Unit
from logistics.accounts.models import Role, User
from logistics.db import Database
from tests.county import NOW, County, recorded
from tests.inventory.norms import approved
from tests.logistics.conftest import SignedIn
from tests.logistics.supplies.acts import needs, row_of


@pytest.mark.parametrize(
    "path",
    ["/stock", "/stock?alone=1", "/stock.xlsx", "/stock/card", "/stock/card?item=KZ", "/documents", "/documents/1"],
)
def test_the_officer_sees_every_page_of_stock(signed_in: SignedIn, path: str) -> None:
    assert signed_in(Role.OFFICER).get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/stock", "/documents", "/stock/receive", "/stock/issue", "/requisitions", "/allocations"]
)
def test_a_driver_sees_nothing_of_stock(signed_in: SignedIn, path: str) -> None:
    assert signed_in(Role.DRIVER).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/stock/receive", "/stock/issue", "/counts/new"])
def test_a_reporter_reads_stock_and_records_none(signed_in: SignedIn, path: str) -> None:
    reporter = signed_in(Role.REPORTER)
    assert reporter.get("/stock").status_code == 200
    assert reporter.get(path).status_code == 403


def test_cover_is_what_is_there_by_the_needs_of_all_units_below(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=300, station=200)
    row = row_of(signed_in(Role.OFFICER).get("/stock"), "一次性口罩")
    assert "4 天" in row  # 2,000 masks by 500 a day
    assert "偏紧" in row


def test_the_newest_requisition_of_a_unit_tells_its_need_and_a_withdrawn_one_nothing(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=300)
    needs(database, county, checkpoint=400)
    with database.transaction() as session:
        withdrawn = requisitions.ask(
            session,
            key="withdrawn",
            unit=session.merge(county.checkpoint),
            item=session.merge(county.masks),
            quantity=50,
            daily_need=5_000,
            at=NOW,
            by="officer",
        )
        withdrawn.state = requisitions.RequisitionState.CANCELLED
    assert "5 天" in row_of(signed_in(Role.OFFICER).get("/stock"), "一次性口罩")


def test_what_runs_out_first_stands_on_top(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        requisitions.ask(
            session,
            key="wash",
            unit=session.merge(county.station),
            item=session.merge(county.disinfectant),
            quantity=5_000,
            daily_need=20_000,
            at=NOW,
            by="officer",
        )
    needs(database, county, checkpoint=100)
    page = signed_in(Role.OFFICER).get("/stock").text
    assert page.index("84消毒液") < page.index("一次性口罩") < page.index("卷烟")


def test_an_item_that_is_needed_and_absent_is_shown_as_used_up(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        gloves = add_item(session, code="ST", name="一次性手套", kind=ItemKind.PROTECTION, base_unit="双")
        requisitions.ask(
            session,
            key="gloves",
            unit=session.merge(county.station),
            item=gloves,
            quantity=10,
            daily_need=5,
            at=NOW,
            by="officer",
        )
    assert "已用完" in row_of(signed_in(Role.OFFICER).get("/stock"), "一次性手套")


def test_of_equipment_no_days_are_told_but_how_many_pieces_there_should_be(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        guns = add_item(session, code="CWQ", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")
        approved(session, guns, Basis.POINT_DAY, 1)
        lot = lot_for(session, item=guns, code="T1", expires_on=None)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=2)
        ledger.receive(session, recorded=recorded("guns"), lines=[line])
    officer = signed_in(Role.OFFICER)
    row = row_of(officer.get("/stock"), "体温枪")
    assert "2 / 3 把" in row
    assert "天" not in row
    assert "体温枪" not in officer.get("/").text
    assert "2 / 3" in officer.get("/cover?kind=equipment").text
    assert "应配数量" in officer.get("/cover/item?item=CWQ").text
    needed = officer.get("/api/v1/units/YY/needs").json
    assert [(one["item"], one["daily_need"], one["cover_days"]) for one in needed] == [("CWQ", 3, None)]


def test_a_unit_alone_is_not_its_units_below(signed_in: SignedIn) -> None:
    officer = signed_in(Role.OFFICER)
    assert "一次性口罩" in officer.get("/stock?unit=YY").text
    alone = officer.get("/stock?unit=YY&alone=1").text
    assert "一次性口罩" not in alone
    assert "这里还没有库存" in alone


@pytest.mark.parametrize("name", ["YY-CK", "YY-CK 区局仓库", "区局仓库", "yy-ck"])
def test_a_unit_is_found_by_code_label_or_name(signed_in: SignedIn, name: str) -> None:
    answer = signed_in(Role.OFFICER).get("/stock", query_string={"unit": name})
    assert "一次性口罩" in answer.text


def test_a_unit_outside_ones_own_is_not_known(signed_in: SignedIn, database: Database, county: County) -> None:
    _move_to(database, county.station, Role.REPORTER)
    reporter = signed_in(Role.REPORTER)
    assert reporter.get("/stock?unit=YZ1").status_code == 200
    assert reporter.get("/stock?unit=YY-CK").status_code == 404
    assert reporter.get("/documents/1").status_code == 404
    assert "RK0000001" not in reporter.get("/documents").text


def test_the_stock_card_tells_every_movement_with_the_balance_after_it(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        consumed = places.the_location(session, places.Place.CONSUMED)
        ledger.issue(
            session,
            recorded=recorded("used", reason="晨检"),
            source_id=county.store.id,
            destination_id=consumed.id,
            wanted={county.masks.id: 600},
        )
    page = signed_in(Role.OFFICER).get("/stock/card?item=KZ").text
    assert "区局仓库 → 已消耗" in page
    assert "−10 盒" in page  # the first expiring lot whole,
    assert "−2 盒" in page  # then the next
    assert page.count("<polyline") == 1
    assert "28 盒" in page


def test_the_stock_card_pages_back(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        consumed = places.the_location(session, places.Place.CONSUMED)
        for number in range(60):
            ledger.issue(
                session,
                recorded=recorded(f"used-{number}"),
                source_id=county.store.id,
                destination_id=consumed.id,
                wanted={county.masks.id: 1},
            )
    officer = signed_in(Role.OFFICER)
    newest = officer.get("/stock/card?item=KZ").text
    older = officer.get("/stock/card?item=KZ&before=" + newest.split("before=")[1].split("&")[0].split('"')[0]).text
    assert "CK0000061" in newest
    assert "RK0000001" not in newest
    assert "RK0000001" in older
    assert "CK0000061" not in older


def test_an_item_that_is_not_there_is_said_so(signed_in: SignedIn) -> None:
    answer = signed_in(Role.OFFICER).get("/stock/card?item=nothing")
    assert answer.status_code == 404
    assert "nothing" in answer.text


def test_expired_stock_is_told_and_not_available(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        lot = lot_for(session, item=session.merge(county.masks), code="OLD", expires_on=dt.date(2020, 3, 14))
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=100)
        ledger.receive(session, recorded=recorded("old"), lines=[line])
    row = row_of(signed_in(Role.OFFICER).get("/stock"), "一次性口罩")
    assert "1 箱 2 盒" in row
    assert "✗" in row


def test_the_export_holds_text_as_text_and_numbers_as_numbers(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    with database.transaction() as session:
        evil = add_item(session, code="=1+1", name="=cmd|' /C calc'!A0", kind=ItemKind.OTHER, base_unit="个")
        lot = lot_for(session, item=evil, code="1", expires_on=None)
        line = Line(lot_id=lot.id, source_id=county.supplier.id, destination_id=county.store.id, quantity=3)
        ledger.receive(session, recorded=recorded("evil"), lines=[line])
    answer = signed_in(Role.OFFICER).get("/stock.xlsx")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    cells = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert cells["=1+1"][0].data_type == "s"
    assert cells["=1+1"][1].data_type == "s"
    assert cells["KZ"][3].value == 2_000
    assert cells["KZ"][9].value.date() == dt.date(2020, 6, 1)


def test_documents_are_listed_by_kind_newest_first(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        ledger.adjust(session, recorded=recorded("count"), location_id=county.store.id, lot_id=1, difference=-3)
    officer = signed_in(Role.OFFICER)
    everything = officer.get("/documents").text
    assert everything.index("PD0000002") < everything.index("RK0000001")
    assert "PD0000002" not in officer.get("/documents?kind=receipt").text
    assert "盘点差异" in everything


def test_a_document_is_a_paper_to_print_and_sign(signed_in: SignedIn) -> None:
    page = signed_in(Role.OFFICER).get("/documents/1").text
    for part in ("入库单", "RK0000001", "医药公司", "区局仓库", "M1", "2020年6月1日", "保管员", "审核", "data-print"):
        assert part in page, part


def test_the_first_page_tells_what_runs_out_and_what_waits(
    signed_in: SignedIn, database: Database, county: County
) -> None:
    needs(database, county, checkpoint=1_000)
    page = signed_in(Role.OFFICER).get("/").text
    assert "最先用完" in page
    assert "2 天" in page
    assert "待分配的申领" in page


def test_an_empty_house_is_told_what_to_do_next(
    client: FlaskClient, signed_in: SignedIn, database: Database, county: County
) -> None:
    _move_to(database, county.village, Role.OFFICER)
    page = signed_in(Role.OFFICER).get("/stock").text
    assert "可以导入入库表，或登记到货" in page
    assert "/stock/receive" in page


def _move_to(database: Database, unit: Unit, role: Role) -> None:
    """Let the person of this role belong to another unit."""
    with database.transaction() as session:
        for user in session.query(User).filter_by(role=role):
            user.unit_id = unit.id


def test_equipment_never_runs_out_first(signed_in: SignedIn, database: Database, county: County) -> None:
    with database.transaction() as session:
        gun = add_item(session, code="TW", name="体温枪", kind=ItemKind.EQUIPMENT, base_unit="把")
        requisitions.ask(
            session,
            key="gun",
            unit=session.merge(county.checkpoint),
            item=gun,
            quantity=2,
            daily_need=1,
            at=NOW,
            by="officer",
        )
    needs(database, county, checkpoint=100)
    page = signed_in(Role.OFFICER).get("/").text
    first = page[page.index("最先用完") :]
    assert "一次性口罩" in first
    assert "体温枪" not in first
