from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import SHOWN, FileFormatError, ItemsError
from ingestion.imports.items import Item, read_items

Write = Callable[[str, str | bytes], Path]


def test_items_are_read_with_all_they_may_say(write: Write) -> None:
    file = read_items(
        write(
            "items.csv",
            "Item,KEY,topic,difficulty,version,stem,options,author\n"
            'V1,a,medicine.cardiology,Hard,2,"What, now?",ABCD,me\n'
            '007,3.0,,NA,,,"1, 2, 3",\n'
            "V3,,,,,,,\n",
        )
    )
    assert file.items == (
        Item(2, "V1", 2, "A", ("A", "B", "C", "D"), "medicine.cardiology", "hard", "What, now?"),
        Item(3, "007", 1, "3", ("1", "2", "3"), None, None, None),
        Item(4, "V3", 1, None, None, None, None, None),
    )
    assert len(file.warnings) == 1
    assert "'author'" in file.warnings[0]


def test_every_problem_is_told_at_once_with_its_line(write: Write) -> None:
    path = write(
        "items.csv",
        "item,key,topic,difficulty,version,options\n"
        ",A,,,,AB\n"
        "V1,Z,,,,ABC\n"
        "V2,AB,a b.c,huge,0,ABCDA\n"
        "V3,A,,,,A?B\n"
        "V4,A,,,1,AB\n"
        "V4,B,,,1.0,AB\n",
    )
    with pytest.raises(ItemsError) as caught:
        read_items(path)
    told = [(problem.line, problem.reason) for problem in caught.value.problems]
    expected = [
        (2, "item is empty"),
        (3, "key Z is not among the options ABC"),
        (4, "version is '0'"),
        (4, "options 'ABCDA' has A more than once"),
        (4, "key is 'AB'"),
        (4, "topic 'a b.c' is not a path"),
        (4, "difficulty is 'huge'"),
        (5, "options 'A?B' has '?'"),
        (7, "item V4 version 1 already stands on line 6"),
    ]
    assert len(told) == len(expected)
    for (line, reason), (at, begins) in zip(told, expected, strict=True):
        assert (line, reason[: len(begins)]) == (at, begins)
        assert f"line {line}: {reason}" in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_long_list_of_problems_is_cut_in_the_message_only(write: Write) -> None:
    with pytest.raises(ItemsError, match=f"and {70 - SHOWN} more") as caught:
        read_items(write("items.csv", "item,key\n" + "".join(f"V{at},??\n" for at in range(70))))
    assert len({problem.line for problem in caught.value.problems}) == 70


def test_a_file_without_its_columns(write: Write) -> None:
    with pytest.raises(FileFormatError, match="columns 'item', 'key' are missing"):
        read_items(write("items.csv", "name,answer\nV1,A\n"))
