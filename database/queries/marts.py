"""The two schemas of marts: what a run must build, where the newest build stands, and how they change places.

Readers rely on `analytics`. dbt builds `analytics_candidate`, and one transaction renames the two into each other
(`database.queries.mart_swap`). A schema is known by its oid, which renaming keeps: what is said here of a schema's
last build stays true of it on either side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from database.errors import MartsError

LIVE, CANDIDATE = "analytics", "analytics_candidate"
BEFORE_FIT, AFTER_PUBLISH = "before_fit", "after_publish"
# Whoever builds or swaps holds this advisory lock; a reader that must not see either happen shares it.
LOCK = "dbt build"

_BUILD = "run_id, schema_oid, project_hash, full_refresh, reason, passed, started_at, published_at"
_LAST_OF = f"select {_BUILD} from mart_builds where schema_oid = :schema order by id desc limit 1"
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
_NEWEST = f"""
select n.nspname as schema, b.run_id, b.passed from mart_builds b
join pg_namespace n on n.oid = b.schema_oid and n.nspname in ('{LIVE}', '{CANDIDATE}')
order by b.id desc limit 1
"""


@dataclass(frozen=True)
class Build:
    """A build of the marts by one run, as table mart_builds keeps it."""

    run_id: str
    schema_oid: int
    project_hash: str
    full_refresh: bool
    reason: str
    passed: Sequence[str]
    started_at: dt.datetime
    published_at: dt.datetime | None


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


def newest(connection: Connection) -> str:
    """Return the schema that was built last: the candidate from a run's first build to its swap, else the live one."""
    found = connection.execute(text(_NEWEST)).one_or_none()
    return LIVE if found is None else str(found.schema)


def hold_newest(connection: Connection) -> str:
    """Return the newest schema and keep it where it is, unchanged, until this transaction ends.

    Raises MartsError where its first attempts did not pass their tests: nothing may be made of them.
    """
    connection.execute(text("select pg_advisory_xact_lock_shared(hashtext(:lock))"), {"lock": LOCK})
    found = connection.execute(text(_NEWEST)).one_or_none()
    if found is None:
        raise MartsError(
            "no marts were built yet: run `nightly_calibration`, or its asset int_first_attempts"
        )
    if BEFORE_FIT not in found.passed:
        raise MartsError(
            f"the newest first attempts are those of run {found.run_id}, whose build did not pass its tests: "
            "mend what they found, then run `nightly_calibration` from the marts on"
        )
    return str(found.schema)


def request_refresh(connection: Connection, reason: str) -> None:
    """Ask that both schemas be built anew, each at its next build."""
    connection.execute(
        text("insert into mart_refresh_requests (reason) values (:reason)"), {"reason": reason}
    )


def tables_of(connection: Connection, schema: str, names: Sequence[str]) -> list[str]:
    """Return those of the names that are tables of a schema, in order; views hold no rows."""
    found = connection.scalars(
        text(
            "select relname from pg_class where relnamespace = cast(:schema as regnamespace) "
            "and relkind = 'r' and relname = any(:names) order by relname"
        ),
        {"schema": schema, "names": list(names)},
    )
    return list(found)


def row_counts(connection: Connection, schema: str, tables: Sequence[str]) -> dict[str, int]:
    """Count the rows of tables of a schema."""
    return {
        name: int(connection.scalar(text(f'select count(*) from {schema}."{name}"')) or 0) for name in tables
    }


def builds(connection: Connection, limit: int) -> list[Build]:
    """Return the last builds, the newest first."""
    rows = connection.execute(
        text(f"select {_BUILD} from mart_builds order by id desc limit :limit"), {"limit": limit}
    )
    return [Build(**row._mapping) for row in rows]


def live_since(connection: Connection) -> dt.datetime | None:
    """Return when what is live was published; None: nothing was yet."""
    found: dt.datetime | None = connection.scalar(
        text(
            f"select max(b.published_at) from mart_builds b join pg_namespace n on n.oid = b.schema_oid "
            f"where n.nspname = '{LIVE}'"
        )
    )
    return found


def candidate_oid(connection: Connection) -> int:
    """Return the oid of the schema to build in."""
    found: int | None = connection.scalar(text(f"select to_regnamespace('{CANDIDATE}')::oid::bigint"))
    if found is None:
        raise MartsError(
            f"schema {CANDIDATE} is not there: `create schema {CANDIDATE} authorization qbank_pipeline`, "
            "and grant usage on it to qbank_owner, qbank_api and qbank_analyst"
        )
    return found


def last_of(connection: Connection, schema: int) -> Build | None:
    """Return the last build of a schema."""
    row = connection.execute(text(_LAST_OF), {"schema": schema}).one_or_none()
    return None if row is None else Build(**row._mapping)
