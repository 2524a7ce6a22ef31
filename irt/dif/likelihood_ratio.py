"""IRT likelihood ratio DIF (Thissen, Steinberg & Wainer 1988, 1993): one joint fit against another.

In the compact model an item has one set of parameters for both groups, in the augmented one a set for each.
The other items, tied, carry the scale; ability has a distribution of its own in each group, so that impact
is no DIF.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import chdtrc

from irt.calibrate import calibrate
from irt.dif.frame import frame
from irt.dif.groups import Compared, adjusted, compared
from irt.dif.matching import FEWEST_ANCHORS
from irt.errors import InvalidArgument
from irt.labels import Column
from irt.latent import Quadrature
from irt.linking import curve_distance
from irt.models import Floats, ItemParameters
from irt.priors import Priors
from irt.responses import Responses
from irt.results import SET_ASIDE, Calibration

#: Parameters that a group adds: b; a and b; a and b, c being fixed.
FREED = {"1PL": 1, "2PL": 2, "3PL": 2}
#: Root mean square difference of the groups' curves, in probability, from which DIF is B, and C.
MODERATE, LARGE = 0.05, 0.10
_ROUNDS = 5
#: Of gradient and step: at such a gradient the log-likelihood is within 1e-6 of its maximum.
_TOLERANCE = 1e-3
_ESTIMATES = ("a_reference", "b_reference", "a_focal", "b_focal")
COLUMNS = ("chi_square", "p_value", "q_value", *_ESTIMATES, "distance")


def likelihood_ratio(
    responses: Responses,
    groups: Column,
    reference: Hashable,
    focal: Hashable | None = None,
    *,
    model: str = "2PL",
    items: Sequence[Hashable] | None = None,
    purify: bool = True,
    level: float = 0.05,
    minimum: int = 100,
    quadrature: Quadrature | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Twice the gain in marginal log-likelihood when an item gets parameters for each group.

    The reference group has theta ~ N(0, 1), the focal one a mean and SD of its own. All fits are by plain
    maximum likelihood; in the 3PL every c is fixed at its estimate from the fit with all items tied, whose
    prior keeps it off the bound, for at the bound the statistic is not chi-square.

    Args:
        responses: answers; complete or sparse.
        groups: label of each of `responses.persons`; others than the two compared are left out.
        reference: label of the group to compare with.
        focal: label of the group of interest; None for the only other one.
        model: "1PL" (1 df), "2PL" or "3PL" (2 df).
        items: labels of the items to study; None for all. Each costs a fit, and a fit a round.
        purify: give the items found with q_value < level parameters for each group in the fits for all
            others, until none changes (at most 5 rounds).
        level: of the false discovery rate.
        minimum: answers of each group below which an item is not judged.
        quadrature: nodes; None for 61 within 6 SD.
        threads: as in `irt.calibrate`.
        progress: called after each fit with (fits of this round done, to do).

    Returns one row an item: item, n_reference, n_focal, matching ("model"), anchor, chi_square, p_value,
    q_value (Benjamini-Hochberg), a_reference, b_reference, a_focal, b_focal (D = 1.7, scale of the
    reference group), distance (root mean square difference of the two curves over the focal group, in
    probability), class (A: q_value >= level or distance < 0.05; B: below 0.10; C), flagged (B or C),
    reason. Null where not judged.

    Raises:
        InvalidArgument: groups, items or settings that are none.
    """
    if model not in FREED or minimum < 1 or not 0.0 < level < 1.0:
        raise InvalidArgument(
            f"model must be one of {', '.join(FREED)}, minimum at least 1 and level between 0 and 1, not "
            f"{model!r}, {minimum} and {level}"
        )
    two = compared(responses, groups, reference, focal)
    reasons = two.too_few(minimum)
    unknown = [label for label in items or () if label not in responses.items]
    if unknown:
        raise InvalidArgument(f"item {unknown[0]!r} is to be studied and has no answers")
    if items is not None:
        wanted = set(items)
        reasons |= {i: "not studied" for i, label in enumerate(responses.items) if label not in wanted}
    fits = _Fits(two, model, quadrature, threads)
    freed = np.zeros(responses.n_items, dtype=np.bool_)
    for _ in range(_ROUNDS if purify else 1):
        numbers = _round(fits, freed, reasons, progress)
        found = numbers["q_value"] < level
        if not purify or (~found).sum() < FEWEST_ANCHORS + 1 or (found == freed).all():
            break
        freed = found
    small = ~(numbers["q_value"] < level) | ~(numbers["distance"] >= MODERATE)
    classes = np.where(small, "A", np.where(numbers["distance"] < LARGE, "B", "C"))
    why = [reasons.get(i, "") for i in range(responses.n_items)]
    return frame(two, "model", ~freed, numbers, classes, ~small, why)


