"""Rows of the marts are guarded like those of the operational tables, after every rebuild."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

# A calendar belongs to nobody and says nothing of anybody.
CALENDAR = {"dim_days"}
# Views that show a question's own tenant: whoever it is published to may read them, as the tables below.
FOLLOWS_PUBLICATION = {"stg_question_versions", "stg_item_calibration", "stg_topics"}
# The bank's only published run is of tenant A, and so is its only blueprint.
ROWS_OF_ONE_TENANT = {"stg_explanations_viewed", "stg_item_calibration", "stg_item_stats", "stg_item_flags"} | {
    "stg_items_set_aside", "stg_item_curve_points", "stg_item_option_stats", "stg_item_drift_weeks",
    "stg_person_ability", "stg_person_ability_windows", "stg_blueprint_quotas", "item_distractors", "item_curve",
    "item_drift", "user_ability",
}  # fmt: skip


def test_the_schema_holds_every_model_and_nothing_else(bank: Any, builds: Any) -> None:
    kinds = {"view": "v", "table": "r", "incremental": "r"}
    models = {
        node.name: kinds[node.config.materialized]
        for node in bank.manifest.nodes.values()
        if node.resource_type == "model"
    }
    assert bank.relations() == models


def test_a_strange_tenant_sees_no_row_of_any_relation(bank: Any, builds: Any) -> None:
    guarded = set(bank.relations()) - CALENDAR
    assert {name: bank.rows(name, "qbank_api", bank.stranger) for name in guarded} == {
        name: [] for name in guarded
    }


def test_without_a_tenant_the_api_sees_no_row(bank: Any, builds: Any) -> None:
    assert {name for name in bank.relations() if bank.rows(name, "qbank_api")} == CALENDAR


@pytest.mark.parametrize("tenant", ["tenant_a", "tenant_b"])
def test_a_tenant_sees_its_own_rows_and_all_of_them(bank: Any, builds: Any, tenant: str) -> None:
    own = getattr(bank, tenant)
    for name in set(bank.relations()) - FOLLOWS_PUBLICATION - CALENDAR:
        seen = Counter(map(repr, bank.rows(name, "qbank_api", own)))
        expected = Counter(repr(row) for row in bank.rows(name) if row["tenant_id"] == own)
        assert seen == expected, name


def test_every_relation_has_rows_of_the_first_tenant(bank: Any, builds: Any) -> None:
    assert {name for name in bank.relations() if not bank.rows(name, "qbank_api", bank.tenant_a)} == set()


def test_versions_and_parameters_follow_publication(bank: Any, builds: Any) -> None:
    versions = bank.rows("stg_question_versions", "qbank_api", bank.tenant_b)
    assert {row["question_id"] for row in versions} == {1, 4, 5}
    parameters = bank.rows("stg_item_calibration", "qbank_api", bank.tenant_b)
    assert {row["question_id"] for row in parameters} == {1}


@pytest.mark.parametrize("role", ["qbank_owner", "qbank_pipeline"])
def test_owner_and_pipeline_see_every_tenant(bank: Any, builds: Any, role: str) -> None:
    for name in set(bank.relations()) - ROWS_OF_ONE_TENANT - CALENDAR:
        assert {row["tenant_id"] for row in bank.rows(name, role)} == {bank.tenant_a, bank.tenant_b}, name


def test_tables_are_under_forced_security_with_their_policies(bank: Any, builds: Any) -> None:
    with bank.connect() as connection:
        guarded = connection.execute(
            "select relname, relrowsecurity and relforcerowsecurity as forced, "
            "pg_get_userbyid(relowner) as owner, "
            "(select array_agg(format('%s to %s', polname, polroles::regrole[]) order by polname) "
            " from pg_policy where polrelid = pg_class.oid) as policies "
            "from pg_class where relnamespace = current_schema()::text::regnamespace and relkind = 'r' "
            "and relname <> 'mart_watermarks'"
        ).fetchall()
    assert guarded
    marts = {node.name for node in bank.manifest.nodes.values() if node.config.get("group") == "marts"}
    for table in guarded:
        assert table["forced"], table
        assert table["owner"] == "qbank_pipeline"
        assert table["policies"] == [
            "owner_all to {qbank_owner}",
            "pipeline_all to {qbank_pipeline}",
            *(["tenant_of_analyst to {qbank_analyst}"] if table["relname"] in marts else []),
            "tenant_own to {qbank_api}",
        ]


def test_views_read_as_whoever_asks(bank: Any, builds: Any) -> None:
    with bank.connect() as connection:
        options = connection.execute(
            "select relname, reloptions from pg_class "
            "where relnamespace = current_schema()::text::regnamespace and relkind = 'v'"
        ).fetchall()
    assert options
    assert {view["relname"] for view in options if view["reloptions"] != ["security_invoker=true"]} == set()


@pytest.mark.parametrize("role", ["qbank_api", "qbank_owner"])
@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
def test_nobody_else_may_write(bank: Any, builds: Any, role: str, right: str) -> None:
    with bank.connect() as connection:
        writable = connection.execute(
            "select relname from pg_class where relnamespace = current_schema()::text::regnamespace "
            "and relkind in ('r', 'v') and has_table_privilege(%s, oid, %s)",
            [role, right],
        ).fetchall()
    assert writable == []
