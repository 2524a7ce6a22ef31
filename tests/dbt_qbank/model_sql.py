"""A model's own SQL, run on rows that a test made up, in a transaction that is undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, sql


@contextmanager
def emptied(bank: Any, *relations: str) -> Iterator[Connection[Any]]:
    """Empty tables for the length of the block; what is inserted meanwhile goes, and what was there returns."""
    with bank.connect() as connection, connection.transaction(force_rollback=True):
        for relation in relations:
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(relation)))
        yield connection


def insert(connection: Connection[Any], relation: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, each with the same columns; columns that are left out are null or have their default."""
    names = list(rows[0])
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(relation),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[row[name] for name in names] for row in rows])


def run(bank: Any, connection: Connection[Any], model: str) -> list[Any]:
    """Run a model's SQL as dbt compiled it; return its rows."""
    compiled = bank.manifest.nodes[f"model.qbank.{model}"].compiled_code
    assert compiled, f"{model} was not built yet"
    return connection.execute(compiled).fetchall()
