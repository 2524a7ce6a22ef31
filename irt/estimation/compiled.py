"""How kernels are compiled: without the interpreter lock, on one thread, cached between processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

#: All files of kernels, and of what they take from elsewhere, below the package's folder.
KERNEL_FILES = (
    "choice/rest.py",
    "dif/regression.py",
    "empirical.py",
    "estimation/compiled.py",
    "estimation/elementary.py",
    "estimation/item_kernels.py",
    "estimation/kernels.py",
    "estimation/lanes.py",
    "estimation/louis_kernels.py",
    "estimation/prior_terms.py",
    "estimation/tile.py",
    "fit/kernels.py",
    "models.py",
    "packing.py",
    "scoring/maximum_kernels.py",
    "scoring/posterior_kernels.py",
    "selection/building_kernels.py",
    "selection/exchange_kernels.py",
    "selection/kernels.py",
)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first call; keep the machine code on disk where some cache folder can be written.

    Kernels run on the calling thread alone: no parallel loops (their default threading layer aborts the
    process when two threads enter it) and no calls to BLAS (whose threads would be inherited, not chosen).
    Sums may be reassociated for vector instructions; infinities and NaN keep their meaning, and a division
    by zero gives them, as in numpy.
    """
    return _compile(function, {"reassoc", "contract", "nsz"})


def compiled_exactly(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a function whose every operation is rounded as it is written.

    The compiler has no leave to reorder or fuse, so processes that compiled it in other surroundings get the
    same bits: what a cluster computes is what threads compute.
    """
    return _compile(function, set())


def _compile(function: Callable[P, R], fast: set[str]) -> Callable[P, R]:
    settings: dict[str, Any] = {"nogil": True, "fastmath": fast, "error_model": "numpy"}
    try:
        kernel = njit(function, cache=True, **settings)
    except RuntimeError:  # numba's answer where neither __pycache__ nor a user's cache folder can be written
        return cast("Callable[P, R]", njit(function, **settings))
    # Numba takes a cached kernel for current as long as its own file is. Kernels call one another across
    # files, and one that was built with another's former layout reads what is not there.
    kernel._cache._cache_file._source_stamp = _stamp()
    return cast("Callable[P, R]", kernel)


@cache
def _stamp() -> str:
    """What the kernels are made of, all together."""
    room = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for name in KERNEL_FILES:
        digest.update((room / name).read_bytes())
    return digest.hexdigest()
