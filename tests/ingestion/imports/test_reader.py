from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.errors import FileFormatError
from ingestion.imports.reader import first_rows, read_responses, scored
from ingestion.imports.rejects import Kind

Write = Callable[[str, str | bytes], Path]


def test_long_files_are_typed(write: Write) -> None:
    read = read_responses(
        write(
            "r.csv",
            "Person, ITEM,Response,version,answered_at,time_taken_ms,session,attempt,note\n"
            "007,V1,A,2.0,2026-03-01T09:30:00Z,1500,s1,1,x\n"
            "8,V1,NA,,,,,,\n",
        )
    )
    assert read.shape == "long"
    assert read.frame.drop("row").to_dicts() == [
        {
            "line": 2, "person": "007", "item": "V1", "answered": True, "response": "A", "version": 2,
            "answered_at": dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC), "time_taken_ms": 1500, "session": "s1",
            "attempt": 1,
        },
        {
            "line": 3, "person": "8", "item": "V1", "answered": False, "response": None, "version": None,
            "answered_at": None, "time_taken_ms": None, "session": None, "attempt": None,
        },
    ]  # fmt: skip
    assert read.rejects.is_empty()
    assert [warning for warning in read.warnings if "'note'" in warning] == list(read.warnings) != []


def test_wide_files_are_read_person_by_person_in_the_order_of_columns(write: Write) -> None:
    read = read_responses(write("r.csv", "student,V2,V10\n007,A,\n8,NA,3.0\n"))
    assert read.shape == "wide"
    assert read.frame.select("line", "person", "item", "response", "answered").rows() == [
        (2, "007", "V2", "A", True),
        (2, "007", "V10", None, False),
        (3, "8", "V2", None, False),
        (3, "8", "V10", "3", True),
    ]


def test_the_row_numbers_that_a_tool_put_in_front_are_not_read(write: Write) -> None:
    read = read_responses(write("r.csv", ",person,V1,\n0,a,A,\n1,b,B,\n"))
    assert read.frame.select("person", "item", "response").rows() == [("a", "V1", "A"), ("b", "V1", "B")]
    assert ["column 1" in warning for warning in read.warnings] == [True]


def test_parquet_keeps_identifiers_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    pl.DataFrame(
        {"person": ["007", "8"], "item": pl.Series([1.0, 2.0]), "correct": pl.Series([1.0, None])}
    ).write_parquet(path)
    read = read_responses(path)
    assert read.frame.select("line", "person", "item", "correct").rows() == [
        (1, "007", "1", 1),
        (2, "8", "2", None),
    ]


@pytest.mark.parametrize(
    ("content", "said", "line"),
    [
        ("person,item\n1,V1\n", "'response' .* or 'correct'", 1),
        ("person,response\n1,A\n", "'item' is missing", 1),
        ("\nid,item,response\n1,V1,A\n", "'person' is missing", 2),
        ("person,item,Item,response\n1,V1,V1,A\n", "columns 2 and 3", 1),
        ("person,V1,V1\n1,A,A\n", "item 'V1' has more than one column", 1),
        ("person,V1,\n1,A,A\n", "column 3 has no name", 1),
        ("person,item,response\n1,V1,A\n2,V1\n", "line 3 has 2", 3),
    ],
)
def test_files_that_are_no_responses_are_refused(write: Write, content: str, said: str, line: int) -> None:
    with pytest.raises(FileFormatError, match=said) as caught:
        read_responses(write("r.csv", content))
    assert caught.value.line == line


ROWS = [
    (",V1,1,1,2026-03-01,5", Kind.PERSON),
    ("p\0,V1,1,1,2026-03-01,5", Kind.PERSON),
    ("p" * 201 + ",V1,1,1,2026-03-01,5", Kind.PERSON),
    ("p,,1,1,2026-03-01,5", Kind.ITEM),
    ("p,V1,2,1,2026-03-01,5", Kind.CORRECT),
    ("p,V1,1,0,2026-03-01,5", Kind.ATTEMPT),
    ("p,V1,1,1,soon,5", Kind.ANSWERED_AT),
    ("p,V1,1,1,2026-03-01,-5", Kind.TIME_TAKEN),
    ("p,V1,1,1,2026-03-01,fast", Kind.TIME_TAKEN),
]


