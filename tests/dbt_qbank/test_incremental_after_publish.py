"""Marts of learners and sessions that grew step by step equal what is built anew, whatever came late."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt_qbank.generated import Changes

BUILDS = (("--select", "tag:before_fit"), ("--select", "tag:after_publish"))


def grow(bank: Any, *options: str) -> None:
    """Both builds, as a nightly run makes them."""
    for selection in BUILDS:
        assert set(bank.invoke("run", *options, *selection).values()) == {"success"}


def rows(bank: Any) -> dict[str, list[str]]:
    kept = {"incremental", "table"}
    return {
        node.name: sorted(map(repr, bank.rows(node.name)))
        for node in bank.manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in kept and "after_publish" in node.tags
    }


@pytest.fixture(scope="module")
def grown(growing_bank: Any) -> Any:
    grow(growing_bank)
    return growing_bank


def test_a_build_without_changes_writes_no_row_of_a_learner(grown: Any) -> None:
    grow(grown)  # what came between the builds of a first run comes again in the next

    def versions() -> dict[str, Any]:
        models = ("topic_mastery", "topic_mastery_rollup", "int_learner_exams", "int_exam_sessions")
        with grown.connect() as connection:
            return {
                m: connection.execute(f"select ctid::text, xmin::text from {m} order by 1").fetchall()
                for m in models
            }

    before = versions()
    grow(grown)
    assert all(before.values())
    assert versions() == before


def test_an_answer_that_comes_late_changes_the_mastery_of_its_learner_alone(grown: Any) -> None:
    with grown.connect() as connection:
        late = connection.execute(
            "insert into user_responses (quiz_id, user_id, tenant_id, question_id, version, is_correct, created_at) "
            "select i.quiz_id, s.user_id, i.tenant_id, i.question_id, i.version, true, i.served_at "
            "from quiz_items i join quiz_sessions s on s.id = i.quiz_id "
            "left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id "
            "where r.id is null order by i.served_at limit 1 returning user_id"
        ).fetchone()
    before = {_key(row): row for row in grown.rows("topic_mastery")}
    grow(grown)
    after = {_key(row): row for row in grown.rows("topic_mastery")}
    changed = [after[key] for key in after if after[key] != before.get(key)]
    assert {row["user_id"] for row in changed} == {late["user_id"]}
    assert sum(row["n_attempts"] for row in after.values()) == 1 + sum(
        row["n_attempts"] for row in before.values()
    )


def test_an_answer_that_comes_between_the_two_builds_is_read_by_the_next(grown: Any) -> None:
    before_fit, after_publish = BUILDS
    assert set(grown.invoke("run", *before_fit).values()) == {"success"}
    with grown.connect() as connection:
        Changes(connection, seed=5).new_quiz()
    assert set(grown.invoke("run", *after_publish).values()) == {"success"}
    grow(grown)
    _equals_full_refresh(grown)


@pytest.mark.parametrize("seed", [31, 32])
def test_after_random_changes_what_grew_equals_what_is_built_anew(grown: Any, seed: int) -> None:
    with grown.connect() as connection:
        changes = Changes(connection, seed)
        for _ in range(2):
            changes.some(6)
            grow(grown)
    _equals_full_refresh(grown)


def test_every_check_holds_on_what_grew(grown: Any) -> None:
    for selection in BUILDS:
        outcome = grown.invoke("build", "--exclude-resource-type", "unit_test", *selection)
        assert {name: status for name, status in outcome.items() if status not in {"success", "pass"}} == {}


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ("update topics set path = 'all.other' where path = 'all.half'", True),
        (
            "insert into topics (tenant_id, name, path) select tenant_id, 'Above', 'al' from topics limit 1",
            False,
        ),
        (
            "insert into topics (tenant_id, name, path) select tenant_id, 'Below', 'all.new' from topics limit 1",
            False,
        ),
        (
            "insert into topics (tenant_id, name, path) "
            "select tenant_id, v.name, path::ltree from (select tenant_id from topics limit 1) t, "
            "(values ('Deep', 'deep.down'), ('Above', 'deep')) v (name, path)",
            False,  # those that come together have no answers yet
        ),
    ],
)
def test_a_topic_that_moves_asks_for_marts_built_anew(growing_bank: Any, change: str, asks: bool) -> None:
    with growing_bank.connect() as connection:
        connection.autocommit = False
        connection.execute("delete from mart_refresh_requests")
        connection.execute(change)
        requests = connection.execute("select reason from mart_refresh_requests").fetchall()
        connection.rollback()
    assert len(requests) == (1 if asks else 0)


def test_a_topic_that_comes_between_others_asks_for_marts_built_anew(growing_bank: Any) -> None:
    with growing_bank.connect() as connection:
        connection.autocommit = False
        insert = "insert into topics (tenant_id, name, path) select tenant_id, 'T', %s from topics limit 1"
        connection.execute(insert, ["deep.down"])
        connection.execute("delete from mart_refresh_requests")
        connection.execute(insert, ["deep"])
        requests = connection.execute("select reason from mart_refresh_requests").fetchall()
        connection.rollback()
    assert [row["reason"] for row in requests] == ["topics moved"]


def _key(row: dict[str, Any]) -> tuple[Any, Any]:
    return row["user_id"], row["topic_id"]


def _equals_full_refresh(bank: Any) -> None:
    before = rows(bank)
    grow(bank, "--full-refresh")
    anew = rows(bank)
    for name in before:
        assert before[name] == anew[name], name
    for name in (
        "topic_mastery",
        "topic_mastery_rollup",
        "int_learner_exams",
        "int_exam_sessions",
        "item_health",
    ):
        assert before[name], f"{name} is empty"
