"""girth's marginal maximum likelihood on complete simulated data (logistic metric), as peer and as engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import EngineUnfit


@pytest.fixture(scope="module")
def responses() -> irt.Responses:
    rng = np.random.default_rng(91)
    theta = rng.normal(size=(1500, 1))
    a, b = rng.lognormal(-0.3, 0.3, 15), rng.normal(size=15)
    matrix = (rng.random((1500, 15)) < irt.models.probability(theta, a, b, 0.0)).astype(int)
    return irt.Responses.from_matrix(matrix)


@pytest.mark.parametrize(("model", "near"), [("1PL", 0.005), ("2PL", 0.02)])
def test_both_engines_agree_on_complete_data(responses: irt.Responses, model: str, near: float) -> None:
    ours, theirs = (irt.calibrate(responses, model, engine=engine) for engine in ("native", "girth"))
    assert theirs.slope == pytest.approx(ours.slope, abs=near)
    assert theirs.b == pytest.approx(ours.b, abs=near)
    assert ours.log_likelihood >= theirs.log_likelihood
    assert theirs.log_likelihood == pytest.approx(ours.log_likelihood, abs=0.1)
    assert (theirs.engine, theirs.converged, theirs.se_kind) == ("girth", True, "none")
    assert "girth stopped by its own rule, settled" in theirs.reason_stopped
    assert np.isnan(theirs.se_a).all()


def test_missing_answers_are_missing_to_girth_too(responses: irt.Responses) -> None:
    matrix = np.full((1500, 15), np.nan)
    matrix[responses.person, responses.item] = responses.correct
    matrix[np.random.default_rng(92).random(matrix.shape) < 0.3] = np.nan
    sparse = irt.Responses.from_matrix(matrix)
    ours, theirs = (irt.calibrate(sparse, engine=engine) for engine in ("native", "girth"))
    assert theirs.b == pytest.approx(ours.b, abs=0.15)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "3PL"}, "not a 3PL model"),
        ({"priors": irt.Priors(b=irt.Normal(0, 2))}, "not priors"),
        ({"groups": [0, 1] * 750}, "not groups"),
        ({"anchors": irt.ItemParameters([0], 1.0, 0.0)}, "not anchors"),
    ],
)
def test_what_girth_cannot_do_is_said(responses: irt.Responses, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineUnfit, match=said):
        irt.calibrate(responses, **arguments, engine="girth")