def test_rows_that_cannot_be_read_are_rejected_with_line_and_reason(write: Write) -> None:
    body = "".join(f"{row}\n" for row, _ in ROWS)
    read = read_responses(
        write(
            "r.csv",
            f"person,item,correct,attempt,answered_at,time_taken_ms\ngood,V1,0,,,\n{body}good,V2,1,1,,\n",
        )
    )
    assert read.frame.select("line", "person", "correct").rows() == [(2, "good", 0), (12, "good", 1)]
    assert read.rejects.select("line", "kind").rows() == [
        (line, kind.value) for line, (_, kind) in enumerate(ROWS, start=3)
    ]
    assert read.rejects["reason"][4] == "correct is '2', not 0 or 1"
    assert "'-5'" in read.rejects["reason"][7]
    assert read.rejects["answered"].all()


def test_scored_cells_become_correct(write: Write) -> None:
    read = scored(read_responses(write("r.csv", "person,V1,V2\na,1,0\nb,2,\n")))
    assert read.frame.select("person", "item", "correct").rows() == [
        ("a", "V1", 1),
        ("a", "V2", 0),
        ("b", "V2", None),
    ]
    assert read.rejects.select("line", "item", "kind").rows() == [(3, "V1", Kind.CORRECT.value)]


def test_first_rows_stay(write: Write) -> None:
    read = read_responses(write("r.csv", "person,item,response\na,V1,A\na,V2,B\na,V1,C\na,V1,A\n"))
    kept, repeated = first_rows(read.frame, ("person", "item"))
    assert kept["response"].to_list() == ["A", "B"]
    assert repeated.select("line", "kind", "reason").rows() == [
        (4, Kind.DUPLICATE.value, "same person, item as line 2; the first stays"),
        (5, Kind.DUPLICATE.value, "same person, item as line 2; the first stays"),
    ]


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=("Z", "Cc")), min_size=1
)
RESERVED = ("person", "item", "response", "correct", "line", "reason")
ITEMS = st.lists(
    NAMES.filter(lambda name: name.casefold() not in RESERVED), min_size=1, max_size=4, unique=True
)
PERSONS = st.lists(NAMES, min_size=1, max_size=4, unique=True)


@settings(max_examples=60, deadline=None)
@given(PERSONS, ITEMS, st.data())
def test_long_and_wide_give_the_same(persons: list[str], items: list[str], data: st.DataObject) -> None:
    answers = {
        person: [data.draw(st.sampled_from(["A", "b", "3", "", "NA"])) for _ in items] for person in persons
    }
    wide = pl.DataFrame(
        [[person, *answers[person]] for person in persons], schema=["person", *items], orient="row"
    )
    long = pl.DataFrame(
        [(p, i, answer) for p in persons for i, answer in zip(items, answers[p], strict=True)],
        schema=["person", "item", "response"],
        orient="row",
    )
    with tempfile.TemporaryDirectory() as folder:
        read = []
        for name, frame in (("wide", wide), ("long", long)):
            for kind in ("csv", "parquet"):
                path = Path(folder) / f"{name}.{kind}"
                frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
                read.append(read_responses(path))
    shown = [one.frame.select("row", "person", "item", "answered", "response").rows() for one in read]
    assert [one.shape for one in read] == ["wide", "wide", "long", "long"]
    assert shown == [shown[0]] * 4
    assert len(shown[0]) == len(persons) * len(items)


PIECES = st.sampled_from(
    [b"person", b"item", b"response", b"correct", b",", b";", b"\t", b"\n", b"\r\n", b"\r", b'"', b"A", b"1", b"NA",
     b" ", b"\0", b"\xe9", "é".encode(), b"\xef\xbb\xbf", b"PAR1", b"\x1f\x8b", b"x" * 300]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=60))
@example(b",\n\x1f\x8bperson,")  # polars takes a row that begins so for a compressed file
def test_any_bytes_are_read_or_refused_with_a_message(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_bytes(content)
        read = refusal = None
        try:
            read = read_responses(path)
        except FileFormatError as error:
            refusal = error
    if read is None:
        assert str(path) in str(refusal)
    else:
        assert len(read.frame) + len(read.rejects) == len(read.table.frame) > 0
