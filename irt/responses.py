"""Answers of persons to items: sparse, validated once, then never changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidResponses
from irt.labels import Codes, Column, coded
from irt.models import Floats


@dataclass(frozen=True)
class Responses:
    """0/1 answers by person (compressed rows), in the order in which labels first appear.

    persons, items: labels, in order of first appearance in the input.
    starts:  shape (persons + 1,); the answers of person p are entries starts[p] to starts[p + 1].
    cells:   shape (responses,); 2 * item + correct, the items of a person in ascending order.

    Build one with `from_long` or `from_matrix`; both check everything.
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
        person_codes, persons = coded(person, "person")
        item_codes, items = coded(item, "item")
        if not len(person_codes) == len(item_codes) == len(right):
            raise InvalidResponses(
                f"person, item and correct must be equally long, "
                f"not {len(person_codes)}, {len(item_codes)} and {len(right)} rows"
            )
        if not len(right):
            raise InvalidResponses("there are no responses; give at least one row")
        return cls._build(persons, items, person_codes, item_codes, right)

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
        matrix = np.asarray(correct, dtype=np.float64)
        if matrix.ndim != 2:
            raise InvalidResponses(
                f"responses need a matrix of persons by items, not {matrix.ndim} dimensions"
            )
        labels = [
            _matrix_labels(name, given, n)
            for name, given, n in zip(("person", "item"), (persons, items), matrix.shape, strict=True)
        ]
        rows, columns = np.nonzero(~np.isnan(matrix))
        if not len(rows):
            raise InvalidResponses("there are no responses: every value of the matrix is missing")
        return cls._build(labels[0], labels[1], rows, columns, _zero_one(matrix[rows, columns]))

    @classmethod
    def _build(
        cls,
        persons: tuple[Hashable, ...],
        items: tuple[Hashable, ...],
        person: Codes,
        item: Codes,
        right: NDArray[np.int32],
    ) -> Responses:
        key = person * len(items) + item
        order = np.argsort(key, kind="stable")
        same = np.flatnonzero(np.diff(key[order]) == 0)
        if len(same):
            first, second = order[same[0]], order[same[0] + 1]
            raise InvalidResponses(
                f"row {second}: person {persons[person[second]]!r} answered item "
                f"{items[item[second]]!r} before, in row {first}; keep one of the two"
            )
        starts = np.zeros(len(persons) + 1, dtype=np.int64)
        np.cumsum(np.bincount(person, minlength=len(persons)), out=starts[1:])
        cells = (2 * item[order] + right[order]).astype(np.int32)
        starts.flags.writeable = cells.flags.writeable = False
        return cls(persons, items, starts, cells)

    def only(self, keep: NDArray[np.bool_]) -> Responses:
        """The answers to the items kept (shape (items,)); every person stays, perhaps without an answer."""
        chosen = keep[self.item]
        code = np.cumsum(keep) - 1
        starts = np.concatenate([[0], np.cumsum(chosen)])[self.starts].astype(np.int64)
        cells = (2 * code[self.item[chosen]] + (self.cells[chosen] & 1)).astype(np.int32)
        starts.flags.writeable = cells.flags.writeable = False
        items = tuple(label for label, kept in zip(self.items, keep, strict=True) if kept)
        return Responses(self.persons, items, starts, cells)


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


def _zero_one(values: Column) -> NDArray[np.int32]:
    """0/1 as integers, from numbers or bools."""
    given = np.asarray(values)
    if given.ndim != 1:
        raise InvalidResponses(f"correct must be one column, not {given.ndim} dimensions")
    if given.dtype.kind not in "biuf":
        given = np.array([_number(value) for value in given.tolist()], dtype=np.float64)
    bad = np.flatnonzero((given != 0) & (given != 1))
    if len(bad):
        shown = np.asarray(values).tolist()[bad[0]]
        raise InvalidResponses(
            f"row {bad[0]}: correct is {shown!r}; it must be 0 or 1 (leave out rows without an answer)"
        )
    return given.astype(np.int32)


def _number(value: object) -> float:
    return float(value) if isinstance(value, bool | int | float) else float("nan")
