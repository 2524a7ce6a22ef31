"""Where decoded events are stored. Each store is one file; each keeps its own positions (`sinks.base`)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from database.clickhouse import is_configured, open_client
from database.forgetting import ForgetKey
from database.queries import forgotten as forgotten_learners
from database.settings import DatabaseSettings
from ingestion.errors import SinkError
from ingestion.sinks.base import Sink
from ingestion.sinks.clickhouse import ClickHouseSink
from ingestion.sinks.postgres import PostgresSink

__all__ = ["ClickHouseSink", "PostgresSink", "Sink", "open_sinks"]


def open_sinks(engine: Engine, settings: DatabaseSettings) -> tuple[Sink, ...]:
    """Return the stores there are: Postgres (`engine` acts as qbank_pipeline), and ClickHouse, if there is one.

    Nothing is connected to before it is used.
    """
    key = ForgetKey.of(settings)
    postgres = PostgresSink(engine, key)
    if not is_configured(settings):
        return (postgres,)
    return postgres, ClickHouseSink(partial(open_client, settings), key, partial(_forgotten, engine))


def _forgotten(engine: Engine) -> Collection[bytes]:
    """Return the hashes of everyone whom Postgres knows to be forgotten."""
    try:
        with engine.connect() as connection:
            return forgotten_learners.hashes(connection)
    except (OperationalError, InterfaceError) as fault:
        said = str(fault.orig).partition("\n")[0]
        raise SinkError(
            f"Postgres does not say who is forgotten ({said}), and ClickHouse may have been restored from a copy that "
            "does not know: nothing was stored. See that Postgres runs (`qbank doctor`), then run the command again"
        ) from fault
