"""Which columns of a wide file are its persons and its items, and which are neither."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.errors import FileFormatError
from ingestion.imports import columns as columns_
from ingestion.imports.files import TextTable


@dataclass(frozen=True)
class WideColumns:
    """Positions of the person and of the items in a wide table, and notes on what was not read."""

    person: int
    items: tuple[int, ...]
    notes: tuple[str, ...]


def wide_columns(table: TextTable, person: int | None = None) -> WideColumns:
    """Find the columns of a wide table: the person is the column of that name, else the first one.

    Row numbers in front of the person, and columns without a name or a value, are not read. Raises
    FileFormatError for other columns without a name, an item with two columns, and a table without items.
    """
    if person is None:
        person = next((at for at, name in enumerate(table.columns) if name.casefold() == "person"), 0)
    items: list[int] = []
    notes: list[str] = []
    for at, name in enumerate(table.columns):
        if at == person or name.casefold() in columns_.REJECT_COLUMNS:
            continue
        if not name and table.is_empty(at):
            continue
        if at < person and (not name or counts_rows(table, at)):
            named = f"{name!r}, which counts the rows," if name else "which has no name,"
            notes.append(f"{table.path}: column {at + 1}, {named} was not read")
        elif name:
            items.append(at)
        else:
            raise FileFormatError(table.path, f"column {at + 1} has no name", table.header_line)
    names = [table.columns[at] for at in items]
    if not names:
        raise FileFormatError(table.path, "has no item columns beside the person", table.header_line)
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise FileFormatError(
            table.path,
            f"item {', '.join(map(repr, twice))} has more than one column: keep one, or give the file in long form",
            table.header_line,
        )
    return WideColumns(person, tuple(items), tuple(notes))


def counts_rows(table: TextTable, position: int) -> bool:
    """Tell whether a column holds nothing but the numbers of the rows, from 0 or 1, of three rows or more.

    Of fewer rows they could be answers. Tables that were put below each other begin to count anew.
    """
    numbers = table.frame[table.cell(position)].cast(pl.Int64, strict=False)
    if len(numbers) < 3 or numbers.null_count():
        return False
    begins = numbers.is_in([0, 1])
    counted = (numbers.diff() == 1).fill_null(False) | begins
    return bool(begins[0] and counted.all()) and 2 * int(str(numbers.max())) + 2 >= len(numbers)
