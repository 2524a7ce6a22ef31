from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.dif.groups import adjusted, compared
from irt.errors import InvalidArgument

RESPONSES = irt.Responses.from_matrix([[1, 0], [0, np.nan], [1, 1], [0, 1]], persons=["p", "q", "s", "t"])


def test_others_are_left_out() -> None:
    two = compared(RESPONSES, ["m", None, "x", "w"], "m", "w")
    assert two.responses.persons == ("p", "t")
    assert two.responses.cells.tolist() == [1, 2, 0, 3]
    assert two.focal.tolist() == [False, True]
    assert [n.tolist() for n in two.numbers()] == [[1, 1], [1, 1]]


def test_the_only_other_group_is_the_focal_one() -> None:
    assert compared(RESPONSES, np.array(["m", "m", "w", "w"]), "m").focal_label == "w"


@pytest.mark.parametrize(
    ("groups", "reference", "focal", "said"),
    [
        (["m"], "m", None, "4 persons need a group each"),
        (["m", "w", "x", "x"], "m", None, "name the focal group"),
        (["m", "w", "w", "w"], "a", "w", "reference group 'a'"),
        (["m", "w", "w", "w"], "m", "a", "focal group 'a'"),
        (["m", "w", "w", "w"], "m", "m", "another than"),
    ],
)
def test_groups_that_are_none(groups: list[str], reference: str, focal: str | None, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        compared(RESPONSES, groups, reference, focal)


def test_false_discovery_rate() -> None:
    # The 15 p-values of Benjamini & Hochberg (1995, section 4.1): at q = .05 the first four are rejected.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
    ]
    p += [0.7590, 1.0]
    q = adjusted(np.array(p[::-1]))[::-1]
    assert (q <= 0.05).sum() == 4
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert (np.diff(q) >= 0.0).all()
    assert q[-1] == 1.0
    with_gap = adjusted(np.array([0.01, np.nan, 0.04]))
    assert with_gap == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
