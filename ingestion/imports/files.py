"""From a file to a table of text: CSV, gzipped CSV or Parquet, with the line of every row.

Nothing is typed here, unless a caller wants the plain columns of a Parquet file as they are. Identifiers
stay as they were written: 007 keeps its zeros, and a column of whole numbers that a tool stored as floats,
because some were missing, comes out as 7 and not as 7.0.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from ingestion.errors import FileFormatError
from ingestion.imports.structure import Structure, scan

SEPARATORS = (",", ";", "\t")
SHOWN_RAGGED = 5
HEAD_BYTES = 1 << 20
EXACT = 2**53  # whole numbers below it are exact as floats


@dataclass(frozen=True)
class TextTable:
    """A file as text. `frame` has Int64 `line` and one column for each name of `columns`, all String.

    Read with `typed`, numbers and booleans of a Parquet file keep their types, NaN as null.

    The frame's columns are named by position (`cell`), since a file's own names may clash with ours.
    Cells are stripped of blanks at both ends; an empty cell is null. `line` counts from 1 and is the line
    of the file where the row begins; for Parquet, which has no lines, the number of the row.
    """

    path: Path
    columns: tuple[str, ...]
    frame: pl.DataFrame
    header_line: int | None

    @staticmethod
    def cell(position: int) -> str:
        """Return the name in `frame` of the column at `position`, from 0."""
        return f"c{position}"

    def is_empty(self, position: int) -> bool:
        """Tell whether the column at `position` holds nothing at all."""
        column = self.frame[self.cell(position)]
        return column.null_count() == len(column)


def read_table(path: Path, *, typed: bool = False) -> TextTable:
    """Read a table from `path`; its kind is told by its first bytes, not by its name.

    Raises FileFormatError, with line and column where there are any, for a file that is not there, not a
    CSV or Parquet file, not UTF-8, empty, or has rows with more or fewer cells than columns.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileFormatError(path, f"cannot be read: {error.strerror or error}") from error
    if data[:2] == b"\x1f\x8b":
        data = _decompressed(path, data)
    table = _from_parquet(path, data, typed) if data[:4] == b"PAR1" else _from_csv(path, data)
    if table.frame.is_empty():
        raise FileFormatError(path, "has a header but no rows")
    return table


