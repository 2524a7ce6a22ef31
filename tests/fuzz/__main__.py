"""`make fuzz`: hostile messages through the decoder, every 20th into Postgres; exit code 1 on a violation."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from rich.console import Console
from rich.table import Table

from database import embedded, settings
from tests.fuzz.judging import Violation
from tests.fuzz.worker import Outcome, Portion, prepare, work

PORTION = 10_000
KEPT = 20  # violations written to files


def portions(payloads: int, seed: int) -> Iterator[Portion]:
    """Yield what is to be done, in portions that a process does one after the other."""
    for n in itertools.count():
        size = min(PORTION, payloads - n * PORTION)
        if size <= 0:
            return
        yield Portion(seed, n, size)


def run(payloads: int, seed: int, url: str, folder: Path, console: Console) -> Outcome:
    """Do all portions over every core and return their sum."""
    total, told = Outcome(), time.monotonic()
    with ProcessPoolExecutor(os.cpu_count(), initializer=prepare, initargs=(url, folder)) as pool:
        for outcome in pool.map(work, portions(payloads, seed)):
            total.add(outcome)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                console.print(f"  {total.decoded.total():,} decoded, {len(total.violations)} violations")
    return total


def main() -> int:
    """Parse the options, run, print the table and the summary; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "--payloads", type=int, default=1_000_000, help="hostile messages (default 1,000,000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other messages (default 1)")
    options = parser.parse_args()
    console = Console()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qbank-fuzz-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # root's server runs as another user, who must get in
        try:
            url = embedded.ensure_running(folder / "server", throwaway=True)
            total = run(options.payloads, options.seed, url, folder, console)
        except BrokenProcessPool:
            console.print(f"A process died on a message of seed {options.seed}: that is a crash.")
            return 1
        finally:
            embedded.purge(folder / "server")
    console.print(_table(total))
    console.print(
        f"{total.decoded.total():,} hostile messages decoded, {total.stored.total():,} messages through the log into "
        f"Postgres ({total.good:,} good ones among them), {len(total.violations)} violations, seed {options.seed}, "
        f"slowest message {total.slowest * 1000:.0f} ms, {time.monotonic() - began:.0f} s",
        soft_wrap=True,
    )
    return _report(total.violations, console)


def _table(total: Outcome) -> Table:
    table = Table("outcome", "decoder", "through the log into Postgres")
    for outcome in sorted({*total.decoded, *total.stored}, key=lambda name: -total.decoded[name]):
        table.add_row(outcome, *(f"{counts[outcome]:,}" for counts in (total.decoded, total.stored)))
    return table


def _report(violations: list[Violation], console: Console) -> int:
    kinds = Counter(violation.what for violation in violations)
    for what, count in kinds.most_common():
        console.print(f"VIOLATION, {count:,} times: {what}", markup=False)
    if violations:
        folder = settings.load().home / "fuzz"
        folder.mkdir(parents=True, exist_ok=True)
        for n, violation in enumerate(violations[:KEPT]):
            (folder / f"{n:02}.payload").write_bytes(violation.raw)
        console.print(f"The first {min(len(violations), KEPT)} messages, in that order, are in {folder}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
