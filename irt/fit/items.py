"""S-X2: item fit on a complete block, by number-right score (Orlando & Thissen 2000, 2003)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from scipy.special import chdtrc

from irt.blocks import Block, complete_block
from irt.errors import InvalidArgument
from irt.fit.calibrated import Calibrated, calibrated
from irt.fit.cells import merge_small
from irt.fit.kernels import expected_by_score
from irt.fit.tables import Row, by_item
from irt.models import Floats
from irt.responses import Responses
from irt.results import Calibration

_RESULTS = {"s_x2": pl.Float64, "df": pl.Int64, "p": pl.Float64, "n_block": pl.Int64, "reason": pl.String}


def s_x2(
    responses: Responses,
    calibration: Calibration,
    *,
    items: Sequence[Hashable] | None = None,
    smallest: float = 1.0,
    groups: Sequence[Hashable] | None = None,
) -> pl.DataFrame:
    """S-X2 of each item of a complete block.

    Args:
        responses: the answers that were fitted.
        calibration: their fit.
        items: labels of the block's items; None for all that were fitted. Persons who did not answer all of
            them are left out, and `reason` says how many remain.
        smallest: neighbouring scores are joined, from the lowest up, until the expected numbers of right and
            of wrong answers both reach it; what is left at the top joins the last.
        groups: of a calibration with several groups, the group of each person, shape (persons,); the block is
            then taken as one population, mixed as its groups are.

    Returns:
        One row an item, in the calibration's order: item, n, s_x2, df (joined scores less the item's
        estimated parameters), p, n_block (persons used), reason (a remark, or why there is no result).

    Raises:
        InvalidArgument: a calibration of other items, groups that do not fit it, an unknown item, or `smallest`
            not above 0.
    """
    if not smallest > 0.0:
        raise InvalidArgument(f"smallest must be above 0, not {smallest}")
    fitted = calibrated(responses, calibration, groups)
    block = complete_block(fitted.responses, None if items is None else _fitted(items, fitted))
    inside = dict(zip(block.items.tolist(), _block_rows(fitted, block, smallest), strict=True))
    outside: Row = {"reason": "not in the block of items asked for"}
    return by_item(fitted, [inside.get(j, outside) for j in range(len(fitted.place))], _RESULTS)


def _fitted(items: Sequence[Hashable], fitted: Calibrated) -> list[Hashable]:
    """Those of the items that were fitted; an unknown one stays, for its error."""
    aside = set(fitted.calibration.items) - set(fitted.responses.items)
    return [label for label in items if label not in aside]


def _block_rows(fitted: Calibrated, block: Block, smallest: float) -> list[Row]:
    count, n = len(block.items), len(block.persons)
    if count < 3 or n == 0:
        why = (
            f"no complete block: {n} of {fitted.responses.n_persons} persons answered all {count} items; "
            "choose items that were given together"
            if count >= 3
            else f"a block needs at least 3 fitted items, not {count}"
        )
        return [{"reason": why, "n_block": n}] * count
    expected = np.empty((count, count + 1))
    shares = np.bincount(fitted.group[block.persons], minlength=len(fitted.groups)) / n
    weights = shares @ np.exp(fitted.log_weights)
    expected_by_score(np.ascontiguousarray(fitted.curves[block.items]), weights, expected)
    score = block.right.sum(axis=1)
    persons = np.bincount(score, minlength=count + 1).astype(np.float64)
    right = np.zeros((count + 1, count))
    np.add.at(right, score, block.right)
    note = block.note(fitted.responses)
    rows: list[Row] = []
    for item in range(count):
        m = int(fitted.own[block.items[item]].sum())
        rows.append(_row(persons[1:-1], right[1:-1, item], expected[item, 1:-1], m, smallest, note))
        rows[-1] = {**rows[-1], "n_block": n}
    return rows


def _row(persons: Floats, right: Floats, expected: Floats, m: int, smallest: float, note: str) -> Row:
    """Of one item, given the persons at each score, those of them right, and the expected proportion.

    Scores 0 and all right are left out: observed and expected are equal there by definition.
    """
    there = persons > 0.0
    persons, right = persons[there], right[there]
    expects = persons * expected[there]
    into = merge_small(expects, persons - expects, smallest)
    n, observed, hoped = (np.bincount(into, column) for column in (persons, right, expects))
    df = len(n) - m
    if df < 1:
        return {"reason": f"too few persons: {len(n)} groups of scores remain, more than {m} are needed"}
    statistic = float(((observed - hoped) ** 2 * n / (hoped * (n - hoped))).sum())
    return {"s_x2": statistic, "df": df, "p": float(chdtrc(df, statistic)), "reason": note}
