"""Does an item become harder, or easier, the later in a session it is asked?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

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
    information, one step from none. An item's shift is told less that of all items, for growth and fatigue
    are the learners' and not the item's. It is flagged where q_value < level (Benjamini & Hochberg 1995) and
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
        item (null for all), n, shift_b (b in the last third less b in the first, of an item less that of all, D =
        1.7 metric), se, effect (mean change of the probability of a right answer), p_value (two-sided; for all
        together the errors are those of persons), q_value (of items), flagged, sentence. Items that cannot be
        judged have nulls and say why.

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
    calibration, person = fitted.calibration, fitted.responses.person
    size = len(calibration.items) + 1
    numbers = {name: np.full(size, np.nan) for name in _NUMBERS}
    why = [f"set aside: {reason}" for reason in calibration.reason] + [""]
    judged = [(k, shift) for k, shift in enumerate(shifts) if shift is not None]
    for place in fitted.place.tolist():
        why[place] = "always asked at the same third of a session, so nothing tells position from difficulty"
    if len(judged) > 1:
        places = fitted.place[[k for k, _ in judged]]
        parts = np.zeros(fitted.responses.n_persons)
        for k, shift in judged:
            parts += np.bincount(person[rows[k]], shift.own, len(parts))
            why[fitted.place[k]] = ""
        _put(numbers, places, [shift for _, shift in judged], parts)
    else:
        why[-1] = "fewer than two items were asked at different places"
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


def _put(
    numbers: dict[str, Floats], places: NDArray[np.int64], shifts: Sequence[_Shift], parts: Floats
) -> None:
    """Items' shifts less that of all, and that of all in the last row; `parts` of its score by person.

    An item is a share w of all, so its difference from all has the variance (1 - w) / information.
    """
    scores = np.array([shift.own.sum() for shift in shifts])
    information = np.array([shift.information for shift in shifts])
    easier = np.array([shift.easier for shift in shifts])
    share = information / information.sum()
    of_all = float(scores.sum() / information.sum())
    numbers["shift_b"][places], numbers["shift_b"][-1] = scores / information - of_all, of_all
    numbers["se"][places] = np.sqrt((1.0 - share) / information)
    numbers["se"][-1] = np.sqrt((parts**2).sum()) / information.sum()
    numbers["effect"][places] = numbers["shift_b"][places] * easier
    numbers["effect"][-1] = of_all * (share @ easier)
    numbers["p_value"] = 2.0 * ndtr(-np.abs(numbers["shift_b"] / numbers["se"]))
    numbers["q_value"][:-1] = adjusted(numbers["p_value"][:-1])


def _sentence(row: dict[str, float], level: float) -> str:
    """What the figures say; for all items together p stands in for q."""
    overall = bool(np.isnan(row["q_value"]))
    chance = row["p_value"] if overall else row["q_value"]
    moved = (
        f"From the first to the last third of a session b moves by {row['shift_b']:+.2f}"
        f"{'' if overall else ' beyond what all items do'} (standard error {row['se']:.2f}, "
        f"{'p' if overall else 'q'} = {chance:.2g}), right answers by {100.0 * row['effect']:+.1f} %"
    )
    if not chance < level:
        return f"{moved}: no change beyond chance."
    if abs(row["effect"]) <= MODERATE:
        return f"{moved}: a change beyond chance, too little to matter."
    way = (
        "harder, as where time or strength runs out" if row["effect"] < 0.0 else "easier, as where one learns"
    )
    return f"{moved}: it becomes {way}."
