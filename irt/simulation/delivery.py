"""Simulees who take sessions as delivery gives them: each decision, stopping rule and exposure control as in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.errors import InvalidArgument, NothingEligible
from irt.models import Floats, ItemParameters, probability
from irt.selection import eligibility
from irt.selection.ability import Ability, Answers
from irt.selection.constraints import Constraints
from irt.selection.decide import Decision, Limits, Rules, SelectionBank, Session, decide
from irt.selection.eligibility_counts import EligibilityCounts
from irt.selection.exposure import Exposure, exposure
from irt.selection.shadow import BUDGET
from irt.selection.sprt import log_likelihood_ratio
from irt.selection.stopping import Progress, StoppingRule, stop
from irt.selection.violations import violations

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
    budget:    of a shadow test, in seconds.
    """

    rules: Rules = field(default_factory=Rules)
    stopping: StoppingRule = field(default_factory=lambda: StoppingRule(length=30))
    rows: Constraints | None = None
    counts: EligibilityCounts | None = None
    control: Floats | None = None
    seconds: float = 60.0
    budget: float | None = BUDGET


@dataclass(frozen=True, eq=False)
class Delivered:
    """What became of the simulees, in their order.

    theta, estimate, se: shape (simulees,); length: items served; ended: why each session did.
    exposure: of all items served, those on trial included. infeasible: sessions whose eligible items ran out.
    violated: sessions that do not meet the blueprint. taken: seconds of each decision, by the clock given.
    """

    theta: Floats
    estimate: Floats
    se: Floats
    length: NDArray[np.int64]
    ended: Mapping[str, int]
    exposure: Exposure
    infeasible: int
    violated: int
    taken: Floats

    @property
    def bias(self) -> float:
        """Mean of estimate less theta."""
        return float((self.estimate - self.theta).mean())

    @property
    def rmse(self) -> float:
        """Root mean square of estimate less theta."""
        return float(np.sqrt(((self.estimate - self.theta) ** 2).mean()))

    def by_theta(self, edges: Floats) -> pl.DataFrame:
        """n, bias, rmse, mean se and mean length of the simulees between edges: theta_from, theta_to."""
        band = np.searchsorted(edges, self.theta, side="right")
        rows = []
        for k in range(len(edges) + 1):
            here = band == k
            if not here.any():
                continue
            off = self.estimate[here] - self.theta[here]
            rows.append(
                {
                    "theta_from": None if k == 0 else float(edges[k - 1]),
                    "theta_to": None if k == len(edges) else float(edges[k]),
                    "n": int(here.sum()),
                    "bias": float(off.mean()),
                    "rmse": float(np.sqrt((off**2).mean())),
                    "se": float(self.se[here].mean()),
                    "length": float(self.length[here].mean()),
                }
            )
        schema = dict.fromkeys(("theta_from", "theta_to"), pl.Float64)
        return pl.DataFrame(rows, schema_overrides=schema)


def deliver(
    bank: SelectionBank,
    true: ItemParameters,
    delivery: Delivery,
    theta: Floats,
    seed: int,
    clock: Callable[[], float],
    told: Callable[[int], None] = lambda _: None,
) -> Delivered:
    """Give each simulee a session; those before leave what exposure control knows to those after.

    A simulee has the same luck with an item whatever the delivery, so that two of them differ by nothing else.

    Args:
        bank: the items, with the parameters that decisions use.
        true: by which simulees answer, the bank's items in its order, D = 1.7 metric.
        delivery: how sessions are given.
        theta: of the simulees, shape (simulees,).
        seed: of luck, draws and decisions.
        clock: seconds from any origin.
        told: hears how many simulees are done.

    Raises:
        InvalidArgument: no simulees, or parameters of another bank.
    """
    if not len(theta) or len(true.items) != bank.items:
        raise InvalidArgument(
            f"at least one simulee and true parameters of the bank's {bank.items} items are needed, not "
            f"{len(theta)} and {len(true.items)}"
        )
    met, counts = np.zeros(bank.items), delivery.counts
    estimates, errors, lengths = [], [], []
    ended: Counter[str] = Counter()
    taken: list[float] = []
    infeasible = violated = 0
    for who, able in enumerate(theta.tolist()):
        sitting = _Sitting(bank, true, replace(delivery, counts=counts), able, (seed, who), clock)
        ended[sitting.play()] += 1
        counts = sitting.counted()
        met[sitting.served] += 1.0
        estimates.append(sitting.known.theta)
        errors.append(sitting.known.se)
        lengths.append(len(sitting.served))
        taken += sitting.taken
        infeasible += not sitting.feasible
        if delivery.rows is not None:
            scored = np.array(
                [place for place, trial in zip(sitting.served, sitting.trials, strict=True) if not trial]
            )
            violated += bool(violations(delivery.rows, scored))
        told(who + 1)
    return Delivered(
        np.asarray(theta, dtype=np.float64), np.array(estimates), np.array(errors), np.array(lengths),
        dict(ended), exposure(met, len(theta)), infeasible, violated, np.array(taken),
    )  # fmt: skip


class _Sitting:
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
        self.free = np.ones(bank.items, dtype=np.bool_)
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
            self.known = self._ability()
        return reason.value

    def counted(self) -> EligibilityCounts | None:
        """What exposure control knows after this session."""
        counts = self.delivery.counts
        if counts is None or self.drawn is None:
            return counts
        return eligibility.count_session(
            counts, self._weights(counts), ~self.free, self.drawn, feasible=self.feasible
        )

    def _decision(self) -> Decision:
        began = self.clock()
        allowed, reserve = self._allowed()
        scored = [place for place, trial in zip(self.served, self.trials, strict=True) if not trial]
        decision = decide(
            self.bank,
            self.delivery.rules,
            Session(self.known, np.array(scored, dtype=np.int64)),
            Limits(allowed, reserve, self.delivery.rows, self.delivery.control, budget=self.delivery.budget),
            np.random.default_rng([*self.chance, 3 + len(self.served)]),
            self.clock,
        )
        self.taken.append(self.clock() - began)
        return decision

    def _allowed(self) -> tuple[Bools, Bools | None]:
        """What may be served now; and what a blueprint may fall back on."""
        counts = self.delivery.counts
        if counts is None or self.drawn is None:
            return self.free, None
        open_now, feasible = eligibility.eligible_now(
            self.drawn, self._weights(counts), self.free & ~self.bank.pilot, self._needed()
        )
        self.feasible &= feasible
        trials = self.free & self.bank.pilot
        return open_now | trials, (
            self.free & ~open_now & ~trials if self.delivery.rows is not None else None
        )

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
        places = [place for place, trial in zip(self.served, self.trials, strict=True) if not trial]
        a, b, c, _ = self.bank.kinds.of(places)
        return Answers(self.right[places].astype(np.float64), a, b, c)

    def _ability(self) -> Ability:
        return self.delivery.rules.ability(self._answers())

    def _progress(self) -> Progress:
        n = len(self.served) - sum(self.trials)
        rule, ratio = self.delivery.stopping.classification, 0.0
        if rule is not None and n:
            answers = self._answers()
            ratio = log_likelihood_ratio(rule, answers.correct, answers.a, answers.b, answers.c)
        return Progress(
            items=n,
            se=self.known.se if n else float("inf"),
            seconds=len(self.served) * self.delivery.seconds,
            ratio=ratio,
        )
