"""Hostile bytes: each is stored or dead-lettered with a reason, and whatever passes, Postgres holds."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine

from ingestion.sources.event_log import EventLog
from tests.fuzz.judging import DECODING_REASONS, VALID, judge
from tests.fuzz.payloads import Payloads
from tests.fuzz.storing import between_good_ones, store

SEED = 5
TO_DECODE, TO_STORE = 20_000, 8_000


def test_hostile_messages_decode_or_have_a_reason() -> None:
    payloads, verdicts = Payloads(SEED), Counter[str]()
    for _ in range(TO_DECODE):
        verdict, violation = judge(payloads.hostile())
        assert violation is None, violation
        verdicts[verdict] += 1
    assert set(verdicts) == {VALID, *DECODING_REASONS}
    assert verdicts[VALID] > TO_DECODE // 10


def test_hostile_messages_neither_crash_nor_hold_back(pipeline_engine: Engine, log: EventLog) -> None:
    payloads = Payloads(SEED + 1)
    messages, good = between_good_ones([payloads.hostile() for _ in range(TO_STORE)], payloads)
    became, violations = store(pipeline_engine, log, messages, good)
    assert violations == []
    assert set(became) == {"stored", "repeated", "event_id_taken", *DECODING_REASONS}
    assert became["stored"] > len(good)
