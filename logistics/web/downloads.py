"""Files that people take away."""

from __future__ import annotations

import io

from flask import send_file
from flask.typing import ResponseReturnValue

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(content: bytes, name: str) -> ResponseReturnValue:
    """A workbook under a name."""
    return send_file(io.BytesIO(content), mimetype=SPREADSHEET, as_attachment=True, download_name=name)
