from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import irt
from irt.fit.calibrated import Calibrated, calibrated
from irt.simulation import Group, Population, RandomItems, Session, administer, draw_bank, draw_population


@dataclass(frozen=True)
class Sat:
    """A small exam of two groups, its truth, and its 3PL."""

    session: Session
    people: Population
    fit: irt.Calibration
    fitted: Calibrated


@pytest.fixture(scope="session")
def sat() -> Sat:
    rng = np.random.default_rng(81)
    bank = draw_bank(rng, 20, "3PL", ln_a=(0.0, 0.2), b=(0.3, 0.8))
    people = draw_population(rng, [Group("x", 1200), Group("y", 800, mean=0.6)])
    session = administer(rng, people, bank, RandomItems(14))
    fit = irt.calibrate(session.responses, "3PL", groups=people.groups, standard_errors=False)
    return Sat(session, people, fit, calibrated(session.responses, fit, people.groups))
