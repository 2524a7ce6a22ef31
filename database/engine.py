"""Engines: one way to connect, always as one of the three roles."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database import embedded
from database.settings import DatabaseSettings
from database.tenancy import Role


def resolve_url(settings: DatabaseSettings) -> str:
    """Return where the database is: the one configured, else the embedded server, started if need be."""
    return settings.database_url or embedded.ensure_running(settings.home)


def engine_as(url: str, role: Role) -> Engine:
    """Return an engine whose connections act as `role` in UTC from their first statement on.

    The first connection raises sqlalchemy's OperationalError where the role does not exist: the
    database is not migrated (`qbank migrate`).
    """
    # Batches of events and files are staged in temporary tables, of tens of megabytes, that shall not touch a disk.
    options = f"-c role={role.value} -c timezone=UTC -c temp_buffers=64MB"
    return create_engine(url, connect_args={"options": options}, pool_pre_ping=True)


def login_engine(url: str) -> Engine:
    """Return an engine that keeps the login's own role: for migrations and `qbank doctor` alone."""
    return create_engine(url, connect_args={"options": "-c timezone=UTC"})


def async_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Return the API's engine; each of its transactions takes role and tenant (`tenancy.entering`).

    Whether a connection still stands is not asked for before each use, which would be a round trip more: whoever
    begins on one that fell begins again (`api_min.transactions`).
    """
    return create_async_engine(
        url,
        connect_args={"options": "-c timezone=UTC"},
        pool_size=pool_size,
        hide_parameters=True,  # errors are logged, and the values may be what a learner wrote
    )
