"""The page's values, from a run as the database remembers it and the answers that it read."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest

import irt
from database.queries.run_reports import ReportedRun
from orchestration.calibration_page import Known, page
from orchestration.groups import figures, grouping
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Anchor, Choice, Edit, Lifecycle
from orchestration.snapshot import items, persons, responses
from reports.calibration import CalibrationReport, render, summary
from tests.orchestration.attempts import candidate_rows, simulated

NIGHT = dt.datetime(2026, 3, 30, 2, 30, tzinfo=dt.UTC)
LIFECYCLE = Lifecycle(
    policy=Policy().settings(),
    link={"A": 1.0123, "B": 0.01, "n_used": 18, "method": "Stocking-Lord"},
    serving_reason="every item is a 2PL",
    choices=[Choice(question_id=1, version=1, item="I1", n=500, model="2PL", reason="few responses")],
    edits=[
        Edit(
            question_id=2,
            version=2,
            item="I2",
            edit_kind="cosmetic",
            based_on=1,
            done="carried over",
            sentence="Only its looks changed.",
        )
    ],
    anchors=[
        Anchor(
            question_id=1,
            version=1,
            item="I1",
            verdict="held",
            distance=0.01,
            b_frozen=-1.5,
            a_frozen=0.9,
            b_now=-1.4,
        ),
        Anchor(
            question_id=2,
            version=1,
            item="I2",
            verdict="dropped",
            distance=0.2,
            b_frozen=0.1,
            a_frozen=0.9,
            b_now=-0.9,
            reason="Easier.",
        ),
        Anchor(question_id=3, version=1, item="I3", verdict="new"),
    ],
)
DIAGNOSTICS: dict[str, Any] = {
    "sample": {"n_answers": 500, "of_answers": 1000, "n_persons": 25},
    "miskeyed": 0,
    "fit": {"2PL": {"n_items": 20, "n_misfit": 1, "median_rmsd": 0.01, "largest_rmsd": 0.07, "effect": 0.05}},
    "changed": {"n_items": 19, "n_changed": 1, "share": 0.05, "effect": 0.05, "median": 0.004},
    "reliability": {"alpha": 0.8, "omega": 0.81, "n_block": 500, "empirical": 0.79, "mean_se": 0.4},
}
FLAG: dict[str, Any] = {
    "item": "I5",
    "flag": "miskeyed",
    "state": "open",
    "action": "Check.",
    "decided_by": None,
    "decided_at": None,
    "decision_reason": None,
    "detail": {
        "key": "A",
        "suspect": "B",
        "r_key": 0.0,
        "r_suspect": 0.1,
        "difference": 0.1,
        "low": 0.05,
        "high": 0.2,
        "n": 9,
    },
}


@pytest.fixture(scope="module")
def known() -> Known:
    attempts = simulated(500, seed=5)
    fits = {model: irt.calibrate(responses(attempts), model) for model in ("2PL", "3PL")}
    names = {row[1]: row[0] for row in items(attempts).iter_rows()}
    groups = grouping(persons(attempts))
    rows = [
        {"item": names[row["question_id"]], "n_responses": 500, "p_value": 0.5, "r_point_biserial": 0.3}
        | {"fit_p": 0.4, "fit_rmsd": 0.01, "item_model": None, "serving": row["model"] == "2PL"}
        | row
        for row in candidate_rows(fits, items(attempts))
    ]
    said = {
        "n_parameters": 40,
        "aic": 1.0,
        "bic": 2.0,
        "converged": True,
        "reason": "converged",
        "items_fitted": 20,
    }
    run = ReportedRun(
        id=uuid.UUID(int=2),
        tenant_id=uuid.UUID(int=1),
        exam_code="MODES",
        status="published",
        snapshot_hash="ab12",
        code_version="0.1.0",
        settings={"groups": groups.settings, "priors": {"2PL": "a lognormal"}},
        fits={
            model: said | {"log_likelihood": fit.log_likelihood, "groups": figures(fit.latent)}
            for model, fit in fits.items()
        },
        policy={},
        scale_version=1,
        as_of=None,
        first_response_at=NIGHT,
        last_response_at=NIGHT,
        dispositions={},
        serving_model="2PL",
        lifecycle=LIFECYCLE.plain(),
        diagnostics=DIAGNOSTICS,
        gate={"passed": True, "reason": "within every limit", "limits": [], "figures": {}, "settings": {}},
        n_persons=500,
        n_items=20,
        n_responses=10_000,
        created_at=NIGHT,
        fitted_at=NIGHT,
        published_at=NIGHT,
    )
    before = replace(run, id=uuid.UUID(int=3), n_persons=400, published_at=NIGHT - dt.timedelta(days=1))
    former = [row for row in rows if row["model"] == "2PL" and row["item"] != "I20"]
    former.append(former[0] | {"item": "GONE"})
    former[1] = former[1] | {"model": "3PL"}
    moved = {"kind": "drift", "contrast": "live", "item": "I4", "effect": 0.07, "flagged": False}
    different = {"kind": "mode", "contrast": "tutor against exam mode", "item": "I9", "effect": -2.0}
    return Known(
        run=run,
        rows=rows,
        findings=[moved, different | {"q_value": 0.001, "grade": "C", "flagged": True}],
        flags=[FLAG],
        options=[
            {"item": "I5", "option_label": label, "is_key": label == "A", "n": 100, "proportion": 0.2}
            | {
                "rest_correlation": 0.1,
                "proportion_low": 0.1,
                "proportion_middle": 0.2,
                "proportion_high": 0.3,
            }
            for label in "AB"
        ],
        weeks=[],
        before=before,
        former=former,
        decisions=[
            {"decision": "publish", "decided_by": "pipeline", "decided_at": NIGHT, "reason": "passed"}
        ],
        history=[
            {"published_at": each.published_at, "n_responses": 1, "n_items": 1, "diagnostics": {}, "gate": {}}
            for each in (before, run)
        ],
        synthetic_clock=False,
        attempts=attempts,
    )


@pytest.fixture(scope="module")
def made(known: Known) -> CalibrationReport:
    return page(known)


@pytest.fixture(scope="module")
def undrawn(known: Known) -> Known:
    """The same without the answers that pictures are drawn of."""
    return replace(known, attempts=known.attempts.clear())


def test_the_run_is_told_from_data_to_decision(known: Known, made: CalibrationReport) -> None:
    assert made.served_model == "2PL"
    assert made.data_note.startswith(
        "10,000 usable first attempts of 500 calibration persons at 20 items, from 2026"
    )
    assert dict(made.method)["Served fit"] == "2PL. every item is a 2PL"
    assert dict(made.method)["Models of the items"].startswith("1 2PL;")
    assert ("drift_effect", "0.05") in made.rules
    assert dict(made.versions)["Run"] == str(known.run.id)
    assert [each.by for each in made.decisions] == ["pipeline"]
    assert [plot.title for plot in made.plots] == [
        "Test information",
        "Persons and items",
        "Item curves",
        "Drift of anchors",
        "Published runs",
    ]
    assert "ab12" in render(made)


def test_what_was_found_stands_with_its_item(made: CalibrationReport) -> None:
    (each,) = made.flagged
    assert (each.item, each.n, each.open) == ("I5", 500, True)
    assert each.flags[0].sentence.startswith(
        "Option B goes with the score on the other items more than the key A"
    )
    assert [option.label for option in each.options] == ["A", "B"]
    assert made.items[4].flags == ("miskeyed",)
    assert made.items[0].measures == {"fit p": 0.4, "rmsd": 0.01}
    assert made.assumptions is not None
    assert made.assumptions.looked_at == "Of 25 persons drawn at random, with 500 of 1,000 answers."
    assert [found.item for found in made.assumptions.different] == ["I9"]


def test_a_flag_that_was_dismissed_is_shown_and_asks_for_nothing(undrawn: Known) -> None:
    said = {
        "state": "dismissed",
        "decided_by": "Ann",
        "decided_at": NIGHT,
        "decision_reason": "the key is right",
    }
    made = page(replace(undrawn, flags=[FLAG | said]))
    assert made.flagged[0].flags[0].decided == "dismissed by Ann, 2026-03-30 02:30 UTC: the key is right"
    assert (made.miskeyed, made.items[4].flags) == ((), ())
    assert not any("I5" in sentence for sentence in summary(made))


def test_the_scale_names_what_drifted_first(made: CalibrationReport) -> None:
    scale = made.scale
    assert scale is not None
    assert [each.item for each in scale.anchors] == ["I2", "I1", "I3"]
    assert scale.verdicts == {"held": 1, "dropped": 1, "new": 1}
    assert scale.link == (
        ("Link", "Stocking-Lord"),
        ("A (unit)", "1.012"),
        ("B (origin)", "0.010"),
        ("Anchors used", "18"),
    )


def test_changes_are_against_the_run_before(made: CalibrationReport, undrawn: Known) -> None:
    told = made.changes
    assert told is not None
    assert (told.added, told.gone, told.other_model) == (("I20",), ("GONE",), ("I2",))
    assert told.counts[0] == ("Persons", 400, 500)
    assert [(row.item, row.distance) for row in told.moved] == [("I4", 0.07)]
    assert told.edits == (("I2", "Only its looks changed."),)
    first = page(replace(undrawn, before=None, former=[])).changes
    assert first is not None
    assert (first.before, first.added, first.counts[0]) == (None, (), ("Persons", None, 500))


def test_a_run_that_waits_serves_nobody_yet(undrawn: Known) -> None:
    waiting = page(replace(undrawn, run=replace(undrawn.run, status="waiting")))
    assert waiting.served_model is None
    assert any("nothing of this run is served" in sentence for sentence in summary(waiting))


def test_a_run_without_parameters_is_told_by_its_statistics(undrawn: Known) -> None:
    lifecycle = Lifecycle(policy={}, classical_only="8 items; 10 are needed").plain()
    run = replace(
        undrawn.run,
        serving_model=None,
        fits={},
        lifecycle=lifecycle,
        scale_version=None,
        diagnostics={},
        gate={},
    )
    made = page(replace(undrawn, run=run, rows=[], findings=[], before=None, former=[], history=[]))
    assert dict(made.method)["No parameters"] == "8 items; 10 are needed"
    assert (made.plots, made.assumptions, made.scale) == ((), None, None)
    assert "8 items; 10 are needed" in render(made)
