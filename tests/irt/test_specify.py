from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument, InvalidParameters
from irt.estimation import prior_terms
from irt.specify import specify

RESPONSES = irt.Responses.from_matrix(np.eye(3), items=["x", "y", "z"])
PRIORS = irt.Priors(irt.LogNormal(0.0, 0.5), irt.Normal(0.0, 2.0), irt.Beta(5.0, 17.0))


def test_each_model_frees_what_it_should() -> None:
    asked = specify(RESPONSES, ["1PL", "2PL", "3PL"], None, None, None)
    assert asked.specification.free.tolist() == [
        [False, True, False],
        [True, True, False],
        [True, True, True],
    ]
    assert asked.specification.tied.tolist() == [[True, False, False], [False] * 3, [False] * 3]
    assert asked.name == "mixed"
    assert asked.specification.n_parameters == 1 + 1 + 2 + 3
    assert specify(RESPONSES, "1PL", None, None, None).name == "1PL"


def test_guessing_is_free_common_or_a_number() -> None:
    asked = specify(RESPONSES, "3PL", ["free", "common", 0.25], None, None)
    assert asked.specification.free[:, 2].tolist() == [True, False, False]
    assert asked.specification.tied[:, 2].tolist() == [False, True, False]
    assert asked.fixed[:, 2].tolist() == [0.0, 0.0, 0.25]
    assert specify(RESPONSES, "3PL", "common", None, None).specification.n_parameters == 7


def test_priors_of_what_is_fixed_do_not_count_and_of_what_is_shared_once() -> None:
    spec = specify(RESPONSES, ["1PL", "1PL", "3PL"], [None, None, 0.2], PRIORS, None).specification
    at = np.array([[1.1, 0.2, 0.0], [1.1, -0.3, 0.0], [0.8, 0.1, 0.2]])
    slope = [-np.log(s) - 0.5 * (np.log(s) / 0.5) ** 2 - np.log(0.5 * np.sqrt(2 * np.pi)) for s in (1.1, 0.8)]
    b = -0.5 * (at[:, 1] / at[:, 0] / 2.0) ** 2 - np.log(2.0 * np.sqrt(2 * np.pi))
    assert spec.log_prior(at) == pytest.approx(sum(slope) + b.sum())


def test_anchors_are_held_and_found_by_label() -> None:
    anchors = irt.ItemParameters(["z", "other", "y"], [1.0, 1.0, np.nan], [0.5, 0.0, 0.0], [0.2, 0.0, 0.0])
    asked = specify(RESPONSES, "2PL", None, PRIORS, anchors)
    assert asked.anchored.tolist() == [False, False, True]
    assert asked.fixed[2] == pytest.approx([1.7, -0.85, 0.2])
    assert not asked.specification.estimated[2].any()
    assert asked.specification.priors[2, prior_terms.B_SD] == 0.0


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("4PL", None, None, None), InvalidArgument, "model must be one of 1PL, 2PL, 3PL, not '4PL'"),
        ((["2PL"], None, None, None), InvalidArgument, "one model for each of the 3 items is needed, not 1"),
        ((["2PL", "2PL", "5PL"], None, None, None), InvalidArgument, "item 2, counted from 0"),
        (("3PL", 0.9, None, None), InvalidArgument, "a number from 0 to 0.7, not 0.9"),
        (("3PL", "some", None, None), InvalidArgument, "'free', 'common' or a number"),
        (("3PL", [0.2], None, None), InvalidArgument, "one value for each of 3 items, not 1"),
        (("2PL", [0.2, None, None], None, None), InvalidArgument, "only a 3PL has a guessing"),
        (("2PL", None, [PRIORS], None), InvalidArgument, "one set of priors for each of the 3 items"),
        (("2PL", None, None, irt.ItemParameters(["q"], 1.0, 0.0)), InvalidParameters, "none of the anchors"),
    ],
)
def test_what_cannot_be_asked_for(arguments: tuple[Any, ...], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        specify(RESPONSES, *arguments)
