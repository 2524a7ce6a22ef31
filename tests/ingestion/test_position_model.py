"""Partitions, order and positions as a state machine: a topic that grows, forgets, loses and is made anew."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from ingestion.drain import Drainer
from ingestion.errors import PositionError
from ingestion.positions import move
from ingestion.sinks.base import Decoded, Stored
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Batch, Message

SINKS = ("postgres", "second")


class Topic:
    """A topic as a broker keeps it: partitions of messages with gaps between, of which the oldest expire."""

    notices = ()

    def __init__(self, number: int) -> None:
        self.source_id = f"topic:{number}"
        self.held: list[list[Message]] = [[]]
        self.begins, self.ends = [0], [0]

    def partitions(self) -> Sequence[int]:
        return range(len(self.held))

    def earliest(self, partition: int) -> int:
        return self.begins[partition]

    def high_watermark(self, partition: int) -> int:
        return self.ends[partition]

    def read(self, partition: int, start: int, until: int, max_messages: int, max_bytes: int) -> Batch:
        rest = [one for one in self.held[partition] if start <= one.position < until]
        taken = rest[:max_messages]
        end = until if len(taken) == len(rest) else taken[-1].position + 1
        return Batch(self.source_id, partition, start, end, tuple(taken))

    def close(self) -> None:
        pass


class Watched(PostgresSink):
    """Stores in Postgres under a name, and remembers in which order."""

    def __init__(self, engine: Engine, name: str, order: dict[tuple[str, str, int], list[int]]) -> None:
        super().__init__(engine)
        self.name = name
        self._order = order

    def store(self, batch: Decoded) -> Stored:
        stored = super().store(batch)
        places = self._order[self.name, batch.source_id, batch.partition]
        places += [batch.start, *(item.message.position for item in batch.accepted), batch.next]
        return stored

    def place(self, source_id: str, partition: int, position: int) -> None:
        super().place(source_id, partition, position)
        self._order.pop((self.name, source_id, partition), None)


class Positions(RuleBasedStateMachine):
    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.topic, self.made = Topic(0), 0
        self.order: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        with self.engine.begin() as connection:
            connection.execute(text("delete from telemetry.events"))
            connection.execute(text("delete from telemetry.source_positions"))

    def sinks(self) -> list[Watched]:
        return [Watched(self.engine, name, self.order) for name in SINKS]

    @rule(data=st.data(), gaps=st.lists(st.integers(0, 3), min_size=1, max_size=5))
    def messages_come(self, data: st.DataObject, gaps: list[int]) -> None:
        partition = data.draw(st.sampled_from(self.topic.partitions()))
        for gap in gaps:
            self.made += 1
            at = self.topic.ends[partition] + gap
            self.topic.held[partition].append(Message(at, event(self.made)))
            self.topic.ends[partition] = at + 1

    @rule()
    def a_partition_is_added(self) -> None:
        if len(self.topic.held) < 4:
            self.topic.held.append([])
            self.topic.begins.append(0)
            self.topic.ends.append(0)

    @rule(data=st.data())
    def the_oldest_expire(self, data: st.DataObject) -> None:
        partition = data.draw(st.sampled_from(self.topic.partitions()))
        begin = max(self.topic.begins[partition], self.topic.ends[partition] - data.draw(st.integers(0, 3)))
        self.topic.begins[partition] = begin
        held = self.topic.held[partition]
        self.topic.held[partition] = [one for one in held if one.position >= begin]

    @rule(data=st.data())
    def the_newest_are_lost(self, data: st.DataObject) -> None:
        partition = data.draw(st.sampled_from(self.topic.partitions()))
        end = max(self.topic.begins[partition], self.topic.ends[partition] - data.draw(st.integers(1, 5)))
        self.topic.ends[partition] = end
        held = self.topic.held[partition]
        self.topic.held[partition] = [one for one in held if one.position < end]

    @precondition(lambda self: self.made > 20)
    @rule()
    def the_topic_is_made_anew(self) -> None:
        self.topic = Topic(int(self.topic.source_id.split(":")[1]) + 1)

    @rule(size=st.integers(1, 4), which=st.sampled_from([(0,), (1,), (0, 1)]))
    def drain(self, size: int, which: tuple[int, ...]) -> None:
        sinks = [self.sinks()[n] for n in which]
        before = {sink.name: self.where(sink) for sink in sinks}
        with Drainer(self.topic, sinks, batch_messages=size) as drainer:
            summaries = {summary.sink: summary for summary in drainer.run()}
        for sink in sinks:
            lost = {
                partition
                for partition in self.topic.partitions()
                if not self.is_there(partition, before[sink.name][partition])
            }
            faults = summaries[sink.name].faults
            assert len(faults) == len(lost)
            assert all(isinstance(fault, PositionError) for fault in faults)
            for partition in self.topic.partitions():
                at = self.where(sink)[partition]
                if partition in lost:
                    assert at == before[sink.name][partition], "nothing is skipped"
                else:
                    assert at == self.topic.ends[partition]
                    held = {message.raw for message in self.topic.held[partition]}
                    new = {
                        raw for raw in held if self.position(raw, partition) >= before[sink.name][partition]
                    }
                    assert {identity(raw) for raw in new} <= self.stored()

    @precondition(lambda self: any(self.topic.ends))
    @rule(data=st.data(), to=st.sampled_from(["earliest", "latest"]))
    def a_person_chooses(self, data: st.DataObject, to: str) -> None:
        sink = data.draw(st.sampled_from(self.sinks()))
        partition = data.draw(st.sampled_from(self.topic.partitions()))
        position = move(self.topic, sink, partition, "earliest" if to == "earliest" else "latest")
        assert self.where(sink)[partition] == position

    @invariant()
    def each_store_took_each_partition_in_order_and_without_a_hole(self) -> None:
        for places in self.order.values():
            assert places == sorted(places)

    @invariant()
    def nothing_is_stored_that_never_came(self) -> None:
        assert self.stored() <= {identity(event(number)) for number in range(1, self.made + 1)}

    def where(self, sink: Watched) -> Mapping[int, int]:
        known = sink.positions(self.topic.source_id)
        return {p: known.get(p, self.topic.begins[p]) for p in self.topic.partitions()}

    def is_there(self, partition: int, position: int) -> bool:
        return self.topic.begins[partition] <= position <= self.topic.ends[partition]

    def position(self, raw: bytes, partition: int) -> int:
        return next(one.position for one in self.topic.held[partition] if one.raw == raw)

    def stored(self) -> set[str]:
        with self.engine.connect() as connection:
            return set(connection.scalars(text("select event_id::text from telemetry.events")))


def identity(raw: bytes) -> str:
    return str(json.loads(raw)["event_id"])


def event(number: int) -> bytes:
    return json.dumps(
        {
            "event_id": str(uuid.UUID(int=number)),
            "event_type": "flagged",
            "timestamp": "2026-03-01T08:00:00Z",
            "user_id": str(uuid.UUID(int=1)),
            "tenant_id": str(uuid.UUID(int=2)),
            "quiz_id": str(uuid.UUID(int=3)),
            "question_id": number,
            "version": 1,
        }
    ).encode()


@pytest.mark.timeout(240)
def test_positions_hold_whatever_a_topic_does(pipeline_engine: Engine) -> None:
    run_state_machine_as_test(
        type("PositionsHere", (Positions,), {"engine": pipeline_engine}),
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
