"""What a platform reports of items, read as right, wrong or omitted."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

from api_min.cat.shapes import ItemResult, OutcomeVariable
from api_min.errors import InvalidData


@dataclass(frozen=True, slots=True)
class Outcome:
    """The final result of an item; `correct` None: omitted."""

    item: str
    correct: bool | None


def read(reported: Iterable[ItemResult]) -> list[Outcome]:
    """Return the final results, one for each item: of several attempts at an item the last counts.

    An item is right where its outcome SCORE reaches its maximum (normalMaximum, else the outcome MAXSCORE, else 1),
    wrong at 0 or below, and omitted where SCORE has no value. What is not final says nothing yet.

    Raises:
        InvalidData: a score that is no number, or between 0 and the maximum.
    """
    final = [one for one in reported if one.session_status == "final"]
    last = {one.identifier: one for one in sorted(final, key=lambda one: _when(one.datestamp))}
    return [Outcome(item, _correct(one)) for item, one in last.items()]


def _when(stamp: dt.datetime) -> dt.datetime:
    return stamp.replace(tzinfo=dt.UTC) if stamp.tzinfo is None else stamp


def _correct(result: ItemResult) -> bool | None:
    variables = {one.identifier: one for one in result.outcome_variables or ()}
    score = _number(result.identifier, variables.get("SCORE"))
    if score is None:
        return None
    maximum = variables["SCORE"].normal_maximum
    if maximum is None:
        maximum = _number(result.identifier, variables.get("MAXSCORE"))
    if maximum is None:
        maximum = 1.0
    if maximum <= 0.0:
        raise InvalidData(
            f"item {result.identifier!r}: the maximum of SCORE is {maximum:g}; it must be above 0"
        )
    if 0.0 < score < maximum:
        raise InvalidData(
            f"item {result.identifier!r}: SCORE is {score:g} of {maximum:g}; items are right or wrong here, so let"
            " the platform say which a partial credit is"
        )
    return score > 0.0


def _number(item: str, variable: OutcomeVariable | None) -> float | None:
    if variable is None or not variable.value:
        return None
    text = variable.value[0].value.strip()
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidData(f"item {item!r}: {variable.identifier} is {text[:40]!r}, which is no number")
    return number
