"""What becomes of answers and parameters when a question is edited: pooled, voided, taken as prior, or afresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

Key = tuple[int, int]
VOIDED = "voided"


@dataclass(frozen=True)
class Version:
    """A version of a question that learners have met; `based_on` and `edit_kind` are None for a first one."""

    question_id: int
    version: int
    item: str
    edit_kind: str | None
    based_on: int | None

    @property
    def key(self) -> Key:
        """The item: (question, version)."""
        return self.question_id, self.version


@dataclass(frozen=True)
class Lineage:
    """Which version edits which. `voided`: by version, the later one that changed its key."""

    versions: Mapping[Key, Version]
    voided: Mapping[Key, int]

    def root(self, key: Key) -> Key:
        """The version whose item a version is: the first of a line of cosmetic edits."""
        version = self.versions.get(key)
        while version is not None and version.edit_kind == "cosmetic" and version.based_on is not None:
            key = (version.question_id, version.based_on)
            version = self.versions.get(key)
        return key

    def copies(self) -> list[Version]:
        """Versions that are another one's item, by question and version."""
        return [each for each in self.versions.values() if self.root(each.key) != each.key]

    def settings(self) -> list[list[Any]]:
        """What of it identifies a run: every edit that is not a first version."""
        return [
            [each.question_id, each.version, each.edit_kind, each.based_on]
            for each in self.versions.values()
            if each.edit_kind is not None
        ]


def lineage(rows: Sequence[Mapping[str, Any]]) -> Lineage:
    """Return the lineage of the rows of `calibrations.versions`."""
    versions = {each.key: each for each in (Version(**row) for row in rows)}
    changed: dict[int, int] = {}
    for each in versions.values():
        if each.edit_kind == "key":
            changed[each.question_id] = max(each.version, changed.get(each.question_id, 0))
    voided = {key: changed[key[0]] for key in versions if key[1] < changed.get(key[0], 0)}
    return Lineage(versions, voided)


def without_voided(attempts: pl.DataFrame, known: Lineage) -> pl.DataFrame:
    """Return the attempts with disposition "voided" where the key that judged them was changed since."""
    gone = _keyed([*known.voided], "gone", [True] * len(known.voided), pl.Boolean)
    return (
        attempts.join(gone, on=["question_id", "version"], how="left", maintain_order="left")
        .with_columns(pl.when("gone").then(pl.lit(VOIDED)).otherwise("disposition").alias("disposition"))
        .drop("gone")
    )


def pooled(attempts: pl.DataFrame, known: Lineage) -> pl.DataFrame:
    """Return the attempts with `item` the name under which they calibrate: cosmetic edits join their base."""
    copies = known.copies()
    names = [known.versions[known.root(each.key)].item for each in copies]
    joined = _keyed([each.key for each in copies], "base", names, pl.String)
    return (
        attempts.join(joined, on=["question_id", "version"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("base", "item").alias("item"))
        .drop("base")
    )


def _keyed(keys: Sequence[Key], name: str, values: Sequence[Any], kind: type[pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(
        {"question_id": [key[0] for key in keys], "version": [key[1] for key in keys], name: values},
        schema={"question_id": pl.Int64, "version": pl.Int64, name: kind},
    )
