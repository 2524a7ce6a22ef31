"""All questions that are asked of a run before it is published, and their answers in one value."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

import irt
from orchestration import item_statistics
from orchestration.diagnostics import compared, dependence, fit, measured, moved, positions
from orchestration.diagnostics.finding import Row, Rows, keyed
from orchestration.diagnostics.fitted import Fitted, fitted, sampled
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Lifecycle

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a diagnosis is made of.

    attempts:  usable ones of the run.
    rows:      the run's candidate rows; `fits` what the run says of each fit; `serving` the one to be served.
    live:      rows that are served now, with the item's name.
    keys:      the correct option of each item, where options are known.
    members:   of "institution" and "cohort", as far as the policy compares them: user -> group.
    """

    run_id: uuid.UUID
    attempts: pl.DataFrame
    rows: Sequence[Plain]
    fits: Mapping[str, Plain]
    serving: str | None
    lifecycle: Lifecycle
    policy: Policy
    live: Sequence[Plain] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """Figures of the run, findings by item (rows of item_diagnostics), fit_p and fit_rmsd of candidate rows.

    own and scores: the fit to be served and the persons' abilities by it; None where nothing is to be served.
    """

    figures: Row
    findings: Rows
    fits: Rows
    own: Fitted | None = None
    scores: irt.Scores | None = None


def diagnose(asked: Asked) -> Diagnosis:
    """Ask everything; the same run gives the same answers."""
    # A stream of each question's own, so that none depends on what another draws.
    streams = np.random.default_rng(asked.run_id.int).spawn(2)
    looked_at = sampled(asked.attempts, streams[0])
    figures: Row = {
        "sample": {
            "n_answers": looked_at.height,
            "of_answers": asked.attempts.height,
            "n_persons": looked_at["person_id"].n_unique(),
        },
        "miskeyed": len(item_statistics.miskeyed(asked.attempts, asked.keys)),
    }
    tests, fits = _item_fits(asked, looked_at)
    figures["fit"] = {model: found.figures() for model, found in tests.items()}
    own = fitted(looked_at, asked.serving, asked.rows, asked.fits[asked.serving]) if asked.serving else None
    if own is None or asked.serving is None:
        return Diagnosis(figures, [], fits)
    names = {(row[1], row[2]): row[0] for row in own.named.iter_rows()}
    dependent, figures["dependence"] = dependence.findings(own, streams[1])
    by_group, figures["dif"] = _groups(own, asked)
    placed = fitted(positions.placed(looked_at), asked.serving, asked.rows, asked.fits[asked.serving])
    by_place, figures["position"] = positions.findings(placed)
    held, figures["anchors"] = moved.anchors(asked.lifecycle, names)
    since, figures["changed"] = moved.since_live(own, asked.live, asked.policy.drift_effect)
    scores = irt.score(own.answers, own.calibration, groups=own.groups)
    figures["reliability"] = measured.reliability(own, scores)
    figures["person_fit"] = measured.person_fit(own)
    rows = [*fit.findings(tests[asked.serving]), *dependent, *by_group, *by_place, *held, *since]
    return Diagnosis(figures, keyed(rows, own.named), fits, own, scores)


def _item_fits(asked: Asked, looked_at: pl.DataFrame) -> tuple[dict[str, fit.Tested], Rows]:
    """Item fit of every model that fitted something; rows by key, for the run's candidates."""
    tests: dict[str, fit.Tested] = {}
    rows: Rows = []
    for model, said in asked.fits.items():
        own = fitted(looked_at, model, asked.rows, said)
        if own is not None:
            tests[model] = fit.tested(own, asked.policy.fit_effect)
            rows += keyed(fit.candidate_rows(tests[model], model), own.named)
    return tests, rows


def _groups(own: Fitted, asked: Asked) -> tuple[Rows, Rows]:
    rows: Rows = []
    figures: Rows = []
    for by in asked.policy.dif_groups:
        if by == "mode":
            found, said = compared.by_mode(own)
        else:
            found, said = compared.by_group(own, by, asked.members.get(by, {}))
        rows += found
        figures += said
    return rows, figures
