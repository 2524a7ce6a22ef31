"""Do answers to one item depend on answers to another, beyond ability? Yen's Q3 of pairs."""

from __future__ import annotations

import numpy as np
import polars as pl

import irt
from orchestration.diagnostics.finding import Row, Rows, finding
from orchestration.diagnostics.fitted import Fitted

FEWEST_PERSONS, MOST_REPLICATIONS, FEWEST_REPLICATIONS = 200, 100, 20
#: Nanoseconds for each person and pair of that person's items in one replication, and what a night may spend.
_COST, _BUDGET = 10.0, 2e10
#: Pairs that are stored; where there are more, the model and not a pair is at fault.
MOST_PAIRS = 200


def findings(fitted: Fitted, rng: np.random.Generator) -> tuple[Rows, Row]:
    """Return a finding for each item of each dependent pair, and what was found of all pairs.

    Where persons answered so many items that a bootstrap would take minutes, it has fewer replications, and from
    20 on fewer persons.
    """
    answers, calibration, groups = fitted.answers, fitted.calibration, fitted.groups
    n = np.diff(answers.starts).astype(np.float64)
    cost = _COST * n * (n - 1.0) / 2.0
    replications = int(np.clip(_BUDGET / max(cost.sum(), 1.0), FEWEST_REPLICATIONS, MOST_REPLICATIONS))
    if cost.sum() * replications > _BUDGET:
        order = rng.permutation(answers.n_persons)
        chosen = np.sort(order[np.cumsum(cost[order]) * replications <= _BUDGET])
        answers = answers.of(chosen)
        groups = None if groups is None else tuple(groups[place] for place in chosen.tolist())
    found = irt.fit.q3(
        answers, calibration, seed=rng, minimum=FEWEST_PERSONS, replications=replications, groups=groups
    )
    flagged = found.pairs.filter(pl.col("flagged"))
    pairs: Rows = flagged.head(MOST_PAIRS).to_dicts()
    figures: Row = {
        "n_pairs": found.pairs.height,
        "n_flagged": flagged.height,
        "mean": None if np.isnan(found.mean) else found.mean,
        "largest": found.pairs["q3"].max(),
        "replications": replications,
        "n_persons": answers.n_persons,
        "reason": found.reason,
        "pairs": pairs,
    }
    rows = [
        _of_pair(row, one, other)
        for row in pairs
        for one, other in (("item_1", "item_2"), ("item_2", "item_1"))
    ]
    return rows, figures


def _of_pair(row: Row, one: str, other: str) -> Row:
    return finding(
        "dependence",
        row[one],
        contrast=row[other],
        effect=row["q3"],
        unit="Q3",
        grade="dependent",
        flagged=True,
        sentence=f"Given ability, who gets {row[other]} right gets it right more often (Q3 {row['q3']:.2f} over "
        f"{row['n']:,} persons, cut-off {row['cutoff']:.2f}): one may give the other's answer away.",
    )
