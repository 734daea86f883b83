"""Files that people take away."""

from __future__ import annotations

import io

from flask import send_file
from flask.typing import ResponseReturnValue

from logistics.web.context import today

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_of_today(book: bytes, *titles: str) -> ResponseReturnValue:
    """A workbook under its titles and today's date: 库存-郧阳区局-20200315.xlsx."""
    return spreadsheet(book, f"{'-'.join(titles)}-{today():%Y%m%d}.xlsx")


def spreadsheet(content: bytes, name: str) -> ResponseReturnValue:
    """A workbook under a name."""
    return send_file(io.BytesIO(content), mimetype=SPREADSHEET, as_attachment=True, download_name=name)
