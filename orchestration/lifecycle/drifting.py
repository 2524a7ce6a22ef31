"""Which anchors moved: frozen parameters beside fits of fresh answers in which they are free.

Two stretches of answers are fitted. A long one shows a small or slow change. In it, a sudden one is hidden for days by
the answers before it; a short one shows that soon, if it is large. The short one is asked more strictly, in proportion:
the short stretches that a long one holds, one after another, raise together as many false alarms as the long one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.drift import Estimates, drift
from irt.errors import InvalidParameters
from irt.linking import link
from orchestration.groups import grouping
from orchestration.lifecycle.fits import parameters
from orchestration.lifecycle.policy import Policy
from orchestration.snapshot import persons, responses

Row = Mapping[str, Any]
#: Fewer items on either side of a link do not show which of them moved.
_FEWEST_COMPARED = 4


@dataclass(frozen=True)
class Compared:
    """Anchors beside fits in which they are free: effects by name of item, and the link. Empty: not compared.

    An effect has drifted, suspect (it looks moved, and may be by chance), distance, q_value (null where a slope is not
    positive), sentence, a_now, b_now, n_now. `link` is that of the long stretch.
    """

    effects: Mapping[str, Row] = field(default_factory=dict)
    link: Mapping[str, Any] = field(default_factory=dict)


def compared(attempts: pl.DataFrame, frozen: Sequence[Row], policy: Policy) -> Compared:
    """Fit the newest answers with anchors free, link robustly, and say how far each moved.

    `attempts`: usable, cosmetic edits pooled; `frozen`: rows of `scales.anchors` that are not dropped.
    """
    long = _within(attempts, frozen, policy, policy.drift_days, policy.drift_level)
    if policy.drift_soon_days >= policy.drift_days:
        return long
    level = policy.drift_level * policy.drift_soon_days / policy.drift_days
    soon = _within(attempts, frozen, policy, policy.drift_soon_days, level)
    moved = {
        item: effect
        for item, effect in soon.effects.items()
        if _says_more(effect, long.effects.get(item, {}))
    }
    return Compared({**long.effects, **moved}, long.link)


def _says_more(soon: Row, long: Row) -> bool:
    """Whether the short stretch finds what the long one does not."""
    return any(soon[verdict] and not long.get(verdict) for verdict in ("drifted", "suspect"))


def _within(
    attempts: pl.DataFrame, frozen: Sequence[Row], policy: Policy, days: int, level: float
) -> Compared:
    """Compare by the answers of the last days; `level`: false discovery rate over the anchors."""
    recent = _recent(attempts, days)
    counts = dict(recent["item"].value_counts().iter_rows())
    held = [row for row in frozen if counts.get(row["item"], 0) >= policy.fewest_responses]
    if len(held) < _FEWEST_COMPARED:
        return Compared(link={"not_compared": _too_little(len(held), policy, days)})
    enough = [item for item, n in counts.items() if n >= policy.fewest_responses]
    recent = recent.filter(pl.col("item").is_in(enough))
    fit = _free(recent, held, policy)
    known = parameters(held)
    if known is None or not fit.converged:
        return Compared(link={"not_compared": f"the fit with anchors free: {fit.reason_stopped}"})
    try:
        line = link(fit.parameters, known)
        errors = (_column(held, "se_a"), _column(held, "se_b"))
        effects = drift(Estimates(known, *errors), _only(fit, known), link=line, level=level).to_dicts()
    except InvalidParameters as error:
        return Compared(link={"not_compared": str(error)})
    said = {"A": line.A, "B": line.B, "n_used": len(held) - len(line.dropped), "n_dropped": len(line.dropped)}
    return Compared(
        {
            row["item"]: {
                "drifted": row["distance"] > policy.drift_effect
                and (row["q_value"] is None or row["q_value"] < level),
                "suspect": row["distance"] > policy.drift_effect
                and (row["p_value"] is None or row["p_value"] < policy.suspect_level),
                "distance": row["distance"],
                "q_value": row["q_value"],
                "sentence": f"{row['sentence']} Answers of the last {days} days.",
                "a_now": row["a_after"],
                "b_now": row["b_after"],
                "n_now": counts[row["item"]],
            }
            for row in effects
            if row["distance"] is not None
        },
        {**said, "method": line.method, "days": days, "n_responses": recent.height},
    )


def _recent(attempts: pl.DataFrame, days: int) -> pl.DataFrame:
    """Answers of the last days; timestamps are text that begins with the day, UTC."""
    last = attempts["ts"].max()
    if last is None:
        return attempts
    first = dt.date.fromisoformat(str(last)[:10]) - dt.timedelta(days=days)
    return attempts.filter(pl.col("ts").str.slice(0, 10) > first.isoformat())


def _free(recent: pl.DataFrame, held: Sequence[Row], policy: Policy) -> irt.Calibration:
    """Fit with anchors free but for their c, on a scale of its own."""
    answers = responses(recent)
    c = {row["item"]: row["c"] for row in held if row["c"] > 0.0}
    groups = grouping(persons(recent), strata=policy.strata, fewest=policy.fewest_persons_a_group)
    return irt.calibrate(
        answers,
        ["3PL" if item in c else "2PL" for item in answers.items],
        guessing=[c.get(str(item)) for item in answers.items],
        groups=groups.labels,
        reference=groups.reference,
        start=parameters(held),
        max_passes=policy.most_passes,
    )


def _only(fit: irt.Calibration, known: irt.ItemParameters) -> Estimates:
    """The free estimates of the anchors alone: other items are not tested, and share no false discovery rate."""
    place = {item: i for i, item in enumerate(fit.items)}
    at = np.array([place[item] for item in known.items])
    return Estimates(
        irt.ItemParameters(known.items, fit.a[at], fit.b[at], fit.c[at]), fit.se_a[at], fit.se_b[at]
    )


def _column(rows: Sequence[Row], name: str) -> irt.models.Floats:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)


def _too_little(number: int, policy: Policy, days: int) -> str:
    return (
        f"{number} anchors have {policy.fewest_responses} answers of the last {days} days; "
        f"{_FEWEST_COMPARED} are needed to see which of them moved"
    )
