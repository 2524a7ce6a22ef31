"""exp and log in a form that compiles to vector instructions; the C library's take one number at a time.

Both are good to about an ulp in their range. They are compiled without leave to reassociate, which would
cancel the steps that make them exact; code that calls them keeps its own leave.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from irt.estimation.compiled import compiled_exactly

_LOG2_E = 1.4426950408889634
#: ln 2 in two parts, the first with zeros at its end, so that k * _LN2_HIGH is exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: exp(-700) is nothing beside any weight, and its exponent still fits.
_LOWEST = -700.0
_ROOT_HALF_BITS = int(np.float64(np.sqrt(0.5)).view(np.int64))


def _generate_float_of(typing_context: Any, bits: Any) -> Any:
    """The float64 with these bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


def _generate_bits_of(typing_context: Any, value: Any) -> Any:
    """The bits of a float64, as an int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


_float_of = cast("Callable[[int], float]", intrinsic(_generate_float_of))
_bits_of = cast("Callable[[float], int]", intrinsic(_generate_bits_of))


@compiled_exactly
def exponential(x: float) -> float:
    """exp(x) for x up to 700; below -700 it is exp(-700), 1e-304."""
    x = max(x, _LOWEST)
    k = math.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.0 / 6227020800.0  # Taylor, |r| <= ln(2) / 2: the first term left out is below 1e-17
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * _float_of((int(k) + 1023) << 52)


@compiled_exactly
def logarithm(x: float) -> float:
    """log(x) for positive normal x."""
    bits = _bits_of(x)
    k = (bits - _ROOT_HALF_BITS) >> 52  # x = 2^k m with m from sqrt(1/2) to sqrt(2)
    m = _float_of(bits - (k << 52))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 1.0 / 21.0  # the series of atanh, |s| <= 0.1716: the first term left out is below 1e-18
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    power = float(k)
    return power * _LN2_HIGH + (power * _LN2_LOW + 2.0 * (s + s * z * p))
