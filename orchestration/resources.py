"""The one resource of the assets: the database they act on, as qbank_pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster import ConfigurableResource
from sqlalchemy import Connection, Engine, func, select

from database import settings
from database.engine import engine_as, resolve_url
from database.tenancy import Role
from orchestration.retries import repeated_when_lost


class Database(ConfigurableResource):  # type: ignore[type-arg]
    """Where QBANK_DATABASE_URL points, else the embedded server; read when an asset asks, never at load."""

    def url(self) -> str:
        """Return the unrestricted URL, with the embedded server running where it is meant."""
        return resolve_url(settings.load())

    def home(self) -> Path:
        """Return QBANK_HOME: where files of ours go."""
        return settings.load().home

    def engine(self) -> Engine:
        """Return an engine that acts as qbank_pipeline."""
        return engine_as(self.url(), Role.PIPELINE)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction as qbank_pipeline; it commits at the end and rolls back on an error.

        A step whose connection is lost within is run again (`retries`).
        """
        engine = self.engine()
        try:
            with repeated_when_lost(), engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    @contextmanager
    def exclusive(self, what: str) -> Iterator[None]:
        """Let one process at a time do `what` on this database; others wait their turn."""
        with self.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))
            yield
