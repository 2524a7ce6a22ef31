"""Does an item become harder, or easier, the later in a session it is asked?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from irt.dif.groups import adjusted
from irt.drift import MODERATE
from irt.errors import InvalidArgument
from irt.fit.calibrated import INTERCEPT, SLOPE, Calibrated, calibrated
from irt.fit.strata import inverse_information, predictions
from irt.latent import Quadrature
from irt.models import Floats
from irt.responses import Responses, label_series
from irt.results import Calibration

#: What is left of the information about a shift, below which an item was asked at one place only.
_SAME_PLACE = 1e-6
_NUMBERS = ("shift_b", "se", "effect", "p_value", "q_value")


@dataclass(frozen=True)
class _Shift:
    """One item's efficient score of a shift of b, and information about it; by answer, for sums over persons.

    own: shape (answers,), each answer's part of the score. easier: mean derivative of P by b.
    """

    own: Floats
    information: float
    easier: float


def position_effect(
    responses: Responses,
    calibration: Calibration,
    position: ArrayLike,
    *,
    groups: Sequence[Hashable] | None = None,
    mean: float | None = None,
    sd: float | None = None,
    level: float = 0.05,
) -> pl.DataFrame:
    """How far b moves from the first to the last third of positions, item by item and for all items together.

    A score test given the person's other answers, as `irt.fit.item_fit`: an answer's place is 0, 1/2 or 1 by
    thirds of all positions, less its mean over the person's answers, so that persons with long sessions are
    not compared with those who gave up. What moves the item's own parameters is projected out, always its
    intercept: only an item that is asked at different places says anything. The shift is the score over its
    information, one step from none. An item is flagged where q_value < level (Benjamini & Hochberg 1995) and
    the change matters, |effect| > 0.05 in probability.

    Args:
        responses: the answers that were fitted.
        calibration: their fit.
        position: shape (responses,), the place of each answer in its person's session, in the order in which
            `Responses` keeps answers: by person, and by item code within one.
        groups: of a calibration with several groups, the group of each person, shape (persons,).
        mean: of theta ~ N(mean, sd), given with `sd` in place of the calibration's latent distribution.
        sd: of the same, D = 1.7 metric.
        level: of the false discovery rate over items.

    Returns:
        One row an item, in the calibration's order, and a last one for all together: scope ("item" or "overall"),
        item (null for all), n, shift_b (b in the last third less b in the first, D = 1.7 metric), se, effect (mean
        change of the probability of a right answer), p_value (two-sided; for all together the errors are those of
        persons), q_value (of items), flagged, sentence. Items that cannot be judged have nulls and say why.

    Raises:
        InvalidArgument: not one finite position for each answer, positions that have no thirds, mean without sd,
            a level outside (0, 1), a calibration of other items, or groups that do not fit it.
    """
    if not 0.0 < level < 1.0:
        raise InvalidArgument(f"level must lie between 0 and 1, not {level}")
    place = _thirds(responses, position)
    fitted = _under(calibrated(responses, calibration, groups), mean, sd)
    data = fitted.responses
    own_place = place[np.isin(responses.item, fitted.place)]
    person = data.person
    centred = own_place - (np.bincount(person, own_place) / np.maximum(np.bincount(person), 1))[person]
    predicted = predictions(fitted)
    order = np.argsort(data.item, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(data.item, minlength=data.n_items))[:-1])
    correct = data.correct
    shifts = [_shift(fitted, k, correct[at], predicted[at], centred[at]) for k, at in enumerate(rows)]
    return _frame(fitted, shifts, rows, level)


def _thirds(responses: Responses, position: ArrayLike) -> Floats:
    """0, 1/2 or 1 of each answer, by thirds of all positions; equal positions stay together."""
    given = np.asarray(position, dtype=np.float64)
    if given.shape != (responses.n_responses,) or not np.isfinite(given).all():
        raise InvalidArgument(
            f"one finite position for each of the {responses.n_responses} answers is needed, not {given.shape} of "
            f"which {int(np.isfinite(given).sum())} are finite"
        )
    low, high = np.quantile(given, [1.0 / 3.0, 2.0 / 3.0])
    place: Floats = 0.5 * ((given > low).astype(np.float64) + (given > high))
    if place.min() == place.max():
        raise InvalidArgument(
            f"positions from {given.min():g} to {given.max():g} have no first and last third; "
            "more than one position is needed, none of them with most answers"
        )
    return place


def _under(fitted: Calibrated, mean: float | None, sd: float | None) -> Calibrated:
    """With one normal distribution for everybody, if one is given."""
    if mean is None and sd is None:
        return fitted
    if mean is None or sd is None:
        raise InvalidArgument("mean and sd are given together or not at all")
    theta, log_weights = Quadrature().grid(mean, sd)
    nobody = np.zeros(fitted.responses.n_persons, dtype=np.int64)
    return replace(fitted, theta=theta, log_weights=log_weights[None], group=nobody)


def _shift(fitted: Calibrated, k: int, correct: Floats, predicted: Floats, place: Floats) -> _Shift | None:
    """The score of a shift of b by place; None where nothing is left of it beside the item's own parameters."""
    p, spread = predicted[:, 0], predicted[:, 5]
    by_b = -fitted.parameters[k, SLOPE] * predicted[:, 2]
    free: NDArray[np.bool_] = fitted.own[k].copy()
    free[INTERCEPT] = True
    own, moved = predicted[:, 1:4][:, free], by_b * place
    weighted = own / spread[:, None]
    left = moved - own @ (inverse_information(weighted.T @ own) @ (weighted.T @ moved))
    information, all_of_it = float((left**2 / spread).sum()), float((by_b**2 / spread).sum())
    if not information > _SAME_PLACE * all_of_it:
        return None
    return _Shift(left * (correct - p) / spread, information, float(by_b.mean()))


