"""Answers cut into shards of persons, and the E-step as a map over them.

Bock & Aitkin (1981). All in logs: a person's 1,500 answers underflow nothing. What was not answered costs
nothing. Where neighbouring items were mostly answered together, answers are packed (`patterns`).

How many shards there are follows from the data alone, and sums over shards are taken in order: the figures
are the same, to the bit, whatever computes the shards and on however many threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irt.estimation import kernels
from irt.estimation.lanes import LANE, from_lanes, to_lanes
from irt.estimation.patterns import Blocks, blocks_for
from irt.estimation.population import NO_WEIGHT
from irt.models import Floats
from irt.responses import Responses

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
    """The nodes, the last one repeated up to a whole lane."""
    filled = np.full(padded(len(theta)), theta[-1])
    filled[: len(theta)] = theta
    return filled


def padded_weights(log_weights: Floats) -> Floats:
    """Log weights (groups, nodes) with nodes without weight at the end, up to a whole lane."""
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


def cut(responses: Responses, group: NDArray[np.int32], run: Run = run_alone) -> tuple[Shard, ...]:
    """The answers as shards; `group` (persons,) is the group of each person; `run` maps over the shards."""
    blocks = blocks_for(responses)

    def shard(low: int, high: int) -> Shard:
        first, last = int(responses.starts[low]), int(responses.starts[high])
        starts, cells = responses.starts[low : high + 1] - first, responses.cells[first:last]
        own = np.ascontiguousarray(group[low:high])
        if blocks is None:
            return Shard(starts, cells, own, None)
        return Shard(*blocks.pack(starts, cells), own, blocks.digits)

    bounds = _bounds(responses, blocks).tolist()
    return tuple(run(shard, bounds[:-1], bounds[1:]))


def open_windows(shards: tuple[Shard, ...], nodes: int) -> tuple[NDArray[np.uint8], ...]:
    """Windows that leave nothing out."""
    everything = np.array([0, padded(nodes) // LANE], dtype=np.uint8)
    return tuple(np.tile(everything, (shard.n_persons, 1)) for shard in shards)


def padded(nodes: int) -> int:
    """So many nodes, up to whole lanes."""
    return -(-nodes // LANE) * LANE


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


def _bounds(responses: Responses, blocks: Blocks | None) -> NDArray[np.int64]:
    """Where shards begin and end, so that each has about as many answers."""
    starts, persons = responses.starts, responses.n_persons
    entries, rows = responses.n_responses, 2 * responses.n_items
    if blocks is not None:
        entries, rows = min(entries, persons * blocks.number), len(blocks.digits)
    most = min(entries / _FEWEST_ENTRIES, entries / (_ENTRIES_A_ROW * rows), _MOST_SHARDS)
    number = 2
    while 2 * number <= most:
        number *= 2
    inner = np.searchsorted(starts, np.arange(1, number) * (responses.n_responses / number))
    bounds: NDArray[np.int64] = np.clip(np.concatenate([[0], inner, [persons]]), 0, persons).astype(np.int64)
    return bounds
