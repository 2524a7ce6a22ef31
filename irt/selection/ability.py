"""Ability of one learner in the midst of a session, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument
from irt.information import standard_error
from irt.models import Floats, ItemParameters
from irt.posterior import Posterior
from irt.responses import Responses
from irt.score import score

Method = Literal["EAP", "MAP", "WLE", "ML"]
METHODS: Final = ("EAP", "MAP", "WLE", "ML")
#: Slope (D = 1.7 metric) of the two imaginary items by which ML has an estimate whatever was answered.
FENCE_SLOPE: Final = 3.0


@dataclass(frozen=True, eq=False)
class Answers:
    """What counts for ability: answers 0/1 and the parameters of the items, shape (answers,), D = 1.7 metric."""

    correct: Floats
    a: Floats
    b: Floats
    c: Floats

    @classmethod
    def of(cls, correct: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Answers:
        """Take whatever becomes arrays of numbers."""
        return cls(*(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (correct, a, b, c)))


@dataclass(frozen=True, eq=False)
class Ability:
    """theta and its standard error; the posterior under the prior, whatever the method."""

    theta: float
    se: float
    posterior: Posterior


def ability(
    answers: Answers,
    *,
    method: Method = "EAP",
    mean: float = 0.0,
    sd: float = 1.0,
    fences: tuple[float, float] = (-4.0, 4.0),
) -> Ability:
    """Estimate theta from what was answered so far. Without an answer it is the prior's mean, with its sd.

    "EAP", "MAP" and "WLE" as `irt.score` has them, WLE not beyond the fences. "ML" is maximum likelihood with
    fences (Han 2016): an easy item at the lower one counts as right and a hard one at the upper as wrong, so that
    there is a maximum between them; the standard error is that of the items alone.

    Args:
        answers: of the session; items that are piloted are not among them.
        method: one of the four.
        mean: of theta ~ N(mean, sd) before the session.
        sd: likewise.
        fences: bounds of WLE and ML.

    Raises:
        InvalidArgument: an unknown method, or fences that do not go up.
        InvalidResponses, InvalidParameters: as `Posterior.of`.
    """
    if method not in METHODS:
        raise InvalidArgument(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not (np.isfinite(fences).all() and fences[0] < fences[1]):
        raise InvalidArgument(f"fences must go up from low to high, not {fences}")
    known = Posterior.of(answers.correct, answers.a, answers.b, answers.c, mean=mean, sd=sd)
    if method == "EAP" or not len(answers.correct):
        return Ability(known.mean, known.sd, known)
    if method == "ML":
        theta = _between(answers, fences)
        return Ability(theta, _error(theta, answers), known)
    responses, items = _alone(answers)
    if method == "MAP":
        found = score(responses, items, method="MAP", mean=mean, sd=sd, threads=1)
    else:
        found = score(responses, items, method="WLE", bounds=fences, threads=1)
    theta, se = float(found.theta[0]), float(found.se[0])
    # At a fence WLE has no error of its own; the items have.
    return Ability(theta, se if np.isfinite(se) else _error(theta, answers), known)


def _between(answers: Answers, fences: tuple[float, float]) -> float:
    """The maximum of the likelihood with an item at either fence."""
    fenced = Answers(
        np.append(answers.correct, [1.0, 0.0]),
        np.append(answers.a, [FENCE_SLOPE, FENCE_SLOPE]),
        np.append(answers.b, fences),
        np.append(answers.c, [0.0, 0.0]),
    )
    return float(score(*_alone(fenced), method="ML", bounds=fences, threads=1).theta[0])


def _alone(answers: Answers) -> tuple[Responses, ItemParameters]:
    """The answers as those of one person."""
    n = len(answers.correct)
    items = range(n)
    responses = Responses.from_codes(
        np.zeros(n, dtype=np.int64), np.arange(n), answers.correct, ["learner"], items
    )
    return responses, ItemParameters(items, answers.a, answers.b, answers.c)


def _error(theta: float, answers: Answers) -> float:
    return float(standard_error(theta, answers.a, answers.b, answers.c))
