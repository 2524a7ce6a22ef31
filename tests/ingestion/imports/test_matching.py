from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import ResponsesError
from ingestion.imports.items import ItemsFile, read_items
from ingestion.imports.matching import Matched, check_scored, match, observed_labels, with_versions
from ingestion.imports.reader import read_responses, scored
from ingestion.imports.versions import plan

Write = Callable[[str, str | bytes], Path]


def matched(write: Write, items: str, responses: str) -> Matched:
    file: ItemsFile = read_items(write("items.csv", items))
    read = read_responses(write("r.csv", responses))
    frame = with_versions(read, file)
    return match(frame, plan(file, {}, observed_labels(frame)), read, file)


def test_case_is_ignored_unless_both_cases_are_options(write: Write) -> None:
    found = matched(
        write,
        "item,key,options\nV1,A,AB\nV2,a,aAb\n",
        "person,item,response\n1,V1,a\n2,V1,B\n1,V2,A\n2,V2,a\n3,V2,B\n",
    )
    assert found.frame.select("number", "label", "is_correct").rows() == [
        (0, "A", True), (0, "B", False), (1, "A", False), (1, "a", True), (1, "b", False),
    ]  # fmt: skip


def test_a_row_without_a_version_answers_the_highest_of_the_file(write: Write) -> None:
    found = matched(
        write,
        "item,key,version\nV1,A,1\nV1,B,3\n",
        "person,item,response,version\n1,V1,B,\n2,V1,B,1\n3,V1,B,2\n",
    )
    assert found.frame.select("person", "number", "versioned", "is_correct").rows() == [
        ("1", 1, False, True),
        ("2", 0, True, False),
    ]
    assert found.rejects["reason"].to_list() == ["version 2 of item V1 is not known (known: 1, 3)"]


def test_the_first_row_that_fits_stays(write: Write) -> None:
    found = matched(write, "item,key,options\nV1,A,AB\n", "person,item,response\n1,V1,X\n1,V1,B\n1,V1,A\n")
    assert found.frame.select("line", "label").rows() == [(3, "B")]
    assert found.rejects["line"].to_list() == [2, 4]


def test_unknown_items_are_told_in_the_order_of_the_file_and_long_lists_are_cut(write: Write) -> None:
    columns = [f"U{n}" for n in range(25)]
    responses = "person,V1," + ",".join(columns) + "\n" + "".join(f"{p},A{',A' * 25}\n" for p in range(3))
    found = matched(write, "item,key\nV1,A\n", responses)
    told = [warning for warning in found.warnings if "responses but not" in warning]
    assert len(told) == 21
    assert told[0].startswith("item U0 is in the responses but not in items.csv: 3 rows rejected")
    assert told[-1] == "5 more items are in the responses but not in items.csv: 15 rows rejected"


@pytest.mark.parametrize(("wrong", "refused"), [(1, False), (2, True)])
def test_a_scored_file_may_hold_some_rubbish_but_not_much(write: Write, wrong: int, refused: bool) -> None:
    cells = ["2"] * wrong + ["1"] * (10 - wrong)
    read = scored(
        read_responses(write("r.csv", "person,V1\n" + "".join(f"{n},{c}\n" for n, c in enumerate(cells))))
    )
    if refused:
        with pytest.raises(ResponsesError, match="2 of 10 answers"):
            check_scored(read)
    else:
        check_scored(read)
        assert len(read.rejects) == 1
