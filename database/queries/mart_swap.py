"""The swap: what was built and checked becomes live, and what was live is built next.

Renaming takes no lock that a reader of marts would notice. The live tables are locked all the same, so that a
transaction which has read one of them reads the others from the same build: the swap waits until it ends. While it
waits, new readers queue behind it, hence never for longer than LOCK_TIMEOUT; who swaps tries again later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from database.errors import MartsError, MartsInUseError
from database.queries.marts import (
    AFTER_PUBLISH,
    BEFORE_FIT,
    CANDIDATE,
    LIVE,
    LOCK,
    Build,
    candidate_oid,
    last_of,
    live_since,
)

# Beyond deadlock_timeout (one second), after which a vacuum makes way.
LOCK_TIMEOUT = "2s"
_RETIRED = "analytics_retired"
_LIVE_TABLES = f"""
select string_agg(format('%I.%I', '{LIVE}', relname), ', ' order by relname)
from pg_class where relnamespace = '{LIVE}'::regnamespace and relkind in ('r', 'p')
"""


@dataclass(frozen=True)
class Swap:
    """What became live, when, and since when what it took the place of had been."""

    build: Build
    live_before: dt.datetime | None


def publish(connection: Connection, run_id: str) -> Swap:
    """Make the run's build live, within the caller's transaction.

    Raises MartsError where the candidate is not this run's, whole and passed; MartsInUseError where readers hold
    the live marts. Nothing has changed then, and the transaction is to be rolled back.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(LOCK))))
    schema = candidate_oid(connection)
    _refuse_unless_own(last_of(connection, schema), run_id)
    before = live_since(connection)
    _lock_live(connection)
    _rename(connection)
    connection.execute(
        text("update mart_builds set published_at = clock_timestamp() where run_id = :run"), {"run": run_id}
    )
    build = last_of(connection, schema)
    assert build is not None
    return Swap(build, before)


def _refuse_unless_own(last: Build | None, run_id: str) -> None:
    if last is None or last.run_id != run_id:
        whose = "was built by no run" if last is None else f"is the build of run {last.run_id} by now"
        raise MartsError(
            f"run {run_id} cannot publish marts: {CANDIDATE} {whose}. Of two runs at once the one that built last "
            "publishes, and what it built has what both of them wrote; live marts stay until then. If that run "
            "failed, run `nightly_calibration` again"
        )
    missing = sorted({BEFORE_FIT, AFTER_PUBLISH} - set(last.passed))
    if missing:
        raise MartsError(
            f"run {run_id} cannot publish marts: it did not build {' and '.join(missing)} whole with every test "
            "passed. Run `nightly_calibration`, or all of its marts"
        )


def _rename(connection: Connection) -> None:
    may, database, role = connection.execute(
        text("select has_database_privilege(current_database(), 'create'), current_database(), current_user")
    ).one()
    if not may:
        raise MartsError(
            f"{role} may not rename schemas of database {database}, a right that dumps and copies leave behind: "
            f"`grant create on database {database} to {role}`, then run `nightly_calibration` again"
        )
    for old, new in ((LIVE, _RETIRED), (CANDIDATE, LIVE), (_RETIRED, CANDIDATE)):
        connection.execute(text(f"alter schema {old} rename to {new}"))


def _lock_live(connection: Connection) -> None:
    tables = connection.scalar(text(_LIVE_TABLES))
    if tables is None:
        return
    connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
    try:
        connection.execute(text(f"lock table {tables} in access exclusive mode"))
    except OperationalError as fault:
        if not isinstance(fault.orig, LockNotAvailable):
            raise
        raise MartsInUseError(
            f"transactions that read {LIVE} have not ended within {LOCK_TIMEOUT}: `select pid, query_start, query "
            "from pg_stat_activity where state <> 'idle'` shows them"
        ) from fault
    connection.execute(text("set local lock_timeout = default"))
