"""Where decoded events are stored. Each store is one file; each keeps its own positions (`sinks.base`)."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Engine

from database.clickhouse import is_configured, open_client
from database.settings import DatabaseSettings
from ingestion.sinks.base import Sink
from ingestion.sinks.clickhouse import ClickHouseSink
from ingestion.sinks.postgres import PostgresSink

__all__ = ["ClickHouseSink", "PostgresSink", "Sink", "open_sinks"]


def open_sinks(engine: Engine, settings: DatabaseSettings) -> tuple[Sink, ...]:
    """Return the stores there are: Postgres (`engine` acts as qbank_pipeline), and ClickHouse, if there is one.

    Nothing is connected to before it is used.
    """
    postgres = PostgresSink(engine)
    if not is_configured(settings):
        return (postgres,)
    return postgres, ClickHouseSink(partial(open_client, settings))
