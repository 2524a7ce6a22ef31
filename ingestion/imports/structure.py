"""The skeleton of a CSV file: where each record begins, on which line, with how many fields.

Parsers fill short rows up with nothing and lose count of lines behind a quoted line break; both would
make a message point at the wrong place. Scanning the bytes with numpy costs a fraction of the parsing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 25
QUOTE, NEWLINE, RETURN = ord('"'), ord("\n"), ord("\r")


@dataclass(frozen=True)
class Structure:
    """One entry for each record of the file, blank lines included.

    `starts` are byte offsets, `lines` line numbers from 1, `fields` numbers of fields (0: a blank line).
    `open_quote` is the line of a quote that is never closed, `stray_quote` the line of one in the middle
    of a value; None where there is none.
    """

    starts: NDArray[np.int64]
    lines: NDArray[np.int64]
    fields: NDArray[np.int64]
    open_quote: int | None
    stray_quote: int | None


@dataclass
class _Positions:
    """Byte offsets found so far, chunk by chunk."""

    ends: list[NDArray[np.int64]]
    separators: list[NDArray[np.int64]]
    newlines: list[NDArray[np.int64]]
    quotes: list[NDArray[np.int64]]


def scan(data: bytes, separator: str) -> Structure:
    """Return the structure of `data`, a CSV text in UTF-8 with `separator` between the fields."""
    found = _positions(data, ord(separator))
    ends, separators, newlines, quotes = (
        np.concatenate(part) if part else np.empty(0, np.int64)
        for part in (found.ends, found.separators, found.newlines, found.quotes)
    )
    if data and (not len(ends) or ends[-1] != len(data) - 1):
        ends = np.append(ends, len(data))  # the last record has no line break behind it
    starts = np.empty(len(ends), np.int64)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    lines = np.searchsorted(newlines, starts) + 1
    fields = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    fields[_blank(data, starts, ends)] = 0
    return Structure(
        starts,
        lines,
        fields,
        open_quote=_line(newlines, quotes[-1]) if len(quotes) % 2 else None,
        stray_quote=_stray(data, quotes, newlines, ord(separator)),
    )


def _positions(data: bytes, separator: int) -> _Positions:
    found = _Positions([], [], [], [])
    inside = 0
    for offset in range(0, len(data), CHUNK):
        chunk = np.frombuffer(data, np.uint8, min(CHUNK, len(data) - offset), offset)
        newline, comma = chunk == NEWLINE, chunk == separator
        quote = chunk == QUOTE
        newlines = np.flatnonzero(newline) + offset
        found.newlines.append(newlines)
        if inside or quote.any():
            quoted = (np.cumsum(quote, dtype=np.int64) + inside) % 2 == 1
            newline &= ~quoted
            comma &= ~quoted
            inside = int(quoted[-1])
            found.quotes.append(np.flatnonzero(quote) + offset)
            newlines = np.flatnonzero(newline) + offset
        found.ends.append(newlines)
        found.separators.append(np.flatnonzero(comma) + offset)
    return found


def _blank(data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell the records that hold nothing, or only the carriage return of a Windows line end."""
    length = ends - starts
    blank: NDArray[np.bool_] = length == 0
    for record in np.flatnonzero(length == 1):
        blank[record] = data[starts[record]] == RETURN
    return blank


def _stray(data: bytes, quotes: NDArray[np.int64], newlines: NDArray[np.int64], separator: int) -> int | None:
    """Return the line of the first quote that neither opens, closes nor doubles; the last may be open."""
    if not len(quotes):
        return None
    text = np.frombuffer(data, np.uint8)
    opening, closing = quotes[::2], quotes[1::2]
    before = text[np.maximum(opening - 1, 0)]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    wrong_open = ~np.isin(before, (separator, NEWLINE, QUOTE)) & (opening > 0)
    wrong_close = ~np.isin(after, (separator, NEWLINE, RETURN, QUOTE)) & (closing < len(text) - 1)
    wrong = np.concatenate([opening[wrong_open], closing[wrong_close]])
    return _line(newlines, wrong.min()) if len(wrong) else None


def _line(newlines: NDArray[np.int64], position: np.int64) -> int:
    return int(np.searchsorted(newlines, position)) + 1
