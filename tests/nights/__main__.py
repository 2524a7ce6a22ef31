"""`make nights`: thirty nights of several banks, what was found, and a picture."""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from database import settings
from irt.plots import png
from tests.nights.alone import bank_of
from tests.nights.found import BEYOND, WRONG, Found
from tests.nights.house import Night
from tests.nights.picture import LIMIT, draw
from tests.nights.plan import Plan

#: New items that say where the scale is to a few hundredths.
MANY = 10
#: Share of normal deviates beyond 3 standard errors.
BY_CHANCE = 0.0027


def main() -> int:
    """Play the banks; 1 where the scale moved, something was missed, or curves were wrong beyond chance."""
    parser = argparse.ArgumentParser(prog="make nights", description=__doc__)
    parser.add_argument("--banks", type=int, default=4, help="banks, each with a seed of its own")
    parser.add_argument("--nights", type=int, default=30, help="nights of each")
    parser.add_argument("--seed", type=int, default=7, help="seed of the first")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="banks played at once")
    asked = parser.parse_args()
    picture = settings.load().home / "nights.png"
    plans = [Plan(nights=asked.nights, seed=seed) for seed in range(asked.seed, asked.seed + asked.banks)]
    banks: list[Found] = []
    first: list[Night] = []
    # Each bank has a database and an environment of its own, and so a process.
    with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for plan, (said, nights) in zip(plans, pool.map(bank_of, plans), strict=True):
            first = first or nights
            banks.append(said)
            _say(f"bank {plan.seed}", said)
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(png(draw(plans[0], first, banks)))
    return _judge(banks, picture)


def _say(bank: str, each: Found) -> None:
    last = each.moved[-1]
    print(
        f"{bank}: scale {last.shift:+.3f} (error {last.se:.3f}, {last.n_items} new items); drift found after "
        f"{each.drift_after}; wrong key after {each.miskeyed_after}; false drift {each.false_drift}, false wrong keys "
        f"{each.false_miskeyed}; wrong curves {each.wrong}; held back {each.held_back}",
        flush=True,
    )


def _judge(banks: list[Found], picture: Path) -> int:
    ends = np.array([each.moved[-1].shift for each in banks])
    error = float(ends.std(ddof=1) / np.sqrt(len(ends))) if len(ends) > 1 else banks[0].moved[-1].se
    never = sum(
        after is None for each in banks for after in (*each.drift_after.values(), each.miskeyed_after)
    )
    false = sum(len(each.false_drift) + len(each.false_miskeyed) for each in banks)
    wrong = sum(len(each.wrong) for each in banks)
    share = wrong / sum(each.n_curves for each in banks)
    frozen = [label for each in banks for label in _frozen(each)]
    after = [nights for each in banks for nights in each.drift_after.values() if nights is not None]
    print(
        f"{len(banks)} banks: scale {ends.mean():+.4f} SD (Monte Carlo error {error:.4f}, limit {LIMIT}), on its way "
        f"{_farthest(banks):+.4f} at most; "
        f"{len(after)} drifting anchors found, after {np.median(after):.0f} nights (median), {max(after)} at most; "
        f"{never} planted faults missed, {false} false alarms; {share:.3%} of the curves served were off by {WRONG} "
        f"and {BEYOND:.0f} of their errors ({wrong} times a night; by chance {BY_CHANCE:.2%} are beyond these), "
        f"{len(frozen)} of them frozen; picture {picture}"
    )
    return int(abs(ends.mean()) > LIMIT + 2.0 * error or never > 0 or share > BY_CHANCE or bool(frozen))


def _farthest(banks: list[Found]) -> float:
    """The largest of the nights' means over the banks, on nights on which all have as many new items as say much."""
    days = set.intersection(*({m.day for m in each.moved if m.n_items >= MANY} for each in banks))
    means = [np.mean([m.shift for each in banks for m in each.moved if m.day == day]) for day in days]
    return float(max(means, key=abs, default=0.0))


def _frozen(each: Found) -> list[str]:
    """Items whose wrong curve was the very same on the next night: it holds the scale, and no answer mends it."""
    far = {(label, day): distance for day, label, distance in each.wrong}
    return sorted({label for (label, day), distance in far.items() if far.get((label, day + 1)) == distance})


if __name__ == "__main__":
    raise SystemExit(main())
