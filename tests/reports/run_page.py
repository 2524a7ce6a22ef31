"""A page of a run with every section filled, of as many items as asked for."""

from __future__ import annotations

import datetime as dt

import numpy as np

from reports.assumptions import Assumptions, Comparison, Different, ModelTest, Pair
from reports.calibration import CalibrationReport, Group, ItemFit, ItemRow, ModelFit
from reports.changes import AnchorRow, Changes, Decision, Limit, Moved, Scale
from reports.flagged import Flag, Flagged, Option

NIGHT = dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC)
ASSUMPTIONS = Assumptions(
    fits=(ModelTest("2PL", 35, 2, 0.012, 0.081), ModelTest("3PL", 35, 1, 0.011, 0.064)),
    fit_effect=0.05,
    n_pairs=595,
    n_dependent=1,
    mean_q3=-0.021,
    pairs=(Pair("V19", "V20", 0.31, 1480, 0.11),),
    alpha=0.842,
    omega=0.848,
    n_block=1400,
    empirical=0.83,
    mean_se=0.41,
    n_persons_tested=1480,
    n_persons_misfit=19,
    comparisons=(Comparison("tutor against exam mode", 900, 600, 35, 1, "V10"),),
    different=(Different("V10", "tutor against exam mode", -2.14, 0.0004, "C"),),
    position="No item changes by more than 0.02 in b from the first to the last third of a session.",
    looked_at="Of 1,500 persons drawn at random, with 52,000 of 104,000 answers.",
)
SCALE = Scale(
    version=1,
    sentence="Anchors hold it.",
    link=(("Link", "Stocking-Lord"), ("A (unit)", "1.012")),
    verdicts={"dropped": 1, "held": 1},
    anchors=(
        AnchorRow("V3", "dropped", 0.8, 0.71, 0.4, -0.3, 410, 0.131, 0.0002, "It became easier."),
        AnchorRow("V4", "held", 0.9, 0.92, -0.2, -0.18, 420, 0.006, 0.8),
    ),
)
CHANGES = Changes(
    before="run-16",
    before_at=NIGHT,
    counts=(("Persons", 1400, 1500), ("Items served", 34, 35)),
    n_compared=34,
    median=0.004,
    n_changed=1,
    moved=(Moved("V3", 0.8, 0.75, 0.4, 0.1, 0.071),),
    added=("V35",),
    gone=("V36",),
    other_model=("V7",),
    limits=(
        Limit("standard error at the end", 0.31, 0.30, 0.341, True),
        Limit("overlap of two learners", 0.4, 0.55, 0.5, False),
    ),
    gate="1,000 simulated learners, 30 items each: within every limit",
    edits=(("V8", "Only its looks changed: parameters carried over from version 1."),),
)
FLAGGED = (
    Flagged(
        "V2",
        (
            Flag("miskeyed", "Option A goes with the score more than the key C does.", "Check the key."),
            Flag(
                "misfit",
                "Its answers lie off its curve.",
                "Look at the curve.",
                "dismissed",
                "dismissed by Ann",
            ),
        ),
        1490,
        0.31,
        -0.12,
        (
            Option("C", True, 460, 0.31, -0.12, (0.40, 0.31, 0.22)),
            Option("A", False, 800, 0.54, 0.30, (0.30, 0.52, 0.70)),
            Option("B", False, 120, 0.08, -0.05, (0.15, 0.08, None)),
        ),
    ),
    Flagged(
        "V9", (Flag("too_easy", "97% got it right.", "Retire it.", "accepted", "accepted by Bo"),), 1500, 0.97
    ),
)


def report(n_items: int = 35, n_flagged: int = 2) -> CalibrationReport:
    """Return the page; items are V1, V2, ..., of which so many are flagged."""
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0.5, 1.4, n_items), rng.normal(size=n_items)
    models = ("2PL",) if n_items > 500 else ("2PL", "3PL", "mixed")
    rows = tuple(
        ItemRow(
            f"V{i + 1}",
            1500,
            float(rng.uniform(0.2, 0.95)),
            float(rng.uniform(0.1, 0.5)),
            {
                model: ItemFit(
                    a[i], b[i], 0.0 if model == "2PL" else 0.18, 0.05, 0.06, None, reason="2PL: too few"
                )
                for model in models
            },
            measures={"fit p": float(rng.random()), "rmsd": float(rng.uniform(0.0, 0.06))},
        )
        for i in range(n_items)
    )
    more = tuple(
        Flagged(f"V{i + 40}", FLAGGED[0].flags[:1], 1500, 0.5, 0.2, FLAGGED[0].options)
        for i in range(n_flagged - 2)
    )
    return CalibrationReport(
        exam="CARDIO",
        run_id="run-17",
        fitted_at=NIGHT,
        snapshot_hash="ab12cd",
        n_persons=1500,
        n_items=n_items,
        n_responses=52_000,
        served_model="2PL",
        synthetic_clock=False,
        items=rows,
        models=tuple(ModelFit(each, -2466.653, 70, 4953.3, 5002.4, True, "converged") for each in models),
        groups=(Group("exam", 900, 0.0, 1.0), Group("tutor", 600, 0.31, 0.94)),
        groups_note="exam mode is N(0, 1)",
        flagged=FLAGGED + more,
        data_note="52,000 usable first attempts of 1,500 calibration persons at 35 items.",
        method=(("Estimation", "marginal maximum likelihood by EM"), ("Priors, 2PL", "a lognormal")),
        rules=(("fewest_responses", "100"), ("few_responses", "250")),
        assumptions=ASSUMPTIONS,
        scale=SCALE,
        changes=CHANGES,
        decisions=(Decision("approve", "Ann", NIGHT, "the drift of V3 is explained"),),
        versions=(("Run", "run-17"), ("Version of qbank", "0.1.0")),
    )
