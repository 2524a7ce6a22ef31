from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from irt.errors import InvalidArgument
from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas


def test_members_may_be_dense_or_sparse() -> None:
    dense = Quotas(["A", "B"], [[True, False, True], [False, False, False]], [0, 0], [2, 2])
    sparse = Quotas(["A", "B"], csr_array(dense.members), [0, 0], [2, 2])
    assert (dense.members.toarray() == [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]).all()
    assert (sparse.members.toarray() == dense.members.toarray()).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"names": ["A", "A"]}, "two quotas are called 'A'"),
        ({"names": ["A"]}, "1 quotas are named, with 2 rows of members"),
        ({"least": [0]}, r"least of shape \(1,\)"),
        ({"least": [0, -1]}, "least of quota 'B' must be a count of items, not -1"),
        ({"most": [1.5, 2]}, "most of quota 'A' must be a count of items, not 1.5"),
        ({"most": [1, np.inf]}, "most of quota 'B' must be a count"),
        ({"least": [0, 3]}, "'B' asks for at least 3 and at most 2"),
        ({"members": [[0, 2, 0], [0, 0, 0]]}, "true or false"),
        ({"members": [[0, np.nan, 0], [0, 0, 0]]}, "true or false"),
    ],
)
def test_quotas_that_are_none_are_refused(change: dict[str, object], text: str) -> None:
    given = {"names": ["A", "B"], "members": np.zeros((2, 3)), "least": [0, 0], "most": [2, 2]} | change
    with pytest.raises(InvalidArgument, match=text):
        Quotas(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"length": 0}, "between 1 and the 6 items of the bank, not 0"),
        ({"length": 7}, "not 7"),
        ({"quotas": Quotas(["A"], np.ones((1, 5)), [0], [1])}, "quotas cover 5 items and the bank has 6"),
        ({"enemies": (Enemies("twins", (1,)),)}, "'twins' must name at least 2 different items"),
        ({"enemies": (Enemies("twins", (1, 1)),)}, "'twins' must name at least 2 different items"),
        ({"enemies": (Enemies("twins", (1, 6)),)}, "'twins' names item 6, and the bank has items 0 to 5"),
        ({"sets": (ItemSet("case", (0, -1), 1, 1),)}, "item set 'case' names item -1"),
        ({"sets": (ItemSet("case", (0, 1), 0, 1),)}, "'case' has 2 items: least and most"),
        ({"sets": (ItemSet("case", (0, 1), 1, 3),)}, "not 1 and 3"),
        ({"sets": (ItemSet("case", (0, 1), 2, 1),)}, "not 2 and 1"),
        (
            {"sets": (ItemSet("case", (0, 1), 1, 2), ItemSet("text", (2, 1), 1, 2))},
            "item 1 is in the item sets 'case' and 'text'",
        ),
    ],
)
def test_blueprints_that_are_none_are_refused(change: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        Blueprint(**({"length": 3, "items": 6} | change))  # type: ignore[arg-type]
