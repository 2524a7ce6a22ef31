from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from ingestion.imports import values


def evaluated(expression: pl.Expr, text: str | None) -> object:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(expression).item()


X = pl.col("x")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A", "A"), ("3", "3"), ("3.0", "3"), ("NA", None), ("NaN", None), ("n/a", None), ("NULL", None),
        (None, None), ("AB", "AB"), ("N", "N"),
    ],
)  # fmt: skip
def test_answers(text: str | None, value: str | None) -> None:
    assert evaluated(values.answer_value(X), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0", 0),
        ("1.0", 1),
        ("0.0", 0),
        ("TRUE", 1),
        ("false", 0),
        ("2", None),
        ("NA", None),
        ("-1", None),
    ],
)
def test_scores(text: str, value: int | None) -> None:
    assert evaluated(values.correct_value(X), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("2.0", 2),
        ("10", 10),
        ("0", None),
        ("11", None),
        ("1.5", None),
        ("x", None),
        ("9" * 25, None),
    ],
)
def test_whole_numbers(text: str, value: int | None) -> None:
    assert evaluated(values.whole_value(X, 1, 10), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1234.6", 1235),
        ("2147483647", 2**31 - 1),
        ("2147483648", None),
        ("-5", None),
        ("1e3", None),
    ],
)
def test_times(text: str, value: int | None) -> None:
    assert evaluated(values.time_value(X), text) == value


NINE = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-01T09:30:00Z", NINE),
        ("2026-03-01 09:30:00", NINE),
        ("2026-03-01 09:30", NINE),
        ("2026-03-01T09:30:00.000", NINE),
        ("2026-03-01T11:30:00+02:00", NINE),
        ("2026-03-01 11:30:00 +0200", NINE),
        ("2026-03-01T11:30+02", NINE),
        ("2026-03-01 09:30:00 UTC", NINE),
        ("2026-03-01T09:30:00.123456z", NINE.replace(microsecond=123456)),
        ("2026-03-01", NINE.replace(hour=0, minute=0)),
        ("2026-02-30", None),
        ("1969-12-31", None),
        ("2100-01-01", None),
        ("0001-01-01T00:00:00Z", None),
        ("03/01/2026", None),
        ("1772357400", None),
        ("yesterday", None),
        ("2026-03-01T25:00:00", None),
    ],
)
def test_instants(text: str, value: dt.datetime | None) -> None:
    assert evaluated(values.instant_value(X), text) == value
