"""Which column of a file is which: names matched without regard to case, all problems told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import FileFormatError
from ingestion.imports.files import TextTable

# What the import writes into a file of rejected rows; such a file may be imported again as it is.
REJECT_COLUMNS = ("line", "reason")


@dataclass(frozen=True)
class Columns:
    """Positions of the known columns of a table, and the names of those that nothing reads."""

    at: dict[str, int]
    unknown: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return name in self.at

    def cell(self, name: str) -> str:
        """Return the name that the column has in `TextTable.frame`."""
        return TextTable.cell(self.at[name])


def find(table: TextTable, required: Sequence[str], optional: Sequence[str], what: str) -> Columns:
    """Find the columns of `table` by name.

    Raises FileFormatError naming every column that is missing or stands there twice; `what` says what
    kind of file was expected.
    """
    known = (*required, *optional, *REJECT_COLUMNS)
    at: dict[str, int] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for position, name in enumerate(table.columns):
        folded = name.casefold()
        if folded not in known:
            if name or not table.is_empty(position):
                unknown.append(name or f"column {position + 1}, which has no name")
        elif folded in at:
            twice.append(f"{name!r} (columns {at[folded] + 1} and {position + 1})")
        else:
            at[folded] = position
    missing = [name for name in required if name not in at]
    if twice:
        raise FileFormatError(
            table.path,
            f"column {', '.join(twice)} stands there twice: keep one of them",
            line=table.header_line,
        )
    if missing:
        raise FileFormatError(
            table.path,
            f"{_plural(missing)} missing. {what} has the columns {', '.join(required)}"
            f"{' and optionally ' + ', '.join(optional) if optional else ''}; "
            f"this file has {', '.join(repr(name) for name in table.columns)}",
            line=table.header_line,
        )
    for name in REJECT_COLUMNS:
        at.pop(name, None)
    return Columns(at, tuple(unknown))


def unknown_warning(path: Path, unknown: Sequence[str]) -> tuple[str, ...]:
    """Return the warning about columns that nothing reads, if there are any."""
    if not unknown:
        return ()
    names = ", ".join(repr(name) for name in unknown)
    return (f"{path}: not read, since the import does not know them: {names}",)


def _plural(names: Sequence[str]) -> str:
    listed = ", ".join(repr(name) for name in names)
    return f"column {listed} is" if len(names) == 1 else f"columns {listed} are"
