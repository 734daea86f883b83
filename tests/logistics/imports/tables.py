"""Tables as an office has them, and the ways they come in."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import openpyxl
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from logistics.db import Database
from logistics.imports.kinds import importer_for
from logistics.imports.operations import Imported, read_table, take_in
from logistics.workbooks.errors import RowErrors
from tests.county import NOW
from tests.logistics.conftest import token
from tests.logistics.workbooks.files import xlsx

CHINA = ZoneInfo("Asia/Shanghai")

UNITS = ("单位编码", "单位名称", "类型", "上级单位", "优先级", "纬度", "经度", "在岗人数")
ITEMS = ("物资编码", "物资名称", "类别", "基本单位", "包装", "单位重量(克)", "单位体积(毫升)")
RECEIPTS = ("日期", "来源类型", "来源", "存放单位", "物资", "数量", "单位", "批号", "有效期至", "备注")
REQUISITIONS = ("日期", "申领单位", "物资", "申领数量", "日需量", "单位")
CUSTOMERS = ("客户编码", "客户名称", "服务单位", "纬度", "经度", "联系电话", "交接方式", "可收货时间", "所需通行证")
ORDERS = ("订单号", "日期", "客户编码", "物资", "数量", "单位", "发货单位")
VEHICLES = ("车牌", "车型", "载重(公斤)", "容积(升)", "所属仓库", "通行证", "每公里费用(元)")
SHIFTS = ("车牌", "驾驶员", "日期", "开始", "结束")

#: One row of each that the county takes in.
RECEIPT = ("2020-03-10", "采购", "医药公司", "YY-CK", "KZ", 2, "箱", "M3", "2022-01-01", "")
ORDER = ("D1", "2020-03-15", "420304100001", "JY", 100, "条", "YY-CK")
CUSTOMER = ("K1", "王记烟酒店", "YY", 32.9, 110.9, "13800000000", "到户", "08:30-11:30;14:00-17:00", "")


def changed(row: Sequence[object], **cells: object) -> tuple[object, ...]:
    """The row with some cells replaced: changed(ORDER, c4=200) has 200 in the fifth."""
    return tuple(cells.get(f"c{place}", cell) for place, cell in enumerate(row))


def take(database: Database, kind: str, *rows: Sequence[object], by: str = "officer") -> Imported:
    """Take a table in, header first."""
    table = read_table(importer_for(kind), xlsx(*rows), f"{kind}.xlsx")
    with database.transaction() as session:
        return take_in(session, table=table, at=NOW, by=by, zone=CHINA)


def codes(database: Database, kind: str, *rows: Sequence[object]) -> list[tuple[int, str, str]]:
    """What is found wrong with a table: (row, column, code)."""
    try:
        take(database, kind, *rows)
    except RowErrors as errors:
        return [(error.row, error.column, error.code) for error in errors.errors]
    return []


def in_english(client: FlaskClient) -> FlaskClient:
    client.post("/language", data={"csrf_token": token(client, "/account"), "language": "en"})
    return client


def send(client: FlaskClient, kind: str, content: bytes, filename: str = "table.xlsx") -> TestResponse:
    """Upload a file through the page."""
    fields = {"csrf_token": token(client, "/account"), "file": FileStorage(io.BytesIO(content), filename)}
    boundary, body = encode_multipart(fields)
    return client.post(
        f"/import/{kind}",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={boundary}",
        follow_redirects=True,
    )


def said(answer: TestResponse) -> str:
    """What the page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def csv(*rows: Sequence[object], encoding: str = "utf-8") -> bytes:
    return "\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


def cells(content: bytes) -> list[list[object]]:
    """The first sheet of a workbook."""
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]
