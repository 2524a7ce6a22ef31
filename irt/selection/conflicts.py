"""Can a blueprint be met by the bank, and if not, what stands against what?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from irt.errors import InvalidArgument
from irt.models import Floats
from irt.selection.blueprint import Blueprint
from irt.selection.constraints import Constraints, Kind, constraints
from irt.selection.programs import Program, program, solve
from irt.selection.wording import asked, sentence

#: One side of a row that may be lifted: (row, True for its lower bound). Of a set, both sides are one.
Element = tuple[int, bool]


@dataclass(frozen=True)
class Conflict:
    """Demands that cannot be met together, while any of them could be dropped to make the others possible.

    Attributes:
        demands: each in words, such as "topic A: at least 5".
        attainable: the count nearest to what the demand named first asks for that the others and the bank
            leave possible.
        sentence: what is wrong, for a person.
    """

    demands: tuple[str, ...]
    attainable: int
    sentence: str


@dataclass(frozen=True)
class BlueprintFeasibility:
    """Whether some test meets the blueprint; if none does, conflicts that share no demand but the length's."""

    feasible: bool
    conflicts: tuple[Conflict, ...]


def blueprint_feasibility(
    blueprint: Blueprint, eligible: NDArray[np.bool_] | None = None
) -> BlueprintFeasibility:
    """Whether the (eligible) items of the bank can make a test, and otherwise why not.

    Items that no constraint tells apart are counted together, which makes an integer program of classes
    instead of items. Where it has no solution, the deletion filter (Chinneck 2008) lifts one bound
    after the other, and keeps lifted those without which there is still none; what is left is an irreducible
    set of bounds. Bounds are first lifted by the half, quarter and so on. Then the set found is lifted but for
    the length, and what remains is searched for another one.

    Raises:
        InvalidArgument: `eligible` of another shape than (items,).
    """
    if eligible is not None and np.shape(eligible) != (blueprint.items,):
        raise InvalidArgument(
            f"eligible has shape {np.shape(eligible)}, and the bank {blueprint.items} items"
        )
    rows = constraints(blueprint)
    usable = rows.classes if eligible is None else rows.classes[eligible]
    sizes = np.bincount(usable, minlength=rows.class_matrix.shape[1]).astype(np.float64)
    problem = _Bounds(rows, sizes)
    kept = problem.elements()
    conflicts = []
    while not problem.feasible(kept):
        found = _irreducible(problem, kept)
        conflicts.append(_conflict(problem, found))
        rest = [element for element in found if rows.kinds[element[0]] != Kind.LENGTH]
        if not rest:
            break
        kept = [element for element in kept if element not in rest]
    return BlueprintFeasibility(not conflicts, tuple(conflicts))


class _Bounds:
    """The program over classes of items, with some of its bounds in force."""

    def __init__(self, rows: Constraints, sizes: Floats) -> None:
        self.rows = rows
        self.available = rows.class_matrix @ sizes
        self.program: Program = program(
            csr_array(rows.class_matrix), rows.lower, rows.upper, rows.optional, sizes
        )

    def elements(self) -> list[Element]:
        """Bounds that say anything; sets and enemies are lifted first, so that quotas and length explain."""
        rows = self.rows
        found = [(r, True) for r in np.flatnonzero((rows.lower > 0.0) & ~rows.optional)]
        found += [(r, False) for r in np.flatnonzero((rows.upper < self.available) & ~rows.optional)]
        found += [(r, True) for r in np.flatnonzero(rows.optional)]
        return [(int(r), low) for r, low in sorted(found, key=lambda e: (-int(rows.kinds[e[0]]), e))]

    def feasible(self, kept: list[Element]) -> bool:
        """Whether some test meets the bounds that are kept."""
        return self._solve(kept, np.zeros(len(self.program.most))) > -np.inf

    def extreme(self, kept: list[Element], row: int, most: bool) -> int:
        """The largest or smallest count of a row under the bounds that are kept, which some test must meet."""
        gain = np.zeros(len(self.program.most))
        gain[: self.rows.class_matrix.shape[1]] = self.rows.class_matrix[[row]].toarray()[0] * (
            1.0 if most else -1.0
        )
        return abs(round(self._solve(kept, gain)))

    def _solve(self, kept: list[Element], gain: Floats) -> float:
        at = self.program.rows
        count = len(self.rows.lower)
        low, high = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        for row, lower in kept:
            low[row] |= lower
            high[row] |= not lower or bool(self.rows.optional[row])
        ties = at < 0
        result = solve(
            gain,
            replace(
                self.program,
                lower=np.where(low[at] | ties, self.program.lower, -np.inf),
                upper=np.where(high[at] | ties, self.program.upper, np.inf),
            ),
        )
        return -np.inf if result.x is None else float(-result.fun)


def _irreducible(problem: _Bounds, kept: list[Element]) -> list[Element]:
    """The deletion filter, by chunks of half of what is left, then a quarter, down to single bounds."""
    size = max(1, len(kept) // 2)
    while True:
        first = 0
        while first < len(kept):
            without = kept[:first] + kept[first + size :]
            if problem.feasible(without):
                first += size
            else:
                kept = without
        if size == 1:
            return kept
        size = max(1, size // 2)


def _conflict(problem: _Bounds, found: list[Element]) -> Conflict:
    """The demands in words; the one to be explained is the length, or else a least number."""
    rows = problem.rows
    focus = max(found, key=lambda e: (rows.kinds[e[0]] == Kind.LENGTH, e[1] and not rows.optional[e[0]]))
    others = [element for element in found if element != focus]
    row, low = focus
    attainable = problem.extreme(others, row, most=low)
    both = any(element[0] == row for element in others)
    return Conflict(
        tuple(dict.fromkeys(asked(rows, *element) for element in (focus, *others))),
        attainable,
        sentence(rows, focus, [e for e in others if e[0] != row], None if both else attainable),
    )
