"""A blueprint as rows of a linear program, and the classes of items that no row tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from irt.models import Floats
from irt.selection.blueprint import Blueprint, Codes


class Kind(IntEnum):
    """What a row is about."""

    LENGTH = 0
    QUOTA = 1
    ENEMIES = 2
    SET = 3


@dataclass(frozen=True, eq=False)
class Constraints:
    """Rows lower <= matrix x <= upper, x of shape (items,) being 1 for the items of a test.

    Made once for a bank and blueprint, and shared by all sessions. Row 0 is the length; quotas, enemies and
    item sets follow, each in the order of the blueprint.

    Attributes:
        matrix: 0/1, shape (rows, items).
        lower: shape (rows,).
        upper: shape (rows,).
        kinds: `Kind` of each row.
        names: of each row.
        classes: shape (items,): items with the same code are in the same rows.
        class_matrix: shape (rows, classes): the column of each class.
        set_of: shape (items,): the row of the item's set, -1 where it has none.
        layers: shape (rows,): rows with a least number in groups of which no two share an item, as few as
            first fit makes; -1 for the other rows.
    """

    matrix: csr_array
    lower: Floats
    upper: Floats
    kinds: Codes
    names: tuple[str, ...]
    classes: Codes
    class_matrix: csc_array
    set_of: Codes
    layers: Codes

    @property
    def optional(self) -> NDArray[np.bool_]:
        """Rows that a count of 0 meets too, whatever their bounds: item sets."""
        optional: NDArray[np.bool_] = self.kinds == Kind.SET
        return optional


def constraints(blueprint: Blueprint) -> Constraints:
    """The rows of a blueprint, and the classes of its bank's items."""
    quotas, groups, sets = blueprint.quotas, blueprint.enemies, blueprint.sets
    parts = [csr_array(np.ones((1, blueprint.items)))]
    lower, upper = [float(blueprint.length)], [float(blueprint.length)]
    kinds, names = [Kind.LENGTH], ["length"]
    if quotas is not None and quotas.names:
        parts.append(quotas.members)
        lower.extend(quotas.least)
        upper.extend(quotas.most)
        kinds.extend([Kind.QUOTA] * len(quotas.names))
        names.extend(quotas.names)
    for name, members in [(g.name, g.items) for g in groups] + [(s.name, s.items) for s in sets]:
        parts.append(_row(members, blueprint.items))
        names.append(name)
    lower.extend([0.0] * len(groups) + [one.least for one in sets])
    upper.extend([1.0] * len(groups) + [one.most for one in sets])
    kinds.extend([Kind.ENEMIES] * len(groups) + [Kind.SET] * len(sets))
    matrix = csr_array(vstack(parts, format="csr"))
    classes, class_matrix = _classes(csc_array(matrix))
    set_of = np.full(blueprint.items, -1, dtype=np.int64)
    for k, one in enumerate(sets):
        set_of[list(one.items)] = len(names) - len(sets) + k
    asking = (np.array(lower) > 0.0) & (np.array(kinds) == Kind.QUOTA)
    layers = _layers(class_matrix, asking)
    return Constraints(
        matrix,
        np.array(lower),
        np.array(upper),
        np.array(kinds),
        tuple(names),
        classes,
        class_matrix,
        set_of,
        layers,
    )


def _row(items: tuple[int, ...], bank: int) -> csr_array:
    return csr_array((np.ones(len(items)), (np.zeros(len(items), dtype=np.int64), items)), shape=(1, bank))


def _classes(matrix: csc_array) -> tuple[Codes, csc_array]:
    """Code of each column, and one column of each code."""
    matrix.sort_indices()
    seen: dict[bytes, int] = {}
    first: list[int] = []
    codes = np.empty(matrix.shape[1], dtype=np.int64)
    for item in range(matrix.shape[1]):
        signature = matrix.indices[matrix.indptr[item] : matrix.indptr[item + 1]].tobytes()
        codes[item] = seen.setdefault(signature, len(seen))
        if len(seen) > len(first):
            first.append(item)
    return codes, csc_array(matrix[:, first])


def _layers(class_matrix: csc_array, asking: NDArray[np.bool_]) -> Codes:
    layers = np.full(len(asking), -1, dtype=np.int64)
    by_row = class_matrix.tocsr()
    covered: list[NDArray[np.bool_]] = []
    for row in np.flatnonzero(asking):
        own = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
        fits = [k for k, cover in enumerate(covered) if not cover[own].any()]
        if not fits:
            covered.append(np.zeros(class_matrix.shape[1], dtype=np.bool_))
        layers[row] = fits[0] if fits else len(covered) - 1
        covered[layers[row]][own] = True
    return layers
