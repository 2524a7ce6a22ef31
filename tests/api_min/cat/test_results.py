"""Reading results: right, wrong, omitted, or nothing yet."""

from __future__ import annotations

from typing import Any

import pytest

from api_min.cat import results
from api_min.cat.results import Outcome
from api_min.cat.shapes import ItemResult
from api_min.errors import InvalidData
from tests.api_min.cat.platform import result


def read(*reported: dict[str, Any]) -> list[Outcome]:
    return results.read([ItemResult.model_validate(one) for one in reported])


@pytest.mark.parametrize(
    ("score", "more", "correct"),
    [
        ("1", {}, True),
        ("1.0", {}, True),
        ("0", {}, False),
        ("-0.25", {}, False),
        ("2", {}, True),
        ("3", {"normalMaximum": 3}, True),
        ("0", {"normalMaximum": 3}, False),
        (None, {}, None),
    ],
)
def test_a_score_is_right_at_its_maximum(score, more, correct) -> None:
    assert read(result("x", score, **more)) == [Outcome("x", correct)]


def test_maxscore_is_the_maximum_where_the_score_states_none() -> None:
    reported = result("x", "4")
    reported["outcomeVariables"].append(
        {"identifier": "MAXSCORE", "cardinality": "single", "baseType": "float", "value": {"value": 4}}
    )
    assert read(reported) == [Outcome("x", True)]
    reported["outcomeVariables"][0]["value"] = [{"value": "3"}]
    with pytest.raises(InvalidData, match="3 of 4"):
        read(reported)


def test_the_last_final_attempt_counts_whatever_its_clock() -> None:
    first, last = result("x", 0), result("x", 1)
    first["datestamp"], last["datestamp"] = "2026-01-15T12:00:00+02:00", "2026-01-15T10:30:00"
    open_ = result("x", 0, status="pendingSubmission") | {"datestamp": "2026-01-16T00:00:00Z"}
    assert read(last, first, open_) == [Outcome("x", True)]
    assert read(open_) == []


def test_a_score_that_is_none_is_refused() -> None:
    for score in ("NaN", "inf", "one", ""):
        with pytest.raises(InvalidData, match="'x': SCORE"):
            read(result("x", score))
