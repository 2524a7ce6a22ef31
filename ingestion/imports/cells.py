"""What the cells of a file of answers mean: missing, right or wrong, by themselves or by a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingestion.errors import FileFormatError
from ingestion.imports.codes import MISSING, Codes
from ingestion.imports.files import TextTable
from ingestion.imports.values import NO_ANSWER

RIGHT, WRONG = ("1", "1.0", "true"), ("0", "0.0", "false")
SHOWN = 5
BAD = -2
_WHOLE = re.compile(r"([0-9]+)\.0+")
_OPTION = re.compile(r"[A-Za-z]|[2-9]|1[0-9]?")


@dataclass(frozen=True)
class Cells:
    """The cells of a file in long form: the place of each one's person, item and text, -1 where empty.

    `column` is the header of the column that holds the cells of a long file, `value` what it is; in a wide
    file each item is a column, and `row` says from which row of the table a cell comes.
    """

    table: TextTable
    shape: Literal["long", "wide"]
    persons: tuple[str, ...]
    items: tuple[str, ...]
    person: Codes
    item: Codes
    text: Codes
    texts: Sequence[str]
    column: str | None
    value: str
    row: Codes | None = None

    def fault(self, cell: int, reason: str) -> FileFormatError:
        """Return the error of one cell, with its line and column."""
        row = cell if self.row is None else int(self.row[cell])
        column = self.items[self.item[cell]] if self.column is None else self.column
        return FileFormatError(self.table.path, reason, int(self.table.frame["line"][row]), column)


@dataclass(frozen=True)
class Scored:
    """1, 0 or -1 (missing) for each cell; with a key, also what was chosen and what is right."""

    correct: NDArray[np.int8]
    option: Codes | None = None
    options: tuple[str, ...] = ()
    key: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()


def scored_cells(cells: Cells) -> Scored:
    """Read cells of 0 and 1; raises FileFormatError at the first that is neither, nor missing."""
    meaning = np.array([*(_zero_one(text) for text in cells.texts), MISSING], dtype=np.int8)
    correct: NDArray[np.int8] = meaning[cells.text]
    if not (meaning == BAD).any():
        return Scored(correct)
    wrong = np.flatnonzero(correct == BAD)
    first = int(wrong[0])
    shown = cells.texts[cells.text[first]]
    more = f" ({len(wrong):,} cells are neither)" if len(wrong) > 1 else ""
    kinds = {text for text, value in zip(cells.texts, meaning, strict=False) if value == BAD}
    if all(_OPTION.fullmatch(_plain(text)) for text in kinds):
        advice = "it looks like an option: give the right options with --key (a CSV file: item,key)"
    elif cells.shape == "wide":
        advice = "correct it, or leave the column out if it is no item"
    else:
        advice = "correct it, or leave it empty where there is no answer"
    raise cells.fault(first, f"{shown[:40]!r} is neither 0 nor 1{more}; {advice}")


def scored_by_key(cells: Cells, key: Mapping[str, str | None]) -> Scored:
    """Score options by the key; an option that is not the key's is wrong, whatever it is."""
    meaning = [_zero_one(text) for text in cells.texts]
    used = list(dict.fromkeys(value for value in key.values() if value is not None))
    if cells.value == "correct" or (BAD not in meaning and not {*used} & {*RIGHT, *WRONG}):
        note = f"{cells.table.path}: holds 0 and 1 already; the key was not used"
        return Scored(scored_cells(cells).correct, warnings=(note,))
    keyless = [item for item in cells.items if key.get(item) is None]
    if keyless:
        raise FileFormatError(
            cells.table.path,
            f"{len(keyless)} of {len(cells.items)} items have no key: {_some(keyless)}; add them to the key, or "
            "leave their columns or rows out",
        )
    folded = _folding(used)
    options: dict[str, str] = {}
    chosen = [text for text in cells.texts if not _is_missing(text)]
    for value in (*used, *chosen):
        options.setdefault(folded(value), _plain(value))
    place = {name: at for at, name in enumerate(options)}
    meant = [MISSING if _is_missing(text) else place[folded(text)] for text in cells.texts]
    option: Codes = np.array([*meant, MISSING], dtype=np.int32)[cells.text]
    right = np.array([place[folded(str(key[item]))] for item in cells.items], dtype=np.int32)
    correct = (option == right[cells.item]).astype(np.int8)
    correct[option == MISSING] = MISSING
    spelled = tuple(options.values())
    keys = {item: spelled[right[at]] for at, item in enumerate(cells.items)}
    return Scored(correct, option, spelled, keys, tuple(_key_warnings(cells, key, used, chosen, folded)))


def _key_warnings(
    cells: Cells,
    key: Mapping[str, str | None],
    used: Collection[str],
    chosen: Collection[str],
    folded: Callable[[str], str],
) -> Iterator[str]:
    unknown = sorted(set(key) - set(cells.items))
    if unknown:
        noun = "item" if len(unknown) == 1 else "items"
        yield f"the key has {len(unknown):,} {noun} that the file has not: {_some(unknown)}"
    keys = {folded(value) for value in used}
    nobody = [text for text in chosen if folded(text) not in keys]
    if nobody:
        yield f"no item's key, so wrong wherever they stand: {_some(sorted(nobody))}"


def _zero_one(text: str) -> int:
    low = text.casefold()
    if low in RIGHT or low in WRONG:
        return int(low in RIGHT)
    return MISSING if _is_missing(text) else BAD


def _is_missing(text: str) -> bool:
    return not text or text in NO_ANSWER


def _plain(text: str) -> str:
    """Return an option as it is meant: a whole number that a tool wrote as a float (``3.0``) is the number."""
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _folding(keys: Collection[str]) -> Callable[[str], str]:
    """Return how options are compared: without regard to case, unless keys differ in nothing else."""
    plain = {_plain(key) for key in keys}
    if len({key.casefold() for key in plain}) < len(plain):
        return _plain
    return lambda text: _plain(text).casefold()


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more
