"""`qbank doctor`: what is configured, reachable and migrated, and what to do about the rest."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from cli.console import out

_SERVICES = {
    "kafka": ("QBANK_KAFKA_BOOTSTRAP", 9092, "events go through the local event log"),
    "redis": ("QBANK_REDIS_URL", 6379, "open quizzes are read from Postgres each time"),
}
_TIMEOUT_S = 2.0
_QUERY_S = 5


@dataclass(frozen=True)
class Problem:
    """Something wrong, and what to do about it."""

    what: str
    do: str


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False) -> None:
    """Say what is configured, reachable and migrated, and what to do; exit 1 where something is wrong."""
    problems: list[Problem] = []
    report: dict[str, Any] = {"database": _database(problems)}
    report["database"]["url"] = _plain(report["database"]["url"])
    report["clickhouse"] = _clickhouse(problems)
    report |= {name: _service(name, *about, problems) for name, about in _SERVICES.items()}
    if report["kafka"]["reachable"]:
        report["kafka"] |= _topic(problems)
    report["problems"] = [asdict(problem) for problem in problems]
    if as_json:
        out.print_json(json.dumps(report))
    else:
        _show(report)
    if problems:
        raise typer.Exit(1)


def _plain(url: str | None) -> str | None:
    """Return a database URL as psql and most clients read it: without the driver that we use."""
    return None if url is None else url.replace("postgresql+psycopg://", "postgresql://", 1)


def _database(problems: list[Problem]) -> dict[str, Any]:
    """Look, and start nothing: an embedded server that is not running is told, not begun."""
    from sqlalchemy.exc import OperationalError

    from database import embedded, migrate, settings
    from database.errors import DatabaseError

    chosen = settings.load()
    found: dict[str, Any] = {"url": chosen.database_url, "reachable": False, "migrated": False}
    if chosen.database_url is None:
        state = embedded.status(chosen.home)
        found |= {"embedded": True, "url": state.url}
        if not state.running:
            problems.append(Problem("the embedded Postgres is not running", "start it with `qbank migrate`"))
            return found
    try:
        revision = migrate.current(str(found["url"]))
    except (OperationalError, DatabaseError) as fault:
        first = str(fault).strip().splitlines()[0]
        problems.append(
            Problem(f"the database does not answer: {first}", "check QBANK_DATABASE_URL and the server")
        )
        return found
    found |= {"reachable": True, "revision": revision, "migrated": revision == migrate.head()}
    if not found["migrated"]:
        what = f"the database is at revision {revision or 'none'}, this version needs {migrate.head()}"
        problems.append(Problem(what, "run `qbank migrate`"))
    return found


def _clickhouse(problems: list[Problem]) -> dict[str, Any]:
    """Ask the server that is configured, or the embedded one if it runs; that it does not is fine."""
    from database import clickhouse, settings
    from database.clickhouse import migrate, session
    from database.errors import ClickHouseError, ClickHouseUnavailableError

    chosen = settings.load()
    found: dict[str, Any] = {
        "configured": chosen.clickhouse_url is not None,
        "embedded": chosen.clickhouse_url is None and clickhouse.is_configured(chosen),
        "reachable": None,
        "migrated": None,
    }
    url = clickhouse.running_url(chosen)
    if url is None:
        return found
    try:
        client = session.connect(url, answer_seconds=_QUERY_S)
        revision = migrate.current(client)
    except ClickHouseError as fault:
        found["reachable"] = not isinstance(fault, ClickHouseUnavailableError)
        if fault.code != session.UNKNOWN_DATABASE:
            problems.append(Problem(str(fault), "check QBANK_CLICKHOUSE_URL and the server, or unset it"))
            return found
        revision = 0
    found |= {"reachable": True, "revision": revision, "migrated": revision >= migrate.head()}
    if not found["migrated"]:
        what = f"ClickHouse is at revision {revision or 'none'}, this version needs {migrate.head()}"
        problems.append(Problem(what, "run `qbank migrate`"))
    return found


def _service(name: str, variable: str, port: int, without: str, problems: list[Problem]) -> dict[str, Any]:
    """Try a TCP connection where the service is configured; this release uses none of them yet."""
    configured = os.environ.get(variable) or None
    found: dict[str, Any] = {"configured": configured is not None, "reachable": None, "note": without}
    if configured is None:
        return found
    first = configured.split(",")[0]
    parts = urlsplit(first if "://" in first else f"//{first}")
    found["reachable"] = _answers(parts.hostname or "", parts.port or port)
    if not found["reachable"]:
        problems.append(
            Problem(
                f"{name} does not answer at {parts.hostname}:{parts.port or port}",
                f"start it, or unset {variable}",
            )
        )
    return found


def _topic(problems: list[Problem]) -> dict[str, Any]:
    """Ask the broker for the topic of events."""
    from ingestion import settings
    from ingestion.errors import IngestionError
    from ingestion.sources.kafka.topics import partitions_of

    try:
        chosen = settings.load()
        partitions = partitions_of(chosen)
    except IngestionError as fault:
        problems.append(Problem(str(fault), "see to the broker, or unset QBANK_KAFKA_BOOTSTRAP"))
        return {"topic": None, "partitions": None}
    if partitions is None:
        what = f"the broker has no topic {chosen.kafka_topic_events}"
        problems.append(Problem(what, "make it with `qbank events create-topic`"))
    return {"topic": chosen.kafka_topic_events, "partitions": partitions}


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S):
            return True
    except OSError:
        return False


def _show(report: dict[str, Any]) -> None:
    database = report["database"]
    where = "embedded" if database.get("embedded") else "QBANK_DATABASE_URL"
    state = "reachable" if database["reachable"] else "not reachable"
    migrated = "migrated" if database["migrated"] else "not migrated"
    out.print(f"database    {where}, {state}, {migrated}")
    out.print(f"clickhouse  {_said_of_clickhouse(report['clickhouse'])}")
    for name in _SERVICES:
        found = report[name]
        if not found["configured"]:
            out.print(f"{name:<11} not configured; {found['note']}")
        else:
            out.print(f"{name:<11} configured, {'reachable' if found['reachable'] else 'not reachable'}")
            if found.get("partitions"):
                out.print(f"            topic {found['topic']}, {found['partitions']} partitions")
    for problem in report["problems"]:
        out.print(f"[bold red]![/] {problem['what']}: {problem['do']}", soft_wrap=True)
    if not report["problems"]:
        out.print("[green]nothing to do[/]")


def _said_of_clickhouse(found: dict[str, Any]) -> str:
    if not found["configured"] and not found["embedded"]:
        return "not configured; without QBANK_CLICKHOUSE_URL or qbank[embedded] nothing is written to it"
    where = "QBANK_CLICKHOUSE_URL" if found["configured"] else "embedded"
    if found["reachable"] is None:
        return f"{where}, not running; it starts when answers are written to it"
    state = "reachable" if found["reachable"] else "not reachable"
    return f"{where}, {state}, {'migrated' if found['migrated'] else 'not migrated'}"
