from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.dif.matching import matching, strata
from irt.simulation import Complete, Group, RandomItems, administer, draw_bank, draw_population


def test_a_score_counts_the_anchors_and_the_studied_item() -> None:
    responses = irt.Responses.from_matrix([[1, 0, 1, 1], [0, 1, 1, 0]])
    found = matching(responses, "auto", None)
    assert found.kind == "score"
    anchors = np.array([True, True, True, False])
    assert found.values(anchors).tolist() == [2, 2, 2, 3, 2, 2, 2, 2]
    assert strata(found, anchors, 20)[1] == 5


def test_ability_uses_the_anchors_and_the_studied_item() -> None:
    rng = np.random.default_rng(1)
    bank = draw_bank(rng, 12)
    data = administer(rng, draw_population(rng, [Group("all", 50)]), bank, RandomItems(8)).responses
    anchors = np.ones(12, dtype=bool)
    anchors[[3, 7]] = False
    values = matching(data, "auto", bank).values(anchors)
    for studied in (3, 5):
        used = anchors | (np.arange(12) == studied)
        expected = irt.score(data.only(used), bank).theta
        of_item = data.item == studied
        assert values[of_item] == pytest.approx(expected[data.person[of_item]], abs=1e-12)


def test_strata_are_quantiles_of_those_who_answered() -> None:
    rng = np.random.default_rng(2)
    bank = draw_bank(rng, 30)
    data = administer(rng, draw_population(rng, [Group("all", 2000)]), bank, Complete()).responses
    found = matching(data, "theta", bank)
    anchors = np.ones(30, dtype=bool)
    stratum, number = strata(found, anchors, 8)
    values = found.values(anchors)
    assert number == 8
    for item in (0, 29):
        mine = data.item == item
        assert np.bincount(stratum[mine]).tolist() == [250] * 8
        order = np.argsort(values[mine])
        assert (np.diff(stratum[mine][order]) >= 0).all()


def test_equal_abilities_share_a_stratum() -> None:
    responses = irt.Responses.from_matrix([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 0]])
    bank = irt.ItemParameters([0, 1, 2], [1, 1, 1], [0, 0, 0])
    stratum, number = strata(matching(responses, "theta", bank), np.ones(3, dtype=bool), 6)
    assert number == 4  # three answers make four scores
    of_first_item = stratum.reshape(6, 3)[:, 0].tolist()
    # The three alike have ranks 1 to 3 of 6 and all count as the first of them.
    assert of_first_item == [0, 0, 0, 2, 3, 0]
