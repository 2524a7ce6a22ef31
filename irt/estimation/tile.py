"""A small matrix product as vector instructions, which the compiler does not find in plain loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from irt.models import Floats

#: Rows and columns of a tile: its sums stay in registers.
ROWS, COLUMNS = 4, 8


def _multiply_tile(typing_context: Any, turned: Any, low: Any, high: Any, i: Any, j: Any, out: Any) -> Any:
    """Set out[i : i + ROWS, j : j + COLUMNS] to the sums over q from low to high of turned[q, i] turned[q, j].

    Both arrays are C-contiguous float64, two-dimensional, and large enough for whole tiles.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source_type, *_, target_type = signature.args
        source, first, last, row, column, target = arguments
        source = context.make_array(source_type)(context, builder, source)
        target = context.make_array(target_type)(context, builder, target)
        double, index = ir.DoubleType(), ir.IntType(64)
        vector, fused = ir.VectorType(double, COLUMNS), ("contract",)

        def at(array: Any, line: Any, place: Any) -> Any:
            stride = builder.sdiv(builder.extract_value(array.strides, 0), ir.Constant(index, 8))
            return builder.gep(array.data, [builder.add(builder.mul(line, stride), place)])

        def as_vector(pointer: Any) -> Any:
            return builder.bitcast(pointer, vector.as_pointer())

        def spread(value: Any) -> Any:
            single = builder.insert_element(
                ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
            )
            mask = ir.Constant(ir.VectorType(ir.IntType(32), COLUMNS), [0] * COLUMNS)
            return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), mask)

        sums = [cgutils.alloca_once(builder, vector) for _ in range(ROWS)]  # type: ignore[no-untyped-call]
        for each in sums:
            builder.store(ir.Constant(vector, [0.0] * COLUMNS), each)
        with cgutils.for_range_slice(builder, first, last, ir.Constant(index, 1), index) as (q, _):
            right = builder.load(as_vector(at(source, q, column)), align=8)
            for k, each in enumerate(sums):
                left = builder.load(at(source, q, builder.add(row, ir.Constant(index, k))))
                product = builder.fmul(spread(left), right, flags=fused)
                builder.store(builder.fadd(builder.load(each), product, flags=fused), each)
        for k, each in enumerate(sums):
            place = at(target, builder.add(row, ir.Constant(index, k)), column)
            builder.store(builder.load(each), as_vector(place), align=8)
        return context.get_dummy_value()

    return types.void(turned, types.int64, types.int64, types.int64, types.int64, out), generate


multiply_tile = cast("Callable[[Floats, int, int, int, int, Floats], None]", intrinsic(_multiply_tile))
