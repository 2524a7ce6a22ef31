"""Snapshots of parameters in memory, ready to choose from."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from database.queries import cat_sections
from irt.selection import SelectionBank


@dataclass(frozen=True, eq=False)
class CatBank:
    """A snapshot: identifiers by place, and the items as `irt.selection` has them."""

    items: tuple[str, ...]
    selection: SelectionBank


class CatBanks:
    """At most `capacity` snapshots, the least recently used dropped first. They never change, so none goes stale."""

    def __init__(self, *, capacity: int = 32) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[int, CatBank] = OrderedDict()
        self._loading = asyncio.Lock()

    async def get(self, connection: AsyncConnection, bank_id: int) -> CatBank:
        """Return a snapshot of the tenant that the connection acts for. Raises NoResultFound."""
        async with self._loading:  # a hundred requests at once load a bank once
            known = self._kept.get(bank_id)
            if known is None:
                row = await connection.run_sync(cat_sections.read_bank, bank_id)
                # Ranking 20,000 items takes a while, and others are to be answered meanwhile.
                selection = await asyncio.to_thread(SelectionBank, row.a, row.b, row.c)
                known = self._kept[bank_id] = CatBank(tuple(row.items), selection)
            self._kept.move_to_end(bank_id)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
            return known
