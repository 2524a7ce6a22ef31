"""Local dependence: Yen's Q3 for pairs of items, with a cut-off by parametric bootstrap."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from irt.errors import InvalidArgument
from irt.fit.calibrated import Calibrated, calibrated
from irt.fit.kernels import pair_correlations, shared_persons
from irt.fit.simulate import answered_anew
from irt.models import Floats
from irt.responses import Responses, label_series
from irt.results import Calibration
from irt.score import score

Codes = NDArray[np.int64]
#: Persons that each of right-right, right-wrong, wrong-right, wrong-wrong must expect. Two items that one and the
#: same person of 200 got wrong correlate by 1; a cut-off that allows for such pairs would find no others.
FEWEST_EXPECTED = 5.0


@dataclass(frozen=True)
class Dependence:
    """Q3 of the pairs of items that enough persons answered both of.

    pairs: item_1, item_2, q3, n (persons who answered both), cutoff, flagged; the most suspicious first.
    mean: of all q3; below 0 even where nothing is wrong.
    critical: by how many standard errors, at least, a flagged q3 lies above the mean.
    reason: why there are no pairs, or "".
    """

    pairs: pl.DataFrame
    mean: float
    critical: float
    reason: str


def q3(
    responses: Responses,
    calibration: Calibration,
    *,
    seed: int | np.random.Generator,
    minimum: int = 200,
    replications: int = 100,
    level: float = 0.05,
    groups: Sequence[Hashable] | None = None,
) -> Dependence:
    """Correlations of residuals, answer less P at the EAP ability (Yen 1984), of pairs of items.

    The cut-off follows Christensen, Makransky & Horton (2017): the same persons answer the same items anew
    under the calibrated model, and the largest excess over the mean is noted; the quantile 1 - level of these
    maxima is the cut-off, so that with probability `level` a test without dependence has a pair flagged. As
    pairs here differ in their number of persons, the excess is taken in standard errors,
    (atanh q3 - atanh mean) * sqrt(n - 3); on complete data that makes no difference. Each replication takes
    about 10 ns for each person and pair of that person's items.

    Args:
        responses: the answers that were fitted.
        calibration: their fit.
        seed: of the bootstrap.
        minimum: persons who must have answered both items of a pair; pairs with fewer are left out.
        replications: of the bootstrap, at least 20.
        level: probability of a false flag among all pairs.
        groups: of a calibration with several groups, the group of each person, shape (persons,).

    Raises:
        InvalidArgument: a calibration of other items, or a setting outside its range.
    """
    if minimum < 10 or replications < 20 or not 0.0 < level < 1.0:
        raise InvalidArgument(
            "minimum must be at least 10, replications at least 20 and level between 0 and 1, not "
            f"{minimum}, {replications} and {level}"
        )
    fitted = calibrated(responses, calibration, groups)
    found = _Pairs.of(fitted.responses, minimum)
    if not len(found.pairs):
        why = f"no two items were answered by the same {minimum} persons, often enough right and wrong"
        return Dependence(_frame(fitted, found, np.empty(0), np.empty(0)), np.nan, np.nan, why)
    observed = found.correlations(fitted, fitted.responses)
    rng = np.random.default_rng(seed)
    largest = []
    for _ in range(replications):
        anew = found.correlations(fitted, answered_anew(fitted, rng))
        largest.append(np.nanmax(found.excess(anew)))
    critical = float(np.quantile(largest, 1.0 - level, method="higher"))
    mean = float(np.nanmean(observed))
    cutoff = np.tanh(np.arctanh(mean) + critical / np.sqrt(found.pairs[:, 2] - 3.0))
    return Dependence(_frame(fitted, found, observed, cutoff), mean, critical, "")


@dataclass(frozen=True)
class _Pairs:
    """Pairs of items with enough persons (pairs, 3), and the order of answers that their sums run in."""

    pairs: Codes
    person: Codes
    order: Codes
    ends: Codes

    @classmethod
    def of(cls, data: Responses, minimum: int) -> _Pairs:
        person = data.person
        order = np.argsort(data.item, kind="stable")
        ends = np.cumsum(np.bincount(data.item, minlength=data.n_items))
        count = int(
            shared_persons(data.starts, data.cells, person, order, ends, minimum, FEWEST_EXPECTED, 0)[0, 0]
        )
        pairs = np.empty((0, 3), dtype=np.int64)
        if count:
            pairs = shared_persons(
                data.starts, data.cells, person, order, ends, minimum, FEWEST_EXPECTED, count
            )
        return cls(pairs, person, order, ends)

    def correlations(self, fitted: Calibrated, data: Responses) -> Floats:
        """Q3 of each pair in answers to the same items by the same persons."""
        theta = score(data, fitted.calibration, groups=fitted.of_groups).theta
        slope, intercept, c = fitted.parameters[data.item].T
        residual = data.correct - (c + (1.0 - c) * expit(slope * theta[self.person] + intercept))
        found = np.empty(len(self.pairs))
        pair_correlations(
            data.starts, data.cells, self.person, self.order, self.ends, residual, self.pairs, found
        )
        return found

    def excess(self, found: Floats) -> Floats:
        """Over the mean, in standard errors."""
        inside = np.clip(found, -1.0 + 1e-12, 1.0 - 1e-12)
        scaled: Floats = np.sqrt(self.pairs[:, 2] - 3.0) * (
            np.arctanh(inside) - np.arctanh(np.nanmean(inside))
        )
        return scaled


def _frame(fitted: Calibrated, found: _Pairs, observed: Floats, cutoff: Floats) -> pl.DataFrame:
    excess = found.excess(observed) if len(observed) else observed
    labels = label_series("item", fitted.responses.items)
    frame = pl.DataFrame(
        [
            labels[found.pairs[:, 0].tolist()].rename("item_1"),
            labels[found.pairs[:, 1].tolist()].rename("item_2"),
            pl.Series("q3", observed).fill_nan(None),
            pl.Series("n", found.pairs[:, 2]),
            pl.Series("cutoff", cutoff),
            pl.Series("flagged", observed > cutoff),
            pl.Series("_excess", excess),
        ]
    )
    return frame.sort("_excess", descending=True, nulls_last=True, maintain_order=True).drop("_excess")
