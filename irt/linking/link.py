"""Link two calibrations by their common items, without those that drifted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument, InvalidParameters
from irt.latent import Quadrature
from irt.linking.coefficients import METHODS, Method
from irt.linking.distance import curve_distance
from irt.linking.outliers import anchor_z
from irt.models import Floats, ItemParameters
from irt.responses import label_series
from irt.results import Calibration

#: Fewer common items say nothing about which of them drifted.
FEWEST_ANCHORS = 3
#: |robust z| of an outlier. Of good anchors 1 in 70 passes it by chance, in a or b; of Huynh & Meyer's 1.645
#: it would be 1 in 5.
CUT = 2.7
#: Root mean square distance of curves, in probability, below which an anchor harms no curve method.
MIN_DISTANCE = 0.05


@dataclass(frozen=True)
class Link:
    """theta_target = A theta_source + B, D = 1.7 metric on both scales.

    se_A and se_B are jackknife errors over the anchors used (NaN if they were not asked for). `anchors` has
    one row a common item: item, z_a, z_b (robust z; null where slopes are not positive), distance (root
    mean square difference of its curves after linking), used, reason (why not).
    """

    method: str
    A: float
    B: float
    se_A: float
    se_B: float
    anchors: pl.DataFrame

    @property
    def dropped(self) -> tuple[Hashable, ...]:
        """Labels of the common items that were not used."""
        return tuple(self.anchors.filter(~pl.col("used"))["item"].to_list())

    def parameters(self, source: ItemParameters | Calibration) -> ItemParameters:
        """Parameters of the source scale on the target's: a / A, A b + B, c."""
        return ItemParameters(source.items, source.a / self.A, self.A * source.b + self.B, source.c)

    def theta(self, theta: ArrayLike) -> Floats:
        """Abilities of the source scale on the target's."""
        moved: Floats = self.A * np.asarray(theta, dtype=np.float64) + self.B
        return moved


