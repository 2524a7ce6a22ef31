"""An exam between nights: what the database would say of it after a run went live, without the database."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from database.queries.scales import Scale
from orchestration.lifecycle.edits import lineage
from orchestration.lifecycle.night import Known, Made
from orchestration.lifecycle.policy import policy
from orchestration.snapshot import persons
from tests.orchestration.attempts import OPTIONS, simulated

SCALE = Scale("E", 1, uuid.UUID(int=1), 0.0, 1.0)


def first_night(edits: Sequence[tuple[int, int, str, int]] = (), **rules: Any) -> Known:
    """Know an exam of the 20 items of `attempts`; `edits`: (question, version, kind, based on)."""
    versions = [(number, 1, None, None) for number in range(1, 21)] + list(edits)
    rows = [
        {
            "question_id": question,
            "version": version,
            "item": name(question, version),
            "edit_kind": kind,
            "based_on": base,
        }
        for question, version, kind, base in sorted(versions, key=lambda each: each[:2])
    ]
    return Known(policy("E", rules), lineage(rows), OPTIONS, [], None, [])


def name(question: int, version: int) -> str:
    """Name an item as the pipeline does."""
    return f"I{question}" + (f"@{version}" if version > 1 else "")


def next_night(known: Known, made: Made, **rules: Any) -> Known:
    """Know the exam after what was made went live, and its anchors were frozen."""
    live = [
        row
        | {"item": name(row["question_id"], row["version"]), "serving": row["model"] == made.serving_model}
        for row in made.rows
        if row["status"] != "set aside"
    ]
    served = {(row["question_id"], row["version"]): row for row in live if row["serving"]}
    frozen = ("item", "question_id", "version", "a", "b", "c", "se_a", "se_b")
    anchors = list(known.anchors) + [
        {each: served[key][each] for each in frozen}
        | {"state": "anchor" if made.lifecycle.defines_scale else "probation", "runs_passed": 0}
        for said in made.lifecycle.anchors
        if said.verdict == "new"
        for key in [(said.question_id, said.version)]
    ]
    return replace(
        known, policy=policy("E", rules) if rules else known.policy, live=live, scale=SCALE, anchors=anchors
    )


def others(exam: int, tutor: int = 0, **how: Any) -> pl.DataFrame:
    """First attempts of other learners, a month after those of `simulated`."""
    later = pl.col("week") + pl.duration(days=35)
    return simulated(exam, tutor, **how).with_columns(
        pl.format("later {}", "person_id").alias("person_id"),
        pl.format("later {}", "user_id").alias("user_id"),
        later.alias("week"),
        pl.format("{} 10:00:00+00", later.cast(pl.String)).alias("ts"),
    )


def version(attempts: pl.DataFrame, question: int, number: int, share: float = 1.0) -> pl.DataFrame:
    """Let a share of the persons have answered another version of a question."""
    who = persons(attempts)["person_id"]
    met = who.gather(range(int(share * len(who))))
    edited = (pl.col("question_id") == question) & pl.col("person_id").is_in(met.implode())
    return attempts.with_columns(
        pl.when(edited).then(number).otherwise("version").alias("version"),
        pl.when(edited).then(pl.lit(name(question, number))).otherwise("item").alias("item"),
    )
