"""Write, audit, publish of marts in the real pipeline: what readers see when a check fails, and afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, ExecuteInProcessResult
from sqlalchemy import text

from database.queries import marts
from database.queries.marts import AFTER_PUBLISH, BEFORE_FIT, CANDIDATE, LIVE
from orchestration import dbt
from orchestration.instance import instance
from orchestration.partitions import home_exams
from orchestration.run import RunOutcome
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam

TABLES = (
    "select relname, oid, pg_relation_filenode(oid) from pg_class where relkind = 'r' and relnamespace = "
)
# Whatever depends on a relation of the marts and is none itself: views, keys, triggers, policies of elsewhere.
DEPENDENTS = """
select distinct d.classid::regclass::text, pg_describe_object(d.classid, d.objid, d.objsubid)
from pg_depend d join pg_class m on d.refclassid = 'pg_class'::regclass and m.oid = d.refobjid
join pg_namespace n on n.oid = m.relnamespace and n.nspname in ('analytics', 'analytics_candidate')
left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
left join pg_class o on o.oid = case
    when d.classid = 'pg_class'::regclass then d.objid else coalesce(r.ev_class, k.conrelid) end
where d.deptype in ('n', 'a') and o.oid is not null and o.relnamespace <> m.relnamespace
  and o.relnamespace <> 'pg_toast'::regnamespace
"""
PLANTED = f"update {CANDIDATE}.int_item_days set n_served = n_served + 1"


def contents(pipeline: Pipeline, schema: str) -> dict[str, list[str]]:
    """Return the rows of every table of a schema, in order, as text."""
    with pipeline.engine.begin() as connection:
        names = connection.scalars(
            text(
                "select relname from pg_class where relkind = 'r' and relnamespace = cast(:s as regnamespace)"
            ),
            {"s": schema},
        ).all()
        return {
            name: list(connection.scalars(text(f'select t::text from {schema}."{name}" t order by 1')))
            for name in names
            if name != "mart_watermarks"
        }


def files(pipeline: Pipeline, schema: str) -> list[Any]:
    """Return which tables a schema has, and in which files of the server they lie."""
    return pipeline.read(
        lambda c: [tuple(row) for row in c.execute(text(f"{TABLES} '{schema}'::regnamespace order by 1"))]
    )


def last_build(pipeline: Pipeline) -> marts.Build:
    found: marts.Build = pipeline.read(lambda c: marts.builds(c, limit=1))[0]
    return found


def run_only(pipeline: Pipeline, exam: str, assets: list[str]) -> ExecuteInProcessResult:
    """Run some assets of the nightly job in a run of their own, as Dagster's pages do."""
    from orchestration.definitions import defs

    with instance(pipeline.home) as recorded:
        recorded.add_dynamic_partitions(str(home_exams.name), [exam])
        return (
            defs()
            .resolve_job_def("nightly_calibration")
            .execute_in_process(
                instance=recorded,
                partition_key=exam,
                asset_selection=[AssetKey(name) for name in assets],
                raise_on_error=False,
            )
        )


