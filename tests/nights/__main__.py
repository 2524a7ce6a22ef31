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
from tests.nights.found import Found
from tests.nights.house import Night
from tests.nights.picture import LIMIT, draw
from tests.nights.plan import Plan


def main() -> int:
    """Play the banks; 1 where the scale moved, something was missed, or a curve was wrong."""
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
    after = [nights for each in banks for nights in each.drift_after.values() if nights is not None]
    print(
        f"{len(banks)} banks: scale {ends.mean():+.4f} SD (Monte Carlo error {error:.4f}, limit {LIMIT}); "
        f"{len(after)} drifting anchors found, after {np.median(after):.0f} nights (median), {max(after)} at most; "
        f"{never} planted faults missed, {false} false alarms, {wrong} wrong curves served; picture {picture}"
    )
    return int(abs(ends.mean()) > LIMIT + 2.0 * error or never > 0 or wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
