"""`make chaos`: everything killed at random over many events; exit code 1 where one is lost or doubled."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.chaos.run import run
from tests.services.broker import resolve


def main() -> int:
    """Run, tell, return the exit code; on a violation the folder stays for a look."""
    asked = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    asked.add_argument("--events", type=int, default=200_000, help="events sent, at least")
    asked.add_argument("--kills", type=int, default=100, help="SIGKILLs")
    asked.add_argument("--seed", type=int, default=secrets.randbits(32), help="of what is killed when")
    options = asked.parse_args()
    console = Console(highlight=False)
    console.print(f"seed {options.seed}")
    home = Path(tempfile.mkdtemp(prefix="qbank-chaos-", dir="/tmp"))
    home.chmod(0o755)  # root's server runs as another user, who must get in
    outcome = run(
        home, resolve(), events=options.events, kills=options.kills, seed=options.seed, say=console.print
    )
    killed = ", ".join(f"{target} {n}" for target, n in sorted(outcome.kills.items()))
    console.print(f"{outcome.kills.total()} kills in {outcome.seconds:,.0f} s: {killed}")
    for line in outcome.wrong:
        console.print(f"[bold red]![/] {line}")
    if outcome.wrong:
        console.print(f"logs stay in {home}")
        return 1
    shutil.rmtree(home)
    console.print(
        f"{outcome.events:,} events and {outcome.dead_letters:,} bad messages: each event exactly once in "
        "Postgres, each answer counted exactly once in ClickHouse, each bad message a dead letter"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
