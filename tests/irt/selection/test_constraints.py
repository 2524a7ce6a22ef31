from __future__ import annotations

import numpy as np

from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.constraints import Kind, constraints
from tests.irt.selection.banks import bank


def test_rows_are_those_of_the_blueprint_in_its_order() -> None:
    quotas = Quotas(["A", "B"], [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0]], [1, 0], [2, 2])
    rows = constraints(Blueprint(3, 5, quotas, (Enemies("twins", (0, 4)),), (ItemSet("case", (2, 3), 2, 2),)))
    assert rows.names == ("length", "A", "B", "twins", "case")
    assert rows.kinds.tolist() == [Kind.LENGTH, Kind.QUOTA, Kind.QUOTA, Kind.ENEMIES, Kind.SET]
    assert rows.matrix.toarray().astype(int).tolist() == [
        [1, 1, 1, 1, 1],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 1, 0],
        [1, 0, 0, 0, 1],
        [0, 0, 1, 1, 0],
    ]
    assert rows.lower.tolist() == [3, 1, 0, 0, 2]
    assert rows.upper.tolist() == [3, 2, 2, 1, 2]
    assert rows.set_of.tolist() == [-1, -1, 4, 4, -1]
    assert rows.optional.tolist() == [False, False, False, False, True]
    assert rows.classes.tolist() == [0, 1, 2, 2, 3]


def test_items_of_a_class_are_in_the_same_rows_and_others_are_not() -> None:
    rows = constraints(bank(1, 400)[1])
    full = rows.matrix.toarray()
    assert (rows.class_matrix.toarray()[:, rows.classes] == full).all()
    assert len(np.unique(full, axis=1).T) == rows.class_matrix.shape[1]


def test_rows_of_a_layer_share_no_item_and_a_layer_is_not_split() -> None:
    rows = constraints(bank(1, 400)[1])
    full = rows.matrix.toarray()
    asking = (rows.kinds == Kind.QUOTA) & (rows.lower > 0.0)
    assert ((rows.layers >= 0) == asking).all()
    for layer in range(rows.layers.max() + 1):
        assert full[rows.layers == layer].sum(axis=0).max() == 1.0
    topics = [k for k, name in enumerate(rows.names) if name.startswith("topic") and asking[k]]
    assert len(set(rows.layers[topics])) == 1
