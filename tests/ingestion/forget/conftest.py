"""A world with learners in it, and what forgets one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine

from database import clickhouse
from ingestion.forget import Stores
from ingestion.sinks import ClickHouseSink, PostgresSink, Sink
from ingestion.sources.base import Source
from tests.ingestion.forget.world import World


@pytest.fixture
def world(pipeline_engine: Engine, database_url: str, tmp_path: Path) -> World:
    """Three learners in Postgres and in files below a home; the event log is the test's own."""
    made = World(pipeline_engine, database_url, tmp_path / "home", tmp_path / "files")
    made.import_files()
    made.deliver()
    made.calibrate()
    made.build_marts()
    made.write_files()
    return made


@pytest.fixture
def client(clickhouse_url: str) -> Iterator[Client]:
    with closing(clickhouse.open_url(clickhouse_url)) as opened:
        yield opened


@pytest.fixture
def stores(world: World, clickhouse_url: str) -> Callable[[Mapping[str, Source]], Stores]:
    def of(sources: Mapping[str, Source]) -> Stores:
        return Stores(
            world.engine, world.key, partial(clickhouse.open_url, clickhouse_url), sources, world.home
        )

    return of


@pytest.fixture
def sinks(world: World, clickhouse_url: str) -> Callable[[], tuple[Sink, Sink]]:
    """Open both stores as a new process would."""

    def opened() -> tuple[Sink, Sink]:
        connect = partial(clickhouse.open_url, clickhouse_url)
        return PostgresSink(world.engine, world.key), ClickHouseSink(connect, world.key)

    return opened
