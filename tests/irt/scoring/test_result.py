from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.scoring import maximum_kernels
from irt.scoring.result import words


def test_every_code_of_the_kernels_has_words() -> None:
    names = ("FOUND", "NO_ANSWER", "RISES_DOWN", "RISES_UP", "FLAT", "AT_LOW", "AT_HIGH")
    codes = np.array([getattr(maximum_kernels, name) for name in names], dtype=np.int8)
    status, reason = words(codes)
    assert codes.tolist() == list(range(7))
    assert status == ("ok", *["no estimate"] * 4, *["at bound"] * 2)
    assert reason[0] == ""
    assert len(set(reason)) == 7


def test_items_that_tell_nothing_are_named_as_the_reason() -> None:
    found = irt.score(
        irt.Responses.from_long(["p"], ["i"], [1]), irt.ItemParameters(["i"], [0.0], [0.0]), method="ML"
    )
    assert found.remarks().rows() == [("p", "no estimate", "the items answered tell nothing about theta")]
    assert found.method == "ML"


def test_arguments_that_a_method_has_no_use_for_are_refused() -> None:
    responses, items = irt.Responses.from_long(["p"], ["i"], [1]), irt.ItemParameters(["i"], [1.0], [0.0])
    with pytest.raises(irt.errors.InvalidArgument, match="WLE has none"):
        irt.score(responses, items, method="WLE", mean=0.0)
    with pytest.raises(irt.errors.InvalidArgument, match="EAP needs none"):
        irt.score(responses, items, bounds=(-4.0, 4.0))
    with pytest.raises(irt.errors.InvalidArgument, match="must go up"):
        irt.score(responses, items, method="ML", bounds=(4.0, -4.0))
    for given in ({}, {"mean": 0.0}):
        with pytest.raises(irt.errors.InvalidArgument, match="give mean= and sd= for each person"):
            irt.score(responses, items, groups=["g"], **given)  # type: ignore[arg-type]
