"""The help pages: the documents of `logistics/docs`, readable without a connection."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, render_template, send_from_directory
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from logistics.accounts.permissions import Permission, permit

DOCS = Path(__file__).parents[1] / "docs"
_NAME = re.compile(r"[a-z0-9-]{1,60}")
blueprint = Blueprint("help", __name__, url_prefix="/help")


@blueprint.get("/")
@blueprint.get("/<name>")
@permit(Permission.SIGNED_IN)
def page(name: str = "guide") -> ResponseReturnValue:
    document = _document(name.removesuffix(".md"))
    # Our own files; html=False all the same, so that a document can never carry markup into the page.
    text = MarkdownIt("commonmark", {"html": False}).enable("table").render(document.read_text(encoding="utf-8"))
    return render_template("help.html", text=Markup(text))  # noqa: S704


@blueprint.get("/pictures/<name>")
@permit(Permission.SIGNED_IN)
def picture(name: str) -> ResponseReturnValue:
    return send_from_directory(DOCS / "pictures", name)


def _document(name: str) -> Path:
    """The document of this name, in the reader's language where it was written in it."""
    language = str(get_locale()).split("_")[0]
    for candidate in (DOCS / f"{name}.{language}.md", DOCS / f"{name}.md"):
        if _NAME.fullmatch(name) and candidate.is_file():
            return candidate
    raise NotFound
