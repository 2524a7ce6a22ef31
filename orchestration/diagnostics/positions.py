"""Does an item's place in the session move its difficulty? Over the answers whose place is known."""

from __future__ import annotations

import polars as pl

from irt.errors import InvalidArgument
from irt.position import position_effect
from orchestration.diagnostics.finding import Row, Rows, finding
from orchestration.diagnostics.fitted import Fitted
from orchestration.snapshot import in_order_of


def placed(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return the attempts whose place in their session somebody wrote down."""
    return attempts.filter(pl.col("position").is_not_null())


def findings(fitted: Fitted | None) -> tuple[Rows, Row]:
    """Return a finding for each item that can be judged, and what was found of all together.

    `fitted` is read back with `placed` attempts alone; None: there are none.
    """
    if fitted is None:
        return [], _nothing("Where in a session an answer was given is not known.")
    place = in_order_of(fitted.answers, fitted.attempts, "position").to_numpy()
    try:
        found = position_effect(fitted.answers, fitted.calibration, place, groups=fitted.groups)
    except InvalidArgument as error:
        return [], _nothing(f"Not judged: {error}.")
    judged = found.filter((pl.col("scope") == "item") & pl.col("p_value").is_not_null())
    (overall,) = found.filter(pl.col("scope") == "overall").to_dicts()
    figures = {
        "n_items": judged.height,
        "n_flagged": int(judged["flagged"].sum()),
        "shift_b": overall["shift_b"],
        "se": overall["se"],
        "p_value": overall["p_value"],
        "sentence": f"All items together: {overall['sentence']}",
    }
    return [_finding(row) for row in judged.to_dicts()], figures


def _nothing(sentence: str) -> Row:
    return {"n_items": 0, "n_flagged": 0, "shift_b": None, "se": None, "p_value": None, "sentence": sentence}


def _finding(row: Row) -> Row:
    return finding(
        "position",
        row["item"],
        contrast="last third against first",
        effect=row["effect"],
        unit="probability",
        statistic=row["shift_b"] / row["se"],
        p_value=row["p_value"],
        q_value=row["q_value"],
        grade="moves" if row["flagged"] else "stays",
        flagged=row["flagged"],
        sentence=row["sentence"],
    )
