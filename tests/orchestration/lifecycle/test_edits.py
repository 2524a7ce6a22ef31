"""Cosmetic edits are pooled with what they edit; a changed key takes every answer before it out of the fit."""

from __future__ import annotations

import polars as pl

from orchestration.lifecycle.edits import lineage, pooled, without_voided

ROWS = [
    {"question_id": 1, "version": 1, "item": "A", "edit_kind": None, "based_on": None},
    {"question_id": 1, "version": 2, "item": "A@2", "edit_kind": "cosmetic", "based_on": 1},
    {"question_id": 1, "version": 3, "item": "A@3", "edit_kind": "cosmetic", "based_on": 2},
    {"question_id": 1, "version": 4, "item": "A@4", "edit_kind": "wording", "based_on": 3},
    {"question_id": 2, "version": 1, "item": "B", "edit_kind": None, "based_on": None},
    {"question_id": 2, "version": 2, "item": "B@2", "edit_kind": "options", "based_on": 1},
    {"question_id": 2, "version": 3, "item": "B@3", "edit_kind": "key", "based_on": 2},
]


def attempts() -> pl.DataFrame:
    rows = [(row["question_id"], row["version"], row["item"]) for row in ROWS]
    frame = pl.DataFrame(rows, schema=["question_id", "version", "item"], orient="row")
    return frame.with_columns(disposition=pl.lit("usable"))


def test_a_line_of_cosmetic_edits_is_one_item() -> None:
    known = lineage(ROWS)
    assert [known.root((1, version)) for version in (1, 2, 3, 4)] == [(1, 1), (1, 1), (1, 1), (1, 4)]
    assert [copy.item for copy in known.copies()] == ["A@2", "A@3"]
    assert pooled(attempts(), known)["item"].to_list() == ["A", "A", "A", "A@4", "B", "B@2", "B@3"]


def test_a_changed_key_voids_what_was_answered_before_it() -> None:
    known = lineage(ROWS)
    assert known.voided == {(2, 1): 3, (2, 2): 3}
    said = without_voided(attempts(), known)["disposition"].to_list()
    assert said == ["usable"] * 4 + ["voided"] * 2 + ["usable"]


def test_every_edit_identifies_a_run() -> None:
    assert lineage(ROWS).settings()[-1] == [2, 3, "key", 2]
    assert len(lineage(ROWS).settings()) == 5
    assert lineage(ROWS[:1]).settings() == []
