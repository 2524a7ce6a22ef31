"""A process of the fuzz run: it has a log and a database of its own."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from database import migrate
from database.engine import engine_as
from database.tenancy import Role
from ingestion.sources.event_log import EventLog
from tests.fuzz.judging import Violation, judge
from tests.fuzz.payloads import Payloads
from tests.fuzz.storing import between_good_ones, store

STORED_EVERY = 20


class Portion(NamedTuple):
    """`size` messages; seed and number tell which."""

    seed: int
    number: int
    size: int


@dataclass
class Outcome:
    """What became of messages: by reason at the decoder, and through the log into Postgres."""

    decoded: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    good: int = 0
    slowest: float = 0.0  # seconds that the decoder took for a message
    violations: list[Violation] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add another portion's."""
        self.decoded.update(other.decoded)
        self.stored.update(other.stored)
        self.good += other.good
        self.slowest = max(self.slowest, other.slowest)
        self.violations += other.violations


class _Store(NamedTuple):
    engine: Engine
    log: EventLog


_stores: list[_Store] = []


def prepare(url: str, folder: Path) -> None:
    """Make this process's database and log."""
    name = f"fuzz_{os.getpid()}"
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    own = make_url(url).set(database=name).render_as_string(hide_password=False)
    migrate.upgrade(own)
    _stores.append(_Store(engine_as(own, Role.PIPELINE), EventLog(folder / name, "events.qbank")))


def work(portion: Portion) -> Outcome:
    """Make the messages of `portion`, decode each and store every 20th."""
    payloads = Payloads(portion.seed * 1_000_003 + portion.number)
    outcome, sample = Outcome(), []
    for n in range(portion.size):
        raw = payloads.hostile()
        began = time.perf_counter()
        reason, violation = judge(raw)
        outcome.slowest = max(outcome.slowest, time.perf_counter() - began)
        outcome.decoded[reason] += 1
        if violation is not None:
            outcome.violations.append(violation)
        if n % STORED_EVERY == 0:
            sample.append(raw)
    messages, good = between_good_ones(sample, payloads)
    outcome.good = len(good)
    outcome.stored, wrong = store(*_stores[0], messages, good)
    outcome.violations += wrong
    return outcome
