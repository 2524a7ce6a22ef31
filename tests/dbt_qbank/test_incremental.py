"""What grew step by step equals what is built anew, whatever came late, and costs nothing where nothing came.

The tests change one generated bank in turn and let the models grow. What those leave that do not compare with the
full refresh themselves, the next that does covers.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import pytest

from tests.dbt_qbank.generated import Changes

BEFORE_FIT = ("--select", "tag:before_fit")
GOOD = {"success", "pass"}


def grow(bank: Any, *selection: str) -> None:
    """Let the models take in what is new."""
    assert set(bank.invoke("run", *(selection or BEFORE_FIT)).values()) == {"success"}


def grown_models(bank: Any) -> list[str]:
    return sorted(
        node.name
        for node in bank.manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in ("incremental", "table")
        and "before_fit" in node.tags
    )  # fmt: skip


def snapshot(bank: Any) -> dict[str, list[str]]:
    return {name: sorted(map(repr, bank.rows(name))) for name in grown_models(bank)}


def assert_equals_full_refresh(bank: Any) -> None:
    """What stands there is what a full refresh makes; it leaves that behind."""
    grown = snapshot(bank)
    assert set(bank.invoke("run", "--full-refresh", *BEFORE_FIT).values()) == {"success"}
    anew = snapshot(bank)
    for name in grown:
        assert grown[name], f"{name} is empty"
        assert grown[name] == anew[name], name


def one(bank: Any, query: str, *values: Any) -> dict[str, Any]:
    with bank.connect() as connection:
        row: dict[str, Any] | None = connection.execute(query, values).fetchone()
    assert row is not None, query
    return row


def unanswered(bank: Any) -> dict[str, Any]:
    """An item that was served, neither skipped nor answered, in a quiz handed in by a learner in good standing."""
    return one(
        bank,
        "select d.* from int_dispositions d join dim_users u using (user_id) where d.disposition = 'omitted' "
        "and d.exam_code = 'MAIN' and d.quiz_status = 'sealed' and not u.is_flagged and not exists (select from "
        "int_dispositions e where e.user_id = d.user_id and e.question_id = d.question_id and e.quiz_id <> d.quiz_id) "
        "order by d.quiz_id, d.position limit 1",
    )


def answer(connection: psycopg.Connection[Any], item: dict[str, Any], *, took: int = 30_000) -> None:
    """Answer a served item, right, at the time at which it was served."""
    connection.execute(
        "insert into user_responses (quiz_id, user_id, tenant_id, question_id, version, is_correct, time_taken_ms, "
        "created_at) select quiz_id, %s, tenant_id, question_id, version, true, %s, served_at + interval '30 seconds' "
        "from quiz_items where quiz_id = %s and question_id = %s",
        [item["user_id"], took, item["quiz_id"], item["question_id"]],
    )


def exposure(bank: Any, item: dict[str, Any]) -> dict[str, Any]:
    return one(
        bank,
        "select * from fact_exposures where question_id = %s and version = %s and day = %s",
        item["question_id"], item["version"], item["day"],
    )  # fmt: skip


def disposition(bank: Any, item: dict[str, Any]) -> dict[str, Any]:
    return one(
        bank,
        "select * from int_dispositions where quiz_id = %s and question_id = %s",
        item["quiz_id"], item["question_id"],
    )  # fmt: skip


def test_a_build_without_changes_writes_no_row(growing_bank: Any) -> None:
    grow(growing_bank)

    def versions() -> dict[str, Any]:
        with growing_bank.connect() as connection:
            return {
                node.name: connection.execute(f"select ctid::text, xmin::text from {node.name} order by 1").fetchall()
                for node in growing_bank.manifest.nodes.values()
                if node.resource_type == "model" and node.config.materialized == "incremental"
                and "before_fit" in node.tags
            }  # fmt: skip

    before = versions()
    grow(growing_bank)
    assert len(before) >= 8
    assert all(before.values())
    assert versions() == before


def test_a_response_that_comes_late_changes_the_marts_of_its_day(growing_bank: Any) -> None:
    item = unanswered(growing_bank)
    before = exposure(growing_bank, item)
    with growing_bank.connect() as connection:
        answer(connection, item)
    grow(growing_bank)

    after = exposure(growing_bank, item)
    assert after["day"] < dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert changed == {
        "n_answered": (before["n_answered"], before["n_answered"] + 1),
        "n_correct": (before["n_correct"], before["n_correct"] + 1),
        "n_omitted": (before["n_omitted"], before["n_omitted"] - 1),
    }
    assert disposition(growing_bank, item)["attempt"] == 1
    assert_equals_full_refresh(growing_bank)


def test_a_transaction_that_ends_after_a_build_is_read_by_the_next(growing_bank: Any) -> None:
    slow_item = unanswered(growing_bank)
    with growing_bank.connect() as slow:
        slow.autocommit = False
        answer(slow, slow_item)  # its transaction is older than those below
        with growing_bank.connect() as connection:
            Changes(connection, seed=1).new_quiz()
        grow(growing_bank)
        assert disposition(growing_bank, slow_item)["disposition"] == "omitted"
        slow.commit()
    grow(growing_bank)
    assert disposition(growing_bank, slow_item)["attempt"] == 1


def test_what_comes_between_two_models_is_read_by_both(growing_bank: Any) -> None:
    item = unanswered(growing_bank)
    for model in ("fact_quiz_sessions", "fact_responses", "int_time_counts", "int_item_thresholds"):
        grow(growing_bank, "--select", model)
    with growing_bank.connect() as connection:
        answer(connection, item)
    # These see that the item changed, but not yet what those above will say of it.
    for model in ("int_time_counts", "int_item_thresholds", "dim_users", "int_item_days", "fact_exposures"):
        grow(growing_bank, "--select", model)
    grow(growing_bank)
    assert_equals_full_refresh(growing_bank)


def test_an_explanation_told_late_takes_the_answer_out(growing_bank: Any) -> None:
    usable = one(
        growing_bank,
        "select * from int_dispositions where disposition = 'usable' order by response_id limit 1",
    )
    with growing_bank.connect() as connection:
        connection.execute(
            "insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, "
            "question_id, version, payload) values (%s, 'explanation_viewed', %s, %s, %s, %s, %s, %s, '{}')",
            [
                uuid.uuid4(), usable["ts"] - dt.timedelta(days=1), usable["tenant_id"], usable["user_id"],
                usable["quiz_id"], usable["question_id"], usable["version"],
            ],
        )  # fmt: skip
    grow(growing_bank)
    assert disposition(growing_bank, usable)["disposition"] == "explanation_seen"


def test_a_flag_takes_every_first_answer_of_the_learner_out(growing_bank: Any) -> None:
    usable = one(
        growing_bank,
        "select * from int_dispositions where disposition = 'usable' order by response_id limit 1",
    )
    with growing_bank.connect() as connection:
        connection.execute("update app_users set is_flagged = true where id = %s", [usable["user_id"]])
    grow(growing_bank)
    said = one(
        growing_bank,
        "select array_agg(distinct disposition) as all, "
        "(select is_flagged from dim_users where user_id = %s) as flagged "
        "from int_dispositions where user_id = %s and attempt = 1",
        usable["user_id"], usable["user_id"],
    )  # fmt: skip
    assert said == {"all": ["flagged_user"], "flagged": True}


def test_a_skip_moves_an_omitted_item(growing_bank: Any) -> None:
    item = unanswered(growing_bank)
    before = exposure(growing_bank, item)
    with growing_bank.connect() as connection:
        connection.execute(
            "update quiz_items set skipped_at = served_at + interval '1 minute' "
            "where quiz_id = %s and question_id = %s",
            [item["quiz_id"], item["question_id"]],
        )
    grow(growing_bank)
    assert disposition(growing_bank, item)["disposition"] == "skipped"
    after = exposure(growing_bank, item)
    assert (after["n_skipped"], after["n_omitted"]) == (before["n_skipped"] + 1, before["n_omitted"] - 1)


def test_that_a_quiz_was_handed_in_may_be_told_late_and_brings_its_answers_back(growing_bank: Any) -> None:
    left = one(
        growing_bank,
        "select * from int_dispositions where disposition = 'abandoned_quiz' order by response_id limit 1",
    )
    with growing_bank.connect() as connection:
        connection.execute("update quiz_sessions set sealed_at = expires_at where id = %s", [left["quiz_id"]])
    grow(growing_bank)
    assert one(growing_bank, "select status from fact_quiz_sessions where quiz_id = %s", left["quiz_id"]) == {
        "status": "sealed"
    }
    assert disposition(growing_bank, left)["disposition"] != "abandoned_quiz"


def test_time_alone_ends_a_quiz(growing_bank: Any) -> None:
    with growing_bank.connect() as connection:
        Changes(connection, seed=3).new_quiz()
    quiz = one(
        growing_bank,
        "update quiz_sessions set mode = 'exam', sealed_at = null, num_questions = 100, "
        "expires_at = now() + interval '1 day' where id = (select quiz_id from user_responses "
        "order by id desc limit 1) returning id",
    )["id"]
    grow(growing_bank)
    status = "select status from fact_quiz_sessions where quiz_id = %s"
    assert one(growing_bank, status, quiz) == {"status": "open"}
    with growing_bank.connect("none") as connection:
        # A day goes by: what is stored lies further back, and no row was changed.
        connection.execute("set session_replication_role = replica")
        for stored, key in (("quiz_sessions", "id"), ("fact_quiz_sessions", "quiz_id")):
            connection.execute(
                f"update {stored} set expires_at = expires_at - interval '25 hours' where {key} = %s", [quiz]
            )
    grow(growing_bank)
    assert one(growing_bank, status, quiz) == {"status": "abandoned"}
    judged = one(
        growing_bank,
        "select count(*) filter (where disposition = 'abandoned_quiz') as n, "
        "array_agg(distinct quiz_status) as statuses from int_dispositions where quiz_id = %s",
        quiz,
    )
    assert judged["n"] > 0
    assert judged["statuses"] == ["abandoned"]
    # Back for the results, the learner hands in: that makes no effort of what was none.
    one(growing_bank, "update quiz_sessions set sealed_at = now() where id = %s returning id", quiz)
    grow(growing_bank)
    assert one(growing_bank, status, quiz) == {"status": "abandoned"}
    late = "select last_activity_at <= expires_at and sealed_at > expires_at as kept from fact_quiz_sessions"
    assert one(growing_bank, f"{late} where quiz_id = %s", quiz) == {"kept": True}


def test_a_threshold_that_moves_judges_anew_whom_it_passed(growing_bank: Any) -> None:
    item = one(
        growing_bank,
        "select question_id, version, min(recorded_time_ms) as fastest from int_dispositions where exam_code = 'MAIN' "
        "and attempt = 1 and not is_rapid and recorded_time_ms < 8000 group by 1, 2 order by 1 limit 1",
    )
    passed = one(
        growing_bank,
        "select * from int_dispositions where question_id = %s and version = %s and recorded_time_ms = %s",
        item["question_id"], item["version"], item["fastest"],
    )  # fmt: skip
    with growing_bank.connect() as connection:
        connection.execute(
            "insert into quiz_sessions (id, user_id, tenant_id, started_at) select md5('slow ' || g)::uuid, "
            "md5('slow ' || g)::uuid, %s, '2026-03-01' from generate_series(1, 900) g",
            [passed["tenant_id"]],
        )
        connection.execute(
            "insert into user_responses (quiz_id, user_id, tenant_id, question_id, version, is_correct, time_taken_ms, "
            "created_at) select id, user_id, tenant_id, %s, %s, true, 400000, started_at from quiz_sessions "
            "where user_id = id",
            [item["question_id"], item["version"]],
        )
    grow(growing_bank)
    threshold = one(
        growing_bank,
        "select threshold_ms, rule from int_item_thresholds where question_id = %s and version = %s",
        item["question_id"], item["version"],
    )  # fmt: skip
    assert threshold == {"threshold_ms": 10_000, "rule": "cap"}
    assert disposition(growing_bank, passed)["is_rapid"]


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ("update user_responses set time_taken_ms = time_taken_ms + 1000", True),
        ("update user_responses set created_at = created_at - interval '1 day'", True),
        ("update quiz_items set served_at = served_at + interval '1 day'", True),
        ("update quiz_sessions set mode = case mode when 'exam' then 'tutor' else 'exam' end", True),
        ("update telemetry.events set user_id = gen_random_uuid()", True),
        ("update quiz_items set skipped_at = now()", False),
        ("update quiz_sessions set sealed_at = now(), started_at = started_at - interval '1 hour'", False),
        ("update user_responses set time_taken_ms = time_taken_ms, is_correct = not is_correct", False),
    ],
)
def test_a_row_moved_by_hand_asks_for_marts_built_anew(growing_bank: Any, change: str, asks: bool) -> None:
    with growing_bank.connect() as connection:
        connection.autocommit = False
        connection.execute("delete from mart_refresh_requests")
        connection.execute(change)
        requests = connection.execute("select reason from mart_refresh_requests").fetchall()
        connection.rollback()
    assert len(requests) == (1 if asks else 0)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_after_random_changes_what_grew_equals_what_is_built_anew(growing_bank: Any, seed: int) -> None:
    with growing_bank.connect() as connection:
        changes = Changes(connection, seed)
        for _ in range(3):
            changes.some(6)
            grow(growing_bank)
    assert_equals_full_refresh(growing_bank)


def test_every_check_holds_on_what_grew(growing_bank: Any) -> None:
    with growing_bank.connect() as connection:
        Changes(connection, seed=21).some(8)
    outcome = growing_bank.invoke("build", "--exclude-resource-type", "unit_test", *BEFORE_FIT)
    assert {name: status for name, status in outcome.items() if status not in GOOD} == {}


def test_a_day_that_a_build_missed_fails_the_tests_of_what_is_new(growing_bank: Any) -> None:
    """Tests that look at what is new still see that nothing of it is lost."""
    grow(growing_bank)
    with growing_bank.connect() as connection:
        changes = Changes(connection, seed=5)
        changes.new_quiz()
        grow(growing_bank)
        connection.execute(
            "delete from int_dispositions where quiz_id = (select quiz_id from public.user_responses "
            "order by id desc limit 1)"
        )
        connection.execute(
            "delete from fact_responses where response_id = (select max(id) from public.user_responses)"
        )
    outcome = growing_bank.invoke("test", "--select", "test_type:singular,tag:before_fit")
    growing_bank.invoke("build", "--full-refresh", "--exclude-resource-type", "unit_test", *BEFORE_FIT)
    assert {name for name, status in outcome.items() if status == "fail"} >= {
        "int_dispositions_one_for_each_response_and_serving",
        "int_first_attempts_one_for_each_learner_and_question",
        "fact_responses_one_for_each_response",
        "fact_quiz_sessions_sum_to_rows",
        "dim_users_answers_sum_to_responses",
    }


def test_answers_given_between_build_and_tests_are_no_fault(growing_bank: Any) -> None:
    grow(growing_bank)
    with growing_bank.connect() as connection:
        answer(connection, unanswered(growing_bank))
        Changes(connection, seed=8).new_quiz()
    outcome = growing_bank.invoke("test", "--select", "test_type:data,tag:before_fit")
    assert {name: status for name, status in outcome.items() if status != "pass"} == {}


def test_answers_given_between_two_models_are_no_fault(growing_bank: Any) -> None:
    grow(growing_bank)
    for model in ("fact_quiz_sessions", "fact_responses", "int_time_counts", "int_item_thresholds"):
        grow(growing_bank, "--select", model)
    with growing_bank.connect() as connection:
        answer(connection, unanswered(growing_bank))
        Changes(connection, seed=9).new_quiz()
    for model in ("int_dispositions", "dim_users", "int_item_days", "fact_exposures"):
        grow(growing_bank, "--select", model)
    outcome = growing_bank.invoke("test", "--select", "test_type:data,tag:before_fit")
    assert {name: status for name, status in outcome.items() if status != "pass"} == {}


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("int_dispositions_disposition_is_known", "disposition = 'odd', reason = 'none'"),
        ("int_dispositions_reason_given_unless_usable", "reason = 'none'"),
        ("int_dispositions_answers_alone_have_a_person", "person_id = null"),
        ("int_dispositions_repeats_are_the_later_attempts", "attempt = 2"),
    ],
)
def test_what_a_row_must_say_is_refused_as_it_is_written(growing_bank: Any, rule: str, change: str) -> None:
    with growing_bank.connect() as connection, pytest.raises(psycopg.errors.CheckViolation, match=rule):
        connection.execute(f"update int_dispositions set {change} where disposition = 'usable'")


def test_a_second_first_attempt_is_refused_and_building_again_keeps_one_index(growing_bank: Any) -> None:
    grow(growing_bank, "--full-refresh", *BEFORE_FIT)
    grow(growing_bank)
    with growing_bank.connect() as connection:
        unique = connection.execute(
            "select count(*) as n from pg_index where indrelid = 'int_dispositions'::regclass and indisunique "
            "and indpred is not null"
        ).fetchone()
        assert unique == {"n": 1}
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(
                "insert into int_dispositions select (jsonb_populate_record(d, jsonb_build_object("
                "'quiz_id', gen_random_uuid()))).* from int_dispositions d where attempt = 1 limit 1"
            )
