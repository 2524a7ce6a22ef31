"""Rows with optional sets as a mixed integer program, and its solution by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from irt.models import Floats
from irt.selection.blueprint import Codes


@dataclass(frozen=True, eq=False)
class Program:
    """lower <= matrix y <= upper, 0 <= y <= most, y whole: columns first, then a 0/1 for each optional row.

    Attributes:
        matrix: shape (program rows, columns + optional rows).
        lower: shape (program rows,).
        upper: shape (program rows,).
        most: shape (columns + optional rows,).
        rows: the row of the constraints that each program row comes from; -1 for those that tie an item to
            its set.
    """

    matrix: csr_array
    lower: Floats
    upper: Floats
    most: Floats
    rows: Codes


def program(
    columns: csr_array, lower: Floats, upper: Floats, optional: NDArray[np.bool_], most: Floats
) -> Program:
    """The program of rows lower <= columns x <= upper with 0 <= x <= most; optional rows also allow 0.

    An optional row r gets a z in {0, 1} with lower z <= count <= upper z, and x <= most z for each of its
    columns: the last is implied for whole numbers and tightens the linear relaxation.
    """
    wide = columns.shape[1]
    plain, free = np.flatnonzero(~optional), np.flatnonzero(optional)
    if not len(free):
        return Program(columns, lower, upper, most, np.arange(len(lower)))
    sets = csr_array(columns[free])
    k = np.arange(len(free))
    entries = sets.tocoo()
    ties = np.arange(entries.nnz)
    blocks = [
        hstack([columns[plain], csr_array((len(plain), len(free)))]),
        hstack([sets, _entries(-lower[free], k, k, (len(free), len(free)))]),
        hstack([sets, _entries(-upper[free], k, k, (len(free), len(free)))]),
        hstack(
            [
                _entries(np.ones(entries.nnz), ties, entries.col.astype(np.int64), (entries.nnz, wide)),
                _entries(-most[entries.col], ties, entries.row.astype(np.int64), (entries.nnz, len(free))),
            ]
        ),
    ]
    endless = np.full(len(free), np.inf)
    return Program(
        csr_array(vstack(blocks, format="csr")),
        np.concatenate([lower[plain], np.zeros(len(free)), -endless, np.full(len(ties), -np.inf)]),
        np.concatenate([upper[plain], endless, np.zeros(len(free)), np.zeros(len(ties))]),
        np.concatenate([most, np.ones(len(free))]),
        np.concatenate([plain, free, free, np.full(len(ties), -1)]),
    )


def solve(
    gain: Floats, task: Program, *, least: Floats | None = None, seconds: float | None = None
) -> OptimizeResult:
    """Whole y of the largest gain @ y; scipy's result: x None without a solution, status 1 if time was out.

    The gap asked for is HiGHS' absolute one, 1e-6, so gains should be of the order of 1. `least`: lower bounds of
    y other than 0. It releases the GIL.
    """
    return milp(
        -gain,
        integrality=np.ones(len(gain), dtype=np.int64),
        bounds=Bounds(np.zeros(len(gain)) if least is None else least, task.most),
        constraints=LinearConstraint(task.matrix, task.lower, task.upper),
        options={"mip_rel_gap": 0.0, "time_limit": np.inf if seconds is None else seconds},
    )


def _entries(data: Floats, row: Codes, column: Codes, shape: tuple[int, int]) -> coo_array:
    return coo_array((data, (row, column)), shape=shape)
