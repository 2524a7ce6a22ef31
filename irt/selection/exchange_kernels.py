"""The loops that exchange items of a test; candidates and rows as in `irt.selection.building_kernels`."""

from __future__ import annotations

from irt.estimation.compiled import compiled_exactly
from irt.models import Floats
from irt.selection.blueprint import Codes
from irt.selection.building_kernels import Flags

#: Gains below this are rounding.
_NOTHING = 1e-12


@compiled_exactly
def _missed(count: int, lower: int, upper: int, optional: bool) -> int:
    """By how many items a row with so many misses its bounds."""
    if optional and count == 0:
        return 0
    return max(lower - count, 0) + max(count - upper, 0)


@compiled_exactly
def missed_in_all(counts: Codes, lower: Codes, upper: Codes, optional: Flags) -> int:
    """By how many items all rows together miss their bounds."""
    total = 0
    for row in range(len(counts)):
        total += _missed(counts[row], lower[row], upper[row], optional[row])
    return total


@compiled_exactly
def exchange(
    starts: Codes,
    where: Codes,
    values: Floats,
    lower: Codes,
    upper: Codes,
    optional: Flags,
    most: int,
    chosen: Flags,
    counts: Codes,
) -> None:
    """Makes up to `most` exchanges of a chosen for another candidate, each the best one, while they help.

    The best lowers most what bounds miss, and of those adds most value.
    """
    missing = missed_in_all(counts, lower, upper, optional)
    for _ in range(most):
        out, into, best, gain = -1, -1, 0, _NOTHING
        for item in range(len(values)):
            if not chosen[item]:
                continue
            change = _shift(starts, where, lower, upper, optional, item, -1, counts)
            for other in range(len(values)):
                more = values[other] - values[item]
                if missing == 0 and more <= gain:
                    break
                if not chosen[other]:
                    whole = change
                    for k in range(starts[other], starts[other + 1]):
                        row = where[k]
                        low, high, free = lower[row], upper[row], optional[row]
                        whole += _missed(counts[row] + 1, low, high, free) - _missed(
                            counts[row], low, high, free
                        )
                    if whole < best or (whole == best and more > gain):
                        out, into, best, gain = item, other, whole, more
            _shift(starts, where, lower, upper, optional, item, 1, counts)
        if out < 0:
            break
        chosen[out], chosen[into] = False, True
        missing += _shift(starts, where, lower, upper, optional, out, -1, counts)
        missing += _shift(starts, where, lower, upper, optional, into, 1, counts)


@compiled_exactly
def _shift(
    starts: Codes,
    where: Codes,
    lower: Codes,
    upper: Codes,
    optional: Flags,
    item: int,
    by: int,
    counts: Codes,
) -> int:
    """Counts one item more or less; by how much what bounds miss changes."""
    change = 0
    for k in range(starts[item], starts[item + 1]):
        row = where[k]
        low, high, free = lower[row], upper[row], optional[row]
        change += _missed(counts[row] + by, low, high, free) - _missed(counts[row], low, high, free)
        counts[row] += by
    return change
