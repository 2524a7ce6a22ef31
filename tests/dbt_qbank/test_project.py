"""The project as dbt parses it: nothing undocumented, nothing outside the two builds."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from dbt.contracts.graph.nodes import ModelNode, SingularTestNode

from database.tables import Base

BUILDS = {"before_fit", "after_publish"}
PUBLISHED_AFTER = {
    *("stg_item_calibration", "stg_item_stats", "stg_item_flags", "stg_items_set_aside"),
    *("stg_item_curve_points", "stg_item_option_stats", "stg_item_drift_weeks"),
    *("stg_person_ability", "stg_person_ability_windows"),
    *("stg_institutions", "stg_cohorts", "stg_cohort_members", "stg_blueprint_quotas"),
    *("int_item_times", "int_item_standing", "int_exam_sessions", "int_learner_exams", "int_cohort_cells"),
    *("item_health", "item_distractors", "item_curve", "item_drift", "blueprint_coverage"),
    *("topic_mastery", "topic_mastery_rollup", "user_ability"),
    *("cohort_performance", "institution_benchmark"),
}
# What product readers rely on, in this order, before any column of ours.
FIXED = {
    "stg_questions": "question_id version topic_id difficulty_label tags exam_code tenant_id version_created_at",
    "stg_user_responses": "user_id question_id version is_correct time_taken_ms ts quiz_id",
    "stg_item_calibration": "question_id version model a b c se_a se_b se_c n_respondents fitted_at",
    "fact_responses": "user_id quiz_id question_id version topic_id exam_code tenant_id is_correct time_taken_ms ts",
    "item_health": "question_id version n_attempts p_value median_time_ms",
    "topic_mastery": "user_id topic_id accuracy n_attempts avg_time_ms",
}


@pytest.fixture(scope="module")
def models(bank: Any) -> dict[str, ModelNode]:
    return {node.name: node for node in bank.manifest.nodes.values() if isinstance(node, ModelNode)}


def test_every_model_belongs_to_exactly_one_build(models: dict[str, ModelNode]) -> None:
    builds = {name: [tag for tag in node.tags if tag in BUILDS] for name, node in models.items()}
    assert {name: found for name, found in builds.items() if len(found) != 1} == {}
    assert {name for name, found in builds.items() if found == ["after_publish"]} == PUBLISHED_AFTER


def test_nothing_before_the_fit_reads_what_is_built_after(models: dict[str, ModelNode]) -> None:
    early = [node for node in models.values() if "before_fit" in node.tags]
    read = {parent.split(".")[-1] for node in early for parent in node.depends_on.nodes}
    assert read & PUBLISHED_AFTER == set()


def test_every_model_and_column_is_documented(bank: Any, builds: Any, models: dict[str, ModelNode]) -> None:
    for name, node in models.items():
        assert len(node.description) > 20, name
        documented = {column.name: column.description for column in node.columns.values()}
        assert [column for column, text in documented.items() if not text] == [], name
        with bank.connect() as connection:
            built = connection.execute(f'select * from "{name}" limit 0').description
        assert list(documented) == [column.name for column in built], name


def test_the_documentation_stands_in_the_database(bank: Any, builds: Any) -> None:
    with bank.connect() as connection:
        silent = connection.execute(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid "
            "where c.relnamespace = current_schema()::text::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0 "
            "and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)"
        ).fetchall()
    assert silent == []


@pytest.mark.parametrize("name", FIXED)
def test_columns_that_readers_rely_on_come_first(bank: Any, builds: Any, name: str) -> None:
    with bank.connect() as connection:
        built = connection.execute(f'select * from "{name}" limit 0').description
    fixed = FIXED[name].split()
    assert [column.name for column in built][: len(fixed)] == fixed


def test_a_yml_of_its_own_stands_beside_every_model(models: dict[str, ModelNode]) -> None:
    for node in models.values():
        assert node.patch_path == f"qbank://{node.original_file_path.removesuffix('.sql')}.yml"


def test_what_is_read_beyond_staging_has_an_enforced_contract(models: dict[str, ModelNode]) -> None:
    beyond = {name for name, node in models.items() if node.fqn[1] != "staging"}
    assert {name for name, node in models.items() if node.contract.enforced} == beyond
    assert {"int_first_attempts", "fact_responses", "item_health", "topic_mastery"} <= beyond


def test_groups_are_named_like_folders_and_owned(bank: Any, models: dict[str, ModelNode]) -> None:
    assert {name: node.group for name, node in models.items()} == {n: m.fqn[1] for n, m in models.items()}
    groups = {group.name: group for group in bank.manifest.groups.values()}
    assert set(groups) == {node.group for node in models.values()}
    assert all(group.owner.name for group in groups.values())


def test_sources_are_the_tables_as_their_models_describe_them(bank: Any) -> None:
    for source in bank.manifest.sources.values():
        key = source.name if source.schema == "public" else f"{source.schema}.{source.name}"
        table = Base.metadata.tables[key]
        described = {column.name: column.description for column in source.columns.values()}
        assert described == {column.name: column.comment for column in table.columns}, key
        assert source.description, key


def test_every_check_names_one_asset(bank: Any, models: dict[str, ModelNode]) -> None:
    # A test on several models is shown beside one of them only where it says which.
    for node in bank.manifest.nodes.values():
        if isinstance(node, SingularTestNode):
            assert node.config.meta["dagster"]["ref"]["name"] in models, node.name


def test_the_contract_page_lists_every_model_with_its_build_and_every_disposition(
    bank: Any, builds: Any, models: dict[str, ModelNode]
) -> None:
    page = (bank.project.parent / "docs" / "data_contracts.md").read_text()
    section = page.split("\n## Marts\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]] for line in section.splitlines() if "|" in line
    ]
    listed = {row[0]: (row[1], row[4]) for row in rows if len(row) == 5 and "_" in row[0]}
    assert listed == {name: (n.config.materialized, *BUILDS & set(n.tags)) for name, n in models.items()}
    dispositions = {row["disposition"] for row in bank.rows("int_dispositions")}
    assert {row[0] for row in rows if len(row) == 3} - {"disposition", "---"} == dispositions


def test_no_usage_statistics_leave_and_no_secret_stands_here(bank: Any) -> None:
    project = yaml.safe_load((bank.project / "dbt_project.yml").read_text())
    assert project["flags"]["send_anonymous_usage_stats"] is False
    profile = yaml.safe_load((bank.project / "profiles.yml").read_text())["qbank"]["outputs"]["pipeline"]
    assert profile["role"] == "qbank_pipeline"
    assert profile["schema"] == bank.schema
    assert all(
        profile[key].startswith("{{ env_var(") for key in ("host", "port", "user", "password", "dbname")
    )


def test_no_model_reads_what_learners_wrote(models: dict[str, ModelNode]) -> None:
    """The text of a note stands in the payload of its event, and goes no further."""
    readers = {name for name, node in models.items() if "source('telemetry', 'events')" in node.raw_code}
    assert "stg_explanations_viewed" in readers
    assert [name for name, node in models.items() if "payload" in node.raw_code] == []
    assert not [name for name in readers if "*" in models[name].raw_code]


def test_the_planner_knows_the_size_of_every_table_that_was_built(bank: Any, builds: Any) -> None:
    with bank.connect() as connection:
        unknown = connection.execute(
            "select relname from pg_class where relnamespace = %s::regnamespace and relkind = 'r' "
            "and reltuples < 0 and relname <> 'mart_watermarks'",
            [bank.schema],
        ).fetchall()
    assert unknown == []
