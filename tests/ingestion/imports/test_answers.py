"""Files of answers as people have them: what is read, what is refused, and how it is said."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import FileFormatError
from ingestion.imports.answers import Answers, read_answers

Write = Callable[[str, str | bytes], Path]


def plain(answers: Answers) -> dict[str, dict[str, int]]:
    """Answers by person and item; persons without an answer too."""
    out: dict[str, dict[str, int]] = {person: {} for person in answers.persons}
    for person, item, correct in zip(answers.person, answers.item, answers.correct, strict=True):
        assert answers.items[item] not in out[answers.persons[person]]
        out[answers.persons[person]][answers.items[item]] = int(correct)
    return out


LONG = "person,item,correct\n7,i1,1\n007,i2,0\n7,i2,1\n"
EXPECTED = {"7": {"i1": 1, "i2": 1}, "007": {"i2": 0}}


@pytest.mark.parametrize(
    "content",
    [
        LONG,
        LONG.encode("utf-8-sig"),
        LONG.replace("\n", "\r\n"),
        LONG.replace(",", ";"),
        LONG.replace(",", "\t"),
        gzip.compress(LONG.encode()),
        'person,item,correct\n"7","i1","1.0"\n"007","i2",false\n7,i2,TRUE\n',
        "extra, ITEM ,Correct,Person ,note\nx,i1,1,7,\nx,i2,0,007,y\nx,i2,1,7,\n",
        "person,item,correct\n7,i1,1\n7,i3,NA\n7,i4,\n007,i2,0\n7,i2,1\n8,i1,nan\n8,i2,Null\n",
    ],
    ids=["csv", "bom", "crlf", "semicolon", "tab", "gzip", "quotes", "other columns", "missing"],
)
def test_long_files(write: Write, content: str | bytes) -> None:
    read = read_answers(write("r.csv", content))
    assert {person: own for person, own in plain(read).items() if own} == EXPECTED
    assert read.shape == "long"
    assert (read.n_repeats, read.option, read.key) == (0, None, None)


def test_persons_and_items_without_an_answer_are_kept_in_order(write: Write) -> None:
    read = read_answers(write("r.csv", "person,item,correct\nq,i2,NA\np,i1,1\nr,i1,\n"))
    assert read.persons == ("q", "p", "r")
    assert read.items == ("i2", "i1")
    assert plain(read) == {"q": {}, "p": {"i1": 1}, "r": {}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("person,i1,i2\na,1,0\nb,,1\n", {"a": {"i1": 1, "i2": 0}, "b": {"i2": 1}}),
        ('"","1","2, or ""3"""\na,1,0\nb,NA,1\n', {"a": {"1": 1, '2, or "3"': 0}, "b": {'2, or "3"': 1}}),
        ("Student ID,i1,i2\n1,1.0,0.0\n2,nan,1.0\n", {"1": {"i1": 1, "i2": 0}, "2": {"i2": 1}}),
        ("id;i1;i2;\na;1;0;\nb;NULL;1;\n", {"a": {"i1": 1, "i2": 0}, "b": {"i2": 1}}),
    ],
    ids=["plain", "nameless person, clumsy items", "floats", "trailing separator"],
)
def test_wide_files(write: Write, content: str, expected: dict[str, dict[str, int]]) -> None:
    read = read_answers(write("r.csv", content))
    assert plain(read) == expected
    assert read.items == tuple(expected["a" if "a" in expected else "1"])
    assert (read.shape, read.n_repeats) == ("wide", 0)


def test_row_numbers_in_front_are_not_read(write: Write) -> None:
    named = read_answers(write("a.csv", ",person,i1\n1,a,1\n2,b,0\n1,c,1\n"))
    counted = read_answers(write("b.csv", "row,person,i1\n0,a,1\n1,b,0\n2,c,1\n"))
    people = "\n".join(f"{at % 6},student{at},{at % 2}" for at in range(8))  # two tables, one below the other
    nameless = read_answers(write("c.csv", f",student,i1\n{people}\n"))
    assert named.items == counted.items == nameless.items == ("i1",)
    assert plain(named) == plain(counted) == {"a": {"i1": 1}, "b": {"i1": 0}, "c": {"i1": 1}}
    assert nameless.persons[7] == "student7"
    for read in (named, counted, nameless):
        assert any("column 1" in warning for warning in read.warnings)


def test_a_nameless_first_column_of_numbers_is_the_person_where_items_follow(write: Write) -> None:
    rows = "\n".join(f"{at},{at % 2},{at // 2 % 2}" for at in range(8))
    read = read_answers(write("r.csv", f",i1,i2\n{rows}\n"))
    assert read.persons == tuple(map(str, range(8)))
    assert read.items == ("i1", "i2")


