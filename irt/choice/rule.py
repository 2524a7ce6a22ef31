"""The rule by which an item gets a lower asymptote of its own, a held or a shared one, or none."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.choice.curve import C, Curves, best_curves
from irt.choice.rest import overall, rest_of
from irt.errors import InvalidArgument
from irt.estimation.item_kernels import C_HIGH
from irt.fit.calibrated import Calibrated, calibrated
from irt.linking import curve_distance
from irt.models import Floats, ItemParameters, from_logistic
from irt.responses import Responses, label_series
from irt.results import SET_ASIDE, Calibration

#: b - 2 / a must lie above so many SDs of the population: below, nobody meets the asymptote (LOGIST, Lord 1975).
LOWEST = -3.5
#: Items with a c of their own that a common one can be taken from.
FEWEST_COMMON = 5
_COLUMNS = {
    "model": pl.String,
    "guessing": pl.String,
    "fixed_c": pl.Float64,
    "c": pl.Float64,
    "se_c": pl.Float64,
    "gain": pl.Float64,
    "lead": pl.Float64,
    "apart": pl.Float64,
    "reason": pl.String,
}
Row = dict[str, object]


@dataclass(frozen=True)
class _Told:
    """What the fitted items' own answers say, shape (fitted items,).

    gain is that of a free c, penalised; by_held that of a c that is held (-inf: none is to be had); apart how far the
    curves with that c lie from those without any.
    """

    free: Curves
    none: Curves
    gain: Floats
    se_c: Floats
    reach: Floats
    by_held: Floats
    apart: Floats


def three_pl_rule(
    two: Calibration,
    three: Calibration,
    responses: Responses,
    *,
    groups: Sequence[Hashable] | None = None,
    n_options: Mapping[Hashable, int] | None = None,
    fewest: int = 1000,
    most_se_c: float = 0.10,
) -> pl.DataFrame:
    """Which items answers and conventions give a lower asymptote, from whole-exam fits of both models.

    An item's own answers judge, without priors: given what each person's other answers say of theta (under
    `three`), its curve is fitted again with c free on [0, 0.7] and with c = 0. It gets a c of its own where
    all hold: `fewest` answers; c at no bound; its standard error at most `most_se_c`; b - 2 / a no more than
    3.5 SD below the population's mean, for of an easier item nobody meets the asymptote (Lord 1975); and a penalised
    gain above 0, 2 (l_free - l_0) - ln n (Schwarz 1978). Otherwise c = 1 / options where the options are
    known, else one common to all such items (its value for the comparison: the median of the c that at least
    5 items have of their own), where that c explains the answers better than c = 0 with as many parameters,
    2 (l_c - l_0) > 0. Otherwise it stays a 2PL.

    Args:
        two: the 2PL fit of all items.
        three: the 3PL fit of the same, with or without priors.
        responses: the answers that both were fitted to.
        groups: of calibrations with several groups, the group of each person, shape (persons,).
        n_options: answers to choose from, by item; items that are missing have a number nobody knows.
        fewest: answers of an item that a c of its own needs.
        most_se_c: the largest standard error of c at which it counts as known.

    Returns:
        One row an item, in the fits' order: item, n, model ("2PL" or "3PL"), guessing ("free", "fixed", "common"
        or null), fixed_c (the c that "fixed" holds, else null), c and se_c (by the item's answers alone; se_c
        null where they say nothing), gain (of a free c over none, penalised), lead (of the model chosen over the
        one without, or with, a c: 2 (l - l'), penalised; 0 or more), apart (root mean square difference of the curves
        of these two in the population, in probability; both null where there was no other), reason (a sentence with
        the figures). An item that either fit set aside is a 2PL without figures.

    Raises:
        InvalidArgument: fits of other items than the responses, groups that do not fit, a fit that did not
            converge, fewer than 2 options, or a limit outside its range.
    """
    options = dict(n_options or {})
    _check(two, three, options, fewest, most_se_c)
    fitted = calibrated(responses, three, groups)
    known = np.array([status != SET_ASIDE for status in two.status])[fitted.place]
    rows: list[Row] = [
        {"model": "2PL", "reason": f"2PL: no fit to choose by: {a or b}."}
        for a, b in zip(three.reason, two.reason, strict=True)
    ]
    if known.any():
        start = np.stack([two.slope, two.intercept, np.zeros(len(two.items))], axis=1)[fitted.place[known]]
        chosen = _chosen(fitted, known, start, options, (fewest, most_se_c))
        for place, row in zip(fitted.place[known], chosen, strict=True):
            rows[place] = row
    return pl.DataFrame(
        [
            label_series("item", three.items),
            pl.Series("n", three.n),
            *(
                pl.Series(name, [row.get(name) for row in rows], dtype=kind)
                for name, kind in _COLUMNS.items()
            ),
        ]
    )


def _check(
    two: Calibration, three: Calibration, options: Mapping[Hashable, int], fewest: int, most_se_c: float
) -> None:
    if two.items != three.items:
        raise InvalidArgument("the 2PL and the 3PL are of different items; fit both to the same responses")
    for fit in (two, three):
        if not fit.converged:
            raise InvalidArgument(f"the {fit.model} is no maximum to choose by: {fit.reason_stopped}")
    if fewest < 1 or not most_se_c > 0.0:
        raise InvalidArgument(
            f"fewest must be at least 1 and most_se_c above 0, not {fewest} and {most_se_c}"
        )
    for item, number in options.items():
        if number < 2:
            raise InvalidArgument(
                f"item {item!r} has {number} options; there must be at least 2 to guess among"
            )


def _chosen(
    fitted: Calibrated,
    known: np.ndarray,
    start: Floats,
    options: Mapping[Hashable, int],
    limits: tuple[int, float],
) -> list[Row]:
    """A row for each fitted item that is known to both fits."""
    labels = [label for label, there in zip(fitted.responses.items, known, strict=True) if there]
    rest = rest_of(fitted, known)
    n = rest.n.sum(axis=1)
    starts = fitted.parameters[known]
    none = best_curves(rest, [start, starts], c=np.zeros(len(n)))
    free = best_curves(rest, [starts, none.parameters])
    a, b = from_logistic(free.parameters[:, 0], free.parameters[:, 1])
    mean, sd = overall(fitted)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = (b - 2.0 / a - mean) / sd
    gain = 2.0 * (free.log_likelihood - none.log_likelihood) - np.log(n)
    nothing = np.full(len(n), -np.inf)
    told = _Told(free, none, gain, free.se_c, reach, nothing, _distance(free, none, mean, sd))
    against = [_against(told, k, int(n[k]), *limits) for k in range(len(n))]
    own = np.array([not why for why in against])
    common = float(np.median(free.parameters[own, C])) if own.sum() >= FEWEST_COMMON else np.nan
    held = np.array([1.0 / options[label] if label in options else common for label in labels])
    usable = np.isfinite(held)
    by_held, apart = nothing.copy(), told.apart.copy()
    if usable.any():
        some = rest.only(usable)
        tried = best_curves(some, [starts[usable], none.parameters[usable]], c=held[usable])
        by_held[usable] = 2.0 * (tried.log_likelihood - none.log_likelihood[usable])
        apart[usable & ~own] = _distance(tried, none, mean, sd, usable)[~own[usable]]
    told = replace(told, by_held=by_held, apart=apart)
    return [
        _row(told, k, why, label in options, held[k])
        for k, (label, why) in enumerate(zip(labels, against, strict=True))
    ]


def _against(told: _Told, k: int, n: int, fewest: int, most_se_c: float) -> str:
    """What speaks first against a c of the item's own; empty: nothing."""
    slope, _, c = told.free.parameters[k].tolist()
    se_c, reach, gain = float(told.se_c[k]), float(told.reach[k]), float(told.gain[k])
    error = f"{se_c:.2f}" if se_c < 10.0 else "more than 10"
    holds = (
        (
            slope > 0.0,
            "abler people answer it right less often, so no asymptote is to be found at the low end",
        ),
        (n >= fewest, f"{n:,} answers are fewer than the {fewest:,} that a c of its own needs"),
        (
            reach >= LOWEST,
            f"it is too easy: b - 2/a lies {-reach:.1f} SD below the mean, where nobody shows its c",
        ),
        (0.0 < c < C_HIGH, f"its answers put c at its bound, {c:g}"),
        (se_c <= most_se_c, f"its answers leave c = {c:.2f} uncertain by {error}, more than {most_se_c:g}"),
        (gain > 0.0, f"c = {c:.2f} gains {gain:.1f} after its penalty"),
    )
    return next((sentence for good, sentence in holds if not good), "")


def _distance(
    one: Curves, other: Curves, mean: float, sd: float, which: NDArray[np.bool_] | None = None
) -> Floats:
    """How far curves lie apart in the population; `which` of the other's they are."""
    pair = [
        one.parameters,
        other.parameters if which is None else other.parameters[which],
    ]
    items = range(len(pair[0]))
    first, second = (ItemParameters(items, *from_logistic(own[:, 0], own[:, 1]), own[:, C]) for own in pair)
    return curve_distance(first, second, mean=mean, sd=sd)


def _row(told: _Told, k: int, against: str, by_options: bool, held: float) -> Row:
    c, se_c, by_held = float(told.free.parameters[k, C]), float(told.se_c[k]), float(told.by_held[k])
    row: Row = {
        "model": "3PL",
        "c": c,
        "se_c": se_c if np.isfinite(se_c) else None,
        "gain": float(told.gain[k]),
    }
    if not against:
        sentence = f"3PL: c = {c:.2f} (standard error {se_c:.2f}) gains {told.gain[k]:.1f} after its penalty."
        return row | {
            "guessing": "free",
            "lead": row["gain"],
            "apart": float(told.apart[k]),
            "reason": sentence,
        }
    if np.isfinite(by_held):
        row |= {"lead": abs(by_held), "apart": float(told.apart[k])}
    if told.free.parameters[k, 0] > 0.0 and by_held > 0.0:
        what = f"c = {held:.2f}, 1 / options," if by_options else f"a common c (about {held:.2f})"
        return row | {
            "guessing": "fixed" if by_options else "common",
            "fixed_c": held if by_options else None,
            "reason": f"3PL with a c not its own: {against}; {what} explains its answers better than none, by "
            f"{by_held:.1f}.",
        }
    more = f"; c = {held:.2f} explains its answers worse, by {-by_held:.1f}" if np.isfinite(by_held) else ""
    return row | {"model": "2PL", "reason": f"2PL: {against}{more}."}
