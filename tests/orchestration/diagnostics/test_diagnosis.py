"""What a diagnosis finds in answers in which something is wrong, and what it leaves alone in answers that are fine."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import irt
from orchestration.diagnostics.diagnosis import Asked, Diagnosis, diagnose
from orchestration.diagnostics.finding import keyed, some
from orchestration.diagnostics.fitted import sampled
from orchestration.groups import figures, grouping
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Anchor, Lifecycle
from orchestration.snapshot import items, persons, responses
from tests.orchestration.attempts import KEYS, candidate_rows, simulated

EXAM, TUTOR = 900, 600
RUN = uuid.UUID("6f0d1e0a-6f1c-5b55-9d0e-7c5b1d1f5a10")


def asked_of(attempts: pl.DataFrame) -> Asked:
    """Fit both models as the pipeline does, and ask."""
    answers, groups = responses(attempts), grouping(persons(attempts))
    fits = {
        model: irt.calibrate(answers, model, groups=groups.labels, reference=groups.reference)
        for model in ("2PL", "3PL")
    }
    rows = [{"item_model": None} | row for row in candidate_rows(fits, items(attempts))]
    return Asked(
        run_id=RUN,
        attempts=attempts,
        rows=rows,
        fits={model: {"groups": figures(fit.latent)} for model, fit in fits.items()},
        serving="2PL",
        lifecycle=Lifecycle(policy={}),
        policy=Policy(),
        keys=KEYS,
    )


def with_faults(attempts: pl.DataFrame) -> pl.DataFrame:
    """I20 copies I19; I10 is harder in tutor mode; the answers to I5 go up, down and up again with ability."""
    ability = attempts.group_by("person_id").agg(pl.col("correct").mean().alias("ability"))
    copied = attempts.filter(pl.col("item") == "I19").select("person_id", copy="correct")
    number = pl.int_range(pl.len()) // 20  # of the person
    middle = pl.col("ability").is_between(0.4, 0.6)
    tutor = (pl.col("mode") == "tutor") & (number % 2 == 0)
    return (
        attempts.join(ability, on="person_id", how="left", maintain_order="left")
        .join(copied, on="person_id", how="left", maintain_order="left")
        .with_columns(
            correct=pl.when((pl.col("item") == "I20") & (number % 5 < 4))
            .then("copy")
            .when((pl.col("item") == "I10") & tutor)
            .then(0)
            .when((pl.col("item") == "I5") & middle)
            .then((number % 5 == 0).cast(pl.Int8))
            .otherwise("correct")
            .cast(pl.Int8)
        )
        .drop("ability", "copy")
    )


@pytest.fixture(scope="module")
def good() -> Asked:
    return asked_of(simulated(EXAM, TUTOR, seed=8, tutor_mean=0.3))


@pytest.fixture(scope="module")
def fine(good: Asked) -> Diagnosis:
    return diagnose(good)


@pytest.fixture(scope="module")
def faulty(good: Asked) -> Diagnosis:
    return diagnose(asked_of(with_faults(good.attempts)))


def flagged(found: Diagnosis, kind: str) -> set[tuple[int, str]]:
    return {
        (row["question_id"], row["contrast"])
        for row in found.findings
        if row["kind"] == kind and row["flagged"]
    }


def test_nothing_is_flagged_where_the_model_holds(fine: Diagnosis) -> None:
    assert [row["sentence"] for row in fine.findings if row["flagged"]] == []
    assert {row["kind"] for row in fine.findings} == {"fit", "mode"}
    assert len(fine.findings) == 2 * 20


def test_planted_faults_are_found_and_named(faulty: Diagnosis) -> None:
    assert 5 in {item for item, _ in flagged(faulty, "fit")}
    assert (20, "I19") in flagged(faulty, "dependence")
    assert (19, "I20") in flagged(faulty, "dependence")
    assert flagged(faulty, "mode") == {(10, "tutor against exam mode")}
    (row,) = [row for row in faulty.findings if row["kind"] == "mode" and row["flagged"]]
    assert row["effect"] < -1.5
    assert row["grade"] == "C"
    assert "harder in tutor mode" in row["sentence"]


def test_every_model_that_was_fitted_has_its_fit_tested(fine: Diagnosis) -> None:
    assert {row["model"] for row in fine.fits} == {"2PL", "3PL"}
    of_2pl = {row["question_id"]: row["fit_p"] for row in fine.fits if row["model"] == "2PL"}
    stored = {row["question_id"]: row["p_value"] for row in fine.findings if row["kind"] == "fit"}
    assert stored == of_2pl
    assert min(stored.values()) > 0.0


def test_fit_of_rows_read_back_is_that_of_the_fit_itself(good: Asked, fine: Diagnosis) -> None:
    answers, groups = responses(good.attempts), grouping(persons(good.attempts))
    fit = irt.calibrate(answers, "2PL", groups=groups.labels, reference=groups.reference)
    expected = irt.fit.item_fit(answers, fit, groups=groups.labels)["fit_p"].to_numpy()
    found = [row["fit_p"] for row in fine.fits if row["model"] == "2PL"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_figures_of_the_whole_run(fine: Diagnosis) -> None:
    found = fine.figures
    assert found["sample"] == {"n_answers": 30_000, "of_answers": 30_000, "n_persons": 1500}
    assert found["reliability"]["n_block"] == 1500
    assert 0.6 < found["reliability"]["alpha"] < 0.95
    assert found["reliability"]["empirical"] == pytest.approx(found["reliability"]["alpha"], abs=0.08)
    assert found["person_fit"]["n_tested"] > 1400
    assert found["person_fit"]["below_5_percent"] / found["person_fit"]["n_tested"] < 0.08
    assert found["dependence"]["n_pairs"] == 190
    assert found["dif"][0]["n_focal"] == TUTOR
    assert found["changed"]["n_items"] == 0


def test_a_run_is_compared_with_what_is_live_and_with_what_is_frozen(good: Asked) -> None:
    own = [row for row in good.rows if row["model"] == "2PL"]
    live = [{"item": f"I{row['question_id']}"} | {name: row[name] for name in "abc"} for row in own]
    live[3] = live[3] | {"b": live[3]["b"] + 0.8}
    lifecycle = Lifecycle(
        policy={},
        anchors=[
            Anchor(question_id=1, version=1, item="I1", verdict="held", distance=0.01, q_value=0.8),
            Anchor(question_id=2, version=1, item="I2", verdict="dropped", distance=0.2, q_value=0.001, reason="moved"),
            Anchor(question_id=99, version=1, item="GONE", verdict="held", distance=0.01, q_value=0.9),
            Anchor(question_id=3, version=1, item="I3", verdict="new"),
        ],
        link={"A": 1.02, "B": 0.01},
    )  # fmt: skip
    found = diagnose(replace(good, live=live, lifecycle=lifecycle, policy=Policy(dif_groups=())))
    assert flagged(found, "drift") == {(2, "frozen")}
    changed = [row for row in found.findings if row["grade"] == "changed"]
    assert [row["question_id"] for row in changed] == [4]
    assert changed[0]["effect"] > 0.05
    assert found.figures["changed"]["n_changed"] == 1
    assert found.figures["changed"]["share"] == pytest.approx(1 / 20)
    assert found.figures["changed"]["changed"] == "I4"
    assert found.figures["anchors"]["verdicts"] == {"held": 2, "dropped": 1, "new": 1}
    assert found.figures["anchors"]["dropped"] == ["I2"]


def test_institutions_are_compared_with_all_others(good: Asked) -> None:
    users = good.attempts["user_id"].unique(maintain_order=True).to_list()
    members = {
        user: ("North", "South", "Small")[0 if i < 500 else 1 if i < 1400 else 2]
        for i, user in enumerate(users)
    }
    members = {user: name for user, name in members.items() if user not in users[-20:]}
    policy = Policy(dif_groups=("institution",))
    found = diagnose(replace(good, policy=policy, members={"institution": members}))
    assert [each["contrast"] for each in found.figures["dif"]] == [
        "institution South against all others",
        "institution North against all others",
    ]
    assert [each["n_reference"] for each in found.figures["dif"]] == [580, 980]
    assert {row["kind"] for row in found.findings} == {"fit", "dif"}


def test_where_an_item_stands_moves_its_difficulty() -> None:
    """Two forms, the second in reverse order; at a late place I7 is harder."""
    number = pl.int_range(pl.len()) // 20
    placed = (
        simulated(EXAM, TUTOR, seed=9, tutor_mean=0.3)
        .with_columns(
            position=pl.when(number % 2 == 0).then(pl.col("position")).otherwise(21 - pl.col("position"))
        )
        .with_columns(
            correct=pl.when((pl.col("item") == "I7") & (pl.col("position") > 13) & (number % 3 == 0))
            .then(0)
            .otherwise("correct")
            .cast(pl.Int8)
        )
    )
    found = diagnose(asked_of(placed))
    assert flagged(found, "position") == {(7, "last third against first")}
    (row,) = [row for row in found.findings if row["kind"] == "position" and row["flagged"]]
    assert row["effect"] < -0.1
    assert row["statistic"] > 3.0
    assert found.figures["position"]["n_items"] > 10


def test_places_that_nobody_knows_or_that_never_change_are_told(good: Asked, fine: Diagnosis) -> None:
    assert fine.figures["position"]["n_items"] == 0
    assert "fewer than two items were asked at different places" in fine.figures["position"]["sentence"]
    unknown = good.attempts.with_columns(position=pl.lit(None, dtype=pl.Int32))
    found = diagnose(replace(good, attempts=unknown))
    assert found.figures["position"]["sentence"] == "Where in a session an answer was given is not known."


def test_a_run_that_serves_nothing_has_figures_only(good: Asked) -> None:
    found = diagnose(replace(good, serving=None, rows=[], fits={}))
    assert (found.findings, found.fits) == ([], [])
    assert found.figures["miskeyed"] == 0


def test_persons_are_sampled_whole(good: Asked) -> None:
    chosen = sampled(good.attempts, np.random.default_rng(1), 10_000)
    assert chosen.height == 10_000
    assert chosen.group_by("person_id").len()["len"].unique().to_list() == [20]
    assert sampled(good.attempts, np.random.default_rng(1)).height == 30_000


def test_names_become_keys_and_long_lists_are_counted() -> None:
    named = pl.DataFrame({"item": ["x"], "question_id": [7], "version": [2]})
    rows: list[dict[str, Any]] = [{"item": "x", "kind": "fit"}]
    assert keyed(rows, named) == [{"question_id": 7, "version": 2, "kind": "fit"}]
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"
