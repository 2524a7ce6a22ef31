"""What holds an exam's scale tonight: anchors compared with fresh answers, those that drift dropped, new ones named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from msgspec import structs

import irt
from irt.drift import Estimates, drift
from irt.errors import InvalidParameters
from irt.linking import link
from orchestration.groups import grouping
from orchestration.lifecycle.edits import Key
from orchestration.lifecycle.fits import parameters
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Anchor
from orchestration.snapshot import persons, responses

Row = Mapping[str, Any]
#: Fewer items on either side of a link do not show which of them moved.
_FEWEST_COMPARED = 4


@dataclass(frozen=True)
class Compared:
    """Anchors beside a fit in which they are free: effects by name of item, and the link. Empty: not compared.

    An effect has distance, q_value (null where a slope is not positive), sentence, a_now, b_now, n_now.
    """

    effects: Mapping[str, Row] = field(default_factory=dict)
    link: Mapping[str, Any] = field(default_factory=dict)


def compared(attempts: pl.DataFrame, frozen: Sequence[Row], policy: Policy) -> Compared:
    """Fit the answers of the last `drift_days` with anchors free, link robustly, and say how far each moved.

    `attempts`: usable, cosmetic edits pooled; `frozen`: rows of `scales.anchors` that are not dropped.
    """
    recent = _recent(attempts, policy.drift_days)
    counts = dict(recent["item"].value_counts().iter_rows())
    held = [row for row in frozen if counts.get(row["item"], 0) >= policy.fewest_responses]
    if len(held) < _FEWEST_COMPARED:
        return Compared(link={"not_compared": _too_little(len(held), policy)})
    enough = [item for item, n in counts.items() if n >= policy.fewest_responses]
    recent = recent.filter(pl.col("item").is_in(enough))
    fit = _free(recent, held, policy)
    known = parameters(held)
    if known is None or not fit.converged:
        return Compared(link={"not_compared": f"the fit with anchors free: {fit.reason_stopped}"})
    try:
        line = link(fit.parameters, known)
        errors = (_column(held, "se_a"), _column(held, "se_b"))
        effects = drift(
            Estimates(known, *errors), _only(fit, known), link=line, level=policy.drift_level
        ).to_dicts()
    except InvalidParameters as error:
        return Compared(link={"not_compared": str(error)})
    said = {"A": line.A, "B": line.B, "n_used": len(held) - len(line.dropped), "n_dropped": len(line.dropped)}
    return Compared(
        {
            row["item"]: {
                **{name: row[name] for name in ("distance", "q_value", "sentence")},
                "a_now": row["a_after"],
                "b_now": row["b_after"],
                "n_now": counts[row["item"]],
            }
            for row in effects
            if row["distance"] is not None
        },
        {**said, "method": line.method, "days": policy.drift_days, "n_responses": recent.height},
    )


def verdicts(
    anchors: Sequence[Row], found: Compared, voided: Mapping[Key, int], policy: Policy
) -> list[Anchor]:
    """Return what tonight says of each item that holds the scale or may come to; dropped ones say no more."""
    said = []
    for row in anchors:
        if row["state"] == "dropped":
            continue
        key = row["question_id"], row["version"]
        effect = found.effects.get(row["item"], {})
        verdict, reason = _verdict(row, effect, voided.get(key), policy)
        said.append(
            Anchor(
                question_id=key[0],
                version=key[1],
                item=row["item"],
                verdict=verdict,  # type: ignore[arg-type]
                a_frozen=row["a"],
                b_frozen=row["b"],
                reason=reason,
                **{name: effect.get(name) for name in ("distance", "q_value", "a_now", "b_now", "n_now")},
            )
        )
    return said


def since_drift(attempts: pl.DataFrame, anchors: Sequence[Row]) -> pl.DataFrame:
    """Leave out answers to items that drifted, up to the run that found it: what drifted is another item than it was.

    Pooled, they would be fitted by a curve that it never had, and learners of today be judged by it. `attempts`:
    cosmetic edits pooled, timestamps text in ISO's order, UTC; `anchors`: rows of `scales.anchors`.
    """
    dropped = {
        row["item"]: row["dropped_after"].astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
        for row in anchors
        if row.get("dropped_after") is not None
    }
    if not dropped:
        return attempts
    gone = pl.DataFrame({"item": [*dropped], "dropped_after": [*dropped.values()]})
    return (
        attempts.join(gone, on="item", how="left", maintain_order="left")
        .filter(pl.col("dropped_after").is_null() | (pl.col("ts").str.slice(0, 19) > pl.col("dropped_after")))
        .drop("dropped_after")
    )


def promotable(said: Sequence[Anchor], rows: Sequence[Row], policy: Policy) -> list[Anchor]:
    """Return the verdicts, in which only items that tonight's serving rows know well enough are promoted."""
    known = {(row["question_id"], row["version"]) for row in rows if _well_known(row, policy)}
    return [
        structs.replace(
            each, verdict="probation", reason="it stood its probation, but is not known well enough"
        )
        if each.verdict == "promoted" and (each.question_id, each.version) not in known
        else each
        for each in said
    ]


def newcomers(
    rows: Sequence[Row], known: Collection[Key], names: Mapping[Key, str], policy: Policy
) -> list[Anchor]:
    """Return the items of the serving fit that are known well enough to hold the scale, and do not yet."""
    return [
        Anchor(
            question_id=row["question_id"],
            version=row["version"],
            item=names[row["question_id"], row["version"]],
            verdict="new",
            a_frozen=row["a"],
            b_frozen=row["b"],
            n_now=row["n_respondents"],
        )
        for row in rows
        if (row["question_id"], row["version"]) not in known and _well_known(row, policy)
    ]


def too_few(
    said: Sequence[Anchor], anchored: Collection[Key], answered: Collection[str], policy: Policy
) -> str | None:
    """Return why the scale cannot be held, or None; `anchored`: items that held it until tonight."""
    left = [
        each
        for each in said
        if (each.question_id, each.version) in anchored and each.verdict == "held" and each.item in answered
    ]
    if len(left) >= policy.fewest_anchors:
        return None
    dropped = sum(each.verdict == "dropped" for each in said)
    return (
        f"{len(left)} anchors are left ({dropped} dropped tonight), and {policy.fewest_anchors} are needed to hold the "
        "scale. Nothing is published. Look at what changed in the dropped items; if the change is real, define the "
        "scale anew: materialize item_calibration_candidate with `new_scale: true`"
    )


def _verdict(row: Row, effect: Row, voided: int | None, policy: Policy) -> tuple[str, str]:
    if voided is not None:
        return "dropped", f"its key was changed in version {voided}"
    moved = effect and effect["distance"] > policy.drift_effect
    if moved and (effect["q_value"] is None or effect["q_value"] < policy.drift_level):
        return "dropped", effect["sentence"]
    if row["state"] == "anchor":
        return "held", effect.get("sentence", "")
    if effect and row["runs_passed"] + 1 >= policy.probation_runs:
        return "promoted", f"did not drift in {policy.probation_runs} published runs"
    return "probation", effect.get("sentence", "")


def _well_known(row: Row, policy: Policy) -> bool:
    return (
        row["status"] == "ok"
        and row["a"] > 0.0
        and row["se_b"] is not None
        and row["se_b"] <= policy.anchor_se_b
        and row["n_respondents"] >= policy.few_responses
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


def _too_little(number: int, policy: Policy) -> str:
    return (
        f"{number} anchors have {policy.fewest_responses} answers of the last {policy.drift_days} days; "
        f"{_FEWEST_COMPARED} are needed to see which of them moved"
    )
