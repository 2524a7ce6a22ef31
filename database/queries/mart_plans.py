"""What a run has to build, full or incremental, and what became of it: the table mart_builds, as runs write it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from database.errors import MartsError
from database.queries.marts import CANDIDATE, Build, candidate_oid, last_of

# A request counts if its transaction was not over when the last full refresh began. One from the future was
# written on another server and came with a dump.
_REQUEST = """
select r.reason from mart_refresh_requests r
where r.change_xid < pg_snapshot_xmax(pg_current_snapshot())
  and r.change_xid >= (
      select below_xid from mart_builds where schema_oid = :schema and full_refresh order by id desc limit 1
  )
order by r.id desc limit 1
"""
_AHEAD = "select max(below) >= pg_snapshot_xmax(pg_current_snapshot()) from {}.mart_watermarks"
_RECORD = """
insert into mart_builds (run_id, schema_oid, project_hash, full_refresh, reason, below_xid)
values (:run, :schema, :project, :full, :reason, pg_snapshot_xmin(pg_current_snapshot()))
"""


def plan(connection: Connection, run_id: str, project_hash: str) -> Build:
    """Return the run's build of the candidate, decided and recorded at its first call: full or incremental, and why.

    A run that another one built over since starts anew. The caller holds LOCK. Raises MartsError where the run
    has published already.
    """
    schema = candidate_oid(connection)
    last = last_of(connection, schema)
    if last is not None and last.run_id == run_id:
        return last
    own = {"run": run_id}
    if connection.scalar(text("select published_at from mart_builds where run_id = :run"), own) is not None:
        raise MartsError(
            f"run {run_id} has published its marts already: start another run to build them again"
        )
    connection.execute(text("delete from mart_builds where run_id = :run"), own)
    why = _why_full(connection, schema, last, project_hash)
    reason = why or "the last build of this schema was published, and nothing was deleted since"
    record = {"schema": schema, "project": project_hash, "full": why is not None, "reason": reason}
    connection.execute(text(_RECORD), own | record)
    made = last_of(connection, schema)
    assert made is not None
    return made


def _why_full(connection: Connection, schema: int, last: Build | None, project_hash: str) -> str | None:
    """Say why tables of this schema cannot grow by what is new; None: they can."""
    if last is None:
        return "this schema was never built"
    if last.published_at is None:
        return f"run {last.run_id} left this schema unpublished: a check failed, or the run ended"
    if last.project_hash != project_hash:
        return "the dbt project is another one than built this schema"
    if _is_ahead(connection):
        return "the watermarks are those of another server: the database was restored from a dump"
    requested: str | None = connection.scalar(text(_REQUEST), {"schema": schema})
    return None if requested is None else f"asked for: {requested}"


def _is_ahead(connection: Connection) -> bool:
    if connection.scalar(text(f"select to_regclass('{CANDIDATE}.mart_watermarks')")) is None:
        return False
    return bool(connection.scalar(text(_AHEAD.format(CANDIDATE))))


def mark_passed(connection: Connection, run_id: str, selections: Sequence[str]) -> None:
    """Note that the run built these selections whole, and that every test of theirs passed."""
    connection.execute(
        text(
            "update mart_builds set passed = array(select distinct s "
            "from unnest(passed || cast(:new as varchar[])) as s order by s) where run_id = :run"
        ),
        {"run": run_id, "new": list(selections)},
    )


def drop_strangers(connection: Connection, models: Sequence[str]) -> None:
    """Drop relations of the candidate that no model makes any more, before everything is built anew.

    dbt forgets a model that is gone or has another name, and what it last built would go live again for ever.
    """
    strangers = connection.execute(
        text(
            "select relname, relkind = 'v' as is_view from pg_class where relkind in ('r', 'v') "
            "and relnamespace = cast(:schema as regnamespace) and relname <> all(:known)"
        ),
        {"schema": CANDIDATE, "known": [*models, "mart_watermarks"]},
    ).all()
    for stranger in strangers:
        kind = "view" if stranger.is_view else "table"
        connection.execute(text(f'drop {kind} if exists {CANDIDATE}."{stranger.relname}" cascade'))
