from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from ingestion.errors import FileFormatError
from ingestion.imports.files import TextTable, read_table

Write = Callable[[str, str | bytes], Path]


def cells(table: TextTable) -> list[tuple[object, ...]]:
    return table.frame.rows()


@pytest.mark.parametrize(
    "content",
    [
        "person,item\n007, V1 \n8,\n",
        "person;item\n007;V1\n8;\n",
        "person\titem\r\n007\tV1\r\n8\t\r\n",
        '\ufeff"person","item"\n"007","V1"\n"8",""\n',
        "person,item\r007,V1\r8,\r",
    ],
)
def test_csv_of_several_makes_reads_the_same(write: Write, content: str) -> None:
    table = read_table(write("a.csv", content))
    assert table.columns == ("person", "item")
    assert cells(table) == [(2, "007", "V1"), (3, "8", None)]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("person,;;\n1,A\n", ("person", ";;")),
        ('person;"a, b";"c, d"\n1;A;B\n', ("person", "a, b", "c, d")),
        ("person;a, b\n1;A\n", ("person", "a, b")),
        ("person,item\tx\n1,A\n", ("person", "item\tx")),
    ],
)
def test_the_separator_is_the_one_that_fits(write: Write, content: str, columns: tuple[str, ...]) -> None:
    assert read_table(write("a.csv", content)).columns == columns


def test_lines_are_those_of_the_file(write: Write) -> None:
    table = read_table(write("a.csv", '\n\na,b\n"x\ny",1\n\n,\n2,3\n'))
    assert table.header_line == 3
    assert cells(table) == [(4, "x\ny", "1"), (8, "2", "3")]


def test_gzip_is_told_by_its_content(write: Write) -> None:
    table = read_table(write("a.csv", gzip.compress(b"a,b\n1,2\n")))
    assert cells(table) == [(2, "1", "2")]


@pytest.mark.parametrize(
    ("content", "line", "column", "said"),
    [
        ("", None, None, "is empty"),
        (" \n\n", None, None, "is empty"),
        ("a,b\n", None, None, "no rows"),
        ("person\n1\n", 1, None, "one column"),
        ("a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n", 3, None, "line 3 has 2, line 5 has 4"),
        ("a,b\n1,2\nx,\u00e9".encode("latin-1"), 3, "b", "byte 0xe9 is not UTF-8"),
        ("a,\u00e9\n1,2\n".encode("latin-1"), 1, None, "byte 0xe9 is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), None, None, "UTF-16"),
        (b"PK\x03\x04rest", None, None, "Excel"),
        (gzip.compress(b"a,b\n1,2\n" * 100)[:-12], None, None, "damaged"),
        (b"PAR1 but no parquet", None, None, "not a readable Parquet file"),
        ('a,b\n1,"x\n2,y\n', 2, None, "never closed"),
        ('a,b\n1,2\n5" nail,"y"\n', 3, None, "double quote stands within"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    write: Write, content: str | bytes, line: int | None, column: str | None, said: str
) -> None:
    path = write("bad.csv", content)
    with pytest.raises(FileFormatError, match=said) as caught:
        read_table(path)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="No such file"):
        read_table(tmp_path / "none.csv")


def test_parquet_values_become_the_text_a_person_would_write(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    zone = dt.timezone(dt.timedelta(hours=2))
    pl.DataFrame(
        {
            "whole": [7, None],
            "nullable": pl.Series([3.0, None]),
            "fraction": [1.5, 2.0],
            "zeros": ["007", " "],
            "flag": [True, None],
            "category": pl.Series(["x", "y"], dtype=pl.Categorical),
            "at": [dt.datetime(2026, 3, 1, 10, tzinfo=zone), None],
            "naive": [dt.datetime(2026, 3, 1, 10, 0, 0, 5), None],
            "day": [dt.date(2026, 3, 1), None],
        }
    ).write_parquet(path)
    table = read_table(path)
    assert table.header_line is None
    assert cells(table) == [
        (
            1, "7", "3", "1.5", "007", "true", "x", "2026-03-01T08:00:00.000000Z", "2026-03-01T10:00:00.000005",
            "2026-03-01",
        ),
        (2, None, None, "2.0", None, None, "y", None, None, None),
    ]  # fmt: skip


def test_parquet_with_lists_is_refused_by_column(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"person": ["a"], "item": [["x", "y"]]}).write_parquet(path)
    with pytest.raises(FileFormatError, match="not plain values") as caught:
        read_table(path)
    assert caught.value.column == "item"
