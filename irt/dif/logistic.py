"""DIF by logistic regression (Swaminathan & Rogers 1990): uniform, and changing with ability."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import chdtrc

from irt.dif.frame import frame
from irt.dif.groups import Compared, adjusted, compared
from irt.dif.matching import FEWEST_ANCHORS, Kind, Matching, matching
from irt.dif.regression import Rows, logistic_regressions
from irt.errors import InvalidArgument
from irt.labels import Column
from irt.models import Floats, ItemParameters
from irt.responses import Responses

#: Jodoin & Gierl (2001): from which change of R squared on DIF is moderate, and large.
MODERATE, LARGE = 0.035, 0.070
COLUMNS = (
    "log_odds",
    "se_log_odds",
    "chi_square",
    "p_value",
    "q_value",
    "chi_square_uniform",
    "p_uniform",
    "chi_square_nonuniform",
    "p_nonuniform",
    "r_squared_change",
)


def logistic(
    responses: Responses,
    groups: Column,
    reference: Hashable,
    focal: Hashable | None = None,
    *,
    match: Kind = "theta",
    parameters: ItemParameters | None = None,
    purify: bool = True,
    level: float = 0.05,
    minimum: int = 100,
) -> pl.DataFrame:
    """Logistic regression of each answer on the matching variable z, on the group g and on z g.

    Compared are M1: 1 + z, M2: 1 + z + g, M3: 1 + z + g + z g. Twice the difference in log-likelihood of
    M3 and M1 is chi-square with 2 df, of M2 and M1 with 1 (uniform), of M3 and M2 with 1 (non-uniform).

    Args:
        responses: answers; complete or sparse.
        groups: label of each of `responses.persons`; others than the two compared are left out.
        reference: label of the group to compare with.
        focal: label of the group of interest; None for the only other one.
        match: "theta", EAP; "score", number right, for complete blocks; "auto", the score for these. In
            ability the model's logit is a line; in a score it bends, and between groups that differ in
            ability the interaction takes the bend for non-uniform DIF (docs/psychometrics.md).
        parameters: for theta, D = 1.7 metric; None fits a 2PL to the answers given.
        purify: leave items with q_value < level out of the matching of the others, until none changes.
        level: of the false discovery rate and of the classes' test.
        minimum: answers of each group below which an item is not judged.

    Returns one row an item: item, n_reference, n_focal, matching, anchor, log_odds and se_log_odds (of the
    focal group, M2), chi_square, p_value, q_value (2 df; Benjamini-Hochberg), chi_square_uniform, p_uniform,
    chi_square_nonuniform, p_nonuniform, r_squared_change (Nagelkerke, M1 to M3), class (A, B, C of Jodoin &
    Gierl 2001), flagged (q_value < level and class B or C), reason. Null where not judged.

    Raises:
        InvalidArgument: groups or settings that are none.
    """
    if minimum < 1 or not 0.0 < level < 1.0:
        raise InvalidArgument(
            f"minimum must be at least 1 and level between 0 and 1, not {minimum} and {level}"
        )
    two = compared(responses, groups, reference, focal)
    reasons = two.too_few(minimum)
    found = matching(two.responses, match, parameters)
    anchors = np.ones(responses.n_items, dtype=np.bool_)
    for _ in range(10 if purify else 1):
        numbers = _compare(two, found, anchors, reasons)
        kept = ~(numbers["q_value"] < level)
        if not purify or kept.sum() < FEWEST_ANCHORS or (kept == anchors).all():
            break
        anchors = kept
    change = numbers["r_squared_change"]
    small = ~(numbers["p_value"] < level) | (change < MODERATE)
    classes = np.where(small, "A", np.where(change < LARGE, "B", "C"))
    separated = "the regression has no maximum: matching variable or group separate right from wrong answers"
    why = [reasons.get(i, separated if np.isnan(value) else "") for i, value in enumerate(change)]
    flagged = (numbers["q_value"] < level) & ~small
    return frame(two, found.kind, anchors, numbers, classes, flagged, why)


def _compare(
    two: Compared, found: Matching, anchors: NDArray[np.bool_], reasons: dict[int, str]
) -> dict[str, Floats]:
    """The method's numbers, each of shape (items,), NaN for items with a reason."""
    judged = np.array([i not in reasons for i in range(two.responses.n_items)])
    if not judged.any():
        return dict.fromkeys(COLUMNS, np.full(len(judged), np.nan))
    rows = _rows(two, found.values(anchors), judged)
    null, m1, m2, m3 = (logistic_regressions(rows, p) for p in (1, 2, 3, 4))
    both = 2.0 * (m3.log_likelihood - m1.log_likelihood)
    uniform = 2.0 * (m2.log_likelihood - m1.log_likelihood)
    rest = both - uniform
    n = np.add.reduceat(rows.n, rows.first)
    change = _nagelkerke(m3.log_likelihood, null.log_likelihood, n)
    change -= _nagelkerke(m1.log_likelihood, null.log_likelihood, n)
    p_value = chdtrc(2, both)
    found_numbers = (
        m2.coefficient[:, 2],
        m2.se[:, 2],
        both,
        p_value,
        adjusted(p_value),
        uniform,
        chdtrc(1, uniform),
        rest,
        chdtrc(1, rest),
        change,
    )
    return {name: _spread(column, judged) for name, column in zip(COLUMNS, found_numbers, strict=True)}


def _spread(column: Floats, judged: NDArray[np.bool_]) -> Floats:
    """A column over the judged items as one over all, NaN for the others."""
    spread = np.full(len(judged), np.nan)
    spread[judged] = column
    return spread


def _rows(two: Compared, value: Floats, judged: NDArray[np.bool_]) -> Rows:
    """Equal answers together: one row for each item, matching value, and group; z standardised by item."""
    data = two.responses
    use = judged[data.item]
    item = (np.cumsum(judged) - 1)[data.item[use]]
    group, right, z = two.answer_focal[use], data.correct[use], value[use]
    order = np.lexsort((group, z, item))
    item, group, right, z = item[order], group[order], right[order], z[order]
    new = np.ones(len(item), dtype=np.bool_)
    new[1:] = (np.diff(item) > 0) | (np.diff(z) > 0.0) | (np.diff(group) != 0)
    start = np.flatnonzero(new)
    n = np.diff(np.append(start, len(item))).astype(np.float64)
    row_right = np.add.reduceat(right, start)
    row_item, g, z = item[start], group[start].astype(np.float64), z[start]
    first = np.searchsorted(row_item, np.arange(int(judged.sum())))
    answers = np.add.reduceat(n, first)
    z = z - (np.add.reduceat(n * z, first) / answers)[row_item]
    spread = np.sqrt(np.add.reduceat(n * z * z, first) / answers)
    z = z / np.where(spread > 0.0, spread, 1.0)[row_item]
    x = np.stack([np.ones(len(z)), z, g, z * g], axis=1)
    return Rows(x, n, row_right, first)


def _nagelkerke(log_likelihood: Floats, null: Floats, n: Floats) -> Floats:
    """Nagelkerke's (1991) R squared: Cox and Snell's over its maximum."""
    reached = -np.expm1(2.0 * (null - log_likelihood) / n)
    most = -np.expm1(2.0 * null / n)
    with np.errstate(invalid="ignore", divide="ignore"):
        share: Floats = reached / most
    return share
