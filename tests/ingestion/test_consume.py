"""Consuming for good: outages of source and sinks told once, work shared, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ingestion.consume import Transport, consume
from ingestion.errors import BrokerError, SinkError
from ingestion.sinks.base import Decoded, Stored
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Source
from ingestion.sources.event_log import EventLog
from ingestion.summary import DrainSummary


class Turns:
    """Stops after the given happenings, one before each turn that had to wait."""

    def __init__(self, *happenings: Callable[[], object]) -> None:
        self.happenings = list(happenings)

    def wait(self, timeout: float) -> bool:
        if timeout == 0:
            return False
        if not self.happenings:
            return True
        self.happenings.pop(0)()
        return False


class Stopped(Turns):
    """Turns that stay stopped once they have stopped, as an event does."""

    over = False

    def wait(self, timeout: float) -> bool:
        self.over = self.over or super().wait(timeout)
        return self.over


class Mine:
    """A membership that owns what it is told to."""

    def __init__(self, *partitions: int) -> None:
        self.owned, self.closed = partitions, False

    def partitions(self) -> Sequence[int]:
        return self.owned

    def close(self) -> None:
        self.closed = True


def transport(open_source: Callable[[], Source], mine: Mine | None = None) -> Transport:
    return Transport(open_source, lambda: mine or Mine(0))


def test_what_comes_is_stored_until_it_is_stopped(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    log, mine, seen = open_log(), Mine(0), list[DrainSummary]()
    stop = Stopped(lambda: log.append(events.outgoing(3)), lambda: log.append(events.outgoing(4)))
    said: list[str] = []
    stored = consume(
        transport(open_log, mine),
        [PostgresSink(pipeline_engine)],
        stop,
        report=said.append,
        observe=seen.append,
    )
    assert stored == {"postgres": 7}
    assert [summary.read for summary in seen if summary.read] == [3, 4]
    assert said == []
    assert mine.closed


def test_partitions_of_others_are_left_alone(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    open_log().append(events.outgoing(3))
    stored = consume(
        transport(open_log, Mine()), [PostgresSink(pipeline_engine)], Stopped(), report=lambda said: None
    )
    assert stored == {"postgres": 0}


def test_a_source_that_is_away_is_opened_anew_and_told_once(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    open_log().append(events.outgoing(3))
    outages = [BrokerError("no broker")] * 3

    def opened() -> Source:
        if outages:
            raise outages.pop()
        return open_log()

    said: list[str] = []
    stop = Stopped(*[lambda: None] * 4)
    assert consume(transport(opened), [PostgresSink(pipeline_engine)], stop, report=said.append) == {
        "postgres": 3
    }
    assert said == ["no broker; trying on", "the source works again"]


def test_a_sink_that_is_away_rests_and_comes_back(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any
) -> None:
    open_log().append(events.outgoing(3))

    class Ailing(PostgresSink):
        name = "ailing"
        calls = 0

        def store(self, batch: Decoded) -> Stored:
            self.calls += 1
            if self.calls == 1:
                raise SinkError("gone for lunch")
            return super().store(batch)

    class UntilBack(Stopped):
        """Stops once the ailing sink was called again, or after far too many turns."""

        left = 2_000_000

        def wait(self, timeout: float) -> bool:
            self.left -= 1
            self.over = self.over or (ailing.calls > 1 and timeout > 0) or self.left == 0
            return self.over

    ailing = Ailing(pipeline_engine)
    said: list[str] = []
    seen: list[DrainSummary] = []
    consume(
        transport(open_log),
        [PostgresSink(pipeline_engine), ailing],
        UntilBack(),
        report=said.append,
        observe=seen.append,
    )
    assert said == ["gone for lunch; trying on", "the sink ailing works again"]
    turns = [summary.sink for summary in seen]
    assert turns.count("ailing") < turns.count("postgres"), "a failed sink rests"


def test_a_notice_is_told_once(
    pipeline_engine: Engine, open_log: Callable[..., EventLog], events: Any, tmp_path: Path
) -> None:
    log = open_log()
    log.append(events.outgoing(2))
    (segment,) = log.folder.glob("*.segment")
    segment.write_bytes(segment.read_bytes()[:-3])
    said: list[str] = []
    stop = Stopped(*[lambda: None] * 3)
    consume(transport(open_log), [PostgresSink(pipeline_engine)], stop, report=said.append)
    (notice,) = said
    assert "never written to its end" in notice
