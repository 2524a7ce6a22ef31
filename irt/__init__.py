"""Item response theory for a question bank: calibration, scoring, information, selection.

Pure functions over arrays: no files, clock, environment or global random numbers. Item parameters are in the
D = 1.7 metric everywhere (`irt.models`). Answers are sparse, one row each (`irt.Responses`).

    responses = irt.Responses.from_long(person, item, correct)
    fit = irt.calibrate(responses, "2PL")
    scores = irt.score(responses, fit)

Errors are those of `irt.errors`; `irt.plots` is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from irt import classical, errors, information, models, selection
from irt.calibrate import calibrate
from irt.latent import Latent, Quadrature, strata
from irt.models import ItemParameters
from irt.priors import Beta, LogNormal, Normal, Priors
from irt.responses import Responses
from irt.results import Calibration, Pass
from irt.score import Scores, eap, plausible_values, score

if TYPE_CHECKING:
    from irt import plots
else:

    def __getattr__(name: str) -> object:
        if name == "plots":
            return import_module("irt.plots")
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
    "classical",
    "eap",
    "errors",
    "information",
    "models",
    "plausible_values",
    "plots",
    "score",
    "selection",
    "strata",
]