@pytest.fixture(scope="module")
def two_nights(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> list[RunOutcome]:
    """Both schemas built and published, one after the other."""
    pipeline.import_files(
        "ONE", *write_exam(tmp_path_factory.mktemp("one"), persons=300, items=12, easy=False)
    )
    return [pipeline.run("ONE") for _ in range(2)]


def test_both_schemas_are_built_anew_and_go_live(pipeline: Pipeline, two_nights: list[RunOutcome]) -> None:
    assert [night.success for night in two_nights] == [True, True], two_nights[-1].faults
    first, second = reversed(pipeline.read(lambda c: marts.builds(c, limit=5)))
    assert first.full_refresh
    assert second.full_refresh
    assert first.schema_oid != second.schema_oid
    assert second.published_at is not None
    assert contents(pipeline, LIVE) == contents(pipeline, CANDIDATE)
    assert two_nights[1].marts["fact_responses"] == 300 * 12


def test_a_failed_check_leaves_what_is_live_byte_for_byte_and_the_next_run_mends_it(
    pipeline: Pipeline, two_nights: list[RunOutcome]
) -> None:
    before = contents(pipeline, LIVE), files(pipeline, LIVE)
    with pipeline.engine.begin() as connection:
        connection.execute(text(PLANTED))

    failed = pipeline.run("ONE")
    assert not failed.success
    assert {"int_item_days: int_item_days_sum_to_dispositions"} <= {
        check.name for check in failed.checks if not check.passed and check.severity == "ERROR"
    }
    assert (contents(pipeline, LIVE), files(pipeline, LIVE)) == before
    assert not last_build(pipeline).full_refresh
    assert last_build(pipeline).published_at is None
    # The fit stood downstream: nothing but the marts of before it was made.
    assert not {"response_matrix", "item_calibration", "published_marts"} & made(pipeline, failed.run_id)

    alone = run_only(pipeline, "ONE", ["response_matrix"])
    assert not alone.success
    assert "did not pass its tests" in str(alone.all_node_events[-1].event_specific_data)

    mended = pipeline.run("ONE")
    assert mended.success, mended.faults
    build = last_build(pipeline)
    assert build.full_refresh
    assert failed.run_id in build.reason
    assert build.published_at is not None
    assert contents(pipeline, LIVE) == before[0]
    assert files(pipeline, LIVE) != before[1]


def made(pipeline: Pipeline, run_id: str) -> set[str]:
    with instance(pipeline.home) as recorded:
        return {
            entry.dagster_event.asset_key.to_user_string()
            for entry in recorded.all_logs(run_id)
            if entry.dagster_event is not None
            and entry.dagster_event.is_step_materialization
            and entry.dagster_event.asset_key is not None
        }


def test_the_older_twin_catches_up_to_what_a_full_refresh_gives(
    pipeline: Pipeline, two_nights: list[RunOutcome], tmp_path: Path
) -> None:
    pipeline.import_files("TWO", *write_exam(tmp_path, persons=600, items=14, easy=False))
    night = pipeline.run("TWO")
    assert night.success, night.faults
    assert not last_build(pipeline).full_refresh
    assert night.marts["fact_responses"] == 300 * 12 + 600 * 14
    caught_up = contents(pipeline, LIVE)
    selections = [f"tag:{name}" for name in (BEFORE_FIT, AFTER_PUBLISH)]
    results = dbt.build(pipeline.url, selections, full_refresh=True)
    assert {node.status for node in results} <= {"success", "pass"}
    assert contents(pipeline, CANDIDATE) == caught_up


def test_marts_that_are_built_in_a_run_of_their_own_are_built_whole(
    pipeline: Pipeline, two_nights: list[RunOutcome]
) -> None:
    """The candidate is an earlier night's: what is built after publishing must not read it as it stands."""
    stale = pipeline.read(lambda c: c.scalar(text(f"select count(*) from {CANDIDATE}.fact_responses")))
    with pipeline.engine.begin() as connection:
        connection.execute(
            text(
                "update user_responses set time_taken_ms = 60000, synthetic_time = false "
                "where id = (select min(id) from user_responses)"
            )
        )
    from orchestration.defs.marts import models

    names = [key.to_user_string() for key in models.marts_after_publish.keys]
    alone = run_only(pipeline, "ONE", [*names, "published_marts"])
    assert alone.success
    assert stale > 0
    assert list(last_build(pipeline).passed) == [AFTER_PUBLISH, BEFORE_FIT]
    times = "select count(recorded_time_ms) from analytics.fact_responses"
    assert pipeline.read(lambda c: c.scalar(text(times))) == 1

    nothing_built = run_only(pipeline, "ONE", ["published_marts"])
    assert not nothing_built.success
    assert pipeline.read(marts.live_since) == last_build(pipeline).published_at


def test_nothing_outside_depends_on_a_mart(pipeline: Pipeline, two_nights: list[RunOutcome]) -> None:
    def dependents() -> list[Any]:
        return pipeline.read(lambda c: [tuple(row) for row in c.execute(text(DEPENDENTS))])

    assert dependents() == []
    with pipeline.engine.begin() as connection:
        connection.execute(text("create schema outside"))
        connection.execute(text("create view outside.v as select * from analytics.item_health"))
    found = dependents()
    with pipeline.engine.begin() as connection:
        connection.execute(text("drop schema outside cascade"))
    assert any("outside.v" in description for _, description in found)
