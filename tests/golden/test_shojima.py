"""J15S500, 2PL and 3PL posterior modes and EAP scores, against Shojima's printed tables (logistic metric)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import irt

HERE = Path(__file__).parent
NODES = irt.Quadrature(nodes=17, low=-3.2, high=3.2)
PRIORS = irt.Priors(slope=irt.LogNormal(0.0, 0.5), b=irt.Normal(0.0, 2.0), c=irt.Beta(2.0, 5.0))


@pytest.mark.parametrize("model", ["2PL", "3PL"])
def test_estimates_and_scores_to_a_thousandth(model: str) -> None:
    matrix = pl.read_csv(HERE / "j15s500.csv").drop("person").to_numpy()
    printed = pl.read_csv(HERE / f"j15s500_shojima_{model.lower()}.csv")
    scores = pl.read_csv(HERE / f"j15s500_shojima_{model.lower()}_eap.csv")
    responses = irt.Responses.from_matrix(matrix)
    fit = irt.calibrate(responses, model, priors=PRIORS, quadrature=NODES)
    assert fit.converged
    assert fit.a * irt.models.D == pytest.approx(printed["Slope"].to_numpy(), abs=0.001)
    assert fit.b == pytest.approx(printed["Location"].to_numpy(), abs=0.001)
    if model == "3PL":
        assert fit.c == pytest.approx(printed["Lower Asymptote"].to_numpy(), abs=0.001)
    found = irt.score(responses, fit, quadrature=NODES)
    assert found.theta == pytest.approx(scores["EAP Score"].to_numpy(), abs=0.001)
    assert found.se == pytest.approx(scores["Posterior SD"].to_numpy(), abs=0.001)
