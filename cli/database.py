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
def pipeline_engine() -> Iterator[Engine]:
    """Lend an engine that acts as qbank_pipeline on the ready database."""
    from database.engine import engine_as
    from database.tenancy import Role

    engine = engine_as(ready_url(), Role.PIPELINE)
    try:
        yield engine
    finally:
        engine.dispose()
