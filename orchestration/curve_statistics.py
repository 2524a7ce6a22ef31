"""What publishing says by the curves of a run: points beside them, drift by week, abilities of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.drift_weeks import drift_by_week
from irt.empirical import by_band
from orchestration.groups import priors
from orchestration.parameters import of_rows
from orchestration.snapshot import in_order_of, items, persons, responses

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]
ABILITY = ("theta", "se", "theta_latent", "se_latent", "n_responses")
POINTS = ("theta", "n", "observed", "expected", "se", "residual")


class Curves:
    """The curves of one model of a run, and the answers and persons that they are held against."""

    def __init__(self, attempts: pl.DataFrame, model: str, rows: Sequence[Row], fit: Row) -> None:
        """`rows` are candidate rows, `fit` what the run says of the model's fit."""
        self.model, self.attempts, self.named = model, attempts, items(attempts)
        names = {(row[1], row[2]): row[0] for row in self.named.iter_rows()}
        # An item without usable answers has a curve, and nothing to hold against it.
        own = [
            row
            for row in rows
            if row["model"] == model
            and row["status"] != "set aside"
            and (row["question_id"], row["version"]) in names
        ]
        self.parameters = of_rows(own, [names[row["question_id"], row["version"]] for row in own])
        self.persons = persons(attempts)
        self.mean, self.sd = priors(fit["groups"], self.persons) if own else (np.empty(0), np.empty(0))
        self.answers = responses(attempts) if own else None

    def points(self) -> Rows:
        """Return rows of item_curve_points: bands of theta in which enough answers are expected."""
        if self.answers is None:
            return []
        found = by_band(self.answers, self.parameters, mean=self.mean, sd=self.sd)
        item, band = np.nonzero(np.isfinite(found.observed))
        columns = {name: pl.Series(getattr(found, name)[item, band]).fill_nan(None) for name in POINTS}
        frame = pl.DataFrame(
            {"item": [found.items[i] for i in item], "model": self.model, "band": band + 1} | columns
        )
        return self._keyed(frame)

    def drift(self) -> Rows:
        """Return rows of item_drift_weeks."""
        if self.answers is None:
            return []
        week = in_order_of(self.answers, self.attempts, "week").cast(pl.String)
        found = drift_by_week(self.answers, self.parameters, week, mean=self.mean, sd=self.sd)
        columns = ("item", "week", "n", "observed", "expected", "se", "z", "drifted")
        return self._keyed(found.select(columns).with_columns(pl.col("week").str.to_date()))

    def windows(self, prior: tuple[float, float]) -> pl.DataFrame:
        """Return the ability of each person: user_id, mode, window_start, last, n_responses, and twice an EAP.

        theta, se: under `prior`, mean and SD that are fixed with the scale, so that nobody's score moves because
        others have answered. theta_latent, se_latent: under the distribution that the run found for the person's group.
        """
        if self.answers is None:
            return pl.DataFrame()
        mean, sd = prior
        fixed = irt.score(self.answers, self.parameters, mean=mean, sd=sd)
        latent = irt.score(self.answers, self.parameters, mean=self.mean, sd=self.sd)
        return self.persons.with_columns(
            theta=pl.Series(fixed.theta),
            se=pl.Series(fixed.se),
            theta_latent=pl.Series(latent.theta),
            se_latent=pl.Series(latent.se),
            n_responses=pl.Series(fixed.n),
        ).filter(pl.col("n_responses") > 0)

    def _keyed(self, frame: pl.DataFrame) -> Rows:
        """Rows by the item's own key in place of its name."""
        return frame.join(self.named, on="item", how="left", maintain_order="left").drop("item").to_dicts()


def ability_windows(windows: pl.DataFrame) -> Rows:
    """Return rows of person_ability_windows."""
    if not windows.height:
        return []
    return windows.select("user_id", "window_start", "mode", *ABILITY).to_dicts()


def abilities(windows: pl.DataFrame) -> Rows:
    """Return rows of person_ability: of each learner's windows the newest, and of its modes the last one used."""
    if not windows.height:
        return []
    newest = windows.sort("window_start", "last").unique("user_id", keep="last", maintain_order=True)
    return newest.sort("user_id").select("user_id", *ABILITY).to_dicts()
