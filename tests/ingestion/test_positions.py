"""Where sinks stand, and how a person moves them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from ingestion.drain import drain
from ingestion.errors import PositionError
from ingestion.positions import Standing, move, standings
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.event_log import EventLog


class Gone(PostgresSink):
    name = "gone"


def test_standings_tell_lag_and_who_does_not_answer(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    log.append(events.outgoing(5))
    sink = PostgresSink(pipeline_engine)
    drain(log, sink)
    log.append(events.outgoing(2))
    nobody = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    found, away = standings(log, [sink, Gone(nobody)])
    assert found == [Standing("postgres", 0, 5, 0, 7), Standing("gone", 0, None, 0, 7)]
    assert [one.lag for one in found] == [2, None]
    assert list(away) == ["gone"]


def test_a_sink_is_moved_by_choice(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    log.append(events.outgoing(5))
    sink = PostgresSink(pipeline_engine)
    assert move(log, sink, 0, "latest") == 5
    assert drain(log, sink).read == 0
    assert move(log, sink, 0, 3) == 3
    assert drain(log, sink).read == 2
    assert move(log, sink, 0, "earliest") == 0
    assert drain(log, sink).read == 5
    with pytest.raises(PositionError, match="6 is outside"):
        move(log, sink, 0, 6)
    with pytest.raises(PositionError, match="no partition 1"):
        move(log, sink, 1, "latest")
