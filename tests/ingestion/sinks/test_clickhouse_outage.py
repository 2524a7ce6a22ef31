"""The ClickHouse sink while its server is away: real processes killed, real connections refused."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database import clickhouse
from database.clickhouse import embedded
from database.errors import ClickHouseError
from database.queries import attempts
from database.settings import DatabaseSettings
from ingestion.errors import SinkError
from ingestion.sinks.base import MovedOnError
from ingestion.sinks.clickhouse import ClickHouseSink
from tests.ingestion.sinks.test_clickhouse import SOURCE, answers, batch, expected_hourly, hourly

KILLS = 8


@pytest.fixture
def settings() -> Iterator[DatabaseSettings]:
    home = Path(tempfile.mkdtemp(prefix="qbank-outage-", dir="/tmp"))
    yield DatabaseSettings(home=home, clickhouse_url=None)
    embedded.purge(home)
    shutil.rmtree(home)


def kill_owner(settings: DatabaseSettings) -> None:
    os.kill(int((settings.home / "clickhouse" / "listening").read_text().split()[0]), signal.SIGKILL)


def test_a_named_server_that_goes_and_comes_back(settings: DatabaseSettings, events: Any) -> None:
    where = [clickhouse.resolve_url(settings)]
    sink = ClickHouseSink(lambda: clickhouse.open_url(where[0]))
    raws = answers(events, 20)
    sink.store(batch(0, raws[:10]))
    embedded.stop(settings.home)
    for _ in range(2):
        with pytest.raises(SinkError, match=r"does not answer.*qbank doctor"):
            sink.store(batch(10, raws[10:]))
        with pytest.raises(SinkError):
            sink.positions(SOURCE)
    where[0] = clickhouse.resolve_url(settings)
    assert sink.positions(SOURCE) == {0: 10}
    assert sink.store(batch(10, raws[10:])).events == {"answer_submitted": 10}
    sink.close()


def test_an_owner_that_was_killed_is_started_again_with_all_that_was_stored(
    settings: DatabaseSettings, events: Any
) -> None:
    sink = ClickHouseSink(lambda: clickhouse.open_client(settings))
    raws = answers(events, 30)
    for start in range(0, 30, 10):
        sink.store(batch(start, raws[start : start + 10]))
        kill_owner(settings)
        with pytest.raises(SinkError):
            sink.positions(SOURCE)
        assert sink.positions(SOURCE) == {0: start + 10}
    client = clickhouse.open_client(settings)
    assert sum(attempts.count_by_item(client).values()) == 30
    client.close()
    sink.close()


def test_counts_stay_exact_while_the_owner_is_killed_at_any_instant(
    settings: DatabaseSettings, events: Any
) -> None:
    """Two drains of one sink, and somebody who kills what they write to."""
    raws = answers(events, 1500)
    kills: list[int] = []

    def drain(seed: int) -> None:
        sink, sizes = ClickHouseSink(lambda: clickhouse.open_client(settings)), random.Random(seed)
        while True:
            with contextlib.suppress(SinkError, MovedOnError):
                at = sink.positions(SOURCE).get(0, 0)
                if at == len(raws) and len(kills) >= KILLS:
                    break
                at = at % len(raws)  # again from the beginning, until enough was killed
                if at == 0:
                    sink.place(SOURCE, 0, 0)
                sink.store(batch(at, raws[at : at + sizes.randint(1, 200)]))
        sink.close()

    drains = [threading.Thread(target=drain, args=(seed,)) for seed in (1, 2)]
    for each in drains:
        each.start()
    instants = random.Random(3)
    while len(kills) < KILLS:
        time.sleep(instants.uniform(0.05, 0.5))
        if embedded.status(settings.home).running:
            kill_owner(settings)
            kills.append(1)
    for each in drains:
        each.join()
    client = clickhouse.open_client(settings)
    assert sum(attempts.count_by_item(client).values()) == len(raws)
    assert hourly(client) == expected_hourly(raws)
    client.close()


def test_a_server_that_is_not_there_at_first_is_an_error_of_the_sink(events: Any) -> None:
    sink = ClickHouseSink(lambda: clickhouse.open_url("http://qbank:hunter2@127.0.0.1:1/qbank"))
    for act in (lambda: sink.store(batch(0, answers(events, 1))), lambda: sink.place(SOURCE, 0, 1)):
        with pytest.raises(SinkError, match="Connection refused") as told:
            act()
        assert "hunter2" not in str(told.value)
        assert isinstance(told.value.__cause__, ClickHouseError)


def test_tables_that_are_gone_are_an_error_of_the_sink(clickhouse_url: str, events: Any) -> None:
    client = clickhouse.open_url(clickhouse_url)
    sink = ClickHouseSink(lambda: client)
    client.command("drop table item_attempts")
    with pytest.raises(SinkError, match="UNKNOWN_TABLE"):
        sink.store(batch(0, answers(events, 3)))
    assert sink.positions(SOURCE) == {}
    sink.close()
