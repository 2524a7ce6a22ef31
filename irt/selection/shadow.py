"""The shadow test: the best full test that holds what was administered, and the next item from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from irt.errors import InvalidArgument
from irt.models import Floats
from irt.selection.arguments import check_items, check_values
from irt.selection.blueprint import Codes
from irt.selection.constraints import Constraints
from irt.selection.exact import Improvement, improve, loosest
from irt.selection.feasible import Built, built, scaled_values
from irt.selection.relaxation import SAME
from irt.selection.violations import Violation, violations
from irt.selection.wording import asked

#: Seconds within which a shadow test is to be found, unless told.
BUDGET = 0.1


@dataclass(frozen=True, eq=False)
class ShadowTest:
    """A full test, and how it was found.

    Attributes:
        items: those administered in their order, then the free ones, the highest value first.
        next_item: the free item of highest value, of the item set under way if there is one.
        solver: "greedy" or "HiGHS": whose test it is.
        objective: sum of the values of the free items.
        greedy_objective: that of the greedy test.
        bound: no test under these bounds has a higher objective; equal to it where it is proven the best.
        proven: whether it is.
        reserve_used: whether items of the reserve were let in, as there was no full test without them.
        violations: what of the blueprint the test does not meet, in the order of its rows.
        binding: demands that cost value, by the dual prices of the linear relaxation; empty without it.
        candidates: items that were considered.
        solves: programs that HiGHS solved to their end in time, the linear relaxation first.
        considered: items that its last integer program chose among, 0 without one.
        seconds: of the phases "greedy" (with what had to be relaxed), "relaxation", "integer", by the clock given.
        overshot: whether they took longer than the budget together.
    """

    items: Codes
    next_item: int
    solver: str
    objective: float
    greedy_objective: float
    bound: float
    proven: bool
    reserve_used: bool
    violations: tuple[Violation, ...]
    binding: tuple[str, ...]
    candidates: int
    solves: int
    considered: int
    seconds: dict[str, float]
    overshot: bool


def shadow_test(
    rows: Constraints,
    values: ArrayLike,
    administered: ArrayLike,
    eligible: ArrayLike,
    clock: Callable[[], float],
    *,
    reserve: ArrayLike | None = None,
    solves: int | None = None,
    budget: float | None = BUDGET,
) -> ShadowTest:
    """The best full test that holds the items administered and meets the blueprint, and its next item.

    A greedy test first, then HiGHS in what is left of the budget; the better one is returned. How far HiGHS came
    depends on the machine. `solves` as it was logged, with `budget=None`, brings back the same test.

    Where no full test meets the blueprint, items of the reserve are let in; where there still is none, bounds
    give way by as little as possible, in the order of `irt.selection.relaxing`, and are reported.

    Args:
        rows: `constraints(blueprint)`.
        values: what each item is worth, such as information at theta, shape (items,); finite where eligible.
        administered: different items, in the order in which they were administered.
        eligible: shape (items,): may be administered; what was administered needs not be.
        clock: seconds from any origin, such as `time.perf_counter`; for the budget and the report.
        reserve: shape (items,): may be used only where there is no full test without them, such as items
            that exposure control ruled out (van der Linden & Veldkamp 2004).
        solves: programs to be solved at most; 0 for the greedy test alone, None until the best is proven.
        budget: in seconds; None for no limit.

    Raises:
        InvalidArgument: shapes that do not match, an item administered twice or not in the bank, or a test that
            is complete.
        InvalidParameters: the value of an eligible item is not finite.
        NothingEligible: no item can be administered at all.
    """
    start = clock()
    allowed = np.asarray(eligible, dtype=np.bool_)
    spare = np.zeros_like(allowed) if reserve is None else np.asarray(reserve, dtype=np.bool_)
    worth = check_values(rows, values, allowed, spare)
    used = check_items(rows, administered)
    if len(used) >= rows.lower[0]:
        raise InvalidArgument(
            f"the test is complete: {len(used)} of {int(rows.lower[0])} items were administered"
        )
    chosen = built(rows, worth, used, allowed, spare)
    built_by = clock()
    scaled = scaled_values(worth, chosen.pool)
    if solves == 0:
        found = Improvement(None, loosest(scaled, len(chosen.items)), False, 0, 0, np.zeros(0), built_by)
    else:
        deadline = None if budget is None else start + budget
        found = improve(chosen.task, chosen.pool, scaled, chosen.items, clock, deadline, solves)
    return _report(rows, worth, used, chosen, found, (start, built_by, clock()), budget)


def _report(
    rows: Constraints,
    worth: Floats,
    used: Codes,
    chosen: Built,
    found: Improvement,
    times: tuple[float, float, float],
    budget: float | None,
) -> ShadowTest:
    """The better of two tests; `times` at the start, when the greedy one was built, and at the end."""
    start, built_by, ended = times
    known = float(worth[chosen.items].sum())
    free = chosen.items if found.items is None else found.items
    free = free[np.lexsort((free, -worth[free]))]
    objective = known if found.items is None else float(worth[free].sum())
    scale = float(np.abs(worth[chosen.pool]).max()) or 1.0
    return ShadowTest(
        items=np.concatenate([used, free]),
        next_item=_next(rows, used, free),
        solver="greedy" if found.items is None else "HiGHS",
        objective=objective,
        greedy_objective=known,
        bound=objective if found.proven else max(objective, found.bound * scale),
        proven=found.proven,
        reserve_used=chosen.reserve_used,
        violations=violations(rows, np.concatenate([used, free])),
        binding=_binding(rows, found.prices),
        candidates=len(chosen.pool),
        solves=found.solves,
        considered=found.considered,
        seconds={
            "greedy": built_by - start,
            "relaxation": found.relaxed_by - built_by,
            "integer": ended - found.relaxed_by,
        },
        overshot=budget is not None and ended - start > budget,
    )


def _binding(rows: Constraints, prices: Floats) -> tuple[str, ...]:
    priced = np.flatnonzero(np.abs(prices) > SAME)
    return tuple(asked(rows, int(r), bool(prices[r] < 0.0)) for r in priced if r > 0)


def _next(rows: Constraints, used: Codes, free: Codes) -> int:
    """The free item of highest value, which come first; of the set of the last one while it has some."""
    if len(used) and rows.set_of[used[-1]] >= 0:
        same = free[rows.set_of[free] == rows.set_of[used[-1]]]
        if len(same):
            return int(same[0])
    return int(free[0])
