"""What a bank cannot give, said before anybody plays: precision, exposure rates, the blueprint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cli.simulation.bank import Bank
from cli.simulation.configuration import Configuration
from irt.models import Floats
from irt.selection import blueprint_feasibility, precision_feasibility, rate_feasibility

#: Standard deviations from the mean of the population at which a standard error must be within reach.
AT = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


@dataclass(frozen=True)
class Finding:
    """One demand on the bank: whether it can be met, and the bound in words."""

    demand: str
    feasible: bool
    sentence: str


def findings(asked: Configuration, bank: Bank, mean: float, sd: float) -> list[Finding]:
    """Return what can be said of a settled configuration beforehand. Raises OptionError, InvalidArgument."""
    found = [*_precision(asked, bank, mean, sd)]
    if asked.exposure in ("sympson-hetter", "eligibility"):
        rate = rate_feasibility(asked.r_max, asked.stopping().shortest, bank.items)
        found.append(Finding("exposure", rate.feasible, rate.sentence))
    if asked.blueprint != "none":
        said = blueprint_feasibility(bank.blueprint(asked.longest))
        found.append(
            Finding(
                "blueprint",
                said.feasible,
                " ".join(conflict.sentence for conflict in said.conflicts)
                or f"{bank.items} items can make a session of {asked.longest} that meets the blueprint",
            )
        )
    return found


def _precision(asked: Configuration, bank: Bank, mean: float, sd: float) -> list[Finding]:
    theta: Floats = mean + sd * AT
    given = bank.parameters
    prior = sd if asked.method in ("EAP", "MAP") else None
    r_max = asked.r_max if asked.exposure == "eligibility" else 1.0
    found = precision_feasibility(
        asked.se or 1.0, theta, given.a, given.b, given.c, length=asked.longest, r_max=r_max, prior_sd=prior
    )
    if asked.se is not None:
        return [Finding("precision", found.feasible, found.sentence)]
    allowed = ", ".join(
        f"{least:.3g} at theta {at:.3g}" for at, least in zip(theta, found.least, strict=True)
    )
    return [Finding("precision", True, f"the best {asked.longest} items allow a standard error of {allowed}")]
