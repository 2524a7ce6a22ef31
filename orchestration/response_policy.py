"""What the response policy removed before a fit, and what it changed: shown, so that a person can judge the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.classical import proportion_interval
from orchestration.groups import grouping
from orchestration.snapshot import items, persons, responses, usable

Row = Mapping[str, Any]
Plain = dict[str, Any]
RAPID = "rapid_guess"
MODEL = "2PL"
# A rule that takes guesses removes answers that are right as often as chance has it. So much more often is
# knowledge, whatever the interval says.
WELL_ABOVE = 0.05
LARGEST = 5


def report(attempts: pl.DataFrame, options: Mapping[str, int], rows: Sequence[Row], fewest: int) -> Plain:
    """Return what calibration_runs.policy holds; `attempts` are all, `rows` the run's candidates.

    `options` has the number of options of each item, `fewest` the responses that a fitted item needs.
    """
    found: Plain = {"dispositions": dict(attempts["disposition"].value_counts(sort=True).iter_rows())}
    rapid = attempts.filter(pl.col("disposition") == RAPID)
    if not rapid.height:
        return found | {"rapid_guesses": None, "sensitivity": None, "warning": None}
    guesses = rapid_guesses(rapid, options, rows)
    return found | {
        "rapid_guesses": guesses,
        "sensitivity": sensitivity(attempts, rows, fewest),
        "warning": warning(guesses),
    }


def rapid_guesses(rapid: pl.DataFrame, options: Mapping[str, int], rows: Sequence[Row]) -> Plain:
    """Return how often what was removed is right, beside what chance and the fitted 3PL expect of guesses.

    Chance is the mean of 1 / options, c the mean of the 3PL's c, each over the same answers; null where it is
    not known. Accuracy and its interval are of the answers to items whose options are known, if there are any.
    """
    level = 0.95
    known = rapid.filter(pl.col("item").is_in([item for item, n in options.items() if n > 1]))
    compared = known if known.height else rapid
    right = int(compared["correct"].sum())
    low, high = proportion_interval(right, compared.height, level)
    return {
        "n": rapid.height,
        "n_persons": rapid["person_id"].n_unique(),
        "n_compared": compared.height,
        "accuracy": right / compared.height,
        "low": low,
        "high": high,
        "level": level,
        "chance": float(np.mean([1.0 / options[item] for item in known["item"]])) if known.height else None,
        "c": _mean_c(compared, rows),
    }


def _mean_c(rapid: pl.DataFrame, rows: Sequence[Row]) -> float | None:
    c = {(row["question_id"], row["version"]): row["c"] for row in rows if row["model"] == "3PL"}
    of = [c.get(key) for key in rapid.select("question_id", "version").iter_rows()]
    known = [value for value in of if value is not None]
    return float(np.mean(known)) if known else None


def warning(guesses: Row) -> str | None:
    """Return a sentence where what the rule removes is right well above chance, else None."""
    chance = guesses["chance"]
    if chance is None or guesses["low"] <= chance + WELL_ABOVE:
        return None
    return (
        f"The rule for rapid guesses removes knowledge: of the {guesses['n_compared']:,} answers that it took, "
        f"{guesses['accuracy']:.0%} are right (95 % interval {guesses['low']:.0%} to {guesses['high']:.0%}), where "
        f"guessing gives {chance:.0%}. Lower its threshold."
    )


def sensitivity(attempts: pl.DataFrame, rows: Sequence[Row], fewest: int) -> Plain | None:
    """Return a 2PL of the usable answers beside one that counts the rapid guesses of the same persons too.

    Each has its own scale, on which its reference group is N(0, 1); those anchors that hold the run's would hide
    what the rule changes. None where no person in the fit gave a rapid guess, or the run fitted nothing.
    """
    fitted = usable(attempts)
    counted = attempts.filter(
        pl.col("disposition").is_in(["usable", RAPID])
        & pl.col("person_id").is_in(fitted["person_id"].unique().implode())
    )
    known = {
        (row["question_id"], row["version"])
        for row in rows
        if row["model"] == MODEL and row["status"] != "set aside"
    }
    if counted.height == fitted.height or not known:
        return None
    before, fit = _free(fitted, fewest), _free(counted, fewest)
    both = (
        before.table()
        .select("item", "a", "b")
        .join(fit.table().select("item", a_with="a", b_with="b"), on="item", maintain_order="left")
    )
    compared = [
        row
        for row in both.drop_nulls().join(items(counted), on="item", maintain_order="left").to_dicts()
        if (row["question_id"], row["version"]) in known
    ]
    return {"n_added": counted.height - fitted.height, "converged": fit.converged} | _compared(compared)


def _free(attempts: pl.DataFrame, fewest: int) -> irt.Calibration:
    groups = grouping(persons(attempts))
    return irt.calibrate(
        responses(attempts),
        MODEL,
        minimum_responses=fewest,
        groups=groups.labels,
        reference=groups.reference,
        standard_errors=False,
    )


def _compared(compared: list[Plain]) -> Plain:
    """Summarise items fitted both ways; b of an item that does not discriminate lies anywhere, and is left out."""
    both = [row for row in compared if min(row["a"], row["a_with"]) > 0.0]
    b = np.array([[row["b"], row["b_with"]] for row in both])
    correlation = None
    if len(both) > 2 and b.std(axis=0).min() > 0.0:
        correlation = float(np.corrcoef(b.T)[0, 1])
    by_a, by_b = _largest(compared, "a"), _largest(compared, "b")
    return {
        "correlation_b": correlation,
        "largest_in_a": [row["item"] for row in by_a],
        "largest_in_b": [row["item"] for row in by_b],
        "largest_shift_a": _shift(by_a[0], "a") if by_a else None,
        "largest_shift_b": _shift(by_b[0], "b") if by_b else None,
        "items": compared,
    }


def _largest(compared: list[Plain], name: str) -> list[Plain]:
    return sorted(compared, key=lambda row: -abs(_shift(row, name)))[:LARGEST]


def _shift(row: Plain, name: str) -> float:
    return float(row[f"{name}_with"] - row[name])
