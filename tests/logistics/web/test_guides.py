"""The guides say the same in both languages, by the words that pages and buttons bear."""

import re

import pytest
from babel.messages.pofile import read_po
from markdown_it import MarkdownIt

from tests.conftest import ROOT

DOCS = ROOT / "logistics" / "docs"
CATALOGUE = ROOT / "logistics/web/translations/zh_Hans_CN/LC_MESSAGES/messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def guide(name: str) -> str:
    """The text with its wrapped lines joined."""
    return re.sub(r"\n +", " ", (DOCS / name).read_text(encoding="utf-8"))


def borne(forms: list[str | tuple[str, ...]]) -> set[str]:
    """What pages may bear: whole sentences with … for what is filled in, and what stands before and after that."""
    whole = {PLACEHOLDER.sub("…", one) for form in forms for one in ((form,) if isinstance(form, str) else form)}
    return whole | {part.strip(" ：:，,。.（）()") for one in whole for part in one.split("…")}


def shape(text: str) -> list[str]:
    """The headings, lists, table cells and bold words of a document, without what they say."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    bold = {"strong_open"}
    return [
        kind
        for token in tokens
        for kind in (token.type, *(child.type for child in token.children or () if child.type in bold))
    ]


@pytest.fixture(scope="module")
def messages():
    with CATALOGUE.open("rb") as file:
        return [message for message in read_po(file, locale="zh_Hans_CN") if message.id]


def test_every_quoted_name_stands_on_a_page(messages):
    chinese = set(re.findall("「([^」]+)」", guide("guide.md"))) - borne([message.string for message in messages])
    english = set(re.findall("“([^”]+)”", guide("guide.en.md"))) - borne([message.id for message in messages])
    assert (chinese, english) == (set(), set())


def test_both_guides_have_the_same_headings_points_and_bold_words():
    assert shape(guide("guide.md")) == shape(guide("guide.en.md"))
