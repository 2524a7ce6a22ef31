"""One simulee's session, and how it is given: each decision, stopping rule and exposure control as in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from irt.errors import NothingEligible
from irt.models import Floats, ItemParameters, probability
from irt.selection import eligibility
from irt.selection.ability import Ability, Answers
from irt.selection.constraints import Constraints
from irt.selection.decide import Decision, Limits, Rules, SelectionBank, Session, decide
from irt.selection.eligibility_counts import EligibilityCounts
from irt.selection.shadow import BUDGET
from irt.selection.sprt import log_likelihood_ratio
from irt.selection.stopping import Progress, StoppingRule, stop

Bools = NDArray[np.bool_]
#: Why a session ended, where no rule ended it.
EXHAUSTED: Final = "no item left"
#: Streams of chance of a simulee: the luck with each item, and the draws of eligible items.
_LUCK, _DRAWN = 1, 2


@dataclass(frozen=True, eq=False)
class Delivery:
    """How sessions are given.

    rules, stopping: of decisions, and of sessions.
    rows:      `irt.selection.constraints.constraints(blueprint)`, or None.
    counts:    what exposure control knows before the first simulee, or None: no conditional control.
    control:   Sympson-Hetter parameters, shape (items,), or None.
    seconds:   that an item takes, for rules that count time.
    budget, solves: of a shadow test; solves=0 for the greedy test alone.
    servable:  shape (items,): what may be served at all, or None: everything.
    """

    rules: Rules = field(default_factory=Rules)
    stopping: StoppingRule = field(default_factory=lambda: StoppingRule(length=30))
    rows: Constraints | None = None
    counts: EligibilityCounts | None = None
    control: Floats | None = None
    seconds: float = 60.0
    budget: float | None = BUDGET
    solves: int | None = None
    servable: Bools | None = None


class Sitting:
    """One simulee's session."""

    def __init__(
        self,
        bank: SelectionBank,
        true: ItemParameters,
        delivery: Delivery,
        theta: float,
        chance: tuple[int, int],
        clock: Callable[[], float],
    ) -> None:
        self.bank, self.delivery, self.chance, self.clock = bank, delivery, chance, clock
        luck = np.random.default_rng([*chance, _LUCK]).random(bank.items)
        self.right = luck < probability(theta, true.a, true.b, true.c)
        self.served: list[int] = []
        self.trials: list[bool] = []
        self.taken: list[float] = []
        self.feasible = True
        open_to_all = np.ones(bank.items, dtype=np.bool_)
        self.free = open_to_all if delivery.servable is None else delivery.servable.copy()
        self.passed = np.zeros(bank.items, dtype=np.bool_)
        self.known = self._ability()
        self.drawn: Bools | None = None
        if delivery.counts is not None:
            probability_of = eligibility.eligibility_probability(delivery.counts)
            self.drawn = eligibility.draw_eligible(probability_of, np.random.default_rng([*chance, _DRAWN]))

    def play(self) -> str:
        """Serve items until the session ends; returns why it did."""
        while (reason := stop(self.delivery.stopping, self._progress())) is None:
            try:
                decision = self._decision()
            except NothingEligible:
                return EXHAUSTED
            self.served.append(decision.item)
            self.trials.append(decision.pilot)
            self.free[decision.item] = False
            self.passed[decision.passed_over] = True
            self.known = self._ability()
        return reason.value

    def counted(self) -> EligibilityCounts | None:
        """What exposure control knows after this session."""
        counts = self.delivery.counts
        if counts is None or self.drawn is None:
            return counts
        return eligibility.count_session(
            counts, self._weights(counts), self.met(), self.drawn, feasible=self.feasible
        )

    def met(self) -> Bools:
        """What was served, shape (items,)."""
        met = np.zeros(self.bank.items, dtype=np.bool_)
        met[self.served] = True
        return met

    def ratio(self) -> float:
        """Log likelihood ratio of the answers, where the stopping rule classifies; else 0."""
        rule = self.delivery.stopping.classification
        if rule is None or not self.scored():
            return 0.0
        answers = self._answers()
        return log_likelihood_ratio(rule, answers.correct, answers.a, answers.b, answers.c)

    def scored(self) -> list[int]:
        """Items served in order, without those on trial."""
        return [place for place, trial in zip(self.served, self.trials, strict=True) if not trial]

    def _decision(self) -> Decision:
        began = self.clock()
        allowed, reserve = self._allowed()
        scored, rows = np.array(self.scored(), dtype=np.int64), self.delivery.rows
        if rows is not None and len(scored) >= rows.lower[0]:
            rows, reserve = None, None  # the test that the blueprint asks for is complete
        decision = decide(
            self.bank,
            self.delivery.rules,
            Session(self.known, scored),
            Limits(
                allowed, reserve, rows, self.delivery.control,
                solves=self.delivery.solves, budget=self.delivery.budget,
            ),
            np.random.default_rng([*self.chance, 3 + len(self.served)]),
            self.clock,
        )  # fmt: skip
        self.taken.append(self.clock() - began)
        return decision

    def _allowed(self) -> tuple[Bools, Bools | None]:
        """What may be served now; and what a blueprint may fall back on."""
        counts = self.delivery.counts
        untouched = self._untouched()
        if counts is None or self.drawn is None:
            reserve = self.free & ~untouched
        else:
            open_now, feasible = eligibility.eligible_now(
                self.drawn, self._weights(counts), untouched & ~self.bank.pilot, self._needed()
            )
            self.feasible &= feasible
            trials = self.free & self.bank.pilot
            untouched, reserve = open_now | trials, self.free & ~open_now & ~trials
        return untouched, reserve if self.delivery.rows is not None else None

    def _untouched(self) -> Bools:
        """Neither served nor passed over, while there are such items; then those passed over come again."""
        untouched = self.free & ~self.passed
        return untouched if (untouched & ~self.bank.pilot).any() else self.free

    def _needed(self) -> int:
        """Items that the session may still need."""
        rule = self.delivery.stopping
        most = max((n for n in (rule.length, rule.max_length) if n is not None), default=len(self.served) + 1)
        return max(most - len(self.served), 1)

    def _weights(self, counts: EligibilityCounts) -> Floats:
        return eligibility.point_weights(
            self.known.posterior.weights, self.known.posterior.theta, counts.points
        )

    def _answers(self) -> Answers:
        places = self.scored()
        a, b, c, _ = self.bank.kinds.of(places)
        return Answers(self.right[places].astype(np.float64), a, b, c)

    def _ability(self) -> Ability:
        return self.delivery.rules.ability(self._answers())

    def _progress(self) -> Progress:
        n = len(self.served) - sum(self.trials)
        return Progress(
            items=n,
            se=self.known.se if n else float("inf"),
            seconds=len(self.served) * self.delivery.seconds,
            ratio=self.ratio(),
        )
