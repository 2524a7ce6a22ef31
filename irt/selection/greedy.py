"""A full test in a millisecond or so: the best item at a time, then exchanges."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.building_kernels import build
from irt.selection.exchange_kernels import exchange, missed_in_all
from irt.selection.residual import Residual, columns_of

#: Exchanges for each place: a bound on time, hardly ever reached.
_EXCHANGES = 5


def greedy(task: Residual, items: Codes, values: Floats, start: Codes | None = None) -> tuple[Codes, int]:
    """(chosen items, by how many items bounds are missed in all), from candidates `items` (see `candidates`).

    Built up by the move of highest value per item that breaks no upper bound and after which disjoint quotas
    can still get what they lack from the places left; an item set is begun with its best least number of
    items. Where no move is allowed, the least harmful is made. Then the exchange of two items that most lowers
    what is missed, or with the same missed most adds value, until none does. `start` leaves out the first part.

    `values`: of the candidates, shape (len(items),), in [-1, 1]. Of equal ones the first is taken.
    """
    order = np.argsort(-values, kind="stable")
    columns = csc_array(columns_of(task, items[order]))
    starts, where = columns.indptr.astype(np.int64), columns.indices.astype(np.int64)
    sorted_values = values[order]
    chosen = np.zeros(len(items), dtype=np.bool_) if start is None else np.isin(items[order], start)
    counts = columns[:, chosen].sum(axis=1).astype(np.int64)
    lower, upper = task.lower.astype(np.int64), task.upper.astype(np.int64)
    places = task.places
    if start is None:
        bundles = _bundles(columns, task)
        build(
            starts,
            where,
            sorted_values,
            lower,
            upper,
            task.optional,
            task.rows.layers,
            bundles,
            places,
            chosen,
            counts,
        )
    exchange(starts, where, sorted_values, lower, upper, task.optional, _EXCHANGES * places, chosen, counts)
    return np.sort(items[order[chosen]]), int(missed_in_all(counts, lower, upper, task.optional))


def _bundles(columns: csc_array, task: Residual) -> Codes:
    """The first candidates of each set that is not begun, as many as it needs, shape (sets, most), -1 beyond."""
    rows = np.flatnonzero(task.optional)
    sets = columns.tocsr()[rows]
    sets.sort_indices()
    found = []
    for k, least in enumerate(task.lower[rows].astype(np.int64)):
        own = sets.indices[sets.indptr[k] : sets.indptr[k + 1]]
        if len(own) >= least:
            found.append(own[:least])
    bundles = np.full((len(found), max(map(len, found), default=1)), -1, dtype=np.int64)
    for k, own in enumerate(found):
        bundles[k, : len(own)] = own
    return bundles