def _decompressed(path: Path, data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(
            path, f"its gzip compression is damaged ({error}): copy the file again"
        ) from error


def _from_csv(path: Path, data: bytes) -> TextTable:
    data = _plain_text(path, data)
    separator = _separator(data)
    structure = scan(data, separator)
    _check_quotes(path, structure)
    # The parser takes the number of columns from the first line it sees, so that blank lines are passed over.
    filled = np.flatnonzero(structure.fields)
    header, first = int(filled[0]), int(filled[1]) if len(filled) > 1 else len(structure.fields)
    body = int(structure.starts[first]) if len(filled) > 1 else len(data)
    header_text = _decode(path, data[int(structure.starts[header]) : body], int(structure.lines[header]), ())
    columns = tuple(name.strip() for name in next(_records(header_text, separator), ()))
    header_line = int(structure.lines[header])
    if len(columns) != structure.fields[header]:
        raise FileFormatError(path, "not a CSV file: the header cannot be read", header_line)
    if len(columns) < 2:
        raise FileFormatError(
            path,
            f"not a CSV table: the header has one column, {columns[0]!r}; at least two are needed",
            header_line,
        )
    fields, lines = structure.fields[first:], structure.lines[first:]
    _check_ragged(path, fields, lines, len(columns))
    frame = _parsed(path, data, body, separator, columns)
    if len(frame) != len(lines):
        raise FileFormatError(
            path, f"not a CSV file: {len(lines)} records, of which {len(frame)} can be read"
        )
    frame = frame.insert_column(0, pl.Series("line", lines)).filter(pl.Series(fields > 0))
    return TextTable(path, columns, _stripped(frame), header_line)


def _separator(data: bytes) -> str:
    """Return the separator that gives the header and the row below it the same number of cells, two or more."""
    head = data.lstrip()[:HEAD_BYTES].decode("utf-8", "replace")
    for separator in SEPARATORS:
        widths = [len(row) for row in islice(_records(head, separator), 2)]
        if widths and widths[0] > 1 and len(set(widths)) == 1:
            return separator
    return max(SEPARATORS, key=head.split("\n", 1)[0].count)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    """Yield the records of `text` that hold something, up to where it is no CSV."""
    with suppress(csv.Error):
        yield from filter(None, csv.reader(io.StringIO(text), delimiter=separator))


def _plain_text(path: Path, data: bytes) -> bytes:
    """Return the text behind a byte order mark, with line feeds as line ends."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileFormatError(path, "is UTF-16 text: save it as CSV in UTF-8")
    if data[:4] == b"PK\x03\x04":
        raise FileFormatError(path, "is a zip archive or an Excel workbook: save the sheet as CSV in UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise FileFormatError(path, "is empty")
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    return data


def _check_quotes(path: Path, structure: Structure) -> None:
    if structure.stray_quote is not None:
        raise FileFormatError(
            path,
            'a double quote stands within a value: put the value in double quotes and double it ("5"" nail")',
            structure.stray_quote,
        )
    if structure.open_quote is not None:
        raise FileFormatError(path, "a double quote is opened here and never closed", structure.open_quote)


def _check_ragged(
    path: Path,
    fields: np.ndarray[tuple[int], np.dtype[np.int64]],
    lines: np.ndarray[tuple[int], np.dtype[np.int64]],
    width: int,
) -> None:
    ragged = np.flatnonzero((fields != width) & (fields > 0))
    if not len(ragged):
        return
    shown = [f"line {lines[row]} has {fields[row]}" for row in ragged[:SHOWN_RAGGED]]
    more = f" and {len(ragged) - SHOWN_RAGGED} more lines" if len(ragged) > SHOWN_RAGGED else ""
    raise FileFormatError(
        path,
        f"the header has {width} columns, but {', '.join(shown)}{more}: "
        "each row needs as many cells as the header; a value with a comma goes in double quotes",
        int(lines[ragged[0]]),
    )


def _parsed(path: Path, data: bytes, body: int, separator: str, columns: tuple[str, ...]) -> pl.DataFrame:
    schema = {TextTable.cell(position): pl.String for position in range(len(columns))}
    if body >= len(data):
        return pl.DataFrame(schema=schema)
    try:
        return pl.read_csv(
            memoryview(data)[body:].tobytes(), has_header=False, schema=schema, separator=separator
        )
    except (pl.exceptions.PolarsError, OSError) as error:  # OSError: a row that looks like a compressed file
        _decode(path, data, 1, columns, separator)
        raise FileFormatError(path, f"not a CSV file: {str(error).splitlines()[0]}") from error


def _decode(path: Path, data: bytes, line: int, columns: tuple[str, ...], separator: str = ",") -> str:
    """Return the text of `data`, which begins on `line`; raise at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        row = before[before.rfind(b"\n") + 1 :]
        position = row.count(separator.encode())
        raise FileFormatError(
            path,
            f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as CSV in UTF-8",
            line + before.count(b"\n"),
            columns[position] if position < len(columns) else None,
        ) from error


def _stripped(frame: pl.DataFrame) -> pl.DataFrame:
    """Strip cells, make empty ones null, and drop rows that hold nothing but separators."""
    cells = [name for name in frame.columns if name != "line"]
    texts = [name for name in cells if frame.schema[name] == pl.String]
    stripped = pl.col(texts).str.strip_chars()
    frame = frame.with_columns(pl.when(stripped.str.len_bytes() > 0).then(stripped))
    return frame.filter(~pl.all_horizontal(pl.col(cells).is_null()))


def _from_parquet(path: Path, data: bytes, typed: bool) -> TextTable:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileFormatError(path, f"not a readable Parquet file: {str(error).splitlines()[0]}") from error
    columns = tuple(name.strip() for name in frame.columns)
    if len(columns) < 2:
        raise FileFormatError(path, f"has {len(columns)} column(s); at least two are needed")
    lines = pl.Series("line", np.arange(1, len(frame) + 1, dtype=np.int64))
    cells = []
    for at, name in enumerate(frame.columns):
        column = frame[name]
        if typed and (column.dtype.is_integer() or column.dtype == pl.Boolean):
            cells.append(column.alias(TextTable.cell(at)))
        elif typed and column.dtype.is_float():
            cells.append(column.fill_nan(None).alias(TextTable.cell(at)))
        else:
            cells.append(as_text(path, column).alias(TextTable.cell(at)))
    return TextTable(path, columns, _stripped(pl.DataFrame([lines, *cells])), None)


def as_text(path: Path, column: pl.Series) -> pl.Series:
    """Return a typed column as the text that a CSV file would hold; whole floats as whole numbers."""
    kind = column.dtype
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        raise FileFormatError(path, f"holds {kind}, not plain values", column=column.name)
    if kind.is_float():
        whole = column.fill_nan(None)
        if ((whole == whole.floor()) & (whole.abs() < EXACT) | whole.is_null()).all():
            return whole.cast(pl.Int64).cast(pl.String)
        return whole.cast(pl.String)
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return column.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    if isinstance(kind, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f")
    return column.cast(pl.String)
