"""Answers of persons to items: sparse, validated once, then never changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidResponses
from irt.labels import Codes, Column, Labels, Small, is_empty, small_codes
from irt.models import Floats
from irt.packing import count, pack, select


@dataclass(frozen=True)
class Responses:
    """0/1 answers by person (compressed rows), in the order in which labels first appear.

    persons, items: labels, in order of first appearance in the input.
    starts:  shape (persons + 1,); the answers of person p are entries starts[p] to starts[p + 1].
    cells:   shape (responses,); 2 * item + correct, the items of a person in ascending order.

    Build one with `from_long`, `from_matrix` or `from_codes`; all check everything. Ten million rows take
    about a second from arrays or polars series; from lists of Python values, some seconds.
    """

    persons: tuple[Hashable, ...]
    items: tuple[Hashable, ...]
    starts: NDArray[np.int64]
    cells: NDArray[np.int32]

    @property
    def n_persons(self) -> int:
        """Number of persons, those without an answer included."""
        return len(self.persons)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def n_responses(self) -> int:
        """Number of answers."""
        return len(self.cells)

    @property
    def item(self) -> NDArray[np.int32]:
        """Item code of each answer, shape (responses,)."""
        return self.cells >> 1

    @property
    def correct(self) -> Floats:
        """1.0 where right, 0.0 where wrong, shape (responses,)."""
        return (self.cells & 1).astype(np.float64)

    @cached_property
    def cell_counts(self) -> NDArray[np.int64]:
        """Wrong (2 * item) and right (2 * item + 1) answers of each item, shape (2 * items,)."""
        counts = np.zeros(2 * self.n_items, dtype=np.int64)
        count(self.cells, counts)
        counts.flags.writeable = False
        return counts

    @property
    def person(self) -> Codes:
        """Person code of each answer, shape (responses,)."""
        return np.repeat(np.arange(self.n_persons), np.diff(self.starts))

    @classmethod
    def from_long(cls, person: Column, item: Column, correct: Column) -> Responses:
        """One row an answer. Labels may be anything hashable; `correct` is 0/1 or bool.

        Raises:
            InvalidResponses: no rows, unequal lengths, an empty label, a value other than 0 or 1, or a
                person's second answer to an item; the text names the row (counted from 0).
        """
        right = _zero_one(correct)
        rows = len(person), len(item), len(right)  # type: ignore[arg-type]
        if len(set(rows)) > 1:
            raise InvalidResponses(
                f"person, item and correct must be equally long, not {rows[0]}, {rows[1]} and {rows[2]} rows"
            )
        if not len(right):
            raise InvalidResponses("there are no responses; give at least one row")
        person_codes, persons = small_codes(person, "person")
        item_codes, items = small_codes(item, "item")
        return cls._build(persons, items, person_codes, item_codes, right)

    @classmethod
    def from_codes(
        cls,
        person: ArrayLike,
        item: ArrayLike,
        correct: Column,
        persons: Sequence[Hashable],
        items: Sequence[Hashable],
    ) -> Responses:
        """One row an answer, by codes: whole numbers from 0 that say the place in `persons` and `items`.

        Persons and items that no row names are kept, without an answer.

        Raises:
            InvalidResponses: no rows, unequal lengths, a code that is none, a label that is empty or stands
                there twice, a value other than 0 or 1, or a person's second answer to an item.
        """
        right = _zero_one(correct)
        labels = [_distinct("person", persons), _distinct("item", items)]
        codes = [_valid("person", person, len(labels[0])), _valid("item", item, len(labels[1]))]
        if not len(codes[0]) == len(codes[1]) == len(right):
            raise InvalidResponses(
                f"person, item and correct must be equally long, "
                f"not {len(codes[0])}, {len(codes[1])} and {len(right)} rows"
            )
        if not len(right):
            raise InvalidResponses("there are no responses; give at least one row")
        return cls._build(labels[0], labels[1], codes[0], codes[1], right)

    @classmethod
    def from_matrix(
        cls,
        correct: ArrayLike,
        *,
        persons: Sequence[Hashable] | None = None,
        items: Sequence[Hashable] | None = None,
    ) -> Responses:
        """A matrix, persons by items, of 0 and 1 with NaN for missing. Labels default to 0, 1, 2, ...

        Raises:
            InvalidResponses: not a matrix, labels that do not fit or repeat, or another value than 0, 1, NaN.
        """
        matrix = np.asarray(correct)
        if matrix.dtype.kind not in "biuf":
            matrix = matrix.astype(np.float64)
        if matrix.ndim != 2:
            raise InvalidResponses(
                f"responses need a matrix of persons by items, not {matrix.ndim} dimensions"
            )
        labels = [
            _matrix_labels(name, given, n)
            for name, given, n in zip(("person", "item"), (persons, items), matrix.shape, strict=True)
        ]
        known = ~np.isnan(matrix) if matrix.dtype.kind == "f" else np.ones(matrix.shape, dtype=np.bool_)
        if not known.any():
            raise InvalidResponses("there are no responses: every value of the matrix is missing")
        starts = np.zeros(len(matrix) + 1, dtype=np.int64)
        np.cumsum(known.sum(axis=1), out=starts[1:])
        cells = np.broadcast_to(2 * np.arange(matrix.shape[1], dtype=np.int32), matrix.shape)[known]
        cells += _zero_one(matrix[known])
        return cls._frozen(labels[0], labels[1], starts, cells)

    @classmethod
    def _build(
        cls,
        persons: tuple[Hashable, ...],
        items: tuple[Hashable, ...],
        person: Small,
        item: Small,
        right: NDArray[np.int8],
    ) -> Responses:
        starts = np.zeros(len(persons) + 1, dtype=np.int64)
        cells = np.empty(len(right), dtype=np.int32)
        repeated = pack(person, item, right, starts, cells)
        if repeated >= 0:
            who = int(np.searchsorted(starts, repeated, side="right")) - 1
            what = int(cells[repeated] >> 1)
            first, second = np.flatnonzero((person == who) & (item == what))[:2]
            raise InvalidResponses(
                f"row {second}: person {persons[who]!r} answered item "
                f"{items[what]!r} before, in row {first}; keep one of the two"
            )
        return cls._frozen(persons, items, starts, cells)

    def of(self, persons: ArrayLike) -> Responses:
        """The answers of some persons, by their codes, each at most once; every item stays."""
        chosen = np.asarray(persons, dtype=np.int64)
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        where = np.repeat(self.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
        return self._frozen(tuple(self.persons[p] for p in chosen), self.items, starts, self.cells[where])

    @classmethod
    def _frozen(cls, persons: Labels, items: Labels, starts: Codes, cells: Small) -> Responses:
        starts.flags.writeable = cells.flags.writeable = False
        return cls(persons, items, starts, cells)

    def only(self, keep: NDArray[np.bool_]) -> Responses:
        """The answers to the items kept (shape (items,)); every person stays, perhaps without an answer."""
        if keep.all():
            return self
        code = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
        starts, cells = np.empty_like(self.starts), np.empty_like(self.cells)
        cells = cells[: select(self.starts, self.cells, code, starts, cells)].copy()
        items = tuple(label for label, kept in zip(self.items, keep, strict=True) if kept)
        return self._frozen(self.persons, items, starts, cells)


def label_series(name: str, labels: Sequence[object]) -> pl.Series:
    """Labels as a column of a frame: as they are where polars has a type for them, else as text."""
    kinds = {type(label) for label in labels}
    plain = len(kinds) == 1 and kinds <= {int, str, bool, float}
    return pl.Series(
        name, labels if plain else [str(label) for label in labels], dtype=None if plain else pl.String
    )


def _matrix_labels(name: str, given: Sequence[Hashable] | None, n: int) -> tuple[Hashable, ...]:
    if given is None:
        return tuple(range(n))
    if len(given) != n or len(set(given)) != n:
        raise InvalidResponses(f"{n} different {name} labels are needed, not {len(set(given))}")
    return tuple(given)


def _distinct(name: str, given: Sequence[Hashable]) -> Labels:
    labels = tuple(given)
    if len(set(labels)) != len(labels) or any(is_empty(label) for label in labels):
        raise InvalidResponses(f"the {name} labels must all be different, and none empty")
    return labels


def _valid(name: str, codes: ArrayLike, n: int) -> Small:
    """Codes as small whole numbers, each below n."""
    given = np.asarray(codes)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise InvalidResponses(
            f"{name} codes must be one column of whole numbers, not {given.ndim} dimensions of {given.dtype}"
        )
    if len(given) and not 0 <= int(given.min()) <= int(given.max()) < n:
        row = int(np.flatnonzero((given < 0) | (given >= n))[0])
        raise InvalidResponses(f"row {row}: {name} code {given[row]} is none of 0 to {n - 1}")
    return np.ascontiguousarray(given, dtype=np.int32)


def _zero_one(values: Column) -> NDArray[np.int8]:
    """0/1 as small integers, from numbers or bools."""
    given = values.to_numpy() if isinstance(values, pl.Series) else np.asarray(values)
    if given.ndim != 1:
        raise InvalidResponses(f"correct must be one column, not {given.ndim} dimensions")
    shown = given
    if given.dtype.kind not in "biuf":
        given = np.array([_number(value) for value in given.tolist()], dtype=np.float64)
    if given.dtype.kind != "b":
        bad = np.flatnonzero((given != 0) & (given != 1))
        if len(bad):
            value = shown[bad[0] : bad[0] + 1].tolist()[0]
            raise InvalidResponses(
                f"row {bad[0]}: correct is {value!r}; it must be 0 or 1 (leave out rows without an answer)"
            )
    return np.ascontiguousarray(given, dtype=np.int8)


def _number(value: object) -> float:
    return float(value) if isinstance(value, bool | int | float) else float("nan")
