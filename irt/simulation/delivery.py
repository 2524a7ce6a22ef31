"""Simulees who take sessions one after the other, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters
from irt.selection.decide import SelectionBank
from irt.selection.eligibility_counts import EligibilityCounts
from irt.selection.exposure import Exposure, exposure
from irt.selection.sprt import Classification, Side, forced
from irt.selection.violations import violations
from irt.simulation.sitting import Delivery, Sitting


@dataclass(frozen=True, eq=False)
class Delivered:
    """What became of the simulees, in their order.

    theta, estimate, se: shape (simulees,); length: items served; ended: how many sessions ended why.
    ratio:      log likelihood ratio at the end, where the stopping rule classifies; else 0.
    exposure:   of all items served, those on trial included.
    selected:   share of the sessions in which each item was served, or selected and passed over, shape (items,).
    infeasible: sessions whose eligible items ran out. violated: sessions that do not meet the blueprint.
    full:       sessions that served all that the blueprint's test holds. broken: those of them that do not meet it.
    taken:      seconds of each decision, by the clock given.
    counts:     what exposure control knows after all of them, for who comes next.
    """

    theta: Floats
    estimate: Floats
    se: Floats
    length: NDArray[np.int64]
    ended: Mapping[str, int]
    ratio: Floats
    exposure: Exposure
    selected: Floats
    infeasible: int
    violated: int
    taken: Floats
    counts: EligibilityCounts | None = None
    full: int = 0
    broken: int = 0

    @property
    def bias(self) -> float:
        """Mean of estimate less theta."""
        return float((self.estimate - self.theta).mean())

    @property
    def rmse(self) -> float:
        """Root mean square of estimate less theta."""
        return float(np.sqrt(((self.estimate - self.theta) ** 2).mean()))

    @property
    def missed(self) -> float:
        """Share of the full tests that do not meet the blueprint; 0 where there is none."""
        return self.broken / self.full if self.full else 0.0

    def classified(self, rule: Classification) -> float:
        """Share of the simulees who were placed on the side of the cut where their theta is."""
        above = np.array([forced(rule, ratio) is Side.ABOVE for ratio in self.ratio.tolist()])
        return float((above == (self.theta > rule.cut)).mean())

    def by_theta(self, edges: Floats) -> pl.DataFrame:
        """n, bias, rmse, mean se and mean length of the simulees between edges: theta_from, theta_to."""
        band = np.searchsorted(edges, self.theta, side="right")
        rows = []
        for k in range(len(edges) + 1):
            here = band == k
            if not here.any():
                continue
            off = self.estimate[here] - self.theta[here]
            rows.append(
                {
                    "theta_from": None if k == 0 else float(edges[k - 1]),
                    "theta_to": None if k == len(edges) else float(edges[k]),
                    "n": int(here.sum()),
                    "bias": float(off.mean()),
                    "rmse": float(np.sqrt((off**2).mean())),
                    "se": float(self.se[here].mean()),
                    "length": float(self.length[here].mean()),
                }
            )
        schema = dict.fromkeys(("theta_from", "theta_to"), pl.Float64)
        return pl.DataFrame(rows, schema_overrides=schema)


def deliver(
    bank: SelectionBank,
    true: ItemParameters,
    delivery: Delivery,
    theta: Floats,
    seed: int,
    clock: Callable[[], float],
    told: Callable[[int], None] = lambda _: None,
    *,
    first: int = 0,
) -> Delivered:
    """Give each simulee a session; those before leave what exposure control knows to those after.

    A simulee has the same luck with an item whatever the delivery, so that two of them differ by nothing else.

    Args:
        bank: the items, with the parameters that decisions use.
        true: by which simulees answer, the bank's items in its order, D = 1.7 metric.
        delivery: how sessions are given.
        theta: of the simulees, shape (simulees,).
        seed: of luck, draws and decisions.
        clock: seconds from any origin.
        told: hears how many simulees are done.
        first: number of the first simulee. Parts of the simulees, `joined`, are the same as the whole; under
            conditional control each part begins with the counts of the one before.

    Raises:
        InvalidArgument: no simulees, or parameters or `servable` of another bank.
    """
    if not len(theta) or len(true.items) != bank.items:
        raise InvalidArgument(
            f"at least one simulee and true parameters of the bank's {bank.items} items are needed, not "
            f"{len(theta)} and {len(true.items)}"
        )
    if delivery.servable is not None and delivery.servable.shape != (bank.items,):
        raise InvalidArgument(
            f"servable needs one flag for each of the bank's {bank.items} items, not shape {delivery.servable.shape}"
        )
    counts, sittings = delivery.counts, _Counted(bank.items, len(theta))
    for who, able in enumerate(theta.tolist()):
        sitting = Sitting(bank, true, replace(delivery, counts=counts), able, (seed, first + who), clock)
        sittings.add(sitting, sitting.play())
        counts = sitting.counted()
        told(who + 1)
    return sittings.delivered(np.asarray(theta, dtype=np.float64), counts)


def joined(parts: Sequence[Delivered]) -> Delivered:
    """Parts of the simulees, in their order, on one bank and by one delivery, as one."""
    n = np.array([len(part.theta) for part in parts])
    met = sum(np.rint(part.exposure.rates * k) for part, k in zip(parts, n, strict=True))
    selected = sum(part.selected * k for part, k in zip(parts, n, strict=True)) / n.sum()
    ended: Counter[str] = Counter()
    for part in parts:
        ended.update(part.ended)

    def both(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(part, name) for part in parts])

    return Delivered(
        both("theta"), both("estimate"), both("se"), both("length").astype(np.int64), dict(ended), both("ratio"),
        exposure(np.asarray(met), int(n.sum())), np.asarray(selected),
        sum(part.infeasible for part in parts), sum(part.violated for part in parts), both("taken"),
        parts[-1].counts,
        sum(part.full for part in parts), sum(part.broken for part in parts),
    )  # fmt: skip


class _Counted:
    """What is kept of sessions that have ended."""

    def __init__(self, items: int, simulees: int) -> None:
        self.met, self.selected = np.zeros(items), np.zeros(items)
        self.estimate, self.se, self.ratio = np.empty((3, simulees))
        self.length = np.empty(simulees, dtype=np.int64)
        self.ended: Counter[str] = Counter()
        self.taken: list[float] = []
        self.done = self.infeasible = self.violated = self.full = self.broken = 0

    def add(self, sitting: Sitting, ended: str) -> None:
        """Keep one more."""
        rows, served = sitting.delivery.rows, np.array(sitting.served, dtype=np.int64)
        self.met[served] += 1.0
        self.selected += sitting.met() | sitting.passed
        self.estimate[self.done], self.se[self.done] = sitting.known.theta, sitting.known.se
        self.ratio[self.done], self.length[self.done] = sitting.ratio(), len(served)
        self.ended[ended] += 1
        self.taken += sitting.taken
        self.infeasible += not sitting.feasible
        if rows is not None:
            scored = np.array(sitting.scored(), dtype=np.int64)
            missed, full = bool(violations(rows, scored)), bool(len(scored) >= rows.lower[0])
            self.violated += missed
            self.full += full
            self.broken += full and missed
        self.done += 1

    def delivered(self, theta: Floats, counts: EligibilityCounts | None) -> Delivered:
        """All of it; `exposure` of what was met."""
        return Delivered(
            theta, self.estimate, self.se, self.length, dict(self.ended), self.ratio,
            exposure(self.met, len(theta)), self.selected / len(theta),
            self.infeasible, self.violated, np.array(self.taken), counts, self.full, self.broken,
        )  # fmt: skip
