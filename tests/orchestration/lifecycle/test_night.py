"""A night's calibration: what serves, what carries over, what holds the scale, and what does not move."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import irt
from orchestration.lifecycle.edits import without_voided
from orchestration.lifecycle.history import with_history
from orchestration.lifecycle.identity import asked, nothing_new, run_of
from orchestration.lifecycle.night import Known, Made, calibrated
from orchestration.snapshot import persons
from tests.orchestration.attempts import FIRST, simulated
from tests.orchestration.lifecycle.exam import first_night, next_night, others, version

TENANT = uuid.UUID(int=1)


def served(made: Made) -> dict[tuple[int, int], dict[str, object]]:
    return {(r["question_id"], r["version"]): r for r in made.rows if r["model"] == made.serving_model}


@pytest.fixture(scope="module")
def attempts() -> pl.DataFrame:
    return simulated(600)


@pytest.fixture(scope="module")
def first(attempts: pl.DataFrame) -> tuple[Known, Made]:
    known = first_night(few_responses=200)
    return known, calibrated(attempts, known)


def test_whole_exam_fits_fill_their_rows_and_every_item_says_why_its_model(first: tuple[Known, Made]) -> None:
    _, made = first
    for model in ("2PL", "3PL"):
        rows = [row for row in made.rows if row["model"] == model]
        assert len(rows) == 20
        assert all(row["a"] > 0.0 and row["se_b"] is not None for row in rows)
    assert len(made.lifecycle.choices) == 20
    assert all(each.reason for each in made.lifecycle.choices)
    assert made.lifecycle.serving_reason
    assert len(served(made)) == 20


def test_a_mix_of_models_is_served_from_one_joint_fit(attempts: pl.DataFrame) -> None:
    """Half of the items can be guessed; theirs is a c, and the parameters of all come from one fit."""
    guessed = (pl.col("question_id") > 10) & (pl.col("correct") == 0)
    lucky = (guessed.cum_sum() % 3 == 0) & guessed
    data = simulated(3000, seed=4).with_columns(
        correct=pl.when(lucky).then(1).otherwise("correct").cast(pl.Int8)
    )
    made = calibrated(data, first_night())
    assert made.serving_model == "mixed"
    models = {each.question_id: each.model for each in made.lifecycle.choices}
    assert [models[question] for question in (15, 18, 20)] == ["3PL"] * 3
    assert list(models.values()).count("2PL") >= 5
    mixed = served(made)
    assert len(mixed) == 20
    assert all((float(str(row["c"])) > 0.0) == (models[key[0]] == "3PL") for key, row in mixed.items())
    assert all(row["reason"] for row in mixed.values())
    assert {row["item_model"] for row in mixed.values()} > {"2PL"}


def test_a_3pl_that_stops_short_leaves_the_converged_2pl_to_serve(attempts: pl.DataFrame) -> None:
    passes = irt.calibrate(
        irt.Responses.from_long(attempts["person_id"], attempts["item"], attempts["correct"].to_numpy()),
        "2PL",
    ).passes
    made = calibrated(attempts, first_night(most_passes=passes + 1))
    assert made.fits["2PL"].converged
    assert not made.fits["3PL"].converged
    assert made.serving_model == "2PL"
    assert "3PL did not converge" in made.lifecycle.serving_reason
    assert {row["model"] for row in made.rows} == {"2PL"}


def test_anchors_stay_as_they_were_published_and_the_population_may_move(
    first: tuple[Known, Made], attempts: pl.DataFrame
) -> None:
    known = next_night(*first)
    abler = others(600, 300, tutor_mean=0.8, seed=11)
    made = calibrated(pl.concat([attempts, abler]), known)
    before, after = served(first[1]), served(made)
    anchors = {(row["question_id"], row["version"]) for row in known.anchors}
    held = {(each.question_id, each.version) for each in made.lifecycle.anchors if each.verdict == "held"}
    assert len(held) >= len(anchors) - 1
    for key in held:
        assert [after[key][name] for name in ("a", "b", "c", "se_b")] == [
            before[key][name] for name in ("a", "b", "c", "se_b")
        ]
        assert after[key]["status"] == "anchor"
    assert made.scale_version == 1
    assert not made.lifecycle.defines_scale
    means = dict(zip(made.fits["2PL"].latent.groups, made.fits["2PL"].latent.mean, strict=True))
    assert means["tutor"] - means["exam"] == pytest.approx(0.8, abs=0.2)
    assert means["exam"] == pytest.approx(0.0, abs=0.15)


def test_new_items_come_on_the_scale_of_the_anchors(
    first: tuple[Known, Made], attempts: pl.DataFrame
) -> None:
    """The same item under another name gets the parameters it has: its scale is that of the anchors."""
    known = next_night(*first)
    truth = next(row for row in known.anchors if row["question_id"] == 10)
    known = replace(known, anchors=[row for row in known.anchors if row["question_id"] != 10])
    made = calibrated(pl.concat([attempts, others(900, seed=8)]), known)
    new = served(made)[10, 1]
    assert new["status"] != "anchor"
    assert float(str(new["b"])) == pytest.approx(truth["b"], abs=0.25)
    assert [each.question_id for each in made.lifecycle.anchors if each.verdict == "new"] == [10]


def test_versions_follow_the_kind_of_edit(first: tuple[Known, Made], attempts: pl.DataFrame) -> None:
    edits = [
        (1, 2, "cosmetic", 1),
        (2, 2, "wording", 1),
        (3, 2, "key", 1),
        (4, 2, "options", 1),
        (20, 2, "cosmetic", 1),
    ]
    data = attempts
    for question in (1, 2, 3):
        data = version(data, question, 2, share=0.5)
    known = replace(next_night(*first), lineage=first_night(edits).lineage)
    made = calibrated(without_voided(data, known.lineage), known)
    rows, before = served(made), served(first[1])
    assert (rows[1, 2]["status"], rows[1, 2]["b"]) == ("carried over", rows[1, 1]["b"])
    assert (rows[1, 2]["n_respondents"], rows[1, 1]["n_respondents"]) == (300, 300)
    assert rows[20, 2]["n_respondents"] == 0  # nobody has met it yet, and it is served all the same
    assert rows[2, 2]["status"] != "anchor"
    assert (3, 1) not in rows
    assert rows[3, 2]["n_respondents"] == 300
    unmet = rows[4, 2]
    assert (unmet["status"], unmet["b"]) == ("carried over", before[4, 1]["b"])
    assert float(str(unmet["se_b"])) == pytest.approx(3.0 * float(str(before[4, 1]["se_b"])))
    assert {each.question_id for each in made.lifecycle.anchors if each.verdict == "dropped"} == {3}


@pytest.mark.parametrize("left", [1.0, 0.1])
def test_an_item_may_have_been_met_in_a_later_look_alone(attempts: pl.DataFrame, left: float) -> None:
    """All its answers are to the version whose looks changed; enough of them to be fitted, or too few."""
    known = first_night([(1, 2, "cosmetic", 1)])
    others = attempts.filter(pl.col("question_id") != 1)
    later = version(attempts.filter(pl.col("question_id") == 1).head(int(left * 600)), 1, 2, share=1.0)
    rows = served(calibrated(pl.concat([others, later]), known))
    assert (rows[1, 1]["n_respondents"], rows[1, 2]["n_respondents"]) == (0, int(left * 600))
    assert rows[1, 2]["b"] == rows[1, 1]["b"]
    assert (rows[1, 2]["b"] is None) == (left < 1.0)


def test_an_exam_that_is_too_small_has_rows_that_say_so(attempts: pl.DataFrame) -> None:
    few = attempts.filter(pl.col("person_id").is_in(persons(attempts)["person_id"].head(150).implode()))
    made = calibrated(few, first_night())
    assert (made.fits, made.serving_model, made.scale_version) == ({}, None, None)
    assert made.lifecycle.classical_only is not None
    assert len(made.rows) == 40
    assert {row["status"] for row in made.rows} == {"set aside"}
    assert {row["reason"] for row in made.rows} == {made.lifecycle.classical_only}
    assert calibrated(attempts.clear(), first_night()).rows == []


def test_a_bank_too_young_to_hold_a_scale_is_served_without_one(attempts: pl.DataFrame) -> None:
    made = calibrated(attempts, first_night(anchor_se_b=0.01))
    assert (made.scale_version, made.lifecycle.defines_scale, made.lifecycle.anchors) == (None, False, [])
    assert "until a run defines the scale" in made.lifecycle.scale_reason
    assert len(served(made)) == 20


def test_too_few_anchors_stop_the_run_and_a_new_scale_is_a_persons_word(
    first: tuple[Known, Made], attempts: pl.DataFrame
) -> None:
    known = next_night(*first)
    known = replace(known, anchors=known.anchors[:4])
    short = calibrated(attempts, known).lifecycle
    assert short.too_few_anchors is not None
    assert "Nothing is published" in short.too_few_anchors
    anew = calibrated(attempts, replace(known, new_scale=True))
    assert (anew.scale_version, anew.lifecycle.defines_scale) == (2, True)
    assert anew.lifecycle.too_few_anchors is None


def test_the_estimates_do_not_depend_on_where_they_begin(
    first: tuple[Known, Made], attempts: pl.DataFrame
) -> None:
    cold, warm = first[1], calibrated(attempts, replace(next_night(*first), scale=None, anchors=[]))
    assert warm.fits["2PL"].passes < cold.fits["2PL"].passes
    np.testing.assert_allclose(warm.fits["2PL"].b, cold.fits["2PL"].b, atol=1e-4)


def test_a_run_is_named_by_what_it_is_made_of(first: tuple[Known, Made], attempts: pl.DataFrame) -> None:
    known, made = first
    run = run_of("E", TENANT, attempts, known, made, "1")
    again = run_of("E", TENANT, attempts, known, calibrated(attempts, known), "1")
    assert run.id == again.id
    day = attempts.with_columns(as_of=pl.lit("2026-03-31").str.to_date())
    different = [
        run_of("E", TENANT, attempts, known, made, "2"),
        run_of("E", TENANT, day, known, made, "1"),
        run_of("E", TENANT, attempts, first_night([(1, 2, "cosmetic", 1)]), made, "1"),
        run_of("E", TENANT, attempts, first_night(strata=2), made, "1"),
    ]
    assert len({run.id, *(other.id for other in different)}) == 5
    assert str(different[1].as_of) == "2026-03-31"
    assert (run.n_persons, run.n_items, run.n_responses) == (600, 20, 12_000)
    assert run.dispositions == {"usable": 12_000}
    assert str(run.first_response_at) < str(run.last_response_at)


def test_nothing_new_is_a_reason_not_to_fit(first: tuple[Known, Made], attempts: pl.DataFrame) -> None:
    known, made = first
    live = run_of("E", TENANT, attempts, known, made, "1")
    said = nothing_new(live, attempts, asked(known), "1")
    assert said is not None
    assert "12,000 responses" in said
    assert nothing_new(None, attempts, asked(known), "1") is None
    assert nothing_new(live, attempts.head(-1), asked(known), "1") is None
    assert nothing_new(live, attempts, asked(known), "2") is None
    assert nothing_new(live, attempts, asked(first_night(fewest_items=9)), "1") is None
    assert nothing_new(live, attempts, asked(first_night([(1, 2, "key", 1)])), "1") is None


def chosen_by_history(learners: int) -> pl.DataFrame:
    """Even items first; a window later each learner gets the four of the others that are nearest to its history."""
    later = pl.col("question_id") % 2 == 1
    attempts = simulated(learners, seed=2).with_columns(
        pl.when(later)
        .then(pl.lit(FIRST + dt.timedelta(days=30)))
        .otherwise("window_start")
        .alias("window_start"),
        pl.when(later).then(pl.format("{} later", "person_id")).otherwise("person_id").alias("person_id"),
    )
    known = with_history(attempts, [])
    far = (pl.col("question_id") / 6.3 - 1.66 - 1.3 * pl.col("history")).abs()
    return known.filter(~later | (far.rank("ordinal").over("person_id") <= 4))


def test_strata_of_history_undo_what_choosing_by_it_does_to_a_pooled_fit() -> None:
    attempts = chosen_by_history(3000)
    slopes, discriminations = {}, {}
    for strata in (1, 8):
        made = calibrated(attempts, first_night(strata=strata, serving="2PL", few_responses=100))
        assert made.groups.settings["strata"] == strata
        fit = made.fits["2PL"]
        place = [name for name in fit.items if int(str(name)[1:]) % 2 == 1]
        at = [fit.items.index(name) for name in place]
        true_b = [np.linspace(-1.5, 1.5, 20)[int(str(name)[1:]) - 1] for name in place]
        slopes[strata] = float(np.polyfit(true_b, fit.b[at], 1)[0])
        discriminations[strata] = float(fit.a[at].mean())
    assert slopes[1] < 0.6
    assert slopes[8] == pytest.approx(1.0, abs=0.12)
    assert discriminations[1] < 0.75 * discriminations[8]
