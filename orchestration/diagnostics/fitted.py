"""A fit of a run, read back from its candidate rows, beside the answers and persons that it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.models import Floats
from irt.stored import normal_latent, stored_calibration
from orchestration.groups import priors
from orchestration.snapshot import items, persons, responses

Row = Mapping[str, Any]
#: A million answers tell misfit that matters from chance; more would only cost time and memory.
MOST_ANSWERS = 1_000_000
_COLUMNS = ("a", "b", "c", "se_a", "se_b", "se_c", "status", "reason")


@dataclass(frozen=True)
class Fitted:
    """One model of a run.

    attempts: usable ones, of the persons looked at; persons in the order of `answers`. groups: the latent group of
    each person, None where all are one. mean, sd: of each person's ability before the answers.
    """

    model: str
    attempts: pl.DataFrame
    answers: irt.Responses
    persons: pl.DataFrame
    named: pl.DataFrame
    calibration: irt.Calibration
    groups: tuple[int, ...] | None
    mean: Floats
    sd: Floats

    @property
    def population(self) -> tuple[float, float]:
        """Mean and SD of ability of all persons together."""
        mean = float(self.mean.mean())
        return mean, float(np.sqrt((self.sd**2 + self.mean**2).mean() - mean**2))


def sampled(attempts: pl.DataFrame, rng: np.random.Generator, most: int = MOST_ANSWERS) -> pl.DataFrame:
    """Return the attempts of as many persons, chosen at random, as have at most so many answers together."""
    if attempts.height <= most:
        return attempts
    counts = attempts.group_by("person_id", maintain_order=True).len()
    order = rng.permutation(counts.height)
    within = np.cumsum(counts["len"].to_numpy()[order]) <= most
    chosen = counts["person_id"].gather(np.sort(order[within]).tolist())
    return attempts.filter(pl.col("person_id").is_in(chosen.implode()))


def fitted(attempts: pl.DataFrame, model: str, rows: Sequence[Row], fit: Row) -> Fitted | None:
    """Return the fit of `model` by candidate rows and what the run says of it; None where it fitted nothing.

    `attempts` are usable ones, all or those of some persons.
    """
    own = [row for row in rows if row["model"] == model and row["a"] is not None]
    if not own or not attempts.height:
        return None
    named = items(attempts)
    names = {(row[1], row[2]): row[0] for row in named.iter_rows()}
    table = pl.DataFrame(
        [
            {"item": names[row["question_id"], row["version"]], "model": row["item_model"] or row["model"]}
            | {name: row[name] for name in _COLUMNS}
            for row in own
            if (row["question_id"], row["version"]) in names
        ],
        schema_overrides={"reason": pl.String, "se_c": pl.Float64},
        infer_schema_length=None,
    )
    who = persons(attempts)
    mean, sd = priors(fit["groups"], who)
    pairs, code = np.unique(np.stack([mean, sd], axis=1), axis=0, return_inverse=True)
    one = len(pairs) == 1
    latent = normal_latent(
        (None,) if one else tuple(range(len(pairs))), pairs[:, 0], pairs[:, 1], np.bincount(code.ravel())
    )
    answers = responses(attempts)
    return Fitted(
        model=model,
        attempts=attempts,
        answers=answers,
        persons=who,
        named=named,
        calibration=stored_calibration(answers, table, latent),
        groups=None if one else tuple(code.ravel().tolist()),
        mean=mean,
        sd=sd,
    )
