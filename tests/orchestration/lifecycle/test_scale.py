"""Anchors that drift are found and dropped, those that do not hold the scale, and new ones serve a probation."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from msgspec import structs

from orchestration.lifecycle.drifting import Compared, compared
from orchestration.lifecycle.night import Known, Made, calibrated
from orchestration.lifecycle.remembered import Choice
from orchestration.lifecycle.scale import promotable, since_drift, too_few, verdicts
from tests.orchestration.attempts import simulated
from tests.orchestration.lifecycle.exam import first_night, next_night, others

MOVED = 7


@pytest.fixture(scope="module")
def first() -> tuple[Known, Made]:
    known = first_night(serving="2PL")
    return known, calibrated(simulated(800), known)


@pytest.fixture(scope="module")
def second(first: tuple[Known, Made]) -> Known:
    return next_night(*first)


def harder(attempts: pl.DataFrame, question: int, taken: int = 2) -> pl.DataFrame:
    """Take two (or one) in three right answers from an item."""
    lost = (pl.col("question_id") == question) & (pl.col("correct") == 1)
    kept = pl.when(lost).then((lost.cum_sum() % 3 >= taken).cast(pl.Int8)).otherwise("correct")
    return attempts.with_columns(correct=kept.cast(pl.Int8))


def test_the_first_run_defines_the_scale_by_the_items_that_are_well_known(first: tuple[Known, Made]) -> None:
    _, made = first
    assert made.lifecycle.defines_scale
    assert made.scale_version == 1
    assert {each.verdict for each in made.lifecycle.anchors} == {"new"}
    served = {row["question_id"]: row for row in made.rows if row["model"] == "2PL"}
    known = {each.question_id for each in made.lifecycle.anchors}
    assert known == {question for question, row in served.items() if row["se_b"] <= 0.25}
    assert len(known) > 10


def test_a_moved_anchor_is_dropped_and_the_others_hold(second: Known) -> None:
    attempts = pl.concat([simulated(800), harder(others(800, seed=5), MOVED)])
    found = compared(attempts, second.holding, second.policy)
    said = {each.question_id: each for each in verdicts(second.holding, found, {}, second.policy)}
    assert [question for question, each in said.items() if each.verdict == "dropped"] == [MOVED]
    moved = said[MOVED]
    assert moved.distance is not None
    assert moved.distance > 0.05
    assert moved.b_now is not None
    assert moved.b_frozen is not None
    assert moved.b_now > moved.b_frozen + 0.5
    assert "harder" in moved.reason
    assert moved.n_now == 800  # the answers of the last days alone
    assert found.link["n_used"] + found.link["n_dropped"] == len(second.holding)
    assert 0.8 < found.link["A"] < 1.25


def test_what_drifted_is_calibrated_anew_by_the_answers_that_come(second: Known) -> None:
    """The night that finds it fits it no more; later nights fit it by what was answered since."""
    before = pl.concat([simulated(800), harder(others(800, seed=5), MOVED)])
    tonight = calibrated(before, second)
    rows = [row for row in tonight.rows if row["question_id"] == MOVED]
    assert {row["status"] for row in rows} == {"set aside"}
    assert all("it drifted" in row["reason"] for row in rows)
    found_at = dt.datetime.fromisoformat(str(before["ts"].max()))
    dropped = [
        anchor | {"state": "dropped", "dropped_after": found_at} if anchor["question_id"] == MOVED else anchor
        for anchor in second.anchors
    ]
    fresh = harder(others(800, seed=6), MOVED).with_columns(
        pl.format("fresh {}", "person_id").alias("person_id"), pl.format("fresh {}", "user_id").alias("user_id"),
        ts=pl.lit("2026-06-01 10:00:00+00"), week=pl.lit(dt.date(2026, 6, 1)),
    )  # fmt: skip
    later = calibrated(pl.concat([before, fresh]), replace(second, anchors=dropped))
    (row,) = [row for row in later.rows if row["question_id"] == MOVED and row["model"] == "2PL"]
    assert row["status"] == "ok"
    assert row["n_respondents"] == 800
    frozen = next(anchor for anchor in second.anchors if anchor["question_id"] == MOVED)
    assert row["b"] > frozen["b"] + 0.5


def test_an_anchor_that_may_be_drifting_keeps_its_parameters_and_holds_nothing(second: Known) -> None:
    attempts = pl.concat([simulated(800), harder(others(800, seed=5), MOVED)])
    cautious = replace_policy(second, serving="2PL", drift_level=1e-12)
    tonight = calibrated(attempts, cautious)
    suspects = {each.question_id for each in tonight.lifecycle.anchors if each.suspect}
    assert MOVED in suspects
    assert len(suspects) < 5
    assert {each.verdict for each in tonight.lifecycle.anchors} == {"held"}
    assert f"{len(suspects)} that may be drifting hold nothing" in tonight.lifecycle.scale_reason
    frozen = {anchor["question_id"]: anchor for anchor in second.anchors}
    for row in tonight.rows:
        kept = frozen[row["question_id"]]
        assert row["status"] == "anchor"
        assert (row["a"], row["b"]) == pytest.approx((kept["a"], kept["b"]), abs=1e-12)
        assert (row["question_id"] in suspects) == ("looks as if it drifts" in row["reason"])
    assert {each.question_id for each in tonight.lifecycle.choices if "drifts" in each.reason} == suspects
    few = replace_policy(second, serving="2PL", drift_level=1e-12, fewest_anchors=len(frozen))
    assert "may be drifting" not in calibrated(attempts, few).lifecycle.scale_reason


def test_what_drifted_is_one_item_with_its_cosmetic_edits() -> None:
    """Answers to either version, up to the night that found it, are left out; later ones and other items stay."""
    when = [
        "2026-03-01 09:00:00+00",
        "2026-03-01 09:00:01+00",
        "2026-03-02 09:00:00+00",
        "2026-03-01 09:00:00+00",
    ]
    attempts = pl.DataFrame(
        {"item": ["I7", "I7", "I7", "I8"], "question_id": [7, 7, 7, 8], "version": [1, 2, 2, 1], "ts": when}
    )
    found_at = dt.datetime(2026, 3, 1, 10, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    anchors = [{"item": "I7", "dropped_after": found_at}, {"item": "I8", "dropped_after": None}]
    left = since_drift(attempts, anchors)
    assert left.rows() == [("I7", 7, 2, when[2]), ("I8", 8, 1, when[3])]
    assert since_drift(attempts, anchors[1:]).equals(attempts)


def test_a_sudden_change_is_found_before_the_answers_from_before_it_are_gone(second: Known) -> None:
    fresh = others(2_000, seed=5)
    last = fresh["week"].max()
    changed = pl.concat(
        [fresh.filter(pl.col("week") != last), harder(fresh.filter(pl.col("week") == last), MOVED, 1)]
    )
    soon = compared(changed, second.holding, second.policy)
    assert [item for item, effect in soon.effects.items() if effect["drifted"]] == [f"I{MOVED}"]
    assert soon.effects[f"I{MOVED}"]["sentence"].endswith("Answers of the last 7 days.")
    assert soon.link["days"] == 28
    late = compared(changed, second.holding, structs.replace(second.policy, drift_soon_days=28))
    assert not any(effect["drifted"] for effect in late.effects.values())
    assert late.effects[f"I{MOVED}"]["distance"] < soon.effects[f"I{MOVED}"]["distance"] / 2


def test_without_enough_fresh_answers_nothing_is_said_of_drift(second: Known) -> None:
    attempts = pl.concat([simulated(800), others(60, seed=5)])
    found = compared(attempts, second.holding, second.policy)
    assert found.effects == {}
    assert found.link["not_compared"].startswith("0 anchors have 100 answers of the last 28 days")
    assert {each.verdict for each in verdicts(second.holding, found, {}, second.policy)} == {"held"}


def test_a_changed_key_drops_an_anchor_whatever_its_answers_say(second: Known) -> None:
    said = verdicts(second.holding, Compared(), {(3, 1): 2}, second.policy)
    dropped = [each for each in said if each.verdict == "dropped"]
    assert [(each.question_id, each.reason) for each in dropped] == [(3, "its key was changed in version 2")]


def test_a_new_item_is_promoted_after_nights_in_which_it_was_compared(second: Known) -> None:
    on_probation = [{**row, "state": "probation", "runs_passed": 2} for row in second.holding[:1]]
    effect = {
        "drifted": False,
        "suspect": False,
        "distance": 0.01,
        "q_value": 0.9,
        "sentence": "It stands.",
        "a_now": 1.0,
        "b_now": 0.0,
        "n_now": 500,
    }
    item = on_probation[0]["item"]
    (stood,) = verdicts(on_probation, Compared({item: effect}), {}, second.policy)
    assert stood.verdict == "promoted"
    (unseen,) = verdicts(on_probation, Compared(), {}, second.policy)
    assert unseen.verdict == "probation"
    young = [{**on_probation[0], "runs_passed": 0}]
    (early,) = verdicts(young, Compared({item: effect}), {}, second.policy)
    assert early.verdict == "probation"
    (flagged,) = verdicts(young, Compared({item: effect | {"drifted": True}}), {}, second.policy)
    assert flagged.verdict == "dropped"
    dropped = [{**on_probation[0], "state": "dropped"}]
    assert verdicts(dropped, Compared(), {}, second.policy) == []


def test_an_item_that_is_not_known_well_enough_is_not_promoted(second: Known) -> None:
    found = compared(pl.concat([simulated(800), others(800, seed=5)]), second.holding, second.policy)
    waiting = [row | {"state": "probation", "runs_passed": 5} for row in second.holding]
    said = verdicts(waiting, found, {}, second.policy)
    assert {each.verdict for each in said} == {"promoted"}
    row = {
        "question_id": said[0].question_id,
        "version": 1,
        "status": "ok",
        **{"a": 1.0, "b": 0.0, "c": 0.0, "se_a": 0.06, "se_b": 0.06},
        "n_respondents": 800,
    }
    kept = promotable(said, [row], {}, second.policy)
    assert [each.verdict for each in kept] == ["promoted"] + ["probation"] * (len(said) - 1)
    for vague in ({"se_b": 0.5}, {"se_b": 0.12}, {"se_a": 0.15}, {"se_a": None}):
        assert promotable(said, [row | vague], {}, second.policy)[0].reason.endswith("not known well enough")


@pytest.mark.parametrize(
    ("lead", "apart", "freezes"),
    [(0.5, 0.10, False), (5.9, 0.031, False), (6.0, 0.10, True), (0.1, 0.03, True), (None, None, True)],
)
def test_a_curve_does_not_freeze_while_another_model_could_be_tomorrows(
    second: Known, lead: float | None, apart: float | None, freezes: bool
) -> None:
    anchor = verdicts(second.holding, Compared(), {}, second.policy)[0]
    said = [structs.replace(anchor, verdict="promoted")]
    key = {"question_id": anchor.question_id, "version": anchor.version}
    row = {
        "status": "ok",
        "a": 1.0,
        "b": 0.0,
        "c": 0.0,
        "se_a": 0.03,
        "se_b": 0.03,
        "n_respondents": 900,
        **key,
    }
    choice = Choice(item=anchor.item, n=900, model="2PL", reason="", lead=lead, apart=apart, **key)
    (kept,) = promotable(said, [row], {anchor.item: choice}, second.policy)
    assert (kept.verdict == "promoted") is freezes


def test_too_few_anchors_are_said_with_what_to_do(second: Known) -> None:
    policy = replace_policy(second, fewest_anchors=5)
    said = verdicts(second.holding, Compared(), {}, policy.policy)[:4]
    keys = {(each.question_id, each.version) for each in said}
    names = {each.item for each in said}
    short = too_few(said, keys, names, policy.policy)
    assert short is not None
    assert short.startswith("4 anchors are left")
    assert "new_scale: true" in short
    assert too_few(said, keys, names, replace_policy(second, fewest_anchors=4).policy) is None
    assert too_few(said, keys, set(), replace_policy(second, fewest_anchors=1).policy) is not None


def replace_policy(known: Known, **rules: Any) -> Known:
    return replace(known, policy=first_night(**rules).policy)
