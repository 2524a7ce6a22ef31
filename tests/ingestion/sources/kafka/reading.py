"""Reading a whole partition, as a drain does."""

from __future__ import annotations

from ingestion.sources.base import Message
from ingestion.sources.kafka.source import KafkaSource


def everything(
    source: KafkaSource, partition: int = 0, max_messages: int = 5_000, max_bytes: int = 2**23
) -> list[Message]:
    position, until = source.earliest(partition), source.high_watermark(partition)
    messages: list[Message] = []
    while position < until:
        batch = source.read(partition, position, until, max_messages, max_bytes)
        assert (batch.source_id, batch.partition, batch.start) == (source.source_id, partition, position)
        assert position < batch.next <= until
        messages += batch.messages
        position = batch.next
    return messages


def raws(source: KafkaSource, partition: int = 0) -> list[bytes]:
    return [message.raw for message in everything(source, partition)]
