"""Finding Sympson-Hetter parameters for a bank: simulated sessions by an exam's rules, batch after batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np

import irt
from api_min.bank import Bank
from api_min.blueprints import rows_of
from database.queries.exposure_controls import Found
from delivery.rules import DeliveryRules
from irt.models import Floats
from irt.selection import SelectionBank, StoppingRule
from irt.simulation import Delivery, deliver, played_alone, simulated_control

#: Batches after which the best that was found has to do.
_BATCHES: Final = 20


@dataclass(frozen=True, slots=True)
class People:
    """For whom parameters are found: so many simulees, theta ~ N(mean, sd), by a seed."""

    mean: float
    sd: float
    simulees: int
    seed: int = 1

    def draw(self, stream: int) -> Floats:
        """Return theta of some of them; of another stream, of others."""
        return np.random.default_rng([self.seed, stream]).normal(self.mean, self.sd, self.simulees)


def search(
    bank: Bank,
    bank_hash: str,
    rules: DeliveryRules,
    length: int,
    people: People,
    clock: Callable[[], float],
) -> Found:
    """Find parameters that keep rates of quizzes of `length` questions at the rules' r_max.

    Sessions are those of quizzes without filters whose learners met nothing before; of a blueprint, by greedy shadow
    tests. Where r_max is out of reach, parameters come as near to it as an even use of the bank allows. What is on
    trial, or tells better learners from worse the wrong way round, is not controlled.

    Raises UnknownTopic and irt's InvalidArgument as `blueprints.rows_of`; InvalidArgument where nothing can be chosen.
    """
    r_max = rules.sympson_hetter_rate
    assert r_max is not None
    chosen, delivery = _simulated(bank, rules), _delivery(bank, rules, length)
    true = irt.ItemParameters(range(len(bank)), bank.a, bank.b, bank.c)
    least = delivery.stopping.shortest / max(int((~chosen.pilot).sum()), 1)
    play = played_alone(chosen, true, people.draw(0), people.seed, clock)
    found = simulated_control(play, delivery, len(bank), max(r_max, least), batches=_BATCHES)
    control = found.parameters
    held = deliver(chosen, true, replace(delivery, control=control), people.draw(1), people.seed + 1, clock)
    below = np.flatnonzero(control < 1.0)
    return Found(
        bank_hash=bank_hash,
        r_max=r_max,
        found_by={"rules": rules.plain(), "length": length, "people": asdict(people)},
        parameters={str(bank.question_id[place]): float(control[place]) for place in below.tolist()},
        largest=held.exposure.largest,
        settled=found.settled and r_max >= least,
    )


def is_found_by(found: Found, bank_hash: str, rules: DeliveryRules, length: int) -> bool:
    """Return whether that is what a search would look for now."""
    asked = {"rules": rules.plain(), "length": length}
    return found.bank_hash == bank_hash and all(
        found.found_by[name] == value for name, value in asked.items()
    )


def _simulated(bank: Bank, rules: DeliveryRules) -> SelectionBank:
    """The items, with all of them out of the choice that come by chance alone, or last."""
    se_b = np.where(bank.calibrated, bank.error_b, bank.se_b) if rules.errors else bank.se_b
    apart = bank.pilot | (bank.a <= 0.0)
    return SelectionBank(bank.a, bank.b, bank.c, se_b=se_b, stand_in=~bank.calibrated, pilot=apart)


def _delivery(bank: Bank, rules: DeliveryRules, length: int) -> Delivery:
    """How quizzes of so many questions are given, without trials, which count for nothing in them."""
    longest = min(length, int((~bank.pilot & (bank.a > 0.0)).sum()))
    return Delivery(
        rules=replace(rules.choosing(), pilot_rate=0.0),
        stopping=_stopping(rules, longest),
        rows=rows_of(bank, rules, longest),
        solves=0,
    )


def _stopping(rules: DeliveryRules, longest: int) -> StoppingRule:
    """When such a quiz ends: by the rules, and in any case after its number of questions."""
    rule = rules.stopping.rule(longest)
    wanted = 0 if rule is None or rule.length is None else rule.length
    if rule is None or (rule.require == "all" and wanted > longest):
        return StoppingRule(length=longest)
    return replace(
        rule,
        length=min(wanted, longest) or None,
        min_length=min(rule.min_length, longest),
        max_length=min(rule.max_length or longest, longest),
    )
