"""The banks in memory: the current one of each tenant and exam, and those that open quizzes are pinned to.

A current bank is loaded anew when the database says that something moved. Where that is heard at once
(`database.listening`), nothing is asked; else a stamp is asked for each time. Age bounds what neither tells.

A quiz keeps to the bank it began with. Whoever has not that one in memory, as after a restart, reads it from its
snapshot; it is let go when the last quiz that used it has expired.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import snapshots
from api_min.bank import Bank, load_bank
from api_min.metrics import ApiMetrics
from database.queries import bank as queries
from database.queries import bank_snapshots
from database.queries.bank_snapshots import Snapshot

CHANNEL = "qbank_banks"
_Key = tuple[uuid.UUID, str | None]


@dataclass(frozen=True, eq=False)
class Kept:
    """A bank, and its content by which others find it again."""

    bank: Bank
    snapshot: Snapshot

    @property
    def hash(self) -> str:
        """By which it is pinned."""
        return self.snapshot.hash


@dataclass(frozen=True, eq=False)
class _Current:
    stamp: str
    since: float
    kept: Kept


@dataclass(eq=False)
class _Pinned:
    bank: Bank
    until: float


class Banks:
    """At most `capacity` current banks, the least recently used dropped first; pinned ones as long as needed."""

    def __init__(
        self,
        *,
        max_age: float = 60.0,
        capacity: int = 64,
        clock: Callable[[], float] = time.monotonic,
        metrics: ApiMetrics | None = None,
    ) -> None:
        self._metrics = ApiMetrics() if metrics is None else metrics
        self._max_age = max_age
        self._capacity = capacity
        self._clock = clock
        self._current: OrderedDict[_Key, _Current] = OrderedDict()
        self._pinned: dict[tuple[uuid.UUID, str], _Pinned] = {}
        self._loading = asyncio.Lock()
        self._listens = False
        self._moves = 0

    @property
    def listening(self) -> bool:
        """Whether everything that moves is heard."""
        return self._listens

    def listens(self, now: bool) -> None:
        """Begin anew: what moved before anybody listened was not heard."""
        self._listens = now
        self.heard("")

    def heard(self, exam_code: str) -> None:
        """Let go of an exam's current banks, and of those of any exam; "": of all."""
        self._moves += 1
        for key in [key for key in self._current if exam_code == "" or key[1] in (exam_code, None)]:
            del self._current[key]

    async def current(self, connection: AsyncConnection, tenant_id: uuid.UUID, exam_code: str | None) -> Kept:
        """Return the bank of the tenant for the exam as it stands; the connection acts within the tenant."""
        key = (tenant_id, exam_code)
        if self._listens and (known := self._known(key, None)) is not None:
            self._metrics.bank_kept()
            return known
        # The stamp is read before the rows: rows newer than their stamp are only loaded once more.
        stamp = await connection.run_sync(queries.stamp, tenant_id, exam_code)
        known = self._known(key, stamp)
        if known is not None:
            self._metrics.bank_kept()
            return known
        async with self._loading:  # a hundred requests at once load a bank once
            known = self._known(key, stamp)
            if known is None:
                moves, began = self._moves, time.perf_counter()
                bank = await connection.run_sync(load_bank, tenant_id, exam_code)
                known = await asyncio.to_thread(_ready, bank)
                if moves == self._moves:
                    self._keep(key, _Current(stamp, self._clock(), known))
                self._metrics.bank_loaded("loaded", time.perf_counter() - began, self.sizes())
        return known

    async def pinned(
        self, connection: AsyncConnection, tenant_id: uuid.UUID, digest: str, lasts: float
    ) -> Bank:
        """Return the tenant's bank of that hash, and hold it for at least `lasts` seconds.

        Raises LookupError where it is not kept.
        """
        key = (tenant_id, digest)
        known = self._pinned.get(key)
        if known is not None:
            self._metrics.bank_kept()
        else:
            async with self._loading:
                known = self._pinned.get(key) or await self._restored(connection, tenant_id, digest)
        self._pinned[key] = known
        known.until = max(known.until, self._clock() + lasts)
        return known.bank

    def pin(self, tenant_id: uuid.UUID, kept: Kept, lasts: float) -> None:
        """Hold a current bank for a quiz that begins with it."""
        self._let_go()
        until = self._clock() + lasts
        known = self._pinned.setdefault((tenant_id, kept.hash), _Pinned(kept.bank, until))
        known.until = max(known.until, until)
        self._metrics.banks_are(self.sizes())

    def sizes(self) -> tuple[int, int]:
        """Return how many current and how many pinned banks are in memory."""
        self._let_go()
        return len(self._current), len(self._pinned)

    async def _restored(self, connection: AsyncConnection, tenant_id: uuid.UUID, digest: str) -> _Pinned:
        began = time.perf_counter()
        content = await connection.run_sync(bank_snapshots.content, tenant_id, digest)
        if content is None:
            raise LookupError(f"bank {digest} of tenant {tenant_id} is not kept in bank_snapshots")
        bank = await asyncio.to_thread(_restored, content, digest)
        self._metrics.bank_loaded("restored", time.perf_counter() - began, self.sizes())
        return _Pinned(bank, self._clock())

    def _let_go(self) -> None:
        now = self._clock()
        for key in [key for key, held in self._pinned.items() if held.until < now]:
            del self._pinned[key]

    def _known(self, key: _Key, stamp: str | None) -> Kept | None:
        known = self._current.get(key)
        if known is None or self._clock() - known.since > self._max_age:
            return None
        if stamp is not None and known.stamp != stamp:
            return None
        self._current.move_to_end(key)
        return known.kept

    def _keep(self, key: _Key, current: _Current) -> None:
        if not len(current.kept.bank):  # whoever asks for exams that are not there must not push out others
            return
        self._current[key] = current
        self._current.move_to_end(key)
        while len(self._current) > self._capacity:
            self._current.popitem(last=False)


def _ready(bank: Bank) -> Kept:
    """Rank and hash a bank: what takes long is done before it is asked for, and not on the event loop."""
    _rank(bank)
    return Kept(bank, snapshots.snapshot(bank))


def _restored(content: bytes, digest: str) -> Bank:
    bank = snapshots.restored(content, digest)
    _rank(bank)
    return bank


def _rank(bank: Bank) -> None:
    if len(bank):
        bank.items().ranked.best(0.0)  # the first search of a process loads what was compiled
