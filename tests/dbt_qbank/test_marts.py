from __future__ import annotations

import datetime as dt
from typing import Any

from tests.dbt_qbank.rows import by_key

HEART, LUNG, OF_B = 1, 2, 3


def test_both_selections_pass_on_an_empty_database(builds: Any) -> None:
    assert set(builds.empty.values()) == {"success", "pass"}


def test_both_selections_pass_on_rows_without_a_warning(builds: Any) -> None:
    assert set(builds.before_fit.values()) | set(builds.after_publish.values()) == {"success", "pass"}
    assert builds.warnings == []


def test_every_check_of_the_project_ran_in_one_of_the_two_builds(bank: Any, builds: Any) -> None:
    nodes = [*bank.manifest.nodes.values(), *bank.manifest.unit_tests.values()]
    named = {node.name for node in nodes if node.resource_type != "operation"}  # hooks of the run
    assert named == set(builds.before_fit) | set(builds.after_publish)


def test_a_response_is_one_fact_with_the_topic_and_exam_of_what_was_answered(bank: Any, builds: Any) -> None:
    facts = by_key(bank.rows("fact_responses"), "response_id")
    said = {
        key[0]: (row["question_id"], row["version"], row["topic_id"], row["exam_code"])
        for key, row in facts.items()
    }
    assert said == {
        1: (1, 1, HEART, "HOME"),  # superseded, keeps its topic
        2: (1, 2, LUNG, "AWAY"),  # the quiz's exam, not the home exam
        3: (2, 1, HEART, "HOME"),
        4: (3, 1, None, "HOME"),
        5: (1, 2, LUNG, "HOME"),
        6: (2, 1, HEART, "HOME"),
        7: (2, 1, HEART, "HOME"),
        8: (1, 2, LUNG, "HOME"),
        9: (4, 1, OF_B, "OTHER"),
        10: (1, 2, LUNG, "HOME"),
        11: (2, 1, HEART, "HOME"),
        12: (3, 1, None, "HOME"),
        13: (1, 2, LUNG, "HOME"),
        14: (5, 1, None, "OTHER"),
    }


def test_a_fact_carries_its_response_unchanged(bank: Any, builds: Any) -> None:
    fact = by_key(bank.rows("fact_responses"), "response_id")[(2,)]
    assert fact == {
        "user_id": bank.ann, "quiz_id": bank.away_quiz, "question_id": 1, "version": 2, "topic_id": LUNG,
        "exam_code": "AWAY", "tenant_id": bank.tenant_a, "is_correct": False, "time_taken_ms": 4000,
        "ts": dt.datetime(2026, 3, 1, 9, 20, tzinfo=dt.UTC), "response_id": 2, "option_label": "A",
        "origin": "delivery", "synthetic_at": False, "synthetic_time": False, "recorded_time_ms": 4000,
        "mode": "tutor", "position": None,
    }  # fmt: skip


def test_a_question_is_live_once_for_each_publication(bank: Any, builds: Any) -> None:
    live = by_key(bank.rows("stg_questions"), "question_id", "exam_code", "tenant_id")
    assert {key: row["version"] for key, row in live.items()} == {
        (1, "HOME", bank.tenant_a): 2,
        (1, "AWAY", bank.tenant_a): 2,
        (1, "HOME", bank.tenant_b): 2,
        (2, "HOME", bank.tenant_a): 1,
        (4, "OTHER", bank.tenant_b): 1,
    }
