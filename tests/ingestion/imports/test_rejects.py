from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ingestion.errors import RejectsFileError
from ingestion.imports.files import read_table
from ingestion.imports.rejects import SCHEMA, Check, Kind, judge, none, write

FRAME = pl.DataFrame(
    {"row": [0, 1, 2], "line": [2, 3, 4], "item": ["a", "b", None], "answered": [True, False, True]}
)


def test_the_first_check_that_fails_counts() -> None:
    good, bad = judge(
        FRAME,
        [
            Check(Kind.ITEM, pl.col("item").is_null(), pl.lit("none")),
            Check(Kind.OPTION, pl.col("line") > 2, pl.format("line {}", "line")),
        ],
    )
    assert good.equals(FRAME[:1])
    assert dict(bad.schema) == SCHEMA
    assert bad.select("row", "kind", "reason").rows() == [
        (1, Kind.OPTION.value, "line 3"),
        (2, Kind.ITEM.value, "none"),
    ]


def test_nothing_to_reject() -> None:
    good, bad = judge(FRAME, [Check(Kind.ITEM, pl.lit(None, pl.Boolean), pl.lit(""))])
    assert good.equals(FRAME)
    assert bad.is_empty()
    assert judge(FRAME, [])[1].is_empty()


def rejected(row: int, line: int) -> pl.DataFrame:
    values = {"row": row, "line": line, "kind": "k", "reason": 'why, "so"', "item": "V1", "answered": True}
    return pl.DataFrame([values], schema=SCHEMA)


def test_the_file_has_all_columns_and_its_name_tells_its_contents(tmp_path: Path) -> None:
    source = tmp_path / "scan.csv"
    source.write_text("Person,item,response,line\n007,V1,A,9\n8,V2,B,9\n")
    table = read_table(source)
    assert write(table, none(), tmp_path, "EX") is None
    first, again = (write(table, rejected(0, 2), tmp_path / "new" / "folder", "EX") for _ in range(2))
    other = write(table, rejected(1, 3), tmp_path / "new" / "folder", "EX")
    assert first is not None
    assert other is not None
    assert first == again != other
    assert first.read_text() == 'Person,item,response,line,reason\n007,V1,A,2,"why, ""so"""\n'
    assert first.name.startswith("EX-scan-rejects-")
    # Rejects of rejects do not pile up in the name.
    third = write(read_table(first), rejected(0, 2), tmp_path, "EX")
    assert third is not None
    assert third.name.count("rejects") == third.name.count("EX") == 1


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    source = tmp_path / "scan.csv"
    source.write_text("person,item,response\n007,V1,A\n")
    with pytest.raises(RejectsFileError, match="nothing was imported"):
        write(read_table(source), rejected(0, 2), source / "below", "EX")
