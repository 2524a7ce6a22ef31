"""What is published of a run beside its parameters, computed from answers before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from database.queries.calibrations import Run
from database.queries.publications import Publication
from orchestration import curve_statistics, item_statistics, response_policy
from orchestration.curve_statistics import Curves
from orchestration.item_flags import flags_of
from orchestration.lifecycle.policy import Policy
from orchestration.snapshot import usable

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """What the database says of a run that is to go live.

    policy: the exam's rules; live: rows of item_calibration that it has then; fitted: all its candidates; found: its
    findings by item; exposure: how often each item was met; prior: mean and SD of ability that are fixed with its
    scale; once_live: whether it was live before.
    """

    run: Run
    policy: Policy
    live: Sequence[Row]
    fitted: Sequence[Row]
    found: Sequence[Row]
    exposure: Sequence[Row]
    keys: Mapping[str, str]
    options: Mapping[str, int]
    prior: tuple[float, float]
    once_live: bool


@dataclass(frozen=True)
class Word:
    """On whose word a run goes live: a decision ("publish", "approve", "rollback"), a name, a reason."""

    decision: str
    by: str
    reason: str


def publication(attempts: pl.DataFrame, known: Known, word: Word) -> Publication:
    """Compute all that is published of a run from first attempts: those it read, or all there are by now.

    What the response policy removed is said of the answers that were fitted, so it stays as it is for a run that was
    live before.
    """
    answers = usable(attempts)
    run, keys = known.run, dict(known.keys)
    curves = {model: Curves(answers, model, known.live, fit) for model, fit in run.fits.items()}
    serving = curves.get(run.serving_model or "")
    windows = serving.windows(known.prior) if serving else pl.DataFrame()
    item_stats, miskeyed = item_statistics.item_stats(answers), item_statistics.miskeyed(answers, keys)
    return Publication(
        item_stats=item_stats,
        option_stats=item_statistics.option_stats(answers, keys),
        curve_points=[point for each in curves.values() for point in each.points()],
        drift_weeks=serving.drift() if serving else [],
        ability_windows=curve_statistics.ability_windows(windows),
        abilities=curve_statistics.abilities(windows),
        flags=flags_of(run, known.found, item_stats, miskeyed, known.policy, known.exposure),
        policy=None
        if known.once_live
        else response_policy.report(attempts, known.options, known.fitted, known.policy.fewest_responses),
        decision=word.decision,
        decided_by=word.by,
        reason=word.reason,
    )
