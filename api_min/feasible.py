"""What an exam's rules ask of its bank, and whether it can give that: told when they are set, not found out later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from api_min.bank import Bank
from delivery.blueprints import blueprint_of
from delivery.rules import DeliveryRules
from irt import selection

#: Abilities at which a standard error is to be reached.
THETAS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one demand can be met, in words; one that `refuses` leaves no test at all."""

    demand: str
    feasible: bool
    sentence: str
    refuses: bool = False


def findings(bank: Bank, rules: DeliveryRules, length: int) -> list[Finding]:
    """Return what is asked of the bank by quizzes of `length` questions, and whether it can be met.

    Raises UnknownTopic and irt's InvalidArgument as `blueprint_of`.
    """
    scored = ~bank.pilot
    found = []
    if rules.r_max is not None:
        rate = selection.rate_feasibility(rules.r_max, length, int(scored.sum()))
        found.append(Finding("exposure rate", rate.feasible, rate.sentence))
    if rules.stopping.se is not None:
        precise = selection.precision_feasibility(
            rules.stopping.se, THETAS, bank.a[scored], bank.b[scored], bank.c[scored],
            length=rules.stopping.max_length or length, r_max=rules.eligibility_rate or 1.0, prior_sd=rules.sd,
        )  # fmt: skip
        found.append(Finding("standard error", precise.feasible, precise.sentence))
    blueprint = blueprint_of(bank, rules, length)
    if blueprint is not None:
        met = selection.blueprint_feasibility(blueprint, np.asarray(scored))
        said = "; ".join(conflict.sentence for conflict in met.conflicts)
        found.append(
            Finding(
                "blueprint", met.feasible, said or f"tests of {blueprint.length} meet it", not met.feasible
            )
        )
    return found
