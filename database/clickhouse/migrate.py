"""Moves ClickHouse's tables up: `migrations/NNNN_what.sql`, each applied once and written down.

ClickHouse has no transactions, so every statement of a migration may run again: a migration that was cut
short is run anew, and two callers at once do no harm. Names are without database: the client's is meant.
"""

from __future__ import annotations

from pathlib import Path

from clickhouse_connect.driver.client import Client

from database.clickhouse.session import answering

SCRIPTS = Path(__file__).parent / "migrations"
_REVISIONS = """
create table if not exists schema_revisions (
    revision UInt32 comment 'number of the migration',
    name String comment 'its file, without number and ending',
    applied_at DateTime64(3, 'UTC') default now64(3) comment 'when it was done'
)
engine = ReplacingMergeTree(applied_at)
order by revision
comment 'Migrations that this database has had'
"""


def head() -> int:
    """Return the newest revision that this code knows."""
    return max(_scripts())


def current(client: Client) -> int:
    """Return the revision of the client's database; 0: no migration has run. Raises ClickHouseError."""
    with answering(client):
        if not client.command("exists table schema_revisions"):
            return 0
        rows = client.query("select max(revision) from schema_revisions").result_rows
    return int(rows[0][0])


def upgrade(client: Client) -> int:
    """Bring the client's database to `head` and return the revision it was at. Raises ClickHouseError."""
    before = current(client)
    for revision, script in sorted(_scripts().items()):
        if revision > before:
            with answering(client):
                client.command(_REVISIONS)
                for statement in _statements(script):
                    client.command(statement)
                name = script.stem.partition("_")[2]
                client.insert("schema_revisions", [(revision, name)], column_names=["revision", "name"])
    return before


def _scripts() -> dict[int, Path]:
    return {int(path.name.partition("_")[0]): path for path in SCRIPTS.glob("*.sql")}


def _statements(script: Path) -> list[str]:
    parts = script.read_text(encoding="utf-8").split(";\n")
    return [part for part in parts if part.strip()]