def _frame(
    fitted: Calibrated, shifts: Sequence[_Shift | None], rows: Sequence[NDArray[np.int64]], level: float
) -> pl.DataFrame:
    calibration = fitted.calibration
    size = len(calibration.items) + 1
    numbers = {name: np.full(size, np.nan) for name in _NUMBERS}
    why = [f"set aside: {reason}" for reason in calibration.reason] + [""]
    total, information = np.zeros(fitted.responses.n_persons), 0.0
    person = fitted.responses.person
    for place, shift, at in zip(fitted.place.tolist(), shifts, rows, strict=True):
        if shift is None:
            why[place] = (
                "always asked at the same third of a session, so nothing tells position from difficulty"
            )
            continue
        why[place] = ""
        total += np.bincount(person[at], shift.own, len(total))
        information += shift.information
        error = shift.information**-0.5
        _put(numbers, place, float(shift.own.sum()) / shift.information, error, shift.easier)
    judged = [shift for shift in shifts if shift is not None]
    if judged:
        error = float(np.sqrt((total**2).sum())) / information
        weights = [shift.information for shift in judged]
        easier = float(np.average([shift.easier for shift in judged], weights=weights))
        _put(numbers, size - 1, float(total.sum()) / information, error, easier)
    else:
        why[-1] = "no item was asked at different places"
    numbers["q_value"][:-1] = adjusted(numbers["p_value"][:-1])
    flagged = (numbers["q_value"] < level) & (np.abs(numbers["effect"]) > MODERATE)
    sentences = [
        f"Not judged: {reason}."
        if reason
        else _sentence({name: numbers[name][i] for name in _NUMBERS}, level)
        for i, reason in enumerate(why)
    ]
    items = label_series("item", calibration.items)
    return pl.DataFrame(
        [
            pl.Series("scope", ["item"] * (size - 1) + ["overall"]),
            pl.concat([items, pl.Series("item", [None], dtype=items.dtype)]),
            pl.Series("n", [*calibration.n.tolist(), len(person)]),
            *(pl.Series(name, column).fill_nan(None) for name, column in numbers.items()),
            pl.Series("flagged", flagged),
            pl.Series("sentence", sentences),
        ]
    )


def _put(numbers: dict[str, Floats], row: int, shift: float, error: float, easier: float) -> None:
    numbers["shift_b"][row], numbers["se"][row] = shift, error
    numbers["effect"][row] = shift * easier
    numbers["p_value"][row] = 2.0 * norm.sf(abs(shift / error)) if error > 0.0 else np.nan


def _sentence(row: dict[str, float], level: float) -> str:
    """What the figures say; for all items together p stands in for q."""
    shift, chance = row["shift_b"], row["q_value"]
    shown = f"q = {chance:.2g}"
    if np.isnan(chance):
        chance, shown = row["p_value"], f"p = {row['p_value']:.2g}"
    moved = (
        f"From the first to the last third of a session b moves by {shift:+.2f} (standard error {row['se']:.2f}, "
        f"{shown}), right answers by {100.0 * row['effect']:+.1f} %"
    )
    if not chance < level:
        return f"{moved}: no change beyond chance."
    if abs(row["effect"]) <= MODERATE:
        return f"{moved}: a change beyond chance, too little to matter."
    way = (
        "harder, as where time or strength runs out" if row["effect"] < 0.0 else "easier, as where one learns"
    )
    return f"{moved}: it becomes {way}."
