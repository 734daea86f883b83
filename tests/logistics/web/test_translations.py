"""Every sentence for people has its Chinese, whole and well set, and none stands outside the catalogue."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.conftest import ROOT

WEB = ROOT / "logistics" / "web"
PACKAGES = ("logistics", "inventory", "routing")
#: The functions that babel.cfg's command line names besides the usual ones.
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_ngettext": (1, 2)}

CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
#: A mark of the half-width set that touches a Chinese character or one of its marks.
HALF_WIDTH = re.compile(r"[\u3400-\u9fff」）】][,;:?!(]|[,;:?!)][\u3400-\u9fff「（【]")
#: Words for which the field has another one, used everywhere (logistics/docs/glossary.md).
OTHER_WORDS = {"库房": "仓库", "站点": "停靠点", "送达": "交付", "账本": "台账", "司机": "驾驶员"}

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
#: A block and a macro whose contents go into a tag, not before people's eyes.
INSIDE_TAGS = re.compile(r"\{% block body_class %\}.*?\{% endblock %\}|\{% macro told\(.*?\{% endmacro %\}")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
SAID_BY_ATTRIBUTES = {"title", "placeholder", "aria-label", "alt", "label"}

TEMPLATES = sorted((ROOT / "logistics").glob("**/templates/**/*.html"))
SCRIPTS = sorted((WEB / "static" / "js").glob("**/*.js"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def extracted() -> set[str | tuple[str, ...]]:
    """The ids of all messages in the three packages, as babel.cfg says."""
    with (WEB / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    return {
        message if isinstance(message, str) else tuple(message)
        for package in PACKAGES
        for _, _, message, _, _ in extract_from_dir(ROOT / package, methods, options, KEYWORDS)
    }


@pytest.fixture(scope="module")
def said():
    return extracted()


@pytest.fixture(scope="module")
def catalogue():
    with (WEB / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", abort_invalid=True)


@pytest.fixture(scope="module")
def messages(catalogue):
    return [message for message in catalogue if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The singular and plural forms of an id or of its Chinese."""
    return (text,) if isinstance(text, str) else tuple(text)


def sentences(messages: list[Message]) -> list[str]:
    """All the Chinese of the catalogue, each form alone."""
    return [form for message in messages for form in forms(message.string)]


def placeholders(text: str) -> set[str]:
    return {a or b for a, b in PLACEHOLDER.findall(text)}


def test_there_is_much_to_say(said):
    assert len(said) > 1_000


def test_every_message_has_its_chinese(said, messages):
    known = {message.id for message in messages if all(form.strip() for form in forms(message.string))}
    assert sorted(map(str, said - known)) == []


def test_no_message_is_a_guess_of_the_tools(messages):
    assert [message.id for message in messages if message.fuzzy] == []


def test_the_catalogue_holds_nothing_that_is_no_longer_said(said, catalogue, messages):
    assert [*catalogue.obsolete] == []
    assert sorted(str(message.id) for message in messages if message.id not in said) == []


def test_every_chinese_sentence_names_the_same_things_as_the_english_one(messages):
    """A plural's forms stand for its last one: the singular may leave the number out."""
    differing = [
        (message.id, form)
        for message in messages
        for form in forms(message.string)
        if placeholders(form) != placeholders(forms(message.id)[-1])
    ]
    assert differing == []


def test_chinese_sentences_have_full_width_marks(messages):
    half_width = [text for text in sentences(messages) if HALF_WIDTH.search(PLACEHOLDER.sub("x", text))]
    assert half_width == []


def test_chinese_sentences_quote_with_corner_brackets(messages):
    assert [text for text in sentences(messages) if re.search("[“”‘’]", text)] == []


def test_no_sign_stands_doubled_and_no_space_beside_a_full_width_mark(messages):
    """What is left when somebody mends half of a sentence."""
    clumsy = re.compile(r"[，。；：、？]{2}|[，。；：、？！」）] | [，。；：、？！）]|[\u3400-\u9fff] [\u3400-\u9fff]")
    assert [text for text in sentences(messages) if clumsy.search(PLACEHOLDER.sub("x", text)[:-1])] == []


def test_one_idea_has_one_word(messages):
    wrong = [(text, right) for text in sentences(messages) for other, right in OTHER_WORDS.items() if other in text]
    assert wrong == []


class Page(HTMLParser):
    """The bare words of a template: what stands between its tags and in the attributes that people read or hear."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bare: list[str] = []
        self.code = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.code = tag in ("script", "style", "code")
        self.bare += [value for name, value in attrs if name in SAID_BY_ATTRIBUTES and value]

    def handle_endtag(self, tag):
        self.code = False

    def handle_data(self, data):
        if not self.code:
            self.bare.append(data)


def test_there_are_templates_and_scripts_to_look_at():
    assert len(TEMPLATES) > 30
    assert SCRIPTS


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_holds_no_words_of_its_own(path):
    source = path.read_text("utf-8")
    assert not CHINESE.search(source)
    page = Page(JINJA.sub(" ", INSIDE_TAGS.sub(" ", source)))
    assert [" ".join(text.split()) for text in page.bare if ENGLISH.search(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_is_given_its_words_by_the_page(path):
    assert not CHINESE.search(path.read_text("utf-8"))
