from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import FileFormatError
from ingestion.imports.columns import find, unknown_warning
from ingestion.imports.files import read_table

Write = Callable[[str, str | bytes], Path]


def test_names_match_without_case_and_blanks_and_unknown_ones_are_kept_apart(write: Write) -> None:
    table = read_table(write("a.csv", "note, ITEM ,Key,line,reason,\n1,2,3,4,5,\n"))
    found = find(table, ("item", "key"), ("stem",), "A file")
    assert found.at == {"item": 1, "key": 2}
    assert found.unknown == ("note",)
    assert (found.cell("key"), "stem" in found) == ("c2", False)
    assert "'note'" in unknown_warning(table.path, found.unknown)[0]
    assert unknown_warning(table.path, ()) == ()


def test_all_that_is_missing_or_double_is_told(write: Write) -> None:
    table = read_table(write("a.csv", "stem,Stem,b\n1,2,3\n"))
    with pytest.raises(FileFormatError, match=r"'Stem' \(columns 1 and 2\) stands there twice"):
        find(table, ("item", "key"), ("stem",), "A file")
    table = read_table(write("b.csv", "stem,b\n1,2\n"))
    with pytest.raises(
        FileFormatError, match=r"'item', 'key' are missing.*this file has 'stem', 'b'"
    ) as caught:
        find(table, ("item", "key"), ("stem",), "A file")
    assert caught.value.line == 1
