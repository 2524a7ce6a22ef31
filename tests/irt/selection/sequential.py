"""Sessions that place learners above or below a cut score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import irt
from irt.information import item_information
from irt.models import probability
from irt.selection.sprt import Classification, Side, decided, forced, log_likelihood_ratio
from irt.selection.stopping import Progress, Reason, StoppingRule, stop


@dataclass(frozen=True)
class Sessions:
    """Learners who meet the items that tell most at the cut, one after the other, until the rule ends it."""

    bank: irt.ItemParameters
    rule: StoppingRule
    classification: Classification

    def play(self, rng: np.random.Generator, theta: float, learners: int) -> list[tuple[Reason, Side, int]]:
        """(why it ended, side, items) of each."""
        bank = self.bank
        best = np.argsort(-item_information(self.classification.cut, bank.a, bank.b, bank.c))
        a, b, c = bank.a[best], bank.b[best], bank.c[best]
        says = [
            [log_likelihood_ratio(self.classification, right, *item) for right in (0.0, 1.0)]
            for item in zip(a, b, c, strict=True)
        ]
        chance = probability(theta, a, b, c)
        ended = []
        for _ in range(learners):
            right = (rng.random(len(best)) < chance).astype(int)
            ratios = np.array(says)[np.arange(len(best)), right].cumsum()
            for items, ratio in enumerate(ratios.tolist(), start=1):
                reason = stop(self.rule, Progress(items, ratio=ratio))
                if reason is not None:
                    side = decided(self.classification, ratio) or forced(self.classification, ratio)
                    ended.append((reason, side, items))
                    break
        return ended
