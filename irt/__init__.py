"""Item response theory for a question bank: calibration, scoring, fit, DIF, linking, drift, selection.

Pure functions over arrays: no files, clock, environment or global random numbers. Item parameters are in the
D = 1.7 metric everywhere (`irt.models`). Answers are sparse, one row each (`irt.Responses`).

    responses = irt.Responses.from_long(person, item, correct)
    fit = irt.calibrate(responses, "2PL")
    scores = irt.score(responses, fit)

Errors are those of `irt.errors`. The rooms behind: `irt.fit` (does the model hold?), `irt.dif`, `irt.linking`,
`irt.choice`, `irt.drift`, `irt.drift_weeks`, `irt.information`,
`irt.position`, `irt.classical`, `irt.selection`, `irt.simulation`, `irt.plots`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from irt import classical, errors, information, models
from irt.calibrate import calibrate
from irt.latent import Latent, Quadrature, strata
from irt.models import ItemParameters
from irt.priors import Beta, LogNormal, Normal, Priors
from irt.responses import Responses
from irt.results import Calibration, Pass
from irt.score import Scores, eap, plausible_values, score

#: Loaded when first used: whoever asks for the next item need not wait for pictures or fit statistics.
_LATER = (
    "choice", "dif", "drift", "drift_weeks", "fit", "linking", "plots", "position", "selection", "simulation",
)  # fmt: skip

if TYPE_CHECKING:
    from irt import choice, dif, drift, drift_weeks, fit, linking, plots, position, selection, simulation
else:

    def __getattr__(name: str) -> object:
        if name in _LATER:
            return import_module(f"irt.{name}")
        raise AttributeError(f"module 'irt' has no attribute {name!r}")


__all__ = [
    "Beta",
    "Calibration",
    "ItemParameters",
    "Latent",
    "LogNormal",
    "Normal",
    "Pass",
    "Priors",
    "Quadrature",
    "Responses",
    "Scores",
    "calibrate",
    "choice",
    "classical",
    "dif",
    "drift",
    "drift_weeks",
    "eap",
    "errors",
    "fit",
    "information",
    "linking",
    "models",
    "plausible_values",
    "plots",
    "position",
    "score",
    "selection",
    "simulation",
    "strata",
]
