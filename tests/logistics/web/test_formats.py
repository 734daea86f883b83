"""How moments are written: near on a screen, whole on paper; and days of cover."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

import logistics
from logistics.web.formats import cover, dated, moment
from tests.county import NOW

PAPERS = ("paper-foot", 'class="signs"')


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_moment_on_paper_names_its_day_whole_in_the_zone_of_the_people(app: Flask) -> None:
    late = dt.datetime(2020, 3, 14, 18, 5, tzinfo=dt.UTC)  # two in the morning of the next day, in China
    with app.test_request_context():
        with force_locale("zh_Hans_CN"):
            assert dated(late) == "2020年3月15日 02:05"
        with force_locale("en"):
            assert (dated(late), dated(None)) == ("15 Mar 2020 02:05", "—")
            assert moment(NOW).startswith("today")
            assert (cover(Fraction(1)), cover(Fraction(5, 2)), cover(None)) == ("1 day", "2.5 days", "—")


def test_no_paper_to_be_signed_tells_a_moment_by_yesterday_or_today() -> None:
    papers = [
        path
        for path in Path(logistics.__file__).parent.glob("*/templates/**/*.html")
        if any(mark in path.read_text("utf-8") for mark in PAPERS)
    ]
    assert len(papers) >= 6
    assert [path.name for path in papers if "| moment" in path.read_text("utf-8").split("<article", 1)[-1]] == []
