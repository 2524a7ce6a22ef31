"""Sums over rows of a table, as vector instructions, with the table cut into lanes of nodes.

A lane is LANE neighbouring nodes of all rows, one after the other in memory: array (lanes, rows, LANE). An
answer touches a row in the few lanes where its person has weight, and a lane of 10,000 items fits into a core's
own cache where the whole table does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from irt.estimation.compiled import compiled
from irt.models import Floats

LANE = 4

_DOUBLE, _INDEX = ir.DoubleType(), ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANE)


def _pointer(builder: Any, data: Any, offset: Any) -> Any:
    """Address of the LANE numbers at `offset` of an array's data."""
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


def _rows(builder: Any, cells: Any, base: Any, k: Any) -> Any:
    """Offset of the row that entry `k` of `cells` names, in the lane that begins at `base`."""
    row = builder.sext(builder.load(builder.gep(cells.data, [k])), _INDEX)
    return builder.add(base, builder.mul(row, ir.Constant(_INDEX, LANE)))


def _add_rows(
    typing_context: Any, table: Any, base: Any, cells: Any, first: Any, last: Any, out: Any, at: Any
) -> Any:
    """Add to out[at : at + LANE] the rows of a lane that cells[first:last] name."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        source, named, target = (
            context.make_array(kinds[k])(context, builder, arguments[k]) for k in (0, 2, 5)
        )
        place = _pointer(builder, target.data, arguments[6])
        total = cgutils.alloca_once(builder, _VECTOR)  # type: ignore[no-untyped-call]
        builder.store(builder.load(place, align=8), total)
        with cgutils.for_range_slice(builder, arguments[3], arguments[4], ir.Constant(_INDEX, 1), _INDEX) as (
            k,
            _,
        ):
            row = builder.load(
                _pointer(builder, source.data, _rows(builder, named, arguments[1], k)), align=8
            )
            builder.store(builder.fadd(builder.load(total), row), total)
        builder.store(builder.load(total), place, align=8)
        return context.get_dummy_value()

    return types.void(table, types.int64, cells, types.int64, types.int64, out, types.int64), generate


def _add_to_rows(
    typing_context: Any, counts: Any, base: Any, cells: Any, first: Any, last: Any, source: Any, at: Any
) -> Any:
    """Add source[at : at + LANE] to each of the rows of a lane that cells[first:last] name."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        target, named, given = (
            context.make_array(kinds[k])(context, builder, arguments[k]) for k in (0, 2, 5)
        )
        weight = builder.load(_pointer(builder, given.data, arguments[6]), align=8)
        with cgutils.for_range_slice(builder, arguments[3], arguments[4], ir.Constant(_INDEX, 1), _INDEX) as (
            k,
            _,
        ):
            place = _pointer(builder, target.data, _rows(builder, named, arguments[1], k))
            builder.store(builder.fadd(builder.load(place, align=8), weight), place, align=8)
        return context.get_dummy_value()

    return types.void(counts, types.int64, cells, types.int64, types.int64, source, types.int64), generate


_Rows = Callable[[Floats, int, NDArray[np.int32], int, int, Floats, int], None]
add_rows = cast("_Rows", intrinsic(_add_rows))
add_to_rows = cast("_Rows", intrinsic(_add_to_rows))


@compiled
def to_lanes(table: Floats, lanes: Floats, low: int, high: int) -> None:
    """Copy rows low to high of a table (rows, nodes) into lanes (nodes / LANE, rows, LANE)."""
    for row in range(low, high):
        for lane in range(len(lanes)):
            for k in range(LANE):
                lanes[lane, row, k] = table[row, LANE * lane + k]


@compiled
def from_lanes(lanes: Floats, table: Floats, low: int, high: int) -> None:
    """Copy rows low to high of lanes into a table (rows, nodes)."""
    for row in range(low, high):
        for lane in range(len(lanes)):
            for k in range(LANE):
                table[row, LANE * lane + k] = lanes[lane, row, k]
