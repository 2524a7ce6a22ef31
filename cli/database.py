"""The engine that commands work with: the configured database, or the embedded one, migrated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine


def ready_url() -> str:
    """Return the unrestricted URL of the database, started if it is ours and brought to the newest revision."""
    from database import migrate, settings
    from database.engine import resolve_url

    url = resolve_url(settings.load())
    migrate.upgrade(url)
    return url


@contextmanager
def pipeline_engine(*, migrating: bool = True) -> Iterator[Engine]:
    """Lend an engine that acts as qbank_pipeline on the ready database; as it is, where not `migrating`."""
    from database import settings
    from database.engine import engine_as, resolve_url
    from database.tenancy import Role

    url = ready_url() if migrating else resolve_url(settings.load())
    engine = engine_as(url, Role.PIPELINE)
    try:
        yield engine
    finally:
        engine.dispose()
