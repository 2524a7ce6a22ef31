"""Answers packed into patterns, where persons mostly answered neighbouring items together.

Neighbouring items form blocks, a person has one pattern for each, and the table of log probabilities is summed
over the items of a pattern once for all persons who share it (the "method of four Russians": Arlazarov et al.
1970). Counts come back the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.estimation import kernels
from irt.responses import Responses

#: Items of a block when everyone answered everything: 64 patterns.
_COMPLETE = 6
#: Items of a block with answers missing: 3^4 = 81 patterns.
_INCOMPLETE = 4
#: Packing pays up to this share of entries; beyond, the larger tables cost more than they save.
_WORTH_PACKING = 0.6
#: Persons who are looked at to find out.
_SAMPLE = 2_000


@dataclass(frozen=True)
class Blocks:
    """Which block an item belongs to and which digit of its pattern it is, both (items,).

    A pattern is a number in base `radix`: 2 where nothing is missing, else 3 with 0 for no answer. Patterns of
    block k are rows offset[k] and following of the table; digits (patterns, items of a block) says which
    cells (2 * item + correct) a pattern stands for, -1 for none.
    """

    block: NDArray[np.int32]
    power: NDArray[np.int32]
    radix: int
    offset: NDArray[np.int32]
    digits: NDArray[np.int32]

    @property
    def number(self) -> int:
        """Number of blocks."""
        return len(self.offset)

    def pack(
        self, starts: NDArray[np.int64], cells: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(starts, rows of the table) of the patterns that these persons gave."""
        packed_starts = np.empty_like(starts)
        rows = np.empty(min(len(cells), (len(starts) - 1) * self.number), dtype=np.int32)
        written = kernels.pack(
            starts, cells, self.block, self.power, self.radix, self.offset, packed_starts, rows
        )
        return packed_starts, rows[:written]


def blocks_for(responses: Responses) -> Blocks | None:
    """Blocks of these items, or None where packing would not pay."""
    n = responses.cell_counts[0::2] + responses.cell_counts[1::2]
    complete = bool((n == np.count_nonzero(np.diff(responses.starts))).all())
    blocks = _blocks(responses.n_items, *((_COMPLETE, 2) if complete else (_INCOMPLETE, 3)))
    if complete:
        return blocks
    starts = responses.starts[: _SAMPLE + 1]
    _, rows = blocks.pack(starts, responses.cells[: starts[-1]])
    return blocks if len(rows) <= _WORTH_PACKING * int(starts[-1]) else None


def _blocks(n_items: int, size: int, radix: int) -> Blocks:
    items = np.arange(n_items)
    block, place = (items // size).astype(np.int32), items % size
    patterns = radix ** np.bincount(block).astype(np.int64)
    offset = np.concatenate([[0], np.cumsum(patterns)[:-1]]).astype(np.int32)
    power = (radix**place).astype(np.int32)
    # One block after the other: the digits of all patterns of a whole block, cut off in the last one.
    codes = np.arange(radix**size)[:, None] // radix ** np.arange(size) % radix - (radix - 2)
    digits = np.full((int(patterns.sum()), size), -1, dtype=np.int32)
    for k, first in enumerate(offset.tolist()):
        there = min(size, n_items - k * size)
        own = codes[: patterns[k], :there]  # 0 wrong, 1 right, -1 no answer
        cells = 2 * (k * size + np.arange(there)) + own
        digits[first : first + int(patterns[k]), :there] = np.where(own < 0, -1, cells)
    return Blocks(block, power, radix, offset, digits)
