"""Answers cut into shards of persons, and the E-step as a map over them.

Bock & Aitkin (1981). All in logs: a person's 1,500 answers underflow nothing. What was not answered costs
nothing. Where most items were answered, answers are packed: neighbouring items form blocks, a person has one
pattern for each, and the table of log probabilities is summed over the items of a pattern once for all
persons who share it (the "method of four Russians": Arlazarov et al. 1970). Counts come back the same way.

How many shards there are follows from the data alone, and sums over shards are taken in order: the figures
are the same, to the bit, whatever computes the shards and on however many threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irt.estimation import kernels
from irt.estimation.lanes import LANE, from_lanes, to_lanes
from irt.estimation.population import NO_WEIGHT
from irt.models import Floats
from irt.responses import Responses

#: Items of a block when everyone who met it answered all of it: 64 patterns.
_COMPLETE = 6
#: Items of a block with answers missing: 3^4 = 81 patterns.
_INCOMPLETE = 4
#: Packing pays from this share of entries on; below it, the larger tables cost more than they save.
_WORTH_PACKING = 0.6
_MOST_SHARDS = 16
#: A smaller shard spends its time on its own tables and on being summed.
_FEWEST_ENTRIES, _ENTRIES_A_ROW = 250_000, 128


#: Maps a function over sequences of arguments, perhaps on threads; results in order.
Run = Callable[..., list[Any]]
#: Rows times nodes of a table from which it is worth a second thread.
_WORTH_A_THREAD = 100_000


def run_alone(function: Callable[..., Any], *arguments: Sequence[Any]) -> list[Any]:
    """Map on the calling thread."""
    return list(map(function, *arguments))


@dataclass(frozen=True)
class Shard:
    """Some persons: rows of the table that each has (starts, cells), and the group of each.

    digits: None where rows are cells (2 * item + correct); else shape (patterns, size), the cells that each
    pattern stands for, -1 for none.
    """

    starts: NDArray[np.int64]
    cells: NDArray[np.int32]
    group: NDArray[np.int32]
    digits: NDArray[np.int32] | None

    @property
    def n_persons(self) -> int:
        """Persons, those without an answer included."""
        return len(self.starts) - 1


@dataclass(frozen=True)
class Expectation:
    """What an E-step found, of a shard or of all.

    counts (2 * items, nodes): expected wrong (row 2 * item) and right answers. mass (groups, nodes):
    expected persons, of those who answered. `windows` of each shard are where to look for weight next time.
    """

    counts: Floats
    mass: Floats
    log_likelihood: float
    windows: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True)
class Step:
    """What every shard needs to know for one E-step: small, where the table made from it may be large.

    parameters (items, 3), logistic metric; theta (nodes,); log_weights (groups, nodes), nodes padded. With
    `only` (items,) posteriors come from the answers to those items alone.
    """

    parameters: Floats
    theta: Floats
    log_weights: Floats
    only: NDArray[np.bool_] | None = None

    def table(self, run: Run = run_alone, parts: int = 1) -> Floats:
        """Log probabilities in lanes (nodes / LANE, 2 * items, LANE), nodes padded, the last one repeated."""
        table = log_table(self.parameters, self.theta, run, parts)
        if self.only is not None:
            table[np.repeat(~self.only, 2)] = 0.0
        return in_lanes(table, run, parts)


def log_table(parameters: Floats, theta: Floats, run: Run = run_alone, parts: int = 1) -> Floats:
    """Log probabilities of a wrong and a right answer, shape (2 * items, nodes), row 2 * item + correct.

    theta (nodes,); the table has as many nodes as are computed at once, the last one repeated. `run` maps
    over `parts` of the items.
    """
    filled = filled_nodes(theta)
    table = np.empty((2 * len(parameters), len(filled)))

    def fill(low: int, high: int) -> None:
        kernels.fill_table(parameters[low:high], filled, table[2 * low : 2 * high])

    run(fill, *_parts(len(parameters), len(filled), parts))
    return table


def in_lanes(table: Floats, run: Run = run_alone, parts: int = 1) -> Floats:
    """A table (rows, nodes) as lanes (nodes / LANE, rows, LANE)."""
    rows, nodes = table.shape
    lanes = np.empty((nodes // LANE, rows, LANE))
    run(lambda low, high: to_lanes(table, lanes, low, high), *_parts(rows, nodes, parts))
    return lanes


def pattern_rows(digits: NDArray[np.int32], table: Floats) -> Floats:
    """The table (2 * items, nodes) summed by pattern, shape (patterns, nodes)."""
    lanes = np.empty((table.shape[1] // LANE, len(digits), LANE))
    kernels.pattern_table(digits, in_lanes(table), lanes)
    rows = np.empty((len(digits), table.shape[1]))
    from_lanes(lanes, rows, 0, len(digits))
    return rows


def _parts(rows: int, columns: int, parts: int) -> tuple[list[int], list[int]]:
    """(first, last) of each part of the rows; one part where there is little to do."""
    edges = np.linspace(0, rows, (parts if rows * columns >= _WORTH_A_THREAD else 1) + 1).astype(int).tolist()
    return edges[:-1], edges[1:]


def filled_nodes(theta: Floats) -> Floats:
    """The nodes, the last one repeated up to a whole block."""
    filled = np.full(padded(len(theta)), theta[-1])
    filled[: len(theta)] = theta
    return filled


def padded_weights(log_weights: Floats) -> Floats:
    """Log weights (groups, nodes) with nodes without weight at the end, up to a whole block."""
    extra = padded(log_weights.shape[1]) - log_weights.shape[1]
    return np.pad(log_weights, ((0, 0), (0, extra)), constant_values=NO_WEIGHT)


def total(each: Sequence[Expectation], nodes: int, run: Run = run_alone, parts: int = 1) -> Expectation:
    """The sum over shards, in their order, without the nodes that only fill up; `run` maps over `parts` of rows."""
    counts, mass = np.empty((len(each[0].counts), nodes)), each[0].mass[:, :nodes].copy()
    log_likelihood = each[0].log_likelihood
    for other in each[1:]:
        mass += other.mass[:, :nodes]
        log_likelihood += other.log_likelihood

    def add(low: int, high: int) -> None:
        rows = slice(low, high)
        np.add(each[0].counts[rows, :nodes], each[1].counts[rows, :nodes], out=counts[rows])
        for other in each[2:]:
            counts[rows] += other.counts[rows, :nodes]

    run(add, *_parts(len(counts), nodes, parts))
    windows = tuple(window for one in each for window in one.windows)
    return Expectation(counts, mass, log_likelihood, windows)


def cut(responses: Responses, group: NDArray[np.int32]) -> tuple[Shard, ...]:
    """The answers as shards; `group` (persons,) is the group of each person."""
    starts, cells, digits = _packed(responses)
    rows = 2 * responses.n_items if digits is None else len(digits)
    bounds = _bounds(starts, rows)
    shards = []
    for low, high in pairwise(bounds):
        first, last = int(starts[low]), int(starts[high])
        own = starts[low : high + 1] - first
        shards.append(Shard(own, cells[first:last], np.ascontiguousarray(group[low:high]), digits))
    return tuple(shards)


def open_windows(shards: tuple[Shard, ...], nodes: int) -> tuple[NDArray[np.uint8], ...]:
    """Windows that leave nothing out."""
    everything = np.array([0, padded(nodes) // kernels.BLOCK], dtype=np.uint8)
    return tuple(np.tile(everything, (shard.n_persons, 1)) for shard in shards)


def padded(nodes: int) -> int:
    """The next multiple of the block that nodes are computed in."""
    return -(-nodes // kernels.BLOCK) * kernels.BLOCK


def expect_shard(shard: Shard, table: Floats, log_weights: Floats, windows: NDArray[np.uint8]) -> Expectation:
    """The E-step of one shard. Table in lanes (`Step.table`) and log weights (groups, nodes), nodes padded.

    A pure function of its arguments, so that a shard that was lost can be computed anew, to the same bits.
    """
    moved, mass = windows.copy(), np.zeros_like(log_weights)
    lanes, rows, width = table.shape
    where = (shard.starts, shard.cells, shard.group)
    if shard.digits is None:
        sums, counts = np.zeros_like(table), np.empty((rows, lanes * width))
        total = kernels.expect(*where, table, log_weights, moved, sums, mass)
        from_lanes(sums, counts, 0, rows)
    else:
        by_pattern = np.empty((lanes, len(shard.digits), width))
        kernels.pattern_table(shard.digits, table, by_pattern)
        sums, counts = np.zeros_like(by_pattern), np.zeros((rows, lanes * width))
        total = kernels.expect(*where, by_pattern, log_weights, moved, sums, mass)
        kernels.fold_pattern_lanes(shard.digits, sums, counts)
    return Expectation(counts, mass, total, (moved,))


def _packed(
    responses: Responses,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32] | None]:
    """(starts, rows of the table, digits): patterns where that pays, else the answers as they are."""
    if responses.n_responses < _WORTH_PACKING * responses.n_persons * responses.n_items / _INCOMPLETE:
        return responses.starts, responses.cells, None  # not even blocks without a gap would pay
    n = np.bincount(responses.cells >> 1, minlength=responses.n_items)
    complete = bool((n == (np.diff(responses.starts) > 0).sum()).all())
    size, radix = (_COMPLETE, 2) if complete else (_INCOMPLETE, 3)
    items = np.arange(responses.n_items)
    block, place = (items // size).astype(np.int32), items % size
    in_block = np.bincount(block)
    patterns = radix ** in_block.astype(np.int64)
    offset = np.concatenate([[0], np.cumsum(patterns)[:-1]]).astype(np.int32)
    starts = np.empty_like(responses.starts)
    cells = np.empty(min(responses.n_responses, responses.n_persons * len(in_block)), dtype=np.int32)
    power = (radix**place).astype(np.int32)
    written = kernels.pack(
        responses.starts,
        responses.cells,
        block,
        power,
        radix,
        offset,
        starts,
        cells,
    )
    if written > _WORTH_PACKING * responses.n_responses:
        return responses.starts, responses.cells, None
    return starts, cells[:written], _digits(in_block, patterns, radix, size)


def _digits(
    in_block: NDArray[np.int64], patterns: NDArray[np.int64], radix: int, size: int
) -> NDArray[np.int32]:
    """The cells that each pattern of each block stands for."""
    digits = np.full((int(patterns.sum()), size), -1, dtype=np.int32)
    row = 0
    for block, (items, count) in enumerate(zip(in_block, patterns, strict=True)):
        codes = np.arange(count)
        for place in range(items):
            digit = codes // radix**place % radix - (radix - 2)  # 0 wrong, 1 right, -1 no answer
            cell = 2 * (block * size + place) + digit
            digits[row : row + count, place] = np.where(digit < 0, -1, cell)
        row += count
    return digits


def _bounds(starts: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Where shards begin and end, so that each has about as many entries."""
    entries, persons = int(starts[-1]), len(starts) - 1
    most = min(entries / _FEWEST_ENTRIES, entries / (_ENTRIES_A_ROW * rows), _MOST_SHARDS)
    number = 2
    while 2 * number <= most:
        number *= 2
    inner = np.searchsorted(starts, np.arange(1, number) * (entries / number))
    bounds: NDArray[np.int64] = np.clip(np.concatenate([[0], inner, [persons]]), 0, persons).astype(np.int64)
    return bounds
