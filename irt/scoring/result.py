"""What scoring returns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.models import Floats
from irt.responses import label_series
from irt.scoring.maximum_kernels import (
    AT_HIGH,
    AT_LOW,
    FLAT,
    FOUND,
    NO_ANSWER,
    RISES_DOWN,
    RISES_UP,
    Codes,
)

OK, NO_ESTIMATE, AT_BOUND = "ok", "no estimate", "at bound"

#: Status and reason by code of the kernels.
_SAID = {
    FOUND: (OK, ""),
    NO_ANSWER: (NO_ESTIMATE, "no answer to an item with parameters"),
    RISES_DOWN: (NO_ESTIMATE, "the likelihood is highest at theta = -6 or below, if anywhere"),
    RISES_UP: (NO_ESTIMATE, "the likelihood is highest at theta = 6 or above, if anywhere"),
    FLAT: (NO_ESTIMATE, "the items answered tell nothing about theta"),
    AT_LOW: (AT_BOUND, "the likelihood is highest at the lower bound or below"),
    AT_HIGH: (AT_BOUND, "the likelihood is highest at the upper bound or above"),
}


@dataclass(frozen=True)
class Scores:
    """Ability estimates, shape (persons,): theta, its standard error, and the number of answers used.

    `items_unused` are items of the responses that have no parameters; answers to them say nothing. theta and
    se are NaN where there is no estimate: `status` is then "no estimate" and `reason` says why. At a bound
    that was asked for ("at bound"), theta is the bound and se NaN.
    """

    persons: tuple[Hashable, ...]
    theta: Floats
    se: Floats
    n: NDArray[np.int64]
    items_unused: tuple[Hashable, ...]
    status: tuple[str, ...]
    reason: tuple[str, ...]
    method: str

    def table(self) -> pl.DataFrame:
        """One row a person: person, theta, se, n; null for NaN."""
        return pl.DataFrame(
            [
                label_series("person", self.persons),
                pl.Series("theta", self.theta).fill_nan(None),
                pl.Series("se", self.se).fill_nan(None),
                pl.Series("n", self.n),
            ]
        )

    def remarks(self) -> pl.DataFrame:
        """One row a person whose status is not "ok": person, status, reason."""
        said = [i for i, status in enumerate(self.status) if status != OK]
        return pl.DataFrame(
            [
                label_series("person", [self.persons[i] for i in said]),
                pl.Series("status", [self.status[i] for i in said], dtype=pl.String),
                pl.Series("reason", [self.reason[i] for i in said], dtype=pl.String),
            ]
        )


def words(codes: Codes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(status, reason) of each code."""
    status, reason = (
        np.array([_SAID[code][part] for code in range(len(_SAID))], dtype=object)[codes].tolist()
        for part in (0, 1)
    )
    return tuple(status), tuple(reason)
