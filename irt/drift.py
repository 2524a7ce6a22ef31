"""Which items changed between two calibrations on one scale, by how much, and what to do about each."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtr

from irt.dif.groups import adjusted
from irt.errors import InvalidArgument, InvalidParameters
from irt.latent import Quadrature
from irt.linking import Link, curve_distance
from irt.linking.outliers import robust_z
from irt.models import Floats, ItemParameters
from irt.responses import label_series
from irt.results import Calibration

KEEP, WATCH, DROP, RECALIBRATE, REVIEW, NOT_COMPARED = (
    "keep",
    "watch",
    "drop as anchor",
    "recalibrate",
    "review",
    "not compared",
)
#: Root mean square difference of curves, in probability: from which drift matters, and is large.
MODERATE, LARGE = 0.05, 0.10
#: Below this a (D = 1.7) an item says next to nothing.
_FLAT = 0.2
#: The sampling of persons moves all items of a calibration together. That part of their errors, about a
#: quarter of the variance of b, the median takes out, so that quotients spread less than 1; the interquartile
#: range of few items may by chance be narrower still. With 0.85 the tests of single items hold their level
#: (4.2 to 5.4 % at 1,000 and 2,000 persons, 30 and 60 items; with 1 they reject 2 to 4 %, with 0.7 5 to 7 %).
_NARROWEST = 0.85
#: Fewer items do not show which of them moved.
_FEWEST_ITEMS = 3


@dataclass(frozen=True)
class Estimates:
    """Item parameters with standard errors, shape (items,), D = 1.7 metric; NaN where there are none."""

    parameters: ItemParameters
    se_a: Floats
    se_b: Floats


def drift(
    before: Calibration | Estimates,
    after: Calibration | Estimates,
    *,
    link: Link | None = None,
    level: float = 0.05,
    mean: float = 0.0,
    sd: float = 1.0,
    quadrature: Quadrature | None = None,
) -> pl.DataFrame:
    """Compare two calibrations of different persons, item by item.

    An item drifted when both hold: its change is beyond chance (q_value < level, the false discovery rate
    over all items), and it matters (distance > 0.05). The changes of ln a and of b are taken from their
    medians over items, so that an error of the link is no drift, divided by their standard errors, and the
    quotients by their robust spread (0.74 interquartile range, Huynh & Meyer 2010; at least 0.85). Without
    standard errors it is Huynh and Meyer's robust z. p_value is twice the smaller of the two (Bonferroni).

    Args:
        before: the calibration in use.
        after: the new one.
        link: moves `after` to the scale of `before`; None if it lies there already.
        level: of the false discovery rate.
        mean: of the persons over whom curves are compared.
        sd: of the same, on the scale of `before`.
        quadrature: nodes for that; None for 61 within 6 SD.

    Returns one row an item of either calibration: item, a_before, b_before, a_after, b_after (on the scale
    of `before`), z_a, z_b, p_value, q_value, distance (root mean square difference of the curves over
    theta ~ N(mean, sd), in probability), drifted, action ("keep", "watch", "drop as anchor", "recalibrate",
    "review", "not compared"), sentence.

    Raises:
        InvalidArgument: a level outside (0, 1).
        InvalidParameters: fewer than 3 items have parameters with positive slopes in both.
    """
    if not 0.0 < level < 1.0:
        raise InvalidArgument(f"level must lie between 0 and 1, not {level}")
    labels = tuple(dict.fromkeys((*_estimates(before).parameters.items, *_estimates(after).parameters.items)))
    old, new = _aligned(_estimates(before), labels), _aligned(_linked(_estimates(after), link), labels)
    a, b = (old.parameters.a, new.parameters.a), (old.parameters.b, new.parameters.b)
    known = ~np.isnan(a[0] + a[1] + b[0] + b[1])
    positive = known & (np.fmin(*a) > 0.0)
    if positive.sum() < _FEWEST_ITEMS:
        raise InvalidParameters(
            f"{int(positive.sum())} items have parameters with positive slopes in both calibrations; "
            f"at least {_FEWEST_ITEMS} are needed"
        )
    z_a, z_b = np.full(len(labels), np.nan), np.full(len(labels), np.nan)
    # An item whose slope turned negative has no ln a to compare, and no p-value; its distance speaks.
    errors = np.hypot(old.se_a / a[0], new.se_a / a[1])[positive]
    z_a[positive] = _robust(np.log(a[1][positive]) - np.log(a[0][positive]), errors)
    z_b[positive] = _robust((b[1] - b[0])[positive], np.hypot(old.se_b, new.se_b)[positive])
    p_value = np.minimum(4.0 * ndtr(-np.fmax(np.abs(z_a), np.abs(z_b))), 1.0)
    q_value = adjusted(p_value)
    distance = curve_distance(old.parameters, new.parameters, mean=mean, sd=sd, quadrature=quadrature)
    verdicts = [
        _verdict(
            before=(a[0][i], b[0][i]),
            after=(a[1][i], b[1][i]),
            q=q_value[i],
            distance=distance[i],
            level=level,
        )
        for i in range(len(labels))
    ]
    columns = {
        "a_before": a[0],
        "b_before": b[0],
        "a_after": a[1],
        "b_after": b[1],
        "z_a": z_a,
        "z_b": z_b,
        "p_value": p_value,
        "q_value": q_value,
        "distance": distance,
    }
    return pl.DataFrame(
        [
            label_series("item", labels),
            *(pl.Series(name, column) for name, column in columns.items()),
            pl.Series("drifted", [action in (DROP, RECALIBRATE, REVIEW) for action, _ in verdicts]),
            pl.Series("action", [action for action, _ in verdicts]),
            pl.Series("sentence", [sentence for _, sentence in verdicts]),
        ]
    ).with_columns(pl.col(*columns).fill_nan(None))


def _robust(change: Floats, errors: Floats) -> Floats:
    """Changes from their median, in standard errors, and in units of the spread of that."""
    if np.isnan(errors).all():
        return robust_z(change)
    quotient = (change - np.median(change)) / errors
    low, high = np.nanquantile(quotient, [0.25, 0.75])
    z: Floats = quotient / max(_NARROWEST, 0.74 * (high - low))
    return z


def _verdict(
    *, before: tuple[float, float], after: tuple[float, float], q: float, distance: float, level: float
) -> tuple[str, str]:
    """(action, sentence) for one item."""
    size = f"its curve moved by {distance:.3f} in probability"
    how = f"It {_how(before, after)} (q = {q:.2g}), and {size}"
    dead = after[0] <= min(_FLAT, before[0])
    if np.isnan(distance):
        verdict = NOT_COMPARED, "It has parameters in one calibration only."
    elif distance <= MODERATE:
        found = "a change beyond chance" if q < level else "no change beyond chance"
        verdict = KEEP, f"It shows {found} (q = {q:.2g}), and {size}: too little to matter."
    elif dead and not q >= level:  # a negative slope has no q
        change = f"a {before[0]:.2f} -> {after[0]:.2f}"
        verdict = REVIEW, f"It discriminates no more ({change}), and {size}: check key and text."
    elif not q < level:
        verdict = WATCH, f"Though {size}, that may be chance (q = {q:.2g}): wait for more answers."
    elif distance <= LARGE:
        verdict = DROP, f"{how}: do not link by it, and refit it when it has the answers."
    else:
        verdict = RECALIBRATE, f"{how}: replace its parameters, and look why."
    return verdict


def _how(before: tuple[float, float], after: tuple[float, float]) -> str:
    """The change in words."""
    word = "became easier, as one does that has got around" if after[1] < before[1] else "became harder"
    return f"{word} (b {before[1]:.2f} -> {after[1]:.2f}, a {before[0]:.2f} -> {after[0]:.2f})"


def _estimates(calibration: Calibration | Estimates) -> Estimates:
    if isinstance(calibration, Estimates):
        return calibration
    return Estimates(calibration.parameters, calibration.se_a, calibration.se_b)


def _linked(estimates: Estimates, link: Link | None) -> Estimates:
    if link is None:
        return estimates
    moved = link.parameters(estimates.parameters)
    return Estimates(moved, estimates.se_a / link.A, estimates.se_b * link.A)


def _aligned(estimates: Estimates, labels: tuple[Hashable, ...]) -> Estimates:
    """Estimates in the order of `labels`, NaN for those that it lacks."""
    known = {label: i for i, label in enumerate(estimates.parameters.items)}
    place = np.array([known.get(label, len(known)) for label in labels], dtype=np.int64)
    own = estimates.parameters
    a, b, c, se_a, se_b = (
        np.append(column, np.nan)[place] for column in (own.a, own.b, own.c, estimates.se_a, estimates.se_b)
    )
    return Estimates(ItemParameters(labels, a, b, c), se_a, se_b)
