"""What holds an exam's scale tonight: anchors that drifted go, items after their probation join, new ones begin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from msgspec import structs

from irt.linking import curve_error
from orchestration.lifecycle.drifting import Compared
from orchestration.lifecycle.edits import Key
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Anchor, Choice
from orchestration.parameters import of_rows

Row = Mapping[str, Any]


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
                suspect=verdict == "held" and bool(effect.get("suspect")),
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


def promotable(
    said: Sequence[Anchor], rows: Sequence[Row], chosen: Mapping[str, Choice], policy: Policy
) -> list[Anchor]:
    """Return the verdicts, in which only items that tonight's serving rows know well enough are promoted.

    A curve whose model was chosen by a narrow lead may be the other model's tomorrow: it does not freeze while the two
    differ by more than the curve may be uncertain.
    """
    known = {
        (row["question_id"], row["version"])
        for row in rows
        if _well_known(row, policy) and _curve_error(row) <= policy.promoted_curve_error
    }
    return [
        structs.replace(
            each, verdict="probation", reason="it stood its probation, but is not known well enough"
        )
        if each.verdict == "promoted"
        and ((each.question_id, each.version) not in known or not _settled(chosen.get(each.item), policy))
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
    if effect and effect["drifted"]:
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


def _settled(choice: Choice | None, policy: Policy) -> bool:
    """Whether the item's model leads clearly, or it matters little which it is."""
    if choice is None or choice.lead is None or choice.apart is None:
        return True
    return choice.lead >= policy.promoted_lead or choice.apart <= policy.promoted_curve_error


def _curve_error(row: Row) -> float:
    item = of_rows([{"item": "", **row}])
    errors = ([np.nan if row[name] is None else row[name]] for name in ("se_a", "se_b"))
    return float(curve_error(item, *(np.array(each, dtype=np.float64) for each in errors))[0])
