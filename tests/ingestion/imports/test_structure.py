from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.imports import structure
from ingestion.imports.structure import scan

CELLS = st.text(st.sampled_from('ab1 ,;"\r\n\té'), max_size=6)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=8))
def test_agrees_with_the_csv_module(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    data = text.getvalue()
    found = scan(data.encode(), ",")
    assert found.fields.tolist() == [len(row) for row in rows]
    assert (found.open_quote, found.stray_quote) == (None, None)
    lines, line = [], 1
    for row in rows:
        lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert found.lines.tolist() == lines


def test_a_chunk_may_end_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'a,b\n"x\ny",2\n\n1,"q""r"\r\n3,4'
    whole = scan(data, ",")
    for size in range(1, len(data)):
        monkeypatch.setattr(structure, "CHUNK", size)
        parts = scan(data, ",")
        assert parts.fields.tolist() == whole.fields.tolist() == [2, 2, 0, 2, 2]
        assert parts.lines.tolist() == whole.lines.tolist() == [1, 2, 4, 5, 6]
        assert parts.starts.tolist() == whole.starts.tolist()


def test_blank_lines_hold_no_fields() -> None:
    assert scan(b"a,b\r\n\r\n1,2\r\n", ",").fields.tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("data", "open_quote", "stray_quote"),
    [
        (b'a,b\n1,"x\n2,y\n', 2, None),
        (b'a,b\n5" nail,2\n6" nail,3\n', None, 2),
        (b'a,b\n1,"x"y\n', None, 2),
        (b'a,b\n"1","x"\n', None, None),
        (b'"a",b\n1,""\n', None, None),
    ],
)
def test_quotes_that_break_a_file_are_found(
    data: bytes, open_quote: int | None, stray_quote: int | None
) -> None:
    found = scan(data, ",")
    assert (found.open_quote, found.stray_quote) == (open_quote, stray_quote)