def test_parquet_of_any_types_reads_as_the_text_would(write: Write, tmp_path: Path) -> None:
    frame = pl.DataFrame({"person": [7, 8, 7], "item": [1.0, 2.0, 2.0], "correct": [True, None, False]})
    frame.write_parquet(tmp_path / "r.parquet")
    read = read_answers(tmp_path / "r.parquet")
    assert plain(read) == {"7": {"1": 1, "2": 0}, "8": {}}
    wide = pl.DataFrame(
        {"id": [10**15, 3, 5], "a": [1, 0, None], "b": [1.0, float("nan"), 0.0], "c": ["NA", "1", None]},
        schema_overrides={"a": pl.Int8},
    ).with_columns(pl.lit(None).alias("nothing"), pl.Series("cat", ["1", "0", "1"], dtype=pl.Categorical))
    wide.write_parquet(tmp_path / "w.parquet")
    read = read_answers(tmp_path / "w.parquet")
    assert plain(read) == {
        str(10**15): {"a": 1, "b": 1, "cat": 1},
        "3": {"a": 0, "c": 1, "cat": 0},
        "5": {"b": 0, "cat": 1},
    }
    assert read.items == ("a", "b", "c", "nothing", "cat")


def test_the_first_row_of_a_person_and_item_stays_and_the_others_are_counted(write: Write) -> None:
    rows = "p,i1,1\np,i1,0\nq,i1,0\np,i1,1\nq,i2,NA\nq,i2,1\n"
    read = read_answers(write("r.csv", f"person,item,correct\n{rows}"))
    assert plain(read) == {"p": {"i1": 1}, "q": {"i1": 0}}  # q's first row of i2 says that there is no answer
    assert read.n_repeats == 3
    assert any("3 rows repeat" in warning for warning in read.warnings)


def test_a_second_row_of_a_person_in_a_wide_file_adds_what_the_first_has_not(write: Write) -> None:
    read = read_answers(write("r.csv", "person,i1,i2,i3\np,1,,0\nq,0,0,0\np,0,1,\n"))
    assert plain(read) == {"p": {"i1": 1, "i2": 1, "i3": 0}, "q": {"i1": 0, "i2": 0, "i3": 0}}
    assert read.n_repeats == 1


KEY = {"i1": "A", "i2": "3", "i3": "b"}


def test_options_are_scored_by_the_key_whatever_their_case_and_spelling(write: Write) -> None:
    long = read_answers(
        write("r.csv", "person,item,response\np,i1,a\np,i2,3.0\np,i3,C\nq,i1,Z\nq,i2,NA\nq,i3,B\n"), KEY
    )
    wide = read_answers(write("w.csv", "person,i1,i2,i3\np,a,3.0,C\nq,Z,,B\n"), KEY)
    for read in (long, wide):
        assert plain(read) == {"p": {"i1": 1, "i2": 1, "i3": 0}, "q": {"i1": 0, "i3": 1}}
        assert read.key == {"i1": "A", "i2": "3", "i3": "b"}
        assert read.option is not None
        chosen = [read.options[option] for option in read.option]
        assert chosen == ["A", "3", "C", "Z", "b"]
        assert any("'C', 'Z'" in warning for warning in read.warnings)


def test_keys_that_differ_in_case_alone_are_told_apart(write: Write) -> None:
    read = read_answers(write("r.csv", "person,i1,i2\np,a,a\nq,A,A\n"), {"i1": "a", "i2": "A"})
    assert plain(read) == {"p": {"i1": 1, "i2": 0}, "q": {"i1": 0, "i2": 1}}


def test_both_response_and_correct(write: Write) -> None:
    path = write("r.csv", "person,item,response,correct\np,i1,B,1\nq,i1,A,0\n")
    assert plain(read_answers(path)) == {"p": {"i1": 1}, "q": {"i1": 0}}
    assert plain(read_answers(path, KEY)) == {"p": {"i1": 0}, "q": {"i1": 1}}


def test_scored_answers_need_no_key_and_items_of_the_key_alone_are_named(write: Write) -> None:
    for content in ("person,i1,i2\np,1,0\n", "person,item,correct\np,i1,1\np,i2,0\n"):
        read = read_answers(write("r.csv", content), KEY)
        assert plain(read) == {"p": {"i1": 1, "i2": 0}}
        assert ["the key was not used" in warning for warning in read.warnings] == [True]
    read = read_answers(write("o.csv", "person,i1\np,A\n"), KEY)
    assert any("2 items that the file has not: 'i2', 'i3'" in warning for warning in read.warnings)


