"""girth as the engine of a fit: 1PL and 2PL by its marginal maximum likelihood, on what it supports.

A second opinion from other people's code (Sanchez 2021, girth 0.8). It solves b from each item's proportion
correct, keeps slopes above 0.2 and stops by a rule of its own: on complete data it agrees with the maximum to
0.001, on sparse data b is off by some hundredths.
"""

from __future__ import annotations

import warnings

import numpy as np

from irt.errors import EngineUnfit
from irt.estimation.accelerate import Climb, to_vector
from irt.estimation.maximize import Point
from irt.estimation.prior_terms import INTERCEPT, SLOPE
from irt.estimation.problem import Problem
from irt.models import Floats
from irt.responses import Responses
from irt.results import Pass
from irt.specify import Asked

#: girth has no word on convergence: one EM step of ours from where it stopped must not go further than that.
SETTLED = 0.02
#: Its matrix of persons by items, and what it makes of that, must fit into memory.
MOST_CELLS = 200_000_000


def check(asked: Asked, n_groups: int, shape: str) -> None:
    """Refuse what girth has no estimator for.

    Raises:
        EngineUnfit: another model than 1PL or 2PL for all items, priors, groups, anchors, starting values or a
            histogram.
    """
    unfit = None
    if asked.name not in ("1PL", "2PL"):
        unfit = f"a {asked.name} model (its 3PL fails on current numpy)"
    elif (asked.specification.priors != 0.0).any() or (asked.specification.shared_prior != 0.0).any():
        unfit = "priors"
    elif n_groups > 1 or shape != "normal":
        unfit = "groups or a histogram"
    elif asked.anchored.any():
        unfit = "anchors"
    elif np.isfinite(asked.start).any():
        unfit = "starting values"
    if unfit is not None:
        raise EngineUnfit(
            f"girth fits a 1PL or 2PL by maximum likelihood, not {unfit}: take the native engine"
        )


def climb(problem: Problem, asked: Asked, start: Point) -> Climb:
    """The estimates of girth, with the likelihood and gradient that they have at our nodes."""
    responses = problem.responses
    if responses.n_persons * responses.n_items > MOST_CELLS:
        raise EngineUnfit(
            f"girth needs the whole matrix of {responses.n_persons:,} persons by {responses.n_items:,} items: "
            "take the native engine"
        )
    point = Point(_parameters(problem.theta, responses, asked.name), start.population)
    expected = problem.expect(point, problem.open_windows())
    ascent = problem.maximize(expected, point)
    spec = problem.specification
    change = float(np.abs(to_vector(spec, ascent.point) - to_vector(spec, point)).max())
    gradient = float(np.abs(ascent.gradient).max())
    one = Pass(1, expected.log_likelihood, expected.log_likelihood, gradient, change, accepted=True)
    return Climb(
        point,
        expected.log_likelihood,
        expected.log_likelihood,
        gradient,
        expected,
        converged=change <= SETTLED,
        trace=(one,),
    )


def _parameters(theta: Floats, responses: Responses, model: str) -> Floats:
    """Shape (items, 3), logistic metric."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, at import and at the edges of its search
        import girth  # noqa: PLC0415 - slow, and only needed here

        matrix = np.full((responses.n_items, responses.n_persons), -1, dtype=np.int64)
        matrix[responses.item, responses.person] = responses.correct
        tagged = girth.tag_missing_data(matrix, [0, 1])
        options = {"quadrature_n": len(theta), "quadrature_bounds": (float(theta[0]), float(theta[-1]))}
        found = (girth.onepl_mml if model == "1PL" else girth.twopl_mml)(tagged, options=options)
    out = np.zeros((responses.n_items, 3))
    out[:, SLOPE] = found["Discrimination"]
    out[:, INTERCEPT] = -out[:, SLOPE] * np.asarray(found["Difficulty"]).ravel()
    return out
