"""Answers of persons to items as small arrays, from a file of 0 and 1, or of options and a key.

For who has only a file: nothing is stored, and a value that cannot be read stops the reading, with its
line and column, where an import would set the row aside and go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingestion.errors import FileFormatError
from ingestion.imports import columns as columns_
from ingestion.imports.cells import Cells, scored_by_key, scored_cells
from ingestion.imports.codes import MISSING, Codes, coded
from ingestion.imports.files import TextTable, read_table
from ingestion.imports.reader import LONG_MARKS, REQUIRED
from ingestion.imports.wide import counts_rows, wide_columns

# A column of more different values, and of more than half as many as rows, tells persons apart.
MOST_VALUES = 4
_PERSON, _ITEM = "the person is empty: give an identifier, or leave the row out", "the item is empty"


@dataclass(frozen=True)
class Answers:
    """Answers that were given, one entry each: the place of its person and item, 1 where right, else 0.

    `persons` and `items` are all those of the file, also without an answer: persons in order of first
    appearance, items in the order of the columns (wide) or of first appearance (long). With a key, `option`
    is the place of the chosen option in `options` and `key` says the right one of each item, as it is
    spelled there; both are None where the file was scored already.

    `n_repeats` counts the rows (long) or answers (wide) of a person and item after the first, which stays.
    `warnings` are what a person should know.
    """

    path: Path
    shape: Literal["long", "wide"]
    persons: tuple[str, ...]
    items: tuple[str, ...]
    person: Codes
    item: Codes
    correct: NDArray[np.int8]
    option: Codes | None
    options: tuple[str, ...]
    key: Mapping[str, str] | None
    n_repeats: int
    warnings: tuple[str, ...]


def read_answers(path: Path, key: Mapping[str, str | None] | None = None) -> Answers:
    """Read the answers in `path`; `key` says the right option of each item.

    Raises FileFormatError, with line and column where there are any, for a file that is not such a table,
    an empty person or item, a value that is neither 0, 1 nor missing where no key is given, an item without
    a key where one is, and a file without any answer.
    """
    table = read_table(path, typed=True)
    names = {name.casefold() for name in table.columns}
    cells, notes = _long(table, key is not None) if names.intersection(LONG_MARKS) else _wide(table)
    scored = scored_cells(cells) if key is None else scored_by_key(cells, key)
    keep, n_repeats = _first(cells, scored.correct)
    if not keep.any():
        raise FileFormatError(path, "holds no answers: every value is missing")
    # Most files have neither gaps nor repeats, and large arrays are not copied for nothing.
    kept = slice(None) if keep.all() else np.flatnonzero(keep)
    if n_repeats:
        what = "rows repeat" if cells.shape == "long" else "answers repeat"
        notes = (*notes, f"{n_repeats:,} {what} a person and item; the first of each was kept")
    return Answers(
        path,
        cells.shape,
        cells.persons,
        cells.items,
        cells.person[kept],
        cells.item[kept],
        scored.correct[kept],
        None if scored.option is None else scored.option[kept],
        scored.options,
        scored.key,
        n_repeats,
        (*notes, *scored.warnings),
    )


def _long(table: TextTable, keyed: bool) -> tuple[Cells, tuple[str, ...]]:
    found = columns_.find(table, REQUIRED, ("response", "correct"), "A long responses file")
    if "response" not in found and "correct" not in found:
        raise FileFormatError(
            table.path,
            "column 'correct' (0 or 1) or 'response' (the option chosen, with a key) is missing",
            table.header_line,
        )
    value = "response" if "response" in found and (keyed or "correct" not in found) else "correct"
    notes = []
    if found.unknown:
        notes.append(f"{table.path}: columns not read: {', '.join(map(repr, found.unknown))}")
    person, persons = _labels(table, found.at["person"], _PERSON)
    item, items = _labels(table, found.at["item"], _ITEM)
    text, texts = coded(table.path, table.frame[found.cell(value)])
    header = table.columns[found.at[value]]
    return Cells(table, "long", persons, items, person, item, text, texts, header, value), tuple(notes)


def _wide(table: TextTable) -> tuple[Cells, tuple[str, ...]]:
    """Take a wide table apart person by person; cells that hold nothing are no answers and left out."""
    found = wide_columns(table, _behind_row_numbers(table))
    row_person, persons = _labels(table, found.person, _PERSON)
    everything: dict[str, int] = {}
    by_item = np.empty((len(found.items), len(table.frame)), dtype=np.int32)
    for row, at in enumerate(found.items):
        codes, texts = coded(table.path, table.frame[table.cell(at)])
        # The last entry is what a code of -1, which is missing, leads to.
        places = np.array([*(everything.setdefault(t, len(everything)) for t in texts), MISSING], np.int32)
        by_item[row] = places[codes]
    rows, columns = np.nonzero(by_item.T != MISSING)
    text = by_item.T[rows, columns]
    cells = Cells(
        table,
        "wide",
        persons,
        tuple(table.columns[at] for at in found.items),
        row_person[rows],
        columns.astype(np.int32),
        text,
        list(everything),
        None,
        "cell",
        rows.astype(np.int32),
    )
    return cells, found.notes


def _behind_row_numbers(table: TextTable) -> int | None:
    """Return 1 where the first column has no name and counts the rows, and the next one cannot be an item."""
    if table.columns[0] or len(table.columns) < 3 or not counts_rows(table, 0):
        return None
    different = table.frame[table.cell(1)].n_unique()
    return 1 if different > max(MOST_VALUES, len(table.frame) // 2) else None


def _labels(table: TextTable, position: int, empty: str) -> tuple[Codes, tuple[str, ...]]:
    codes, labels = coded(table.path, table.frame[table.cell(position)])
    missing = np.flatnonzero(codes == MISSING)
    if len(missing):
        raise FileFormatError(
            table.path, empty, int(table.frame["line"][int(missing[0])]), table.columns[position]
        )
    return codes, tuple(labels)


def _first(cells: Cells, correct: NDArray[np.int8]) -> tuple[NDArray[np.bool_], int]:
    """Tell the answers that are the first of their person and item, and count what repeats an earlier one."""
    answered: NDArray[np.bool_] = correct != MISSING
    pair = pl.Series(cells.person.astype(np.int64) * len(cells.items) + cells.item)
    if cells.shape == "wide":
        pair = pair.filter(pl.Series(answered))
    numbers = pair.to_numpy()
    if (numbers[1:] > numbers[:-1]).all():  # person by person and item by item: no repeats, at a glance
        return answered, 0
    n_repeats = len(pair) - pair.n_unique()
    if not n_repeats:
        return answered, 0
    first = pair.is_first_distinct().to_numpy()
    if cells.shape == "long":
        return answered & first, n_repeats
    kept = answered.copy()
    kept[answered] = first
    return kept, n_repeats