@dataclass
class _Fits:
    """Joint fits with some items freed, each made once."""

    two: Compared
    model: str
    quadrature: Quadrature | None
    threads: int | None
    known: dict[bytes, Calibration] = field(default_factory=dict)
    guessing: Floats | None = None

    def fit(self, freed: NDArray[np.bool_]) -> Calibration:
        """The fit in which the items `freed` (shape (items,)) have parameters for each group."""
        if self.model == "3PL" and self.guessing is None:
            tied = self._calibrate(split(self.two, np.zeros_like(freed)), None, Priors.default("3PL"))
            self.guessing = np.nan_to_num(tied.c)
        key = freed.tobytes()
        if key not in self.known:
            c = None if self.guessing is None else np.repeat(self.guessing, 1 + freed)
            self.known[key] = self._calibrate(split(self.two, freed), c, Priors.none())
        return self.known[key]

    def _calibrate(self, data: Responses, guessing: Floats | None, priors: Priors) -> Calibration:
        labels = [self.two.reference_label, self.two.focal_label]
        return calibrate(
            data,
            self.model,
            guessing=None if guessing is None else guessing.tolist(),
            groups=[labels[focal] for focal in self.two.focal.tolist()],
            reference=self.two.reference_label,
            priors=priors,
            quadrature=self.quadrature,
            threads=self.threads,
            standard_errors=False,
            tolerance=_TOLERANCE,
        )


def split(two: Compared, freed: NDArray[np.bool_]) -> Responses:
    """Answers with each freed item as two: (item, reference label) followed by (item, focal label)."""
    data = two.responses
    # A person is of one group, so doubled codes keep each person's items in ascending order.
    focal = (two.answer_focal == 1) & freed[data.item]
    doubled = (2 * (2 * data.item + focal) + (data.cells & 1)).astype(np.int32)
    labels: list[Hashable] = []
    for label, apart in zip(data.items, freed.tolist(), strict=True):
        labels += [(label, two.reference_label) if apart else label, (label, two.focal_label)]
    keep = np.ones(2 * data.n_items, dtype=np.bool_)
    keep[1::2] = freed
    return Responses(data.persons, tuple(labels), data.starts, doubled).only(keep)


def _round(
    fits: _Fits,
    freed: NDArray[np.bool_],
    reasons: dict[int, str],
    progress: Callable[[int, int], None] | None,
) -> dict[str, Floats]:
    """The method's numbers with the items `freed` left out of the scale; adds reasons as they turn up."""
    items = len(freed)
    numbers = {name: np.full(items, np.nan) for name in COLUMNS}
    studied = [i for i in range(items) if i not in reasons]
    base = fits.fit(freed)
    for done, i in enumerate(studied, 1):
        other = freed.copy()
        other[i] = not freed[i]
        compact, augmented = (fits.fit(other), base) if freed[i] else (base, fits.fit(other))
        reason = _incomparable(compact, augmented)
        if reason:
            reasons[i] = reason
        else:
            # Two fits stop within their tolerance of the maximum; a gain below 0 is that.
            gain = max(2.0 * (augmented.log_likelihood - compact.log_likelihood), 0.0)
            numbers["chi_square"][i] = gain
            numbers["p_value"][i] = chdtrc(FREED[fits.model], gain)
            for name, value in _estimates(fits.two, augmented, i).items():
                numbers[name][i] = value
        if progress:
            progress(done, len(studied))
    numbers["q_value"] = adjusted(numbers["p_value"])
    return numbers


def _incomparable(compact: Calibration, augmented: Calibration) -> str:
    """Why two log-likelihoods cannot be compared; empty if they can."""
    for fit in (compact, augmented):
        if not fit.converged:
            return f"a fit for it did not converge ({fit.reason_stopped})"
    aside = [
        {label for label, status in zip(fit.items, fit.status, strict=True) if status == SET_ASIDE}
        for fit in (compact, augmented)
    ]
    if aside[0] != aside[1]:
        named = sorted(map(str, aside[0] ^ aside[1]))
        return f"its answers in a group alone cannot be fitted: {named[0]}"
    return ""


def _estimates(two: Compared, augmented: Calibration, i: int) -> dict[str, float]:
    """Parameters of item i in each group, and the distance of the two curves over the focal group."""
    label = two.responses.items[i]
    rows = [augmented.items.index((label, group)) for group in (two.reference_label, two.focal_label)]
    curves = [
        ItemParameters([label], augmented.a[[row]], augmented.b[[row]], augmented.c[[row]]) for row in rows
    ]
    place = augmented.latent.groups.index(two.focal_label)
    mean, sd = float(augmented.latent.mean[place]), float(augmented.latent.sd[place])
    numbers = [float(value) for row in rows for value in (augmented.a[row], augmented.b[row])]
    return dict(zip(_ESTIMATES, numbers, strict=True)) | {
        "distance": float(curve_distance(curves[0], curves[1], mean=mean, sd=sd)[0])
    }