@pytest.mark.parametrize(
    ("content", "key", "line", "column", "said"),
    [
        ("person,i1,i2\na,1,0\nb,0,2\n", None, 3, "i2", "--key"),
        ("person,i1,i2\na,B,C\nb,A,C\n", None, 2, "i1", "4 cells"),
        ("person,i1,age\na,1,31.5\nb,0,44\n", None, 2, "age", "leave the column out if it is no item"),
        ("person,item,correct\na,i1,1\na,i2,maybe\n", None, 3, "correct", "'maybe' is neither 0 nor 1"),
        ("person,item,response\na,i1,1\na,i2,C\n", None, 3, "response", "--key"),
        ("person,i1\n\na,1\n ,0\n", None, 4, "person", "the person is empty"),
        ("person,item,correct\na,,1\n", None, 2, "item", "the item is empty"),
        ("person,item,score\na,i1,1\n", None, 1, None, "column 'correct' (0 or 1) or 'response'"),
        ("student,item,correct\na,i1,1\n", None, 1, None, "column 'person' is missing"),
        ("person,i1,i1,i2\na,1,0,1\n", None, 1, None, "item 'i1' has more than one column"),
        ("person,i1,i2\na,1\n", None, 2, None, "line 2 has 2"),
        ("person,i1,i4,i5\na,A,B,C\n", KEY, None, None, "2 of 3 items have no key: 'i4', 'i5'"),
        ("person,i1,i2\na,NA,\nb,,\n", None, None, None, "every value is missing"),
        ("person,i1,i2\n", None, None, None, "a header but no rows"),
        ("", None, None, None, "empty"),
        (b"\x00\x01\x02\xff\xfe binary", None, 1, None, "not UTF-8"),
        ("person,i1\nJos\xe9,1\n".encode("latin-1"), None, 2, "person", "UTF-8"),
        (b"\x1f\x8bnot gzip", None, None, None, "gzip"),
        (b"PAR1 but no more", None, None, None, "Parquet"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    write: Write,
    content: str | bytes,
    key: dict[str, str | None] | None,
    line: int | None,
    column: str,
    said: str,
) -> None:
    path = write("r.csv", content)
    with pytest.raises(FileFormatError) as caught:
        read_answers(path, key)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(FileFormatError, match="cannot be read"):
            read_answers(path)


CELLS = st.sampled_from(
    ["1", "0", "NA", "", " 1", "1.0", "A", "2", '"', '"1"', ",", ";", "\t", "\r", "é", "\x00", "p1"]
)


@settings(max_examples=300, deadline=None)
@given(
    header=st.lists(
        st.sampled_from(["person", "item", "correct", "response", "i1", "i2", "", " Item "]), max_size=4
    ),
    rows=st.lists(st.lists(CELLS, max_size=4), max_size=5),
    separator=st.sampled_from([",", ";", "\t"]),
    keyed=st.booleans(),
)
def test_whatever_a_file_holds_it_is_read_or_refused(
    header: list[str], rows: list[list[str]], separator: str, keyed: bool
) -> None:
    text = "\n".join(separator.join(row) for row in [header, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_bytes(text.encode())
        try:
            read = read_answers(path, {"i1": "A", "i2": "1"} if keyed else None)
        except FileFormatError:
            return
    assert len(read.person) == len(read.item) == len(read.correct) > 0
    assert set(read.correct.tolist()) <= {0, 1}
    plain(read)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_long_and_wide_files_of_the_same_answers_agree(data: st.DataObject) -> None:
    cells = st.sampled_from(
        [("1", 1), ("1.0", 1), ("TRUE", 1), ("0", 0), ("false", 0), ("NA", None), ("", None)]
    )
    rows = data.draw(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
    if not any(value is not None for row in rows for _, value in row):
        return
    long = [f"p{p},i{i},{text}" for p, row in enumerate(rows) for i, (text, _) in enumerate(row)]
    wide = [",".join([f"p{p}", *(text for text, _ in row)]) for p, row in enumerate(rows)]
    expected = {
        f"p{p}": {f"i{i}": value for i, (_, value) in enumerate(row) if value is not None}
        for p, row in enumerate(rows)
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in (("long", ["person,item,correct", *long]), ("wide", ["person,i0,i1,i2", *wide])):
            path = Path(folder) / f"{name}.csv"
            path.write_text("\n".join(lines) + "\n")
            read = read_answers(path)
            assert plain(read) == expected
            assert read.items == ("i0", "i1", "i2")
