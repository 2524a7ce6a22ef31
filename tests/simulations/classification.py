"""Error rates and lengths of sequential classification beside what was accepted.

300 items (3PL), met in the order of their information at the cut 0.5, at most 200 of them; a replication is 1,000
learners at one theta.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from irt.selection.sprt import Classification, Side
from irt.selection.stopping import Reason, StoppingRule
from irt.simulation import draw_bank
from tests.irt.selection.sequential import Sessions

NAME = "classification"
CUT = 0.5


def study(replications: int = 10, seed: int = 19) -> pl.DataFrame:
    """One row a rule and theta: shares placed above and decided by the test, mean length."""
    bank = draw_bank(np.random.default_rng(1), 300, "3PL")
    rows: list[dict[str, Any]] = []
    for delta in (0.25, 0.4):
        for alpha, beta in ((0.1, 0.1), (0.05, 0.05), (0.05, 0.2)):
            rule = Classification(CUT, delta=delta, alpha=alpha, beta=beta)
            sessions = Sessions(bank, StoppingRule(classification=rule, max_length=200), rule)
            for side, theta in (("-delta", CUT - delta), ("0", CUT), ("+delta", CUT + delta)):
                rng = np.random.default_rng([seed, round(100 * alpha), round(100 * delta)])
                ended = sessions.play(rng, theta, 1000 * replications)
                rows.append(
                    {
                        "delta": delta,
                        "alpha": alpha,
                        "beta": beta,
                        "theta - cut": side,
                        "above": round(float(np.mean([where is Side.ABOVE for _, where, _ in ended])), 3),
                        "decided": round(
                            float(np.mean([why is Reason.CLASSIFIED for why, _, _ in ended])), 3
                        ),
                        "items": round(float(np.mean([items for _, _, items in ended])), 1),
                    }
                )
    return pl.DataFrame(rows)