def link(
    source: ItemParameters | Calibration,
    target: ItemParameters | Calibration,
    *,
    method: str = "stocking-lord",
    anchors: Sequence[Hashable] | None = None,
    drop_outliers: bool = True,
    cut: float = CUT,
    min_distance: float = MIN_DISTANCE,
    standard_errors: bool = False,
    quadrature: Quadrature | None = None,
) -> Link:
    """The line from the source's scale to the target's.

    Args:
        source: parameters to be moved, D = 1.7 metric.
        target: parameters on the scale to move to.
        method: "mean-sigma", "mean-mean", "haebara" or "stocking-lord".
        anchors: labels to link by; None for all items that both have.
        drop_outliers: leave out anchors of which |robust z| of ln a or b exceeds `cut`, and for the methods
            by curves only if their curves, linked by the others, are also further apart than
            `min_distance`: a b that is off because its item hardly discriminates does not harm a curve.
        cut: of |robust z|.
        min_distance: of the root mean square difference of curves, in probability.
        standard_errors: by the jackknife over anchors, which takes each as drawn from a population of
            items (Haberman, Lee & Qian 2009).
        quadrature: nodes of N(0, 1) on either scale for the methods by curves; None for 61 on [-6, 6].

    Raises:
        InvalidArgument: an unknown method.
        InvalidParameters: an anchor that one of the two lacks, fewer than 3 usable anchors or fewer than 3
            that agree, or a scale without a positive A.
    """
    if method not in METHODS:
        raise InvalidArgument(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    solve, grid = METHODS[method], quadrature or Quadrature()
    labels = _common(source, target, anchors)
    one, other = _aligned(source, labels), _aligned(target, labels)
    reasons = _unusable(one, other)
    usable = np.array([not reason for reason in reasons])
    _enough(usable, "have parameters with positive slopes in both calibrations")
    z_a, z_b = (np.full(len(labels), np.nan) for _ in range(2))
    z_a[usable], z_b[usable] = anchor_z(_only(one, usable), _only(other, usable), cut)
    used = usable.copy()
    if drop_outliers:
        suspect = usable & ((np.abs(z_a) > cut) | (np.abs(z_b) > cut))
        if method in ("haebara", "stocking-lord") and suspect.any():
            _enough(usable & ~suspect, "moved alike; the scales cannot be linked")
            line = _solved(solve, one, other, usable & ~suspect, grid)
            suspect &= _distance(one, other, line, grid) > min_distance
        used &= ~suspect
        _enough(used, "moved alike; the scales cannot be linked")
        for i in np.flatnonzero(suspect).tolist():
            reasons[i] = f"moved otherwise than the others: robust z {z_a[i]:.1f} of ln a, {z_b[i]:.1f} of b"
    line = _solved(solve, one, other, used, grid)
    errors = _jackknife(solve, one, other, used, grid) if standard_errors else (np.nan, np.nan)
    table = pl.DataFrame(
        [
            label_series("item", labels),
            pl.Series("z_a", z_a),
            pl.Series("z_b", z_b),
            pl.Series("distance", _distance(one, other, line, grid)),
            pl.Series("used", used),
            pl.Series("reason", reasons, dtype=pl.String),
        ]
    ).with_columns(pl.col("z_a", "z_b", "distance").fill_nan(None))
    return Link(method, *line, *errors, table)


def _common(
    source: ItemParameters | Calibration,
    target: ItemParameters | Calibration,
    anchors: Sequence[Hashable] | None,
) -> tuple[Hashable, ...]:
    there = set(target.items)
    if anchors is None:
        return tuple(label for label in source.items if label in there)
    for label in anchors:
        for name, known in (("source", set(source.items)), ("target", there)):
            if label not in known:
                raise InvalidParameters(f"anchor {label!r} has no parameters in the {name}; leave it out")
    return tuple(dict.fromkeys(anchors))


def _aligned(parameters: ItemParameters | Calibration, labels: tuple[Hashable, ...]) -> ItemParameters:
    place = {label: i for i, label in enumerate(parameters.items)}
    rows = np.array([place[label] for label in labels], dtype=np.int64)
    return ItemParameters(labels, parameters.a[rows], parameters.b[rows], parameters.c[rows])


def _only(parameters: ItemParameters, keep: NDArray[np.bool_]) -> ItemParameters:
    labels = tuple(label for label, kept in zip(parameters.items, keep.tolist(), strict=True) if kept)
    return ItemParameters(labels, parameters.a[keep], parameters.b[keep], parameters.c[keep])


def _unusable(one: ItemParameters, other: ItemParameters) -> list[str]:
    """A reason for each common item that cannot be an anchor, else an empty text."""
    missing = np.isnan(one.a + one.b + one.c + other.a + other.b + other.c)
    flat = ~missing & ((one.a <= 0.0) | (other.a <= 0.0))
    return [
        "no parameters in one of the two" if none else "its slope is not positive" if bad else ""
        for none, bad in zip(missing.tolist(), flat.tolist(), strict=True)
    ]


def _enough(keep: NDArray[np.bool_], what: str) -> None:
    if keep.sum() < FEWEST_ANCHORS:
        raise InvalidParameters(
            f"{int(keep.sum())} of {len(keep)} common items {what}; at least {FEWEST_ANCHORS} are needed"
        )


def _solved(
    solve: Method, one: ItemParameters, other: ItemParameters, keep: NDArray[np.bool_], grid: Quadrature
) -> tuple[float, float]:
    slope, shift = solve(_only(one, keep), _only(other, keep), grid)
    if not (np.isfinite([slope, shift]).all() and slope > 0.0):
        raise InvalidParameters(
            f"the common items give A = {slope:g}, B = {shift:g}, which is no scale: their parameters do not "
            "vary together"
        )
    return slope, shift


def _distance(
    one: ItemParameters, other: ItemParameters, line: tuple[float, float], grid: Quadrature
) -> Floats:
    slope, shift = line
    moved = ItemParameters(one.items, one.a / slope, slope * one.b + shift, one.c)
    return curve_distance(moved, other, quadrature=grid)


def _jackknife(
    solve: Method, one: ItemParameters, other: ItemParameters, used: NDArray[np.bool_], grid: Quadrature
) -> tuple[float, float]:
    lines = []
    for i in np.flatnonzero(used):
        without = used.copy()
        without[i] = False
        lines.append(_solved(solve, one, other, without, grid))
    each = np.array(lines)
    n = len(each)
    se = np.sqrt((n - 1) / n * ((each - each.mean(axis=0)) ** 2).sum(axis=0))
    return float(se[0]), float(se[1])
