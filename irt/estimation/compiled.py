"""How kernels are compiled: without the interpreter lock, on one thread, cached between processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first call; keep the machine code on disk where some cache folder can be written.

    Kernels run on the calling thread alone: no parallel loops (their default threading layer aborts the
    process when two threads enter it) and no calls to BLAS (whose threads would be inherited, not chosen).
    Sums may be reassociated for vector instructions; infinities and NaN keep their meaning.
    """
    return _compile(function, {"reassoc", "contract", "nsz"})


def compiled_exactly(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a function whose order of operations is part of its meaning."""
    return _compile(function, {"contract"})


def _compile(function: Callable[P, R], fast: set[str]) -> Callable[P, R]:
    try:
        return cast("Callable[P, R]", njit(function, cache=True, nogil=True, fastmath=fast))
    except RuntimeError:  # numba's answer where neither __pycache__ nor a user's cache folder can be written
        return cast("Callable[P, R]", njit(function, nogil=True, fastmath=fast))
