"""A stretch read once more: what a store lacks is added, positions stay."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ingestion.drain import drain
from ingestion.errors import PositionError
from ingestion.replay import replay
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog
from ingestion.sources.log_files import segment_bases, segment_path


def test_what_a_store_lost_is_added_and_nothing_moves(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    raws = [events.raw() for _ in range(20)]
    log.append([Outgoing(None, raw) for raw in [*raws[:10], b"{", *raws[10:]]])
    sink = PostgresSink(pipeline_engine)
    drain(log, sink)
    with pipeline_engine.begin() as connection:
        connection.execute(
            text(
                "delete from telemetry.events where event_id in (select event_id from telemetry.events limit 6)"
            )
        )
    (summary,) = replay(log, [sink])
    assert (summary.read, summary.stored, summary.repeated) == (21, 6, 14)
    assert sink.positions(log.source_id) == {0: 21}
    with pipeline_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from telemetry.dead_letters")) == 1


def test_a_stretch_before_it_was_drained(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    log.append(events.outgoing(20))
    sink, done = PostgresSink(pipeline_engine), []
    (summary,) = replay(log, [sink], start=5, end=12, progress=lambda n, of: done.append((n, of)))
    assert (summary.read, summary.stored) == (7, 7)
    assert done[-1] == (7, 7)
    assert sink.positions(log.source_id) == {}
    assert (drain(log, sink).stored, drain(log, sink).read) == (13, 0)


@pytest.mark.parametrize(("start", "end"), [(5, 3), (-1, 3), (0, 11), (11, None)])
def test_a_stretch_that_is_not_there_is_refused(
    pipeline_engine: Engine, log: EventLog, events: Any, start: int, end: int | None
) -> None:
    log.append(events.outgoing(10))
    with pytest.raises(PositionError, match="positions 0 to 10"):
        replay(log, [PostgresSink(pipeline_engine)], start=start, end=end)
    with pytest.raises(PositionError, match="no partition 3"):
        replay(log, [PostgresSink(pipeline_engine)], partition=3)


def test_archived_segments_are_replayed_from_where_they_were_moved_to(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any, tmp_path: Path
) -> None:
    log = open_log(segment_bytes=2_000)
    for _ in range(6):
        log.append(events.outgoing(10))
    archive = tmp_path / "archive"
    archive.mkdir()
    shutil.copy(log.folder / "log.json", archive)
    bases = segment_bases(log.folder)
    assert len(bases) > 3
    for base in bases[:3]:
        segment_path(log.folder, base).rename(segment_path(archive, base))
    sink = PostgresSink(pipeline_engine)
    (summary,) = replay(EventLog(archive, "events.qbank"), [sink])
    assert summary.stored == bases[3]
    assert summary.source_id == log.source_id
    assert drain(open_log(), sink).stored == 60 - bases[3]
