from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.blocks import complete_block

NAN = np.nan
DATA = irt.Responses.from_matrix(
    [[1, 0, 1], [0, NAN, 1], [1, 1, NAN], [0, 0, 1]], persons=list("pqrs"), items=["a", "b", "c"]
)


def test_persons_who_answered_everything() -> None:
    block = complete_block(DATA)
    assert block.persons.tolist() == [0, 3]
    assert block.right.tolist() == [[1, 0, 1], [0, 0, 1]]
    assert block.note(DATA) == "complete block: the 2 of 4 persons who answered all of them"


def test_some_items_in_any_order() -> None:
    block = complete_block(DATA, ["b", "a"])
    assert block.items.tolist() == [0, 1]
    assert block.persons.tolist() == [0, 2, 3]
    assert block.right.tolist() == [[1, 0], [1, 1], [0, 0]]
    assert block.note(DATA).startswith("complete block: 2 of 3 items, the 3 of 4 persons")


def test_nothing_left_out_needs_no_note() -> None:
    full = irt.Responses.from_matrix([[1, 0], [0, 1]])
    assert complete_block(full).note(full) == ""


def test_a_block_without_persons() -> None:
    data = irt.Responses.from_matrix([[1, NAN], [NAN, 0]])
    assert complete_block(data).right.shape == (0, 2)


def test_refuses_unknown_and_repeated_items() -> None:
    with pytest.raises(irt.errors.InvalidArgument, match="'z' is not among"):
        complete_block(DATA, ["a", "z"])
    with pytest.raises(irt.errors.InvalidArgument, match="named twice"):
        complete_block(DATA, ["a", "a"])
