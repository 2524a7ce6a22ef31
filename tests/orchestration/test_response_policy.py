"""What the response policy removed is judged by chance, and by the parameters that it would have changed."""

from __future__ import annotations

import json

import polars as pl
import pytest

import irt
from orchestration.response_policy import rapid_guesses, report, sensitivity, warning
from orchestration.snapshot import items, responses, usable
from tests.orchestration.attempts import OPTIONS, candidate_rows, simulated

FEWEST = 10


def rows(attempts: pl.DataFrame, *models: str) -> list[dict[str, object]]:
    fitted = usable(attempts)
    fits = {model: irt.calibrate(responses(fitted), model, minimum_responses=FEWEST) for model in models}
    return candidate_rows(fits, items(fitted))


def test_without_rapid_guesses_nothing_is_fitted_twice() -> None:
    attempts = simulated(100)
    found = report(attempts, OPTIONS, rows(attempts, "2PL"), FEWEST)
    assert found == {
        "dispositions": {"usable": 2000},
        "rapid_guesses": None,
        "sensitivity": None,
        "warning": None,
    }


def test_guesses_are_right_as_often_as_chance_has_it_and_nobody_is_warned() -> None:
    attempts = simulated(600, rapid=0.1)
    found = report(attempts, OPTIONS, rows(attempts, "2PL", "3PL"), FEWEST)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    guesses = found["rapid_guesses"]
    taken = attempts.filter(pl.col("disposition") == "rapid_guess")
    assert guesses["n"] == guesses["n_compared"] == taken.height == found["dispositions"]["rapid_guess"]
    assert guesses["accuracy"] == pytest.approx(taken["correct"].mean())
    assert guesses["chance"] == 0.25
    assert guesses["low"] < 0.25 < guesses["high"]
    assert 0.0 <= guesses["c"] < 0.5
    assert found["warning"] is None


def test_a_rule_that_takes_knowledge_is_warned_of() -> None:
    attempts = simulated(600, rapid=0.1, rapid_right=0.7)
    found = report(attempts, OPTIONS, rows(attempts, "2PL"), FEWEST)
    assert found["warning"].startswith("The rule for rapid guesses removes knowledge: of the 1,2")
    assert "where guessing gives 25%" in found["warning"]


def test_a_little_above_chance_is_no_warning_however_many_there_are() -> None:
    guesses = {"n_compared": 1_000_000, "accuracy": 0.28, "low": 0.279, "high": 0.281, "chance": 0.25}
    assert warning(guesses) is None
    assert warning(guesses | {"chance": None}) is None


def test_items_without_known_options_are_not_compared_with_chance() -> None:
    taken = simulated(600, rapid=0.1).filter(pl.col("disposition") == "rapid_guess")
    some = {"I1": 5, "I2": 2}
    found = rapid_guesses(taken, some, [])
    own = taken.filter(pl.col("item").is_in(["I1", "I2"]))
    assert (found["n"], found["n_compared"], found["c"]) == (taken.height, own.height, None)
    share = (own["item"] == "I1").mean()
    assert found["chance"] == pytest.approx(0.2 * share + 0.5 * (1 - share))  # type: ignore[operator]
    none = rapid_guesses(taken, {}, [])
    assert (none["n_compared"], none["chance"]) == (taken.height, None)


def test_guesses_counted_as_answers_make_items_flatter_and_the_shifts_say_which() -> None:
    attempts = simulated(1500, rapid=0.1)
    found = sensitivity(attempts, rows(attempts, "2PL"), FEWEST)
    assert found is not None
    compared = {row["item"]: row for row in found["items"]}
    assert set(compared) == set(OPTIONS)
    assert found["n_added"] == (attempts["disposition"] == "rapid_guess").sum()
    assert found["converged"]
    assert sum(row["a_with"] < row["a"] for row in compared.values()) >= 18
    most = compared[found["largest_in_b"][0]]
    assert found["largest_shift_b"] == most["b_with"] - most["b"]
    assert abs(found["largest_shift_b"]) == max(abs(row["b_with"] - row["b"]) for row in compared.values())
    assert 0.9 < found["correlation_b"] < 1.0
    again = irt.calibrate(responses(attempts), "2PL", standard_errors=False)
    assert compared["I3"]["b_with"] == pytest.approx(again.b[again.items.index("I3")])


def test_persons_who_are_not_in_the_fit_do_not_enter_by_their_guesses() -> None:
    attempts = simulated(300, rapid=0.05)
    stranger = attempts.filter(pl.col("person_id") == "u0 exam").with_columns(
        person_id=pl.lit("stranger"), disposition=pl.lit("rapid_guess")
    )
    known = rows(attempts, "2PL")
    assert sensitivity(pl.concat([attempts, stranger]), known, FEWEST) == sensitivity(attempts, known, FEWEST)
    alone = pl.concat([simulated(300), stranger])
    assert sensitivity(alone, known, FEWEST) is None
