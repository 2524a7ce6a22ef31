"""A step whose connection is lost is run again and ends well; one whose data are wrong is not."""

from __future__ import annotations

import pytest
from dagster import DagsterEventType, DagsterInstance, Definitions, ExecuteInProcessResult, asset
from sqlalchemy import Engine, text

import expectations
from orchestration import retries
from orchestration.resources import Database
from orchestration.run import faults_of

# The sequence counts attempts and, unlike a row, is not rolled back with them.
RULE = """
create sequence attempts;
create table written (n bigint);
grant all on sequence attempts to qbank_pipeline;
grant all on table written to qbank_pipeline;
create function fault() returns trigger language plpgsql security definer as $$
begin
    if nextval('attempts') <= {failing} then
        {fault};
    end if;
    return new;
end $$;
create trigger fault before insert on written for each row execute function fault();
"""
LOST, WRONG = "perform pg_terminate_backend(pg_backend_pid())", "raise exception 'no such key'"


@asset
def writes(database: Database) -> None:
    """Write a row."""
    with database.begin() as connection:
        connection.execute(text("insert into written values (1)"))


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", database_url)
    monkeypatch.setattr(retries, "SECONDS_TO_WAIT", 0.05)


def ran(engine: Engine, failing: int, fault: str) -> tuple[ExecuteInProcessResult, int, int]:
    """Run the asset where so many attempts fail; return what became of it, the attempts, and the rows written."""
    with engine.begin() as connection:
        connection.execute(
            text("set local role none")
        )  # a superuser's function may end a superuser's session
        connection.execute(text(RULE.format(failing=failing, fault=fault)))
    job = Definitions(
        assets=[writes], resources={"database": Database()}
    ).resolve_implicit_global_asset_job_def()
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    with engine.begin() as connection:
        attempts = int(connection.scalar(text("select last_value from attempts")) or 0)
        return result, attempts, int(connection.scalar(text("select count(*) from written")) or 0)


def test_a_lost_connection_costs_a_repetition(pipeline_engine: Engine) -> None:
    result, attempts, rows = ran(pipeline_engine, 2, LOST)
    assert result.success
    assert (attempts, rows) == (3, 1)
    assert len(result.filter_events(lambda e: e.event_type is DagsterEventType.STEP_RESTARTED)) == 2


def test_a_server_that_stays_away_fails_the_step_and_says_so(pipeline_engine: Engine) -> None:
    result, attempts, rows = ran(pipeline_engine, 99, LOST)
    assert not result.success
    assert (attempts, rows) == (1 + retries.MOST_RETRIES, 0)
    (fault,) = faults_of(result.all_events)
    assert "terminating connection" in fault


def test_what_the_database_refuses_is_not_repeated(pipeline_engine: Engine) -> None:
    result, attempts, rows = ran(pipeline_engine, 99, WRONG)
    assert not result.success
    assert (attempts, rows) == (1, 0)
    (fault,) = faults_of(result.all_events)
    assert "no such key" in fault


def test_a_suite_behind_whose_error_the_database_went_away_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    with (
        pytest.raises(retries.ConnectionLostError, match="connection to the database was lost"),
        retries.repeated_when_lost(),
    ):
        expectations.run_suite("telemetry_events", Database().url(), query_parameters={})
    with pytest.raises(ValueError, match="ours"), retries.repeated_when_lost():
        raise ValueError("ours")
