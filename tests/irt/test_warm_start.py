"""Starting from parameters known before: the same estimates, in fewer passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import EngineUnfit
from irt.simulation import Group, RandomItems, administer, draw_bank, draw_population

BANK = draw_bank(np.random.default_rng(31), 40, "3PL")
RNG = np.random.default_rng(32)
SESSION = administer(RNG, draw_population(RNG, [Group("all", 1500)]), BANK, RandomItems(20))
#: What the night before knew: all but the last twentieth of the persons.
BEFORE = SESSION.responses.of(range(1425))


def fitted(responses: irt.Responses, *more: Any, **settings: Any) -> irt.Calibration:
    return irt.calibrate(responses, *more, standard_errors=False, **settings)


@pytest.mark.parametrize(
    ("model", "fewer"), [("1PL", 1), ("2PL", 0), ("3PL", 1), (["2PL", "3PL"] * 20, 0)], ids=str
)
def test_the_estimates_are_the_same_and_the_passes_no_more(model: Any, fewer: int) -> None:
    cold = fitted(SESSION.responses, model)
    warm = fitted(SESSION.responses, model, start=fitted(BEFORE, model).parameters)
    assert warm.converged
    assert warm.passes <= cold.passes - fewer
    for name in ("a", "b", "c"):
        assert getattr(warm, name) == pytest.approx(getattr(cold, name), abs=5e-6)
    assert warm.log_posterior == pytest.approx(cold.log_posterior, abs=1e-6)


def test_a_fit_started_at_its_own_end_is_there_at_once() -> None:
    cold = fitted(SESSION.responses, "3PL")
    assert fitted(SESSION.responses, "3PL", start=cold.parameters).passes <= 2 < cold.passes


def test_anchors_and_items_known_before_find_the_same_population() -> None:
    anchors = irt.ItemParameters(BANK.items[:15], BANK.a[:15], BANK.b[:15], BANK.c[:15])
    cold = fitted(SESSION.responses, "2PL", anchors=anchors)
    warm = fitted(SESSION.responses, "2PL", anchors=anchors, start=cold.parameters)
    assert warm.passes < cold.passes
    assert warm.b == pytest.approx(cold.b, abs=5e-6)
    assert warm.latent.mean == pytest.approx(cold.latent.mean, abs=5e-6)


@pytest.mark.parametrize(
    "start",
    [
        irt.ItemParameters(["nobody"], 1.0, 0.0),
        irt.ItemParameters(BANK.items, np.nan, 0.0),
        irt.ItemParameters(BANK.items, 11.0, 0.0),
    ],
    ids=["strangers", "without parameters", "slopes at their bound"],
)
def test_what_says_nothing_changes_not_a_bit(start: irt.ItemParameters) -> None:
    cold = fitted(SESSION.responses, "2PL")
    warm = fitted(SESSION.responses, "2PL", start=start)
    assert np.array_equal(warm.b, cold.b)
    assert warm.passes == cold.passes


@pytest.mark.parametrize(("a", "b", "c"), [(-1.0, 0.5, 0.0), (0.0, 0.0, 0.0), (1.0, -30.0, 0.9)])
def test_a_start_that_priors_forbid_is_left(a: float, b: float, c: float) -> None:
    priors = irt.Priors(irt.LogNormal(0.3, 0.5), irt.Normal(0.0, 2.0), irt.Beta(5.0, 17.0))
    cold = fitted(SESSION.responses, "3PL", priors=priors)
    warm = fitted(SESSION.responses, "3PL", priors=priors, start=irt.ItemParameters(BANK.items, a, b, c))
    assert warm.converged
    assert warm.b == pytest.approx(cold.b, abs=5e-6)


def test_girth_takes_no_start() -> None:
    with pytest.raises(EngineUnfit, match="not starting values"):
        irt.calibrate(SESSION.responses, "2PL", engine="girth", start=BANK)
