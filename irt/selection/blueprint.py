"""What a test must contain: its length, quotas over sets of items, enemies, and items that share a stimulus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

from irt.errors import InvalidArgument
from irt.models import Floats

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Quotas:
    """How many items of each of several sets a test holds: from `least` to `most`.

    Attributes:
        names: one for each quota, as a person is to read it ("topic cardiology", "difficulty hard").
        members: boolean or 0/1, dense or sparse, shape (quotas, items): the items that count for each.
        least: shape (quotas,), 0 or more.
        most: shape (quotas,), at least `least`.

    Raises:
        InvalidArgument: shapes that do not match, entries other than 0 and 1, bounds that are no counts, a
            `least` above its `most`, or a name given twice.
    """

    names: tuple[str, ...]
    members: csr_array
    least: Codes
    most: Codes

    def __init__(self, names: Sequence[str], members: object, least: ArrayLike, most: ArrayLike) -> None:
        object.__setattr__(self, "names", tuple(names))
        object.__setattr__(self, "members", _membership(members))
        for field, given in (("least", least), ("most", most)):
            object.__setattr__(self, field, _counts(field, given, self.names, self.members.shape[0]))
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise InvalidArgument(f"two quotas are called {twice!r}: give each a name of its own")
        for k in np.flatnonzero(self.least > self.most):
            raise InvalidArgument(
                f"quota {self.names[k]!r} asks for at least {self.least[k]} and at most {self.most[k]} items"
            )


@dataclass(frozen=True)
class Enemies:
    """Items of which a test holds one at most, because one gives another away.

    Attributes:
        name: as a person is to read it.
        items: indices of two or more different items.
    """

    name: str
    items: tuple[int, ...]


@dataclass(frozen=True)
class ItemSet:
    """Items that share a stimulus: a test holds none of them, or from `least` to `most`, one after the other.

    Attributes:
        name: as a person is to read it.
        items: indices of different items.
        least: 1 or more; the number of items for all or none.
        most: at least `least`, and no more than there are items.
    """

    name: str
    items: tuple[int, ...]
    least: int
    most: int


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A test of `length` of the bank's `items` items, under its quotas, enemies and item sets.

    Attributes:
        length: items of a full test.
        items: items of the bank; indices of enemies and sets, and columns of `quotas.members`, count these.
        quotas: None where there are none.
        enemies: groups of enemies.
        sets: item sets; an item is in one at most.

    Raises:
        InvalidArgument: a length outside 1 to `items`; quotas over another number of items; an index outside the
            bank, or twice in a group; an item in two sets; bounds of a set that its items cannot meet. Whether
            all of it together can be met is for `blueprint_feasibility` to say.
    """

    length: int
    items: int
    quotas: Quotas | None = None
    enemies: tuple[Enemies, ...] = ()
    sets: tuple[ItemSet, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.length <= self.items:
            raise InvalidArgument(
                f"length must lie between 1 and the {self.items} items of the bank, not {self.length}"
            )
        if self.quotas is not None and self.quotas.members.shape[1] != self.items:
            raise InvalidArgument(
                f"quotas cover {self.quotas.members.shape[1]} items and the bank has {self.items}: "
                "give one column of members for each item"
            )
        for group in self.enemies:
            _check_group("enemies", group.name, group.items, self.items, 2)
        for one in self.sets:
            _check_group("item set", one.name, one.items, self.items, 1)
            if not 1 <= one.least <= one.most <= len(one.items):
                raise InvalidArgument(
                    f"item set {one.name!r} has {len(one.items)} items: least and most must lie between 1 and "
                    f"that, in this order, not {one.least} and {one.most}"
                )
        _check_disjoint(self.sets)


def _membership(members: object) -> csr_array:
    given: Any = members if issparse(members) else np.atleast_2d(np.asarray(members))
    matrix = csr_array(given).astype(np.float64)
    matrix.eliminate_zeros()
    if not np.isin(matrix.data, (1.0,)).all():
        raise InvalidArgument("members of quotas must be true or false, or 0 and 1, for each quota and item")
    return matrix


def _counts(field: str, given: ArrayLike, names: tuple[str, ...], rows: int) -> Codes:
    counts: Floats = np.asarray(given, dtype=np.float64)
    if counts.shape != (len(names),) or rows != len(names):
        raise InvalidArgument(
            f"{len(names)} quotas are named, with {rows} rows of members and {field} of shape {counts.shape}: "
            "give one of each"
        )
    for k in np.flatnonzero(~((counts >= 0.0) & (counts == np.floor(counts)) & np.isfinite(counts))):
        raise InvalidArgument(f"{field} of quota {names[k]!r} must be a count of items, not {counts[k]}")
    return counts.astype(np.int64)


def _check_group(kind: str, name: str, items: tuple[int, ...], bank: int, fewest: int) -> None:
    if len(set(items)) < max(fewest, len(items)):
        raise InvalidArgument(f"{kind} {name!r} must name at least {fewest} different items, each once")
    for item in items:
        if not 0 <= item < bank:
            raise InvalidArgument(
                f"{kind} {name!r} names item {item}, and the bank has items 0 to {bank - 1}"
            )


def _check_disjoint(sets: tuple[ItemSet, ...]) -> None:
    home: dict[int, str] = {}
    for one in sets:
        for item in one.items:
            if item in home:
                raise InvalidArgument(
                    f"item {item} is in the item sets {home[item]!r} and {one.name!r}: an item has one stimulus"
                )
            home[item] = one.name
