"""`make kills`: `qbank run` killed at random points; exit code 1 where what is served was ever not whole."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from database import embedded, migrate
from tests.kills.night import Night, kill_nights


def main() -> int:
    """Run, tell, return the exit code."""
    asked = argparse.ArgumentParser(prog="make kills", description=__doc__)
    asked.add_argument("--kills", type=int, default=25, help="SIGKILLs")
    asked.add_argument("--seed", type=int, default=secrets.randbits(32), help="of when it is killed")
    options = asked.parse_args()
    console = Console(highlight=False)
    console.print(f"seed {options.seed}")
    home = Path(tempfile.mkdtemp(prefix="qbank-kills-", dir="/tmp"))
    home.chmod(0o755)  # root's server runs as another user, who must get in
    try:
        url = embedded.ensure_running(home)
        migrate.upgrade(url)
        night = Night(url, home)
        outcome = kill_nights(night, kills=options.kills, seed=options.seed, say=console.print)
        night.close()
    finally:
        embedded.purge(home)
        shutil.rmtree(home)
    for line in outcome.wrong:
        console.print(f"[bold red]![/] {line}")
    console.print(
        f"{outcome.points.total()} kills after {len(outcome.points)} different steps: the old run live after "
        f"{outcome.left['old']}, the new one after {outcome.left['new']}; {len(outcome.wrong)} times not whole"
    )
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
