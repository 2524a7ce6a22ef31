"""Hostile bytes: each is stored or dead-lettered with a reason, and whatever passes, Postgres holds."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from sqlalchemy import Engine, text

from ingestion.drain import drain
from ingestion.events import InvalidEvent, decode
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog

SEED = 5
FRAGMENTS = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"\\u0000", b"\\\\u0000", b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"\\u00e9",
    b"NaN", b"-Infinity", b"1e400", b"1e-400", b"1e-200000", b"-0", b"00", b"1.", b".5", b"1E+2", b"9" * 400,
    b"0." + b"0" * 20_000 + b"1", b"1." + b"0" * 17_000, b"[" * 40, b"[" * 100_000, b"{" * 33, b"]", b"}", b"{", b"[",
    b'"', b"\\", b",", b":", b"\t", b"\n", b"\r", b"\x0b", b"\x1b[31m", b"\x7f", b"'; drop table telemetry.events; --",
    b"\\.", b"\\N", b"\xe2\x80\xa8", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"null", b"true", b"{}", b"[]", b'""',
    b'"x":1,', b'"question_id":1,', b'"timestamp":"9999-12-31T23:59:59Z",', b'"":{"":[null]},', b"/**/", b" ",
    "ß".encode(), "𝟙".encode(), b"1.0", b"4294967296", b"9223372036854775808", b"1e308",
)  # fmt: skip


def hostile(events: Any, chance: random.Random) -> bytes:
    raw = bytearray(events.raw(extra=[1.5, "text", {"a": None}]))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
        at, act = chance.randrange(len(raw)), chance.random()
        if act < 0.35:
            raw[at:at] = chance.choice(FRAGMENTS)
        elif act < 0.55:  # in place of a value
            begin = raw.find(b": ", at) + 2
            end = raw.find(b", ", begin)
            if 2 <= begin < end:
                raw[begin:end] = chance.choice(FRAGMENTS)
        elif act < 0.7:  # into a text
            begin = raw.find(b'text"', 0)
            raw[begin:begin] = chance.choice(FRAGMENTS)
        elif act < 0.85:
            raw[at] = chance.randrange(256)
        elif act < 0.95:
            del raw[at : at + chance.randint(1, 6)]
        else:
            del raw[at:]
            break
    return bytes(raw)


def test_hostile_messages_neither_crash_nor_hold_back(
    pipeline_engine: Engine, log: EventLog, events: Any
) -> None:
    chance = random.Random(SEED)
    raws = [hostile(events, chance) for _ in range(12_000)]
    expected: Counter[str] = Counter()
    for raw in raws:
        try:
            decode(raw)
            expected["valid"] += 1
        except InvalidEvent as fault:
            expected[fault.reason] += 1
    assert set(expected) >= {
        "valid", "encoding", "malformed", "too_deep", "nul_character", "number_out_of_range", "unknown_type",
        "missing_field", "invalid_field",
    }  # fmt: skip

    log.append([Outgoing(None, raw) for raw in raws])
    summary = drain(log, PostgresSink(pipeline_engine))
    dead = dict(summary.dead_letters)
    taken = dead.pop("event_id_taken", 0)
    assert summary.read == len(raws)
    assert summary.stored + summary.repeated + taken == expected.pop("valid")
    assert dead == expected, "Postgres refused what the contract let pass"
    with pipeline_engine.connect() as connection:
        kept = connection.execute(text("select position, raw from telemetry.dead_letters order by position"))
        for position, raw in kept:
            assert bytes(raw) == raws[position]
        payloads = connection.execute(text("select event_id::text, payload::text from telemetry.events"))
        for event_id, payload in payloads:
            assert json.loads(payload)["event_id"].lower() == event_id
