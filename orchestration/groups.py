"""Which calibration persons have an ability distribution of their own in a fit, and which of them set the scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.models import Floats

# Mean and SD of fewer persons would be known too badly to be worth two parameters.
FEWEST_PERSONS = 100
# Nothing is explained in exam mode before the end, so what it shows is not helped by what was just read.
REFERENCE = "exam"


@dataclass(frozen=True)
class Grouping:
    """The mode of each person where modes are groups of the fit, else None; and why."""

    labels: tuple[str, ...] | None
    reason: str

    @property
    def reference(self) -> str | None:
        """The group that is N(0, 1)."""
        return None if self.labels is None else REFERENCE

    @property
    def settings(self) -> dict[str, Any]:
        """What identifies a run."""
        return {"by_mode": self.labels is not None, "reference": self.reference, "reason": self.reason}


def grouping(persons: pl.DataFrame) -> Grouping:
    """Decide for the persons of `snapshot.persons`."""
    counts = dict(persons["mode"].value_counts(sort=True).iter_rows())
    if len(counts) < 2:
        mode = next(iter(counts), None)
        return Grouping(None, "there are no persons" if mode is None else f"all persons are of mode {mode}")
    few = {mode: n for mode, n in counts.items() if n < FEWEST_PERSONS}
    if few:
        thin = ", ".join(f"{n} of mode {mode}" for mode, n in sorted(few.items()))
        return Grouping(None, f"pooled, for there are only {thin}; {FEWEST_PERSONS} are needed for a group")
    said = f"{REFERENCE} mode is N(0, 1), for its answers are not helped by explanations"
    return Grouping(tuple(persons["mode"]), said)


def figures(latent: irt.Latent) -> list[dict[str, Any]]:
    """Return what a fit found of each group as plain values; group is None where all are one."""
    rows = latent.table().rename({"n": "n_persons"}).to_dicts()
    for row, label in zip(rows, latent.groups, strict=True):
        row["group"] = label
    return rows


def priors(found: list[Mapping[str, Any]], persons: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return mean and SD of ability before the answers for each person, by the groups of a fit (`figures`)."""
    known = {row["group"]: (row["mean"], row["sd"]) for row in found}
    of = [known[mode if mode in known else None] for mode in persons["mode"]]
    mean, sd = np.array(of, dtype=np.float64).reshape(-1, 2).T
    return mean, sd
