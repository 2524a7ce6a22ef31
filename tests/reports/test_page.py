"""How values are shown, and that every shipped template keeps to itself."""

from __future__ import annotations

import base64
import datetime as dt
import re

import pytest

from reports.page import TEMPLATES, breakable, cell, counted, data_uri, moment, number, share, whole


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (1234.5678, 2, "1,234.57"),
        (-0.5, 1, "−0.5"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
        (0.0, 3, "0.000"),
    ],
)
def test_numbers(value: float | None, digits: int, shown: str) -> None:
    assert number(value, digits) == shown


def test_other_values() -> None:
    assert (whole(174604), whole(None)) == ("174,604", "–")
    assert [share(*pair) for pair in ((1, 2), (0, 5), (1, 1_000_000), (1, 0))] == [
        "50.00 %",
        "0.00 %",
        "< 0.01 %",
        "–",
    ]
    assert [cell(value) for value in (None, 0.123456, 7, "A", True)] == ["–", "0.1235", "7", "A", "True"]
    assert [counted(1, "item"), counted(1200, "item"), counted(0, "was", "were")] == [
        "1 item",
        "1,200 items",
        "0 were",
    ]
    assert str(breakable("a_<b>_c")) == "a_<wbr>&lt;b&gt;_<wbr>c"
    assert base64.b64decode(data_uri(b"\x89PNG").removeprefix("data:image/png;base64,")) == b"\x89PNG"


def test_times_are_shown_in_utc() -> None:
    east = dt.timezone(dt.timedelta(hours=9))
    assert moment(dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=east)) == "2026-01-01 18:04 UTC"


def test_templates_fetch_nothing_and_escape_everything() -> None:
    for template in TEMPLATES.iterdir():
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|url\(|\|\s*safe|autoescape", text), template.name
