from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import irt
from irt.estimation import shards
from irt.estimation.shards import in_lanes, log_table, padded_weights, total

THETA, LOG_WEIGHTS = irt.Quadrature().grid()


def counted(responses: irt.Responses, parameters: np.ndarray) -> tuple[np.ndarray, float]:
    """Expected counts and log-likelihood of one E-step over all shards, nothing left out."""
    own = shards.cut(responses, np.zeros(responses.n_persons, np.int32))
    table, weights = in_lanes(log_table(parameters, THETA)), padded_weights(LOG_WEIGHTS[None])
    windows = shards.open_windows(own, len(THETA))
    found = total(
        [shards.expect_shard(s, table, weights, w) for s, w in zip(own, windows, strict=True)], len(THETA)
    )
    return found.counts, found.log_likelihood


def dense(data: Any, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Expected right and wrong answers and the log-likelihood, by whole matrices."""
    slope, intercept, c = parameters.T[:, :, None]
    p = c + (1.0 - c) / (1.0 + np.exp(-(slope * THETA + intercept)))
    right, wrong = np.nan_to_num(data.matrix), np.nan_to_num(1.0 - data.matrix)
    joint = np.exp(right @ np.log(p) + wrong @ np.log1p(-p) + LOG_WEIGHTS)
    posterior = joint / joint.sum(axis=1, keepdims=True)
    return right.T @ posterior, wrong.T @ posterior, float(np.log(joint.sum(axis=1)).sum())


def parameters_of(data: Any) -> np.ndarray:
    return np.stack([*irt.models.to_logistic(data.a, data.b), data.c], axis=1)


@pytest.mark.parametrize(("items", "missing"), [(7, 0.0), (13, 0.05), (13, 0.3), (25, 0.8)])
def test_counts_are_those_of_whole_matrices_packed_or_not(
    simulate: Callable[..., Any], items: int, missing: float
) -> None:
    data = simulate(400, items, seed=61, missing=missing, c=0.2)
    packed = shards.cut(data.responses, np.zeros(400, np.int32))[0].digits is not None
    assert packed == (missing < 0.5)
    right, wrong, log_likelihood = dense(data, parameters_of(data))
    counts, found = counted(data.responses, parameters_of(data))
    assert found == pytest.approx(log_likelihood, abs=1e-9)
    assert counts[1::2] == pytest.approx(right, abs=1e-9)
    assert counts[0::2] == pytest.approx(wrong, abs=1e-9)


def test_windows_leave_out_what_has_no_weight_and_open_where_it_has(simulate: Callable[..., Any]) -> None:
    data = simulate(300, 60, seed=62)
    own = shards.cut(data.responses, np.zeros(300, np.int32))
    weights = padded_weights(LOG_WEIGHTS[None])
    table = in_lanes(log_table(parameters_of(data), THETA))
    first = [
        shards.expect_shard(s, table, weights, w)
        for s, w in zip(own, shards.open_windows(own, 61), strict=True)
    ]
    narrow = np.concatenate([one.windows[0] for one in first])
    assert (narrow[:, 1].astype(int) - narrow[:, 0]).mean() < 10
    again = [shards.expect_shard(s, table, weights, f.windows[0]) for s, f in zip(own, first, strict=True)]
    whole, windowed = total(first, 61), total(again, 61)
    assert windowed.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-9)
    assert windowed.counts == pytest.approx(whole.counts, abs=1e-8)
    wrong = [np.tile(np.array([0, 1], np.uint8), (s.n_persons, 1)) for s in own]
    opened = total([shards.expect_shard(s, table, weights, w) for s, w in zip(own, wrong, strict=True)], 61)
    assert opened.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-9)


def test_a_shard_is_a_pure_function_of_its_arguments(simulate: Callable[..., Any]) -> None:
    data = simulate(200, 30, seed=63, missing=0.7)
    shard = shards.cut(data.responses, np.zeros(200, np.int32))[0]
    table, weights = in_lanes(log_table(parameters_of(data), THETA)), padded_weights(LOG_WEIGHTS[None])
    window = shards.open_windows((shard,), 61)[0]
    kept = window.copy()
    one, two = (shards.expect_shard(shard, table, weights, window) for _ in range(2))
    assert (window == kept).all()
    assert one.log_likelihood == two.log_likelihood
    assert (one.counts == two.counts).all()


def test_shards_follow_from_the_data_and_hold_everybody_once(simulate: Callable[..., Any]) -> None:
    group = np.arange(1000, dtype=np.int32)
    own = shards.cut(simulate(1000, 12, seed=64, missing=0.6).responses, group)
    assert len(own) == 2
    assert np.concatenate([s.group for s in own]).tolist() == group.tolist()
    rows = np.tile(np.arange(40, dtype=np.int32) * 20, 50_000)
    many = irt.Responses(tuple(range(50_000)), tuple(range(400)), np.arange(50_001) * 40, rows)
    cut = shards.cut(many, np.zeros(50_000, np.int32))
    assert len(cut) == 8
    assert np.concatenate([s.cells for s in cut]).tolist() == rows.tolist()


def test_persons_without_answers_add_nothing() -> None:
    with_empty = irt.Responses.from_matrix([[1.0, 0.0], [np.nan, np.nan]])
    alone = irt.Responses.from_matrix([[1.0, 0.0]])
    parameters = np.array([[1.0, 0.5, 0.2], [2.0, 0.0, 0.0]])
    one, two = (counted(r, parameters) for r in (with_empty, alone))
    assert one[1] == two[1]
    assert (one[0] == two[0]).all()


def test_rows_of_the_table_are_wrong_then_right() -> None:
    table = log_table(np.array([[1.0, 0.5, 0.2], [2.0, 0.0, 0.0]]), np.array([-1.0, 0.0, 1.0]))[:, :3]
    assert np.exp(table[0::2]) + np.exp(table[1::2]) == pytest.approx(np.ones((2, 3)))
    assert np.exp(table[1]) == pytest.approx(irt.models.probability([-1.0, 0.0, 1.0], 1.0 / 1.7, -0.5, 0.2))


def test_a_curve_far_from_its_item_is_not_lost() -> None:
    table = log_table(np.array([[10.0, -5000.0, 0.0], [10.0, 5000.0, 0.3]]), np.array([-1.0, 0.0, 1.0]))
    assert table[1, :3] == pytest.approx([-5010.0, -5000.0, -4990.0])
    assert table[0, :3] == pytest.approx([0.0, 0.0, 0.0])
    assert table[2, :3] == pytest.approx(np.log(0.7) + np.array([-4990.0, -5000.0, -5010.0]))


def test_nodes_that_fill_up_a_block_have_no_weight() -> None:
    weights = padded_weights(np.log(np.full((2, 5), 0.2)))
    assert weights.shape == (2, 8)
    assert np.exp(weights).sum(axis=1) == pytest.approx([1.0, 1.0])
