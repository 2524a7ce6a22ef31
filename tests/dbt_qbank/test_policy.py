"""What becomes of every response and every unanswered item of the hand-made bank."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.dbt_qbank.rows import by_key


def test_every_response_and_unanswered_item_has_its_disposition(bank: Any, builds: Any) -> None:
    rows = by_key(bank.rows("int_dispositions"), "user_id", "question_id", "response_id")
    assert {key: row["disposition"] for key, row in rows.items()} == {
        (bank.ann, 1, 1): "too_few_answers",
        (bank.ann, 1, 2): "repeat",  # of a newer version
        (bank.ann, 2, 3): "rapid_guess",
        (bank.ann, 3, 4): "too_few_answers",  # 900 ms, but synthetic
        (bank.ben, 1, 5): "explanation_seen",  # of version 1, before version 2 was answered
        (bank.ben, 2, 6): "too_few_answers",  # explanation viewed after the answer
        (bank.cas, 2, 7): "flagged_user",
        (bank.dan, 1, 8): "too_few_answers",  # 3000 ms is not below 3000
        (bank.dan, 4, 9): "usable",  # served before, but not explained; no time
        (bank.dan, 5, 14): "usable",
        (bank.eve, 1, 10): "usable",
        (bank.eve, 2, 11): "usable",
        (bank.eve, 3, 12): "usable",
        (bank.fay, 1, 13): "abandoned_quiz",  # one of five, in exam mode
        (bank.fay, 2, None): "skipped",
        (bank.fay, 3, None): "omitted",
    }
    assert rows[(bank.ann, 2, 3)]["reason"] == "answered in 1000 ms, below the threshold of the item"


def test_an_exam_with_few_questions_asks_for_as_many_answers(bank: Any, builds: Any) -> None:
    asked = {(row["exam_code"], row["n_required"]) for row in bank.rows("int_dispositions")}
    assert asked == {("HOME", 3), ("OTHER", 2)}


def test_first_attempts_are_those_of_the_dispositions(bank: Any, builds: Any) -> None:
    firsts = by_key(bank.rows("int_first_attempts"), "user_id", "question_id")
    judged = by_key(
        [row for row in bank.rows("int_dispositions") if row["response_id"] not in (None, 2)],
        "user_id",
        "question_id",
    )
    assert set(firsts) == set(judged)
    for key, row in firsts.items():
        assert row == {column: judged[key][column] for column in row}


def test_a_quiz_counts_what_it_planned_and_what_became_of_it(bank: Any, builds: Any) -> None:
    quizzes = by_key(bank.rows("fact_quiz_sessions"), "quiz_id")
    left = quizzes[(bank.left_quiz,)]
    counts = ("n_planned", "n_served", "n_answered", "n_skipped", "n_omitted", "n_not_reached")
    assert [left[name] for name in counts] == [5, 3, 1, 1, 1, 2]
    assert (left["status"], left["mode"]) == ("abandoned", "exam")
    assert left["last_activity_at"] == dt.datetime(2026, 3, 1, 10, 12, tzinfo=dt.UTC)
    assert left["duration_ms"] == 72 * 60_000
    assert {row["status"] for key, row in quizzes.items() if key != (bank.left_quiz,)} == {"open"}


def test_exposures_and_their_sums_are_by_item_tenant_and_day(bank: Any, builds: Any) -> None:
    exposures = by_key(bank.rows("fact_exposures"), "question_id", "version", "tenant_id", "day")
    day = dt.date(2026, 3, 1)
    counts = ("n_served", "n_answered", "n_correct", "n_skipped", "n_omitted")
    said = {key: tuple(row[name] for name in counts) for key, row in exposures.items()}
    assert said == {
        (1, 1, bank.tenant_a, day): (1, 1, 1, 0, 0),
        (1, 2, bank.tenant_a, day): (4, 4, 2, 0, 0),
        (1, 2, bank.tenant_b, day): (1, 1, 1, 0, 0),
        (2, 1, bank.tenant_a, day): (5, 4, 3, 1, 0),
        (3, 1, bank.tenant_a, day): (3, 2, 0, 0, 1),
        (4, 1, bank.tenant_b, day): (1, 1, 0, 0, 0),
        (5, 1, bank.tenant_b, day): (1, 1, 1, 0, 0),
    }
    for row in bank.rows("int_item_days"):
        key = (row["question_id"], row["version"], row["tenant_id"], row["day"])
        assert exposures[key] == {name: row[name] for name in exposures[key]}


def test_learners_have_no_name_and_their_days(bank: Any, builds: Any) -> None:
    users = by_key(bank.rows("dim_users"), "user_id")
    assert {
        key[0]: (row["n_sessions"], row["n_answered"], row["is_flagged"]) for key, row in users.items()
    } == {
        bank.ann: (2, 4, False),
        bank.ben: (1, 2, False),
        bank.cas: (1, 1, True),
        bank.dan: (1, 3, False),
        bank.eve: (1, 3, False),
        bank.fay: (1, 1, False),
    }
    assert set(users[(bank.ann,)]) == {
        "user_id", "tenant_id", "first_day", "last_day", "n_sessions", "n_answered", "is_flagged",
    }  # fmt: skip


def test_versions_end_where_the_next_begins(bank: Any, builds: Any) -> None:
    versions = by_key(bank.rows("dim_questions"), "question_id", "version")
    assert versions[(1, 1)]["valid_to"] == versions[(1, 2)]["valid_from"]
    assert {key for key, row in versions.items() if row["is_live"]} == {(1, 2), (2, 1), (4, 1)}
    assert versions[(1, 2)]["n_publications"] == 3
