"""The two schemas of marts: which is live, where the newest build stands, what was built.

Readers rely on `analytics`. dbt builds `analytics_candidate` as `mart_plans` decides, and one transaction renames
the two into each other (`mart_swap`). A schema is known by its oid, which renaming keeps: what is said here of a
schema's last build stays true of it on either side.
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
