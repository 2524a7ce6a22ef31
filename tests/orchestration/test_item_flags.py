"""Which findings become flags, and what they say."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from database.queries.calibrations import Run
from orchestration.diagnostics.finding import finding
from orchestration.item_flags import ACTIONS, flags_of
from orchestration.lifecycle.policy import Policy


def run(serving: str | None = "2PL") -> Run:
    return Run(
        id=uuid.uuid4(),
        tenant_id=uuid.uuid4(),
        exam_code="X",
        snapshot_hash="",
        code_version="",
        settings={},
        fits={},
        n_persons=0,
        n_items=0,
        n_responses=0,
        serving_model=serving,
    )


def found(
    kind: str, item: int, *, contrast: str = "", flagged: bool = True, sentence: str = "So."
) -> dict[str, Any]:
    row = finding(kind, "x", contrast=contrast, unit="u", effect=0.2, flagged=flagged, sentence=sentence)
    return row | {"question_id": item, "version": 1}


def stats(item: int, p: float | None, n: int) -> dict[str, Any]:
    return {"question_id": item, "version": 1, "p_value": p, "n_responses": n}


def kinds(rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["question_id"], row["flag"]) for row in rows]


def test_flagged_findings_become_flags_one_an_item_and_kind() -> None:
    rows = flags_of(
        run(),
        [
            found("fit", 1),
            found("dif", 1, contrast="institution North against all others", sentence="Harder."),
            found("mode", 1, contrast="tutor against exam mode", sentence="Easier."),
            found("drift", 2, contrast="frozen"),
            found("drift", 3, contrast="live", flagged=False),
            found("dependence", 4, contrast="I9"),
            found("position", 5),
        ],
        [],
        [],
        Policy(),
    )
    assert kinds(rows) == [(1, "dif"), (1, "misfit"), (2, "drift"), (4, "dependence"), (5, "position")]
    assert rows[0]["detail"]["sentence"] == "Harder. Easier."
    assert [each["contrast"] for each in rows[0]["detail"]["findings"]] == [
        "institution North against all others",
        "tutor against exam mode",
    ]
    assert all(row["action"] == ACTIONS[row["flag"]] for row in rows)


def test_proportions_and_counts_are_held_against_the_policy() -> None:
    rows = flags_of(
        run(),
        [],
        [
            stats(1, 0.97, 400),
            stats(2, 0.15, 400),
            stats(3, 0.95, 400),
            stats(4, 0.99, 60),
            stats(5, None, 0),
        ],
        [],
        Policy(),
    )
    assert kinds(rows) == [
        (1, "too_easy"),
        (2, "too_hard"),
        (4, "too_few_responses"),
        (5, "too_few_responses"),
    ]
    assert rows[0]["detail"]["sentence"] == "97% of 400 got it right; above 95% it is too easy."
    lenient = Policy(too_easy=0.98, too_hard=0.10, fewest_responses=50)
    assert (
        kinds(flags_of(run(), [], [stats(1, 0.97, 400), stats(2, 0.15, 400), stats(4, 0.6, 60)], [], lenient))
        == []
    )


def test_an_exam_without_parameters_asks_for_no_responses_item_by_item() -> None:
    assert kinds(flags_of(run(None), [], [stats(1, 0.5, 20)], [], Policy())) == []


def test_exposure_counts_once_there_are_sessions_to_count() -> None:
    def exposed(met: int, sessions: int) -> list[dict[str, Any]]:
        return [{"question_id": 1, "version": 1, "n_met": met, "n_sessions": sessions}]

    rows = flags_of(run(), [], [], [], Policy(), exposed(90, 200))
    assert kinds(rows) == [(1, "over_exposed")]
    assert "90 of 200 adaptive sessions met it (45%)" in rows[0]["detail"]["sentence"]
    assert flags_of(run(), [], [], [], Policy(), exposed(80, 200)) == []
    assert flags_of(run(), [], [], [], Policy(), exposed(99, 99)) == []


def test_a_suspected_key_keeps_its_figures() -> None:
    suspect = {"question_id": 7, "version": 2, "flag": "miskeyed", "detail": {"key": "A", "suspect": "C"}}
    (row,) = flags_of(run(), [], [], [suspect], Policy())
    assert row == {
        "question_id": 7,
        "version": 2,
        "flag": "miskeyed",
        "detail": {"key": "A", "suspect": "C"},
        "action": ACTIONS["miskeyed"],
    }


@pytest.mark.parametrize("kind", sorted(ACTIONS))
def test_every_action_is_a_sentence_that_says_what_to_do(kind: str) -> None:
    assert ACTIONS[kind].endswith(".")
    assert len(ACTIONS[kind]) > 40
