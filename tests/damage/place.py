"""A database with its ClickHouse, and a copy of it to do harm to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class Place:
    """A database with its ClickHouse, and the QBANK_HOME of what runs on them."""

    url: str
    clickhouse_url: str
    home: Path

    @property
    def database(self) -> str:
        """Name of the Postgres database."""
        name = make_url(self.url).database
        assert name is not None
        return name

    def connect(self, role: str = "qbank_pipeline") -> psycopg.Connection[tuple[object, ...]]:
        """Return a connection in a transaction, as `role`."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, options=f"-c role={role} -c timezone=UTC")

    @contextmanager
    def here(self) -> Iterator[None]:
        """Let the commands of this process act on this place."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("QBANK_DATABASE_URL", self.url)
            patch.setenv("QBANK_CLICKHOUSE_URL", self.clickhouse_url)
            patch.setenv("QBANK_HOME", str(self.home))
            patch.delenv("DAGSTER_HOME", raising=False)
            yield
            # What ran here may have set it; what it was before comes back with the rest.
            patch.delenv("DAGSTER_HOME", raising=False)


def place_on(postgres_url: str, clickhouse_url: str, home: Path, name: str = "qbank_good") -> Place:
    """Return the place of good data on two servers, wherever their URLs point."""
    return Place(
        make_url(postgres_url).set(database=name).render_as_string(hide_password=False),
        f"{clickhouse_url.rpartition('/')[0]}/{name}",
        home,
    )


@contextmanager
def copy_of(good: Place) -> Iterator[Place]:
    """A copy of the good database, dropped afterwards; always of one name, for dbt parses once for each name."""
    copied = replace(
        good, url=make_url(good.url).set(database=f"{good.database}_copy").render_as_string(False)
    )
    name, source = sql.Identifier(copied.database), sql.Identifier(good.database)
    with server_of(good) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        server.execute(sql.SQL("create database {} template {} strategy file_copy").format(name, source))
        try:
            yield copied
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(name))


def server_of(place: Place) -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection to the server of the place, beside its database."""
    url = make_url(place.url).set(drivername="postgresql", database="postgres")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
