"""`make damage`: every kind of damage in good data; exit code 1 where one is not caught, or good data is not clean."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from database import embedded
from database.clickhouse import embedded as embedded_clickhouse
from tests.damage.damage import EXAM
from tests.damage.good import make_good, plan_now
from tests.damage.kinds import DAMAGES
from tests.damage.place import Place, place_on
from tests.damage.run import Caught, Clean, look_at_clean, run

# Names of checks are long, and a log has no width of its own.
WIDTH = 150


def main() -> int:
    """Make good data, look at it, plant every kind, tell, and return the exit code."""
    asked = argparse.ArgumentParser(prog="make damage", description=__doc__)
    asked.add_argument("--only", default="", help="plant the kinds whose name holds this text")
    asked.add_argument(
        "--keep", metavar="FOLDER", help="make good data there once, and use it again from then on"
    )
    options = asked.parse_args()
    console = Console(highlight=False, width=WIDTH)
    home = Path(options.keep or tempfile.mkdtemp(prefix="qbank-damage-", dir="/tmp"))
    try:
        good = _good(home, console)
        clean = look_at_clean(good)
        for name in clean.raised:
            console.print(f"[bold red]![/] good data raised {name}")
        chosen = [damage for damage in DAMAGES if options.only in damage.name]
        found = []
        for damage in chosen:
            found.append(run(good, damage, clean))
            if not found[-1].caught:
                console.print(f"[bold red]![/] {damage.name}: not caught by {damage.caught_by}")
        return _tell(found, clean, console)
    finally:
        if not options.keep:
            embedded.purge(home)
            embedded_clickhouse.purge(home)
            shutil.rmtree(home)


def _good(home: Path, console: Console) -> Place:
    """Return good data below `home`, made now where it is not there."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # root's server runs as another user, who must get in
    good = place_on(
        embedded.ensure_running(home, throwaway=True), embedded_clickhouse.ensure_running(home), home
    )
    made = home / "good"
    if not made.exists():
        console.print(f"making good data: a bank of five weeks, and {EXAM} calibrated ...")
        make_good(good, plan_now(), (EXAM,))
        made.touch()
    return good


def _tell(found: list[Caught], clean: Clean, console: Console) -> int:
    table = Table("damage", "caught by", "also raised", "seconds")
    for one in found:
        others = len([name for name in one.raised if name != one.damage.caught_by])
        by = one.damage.caught_by if one.caught else f"[bold red]NOT by {one.damage.caught_by}[/]"
        table.add_row(one.damage.name, by, str(others), f"{one.seconds:.1f}")
    console.print(table)
    caught = sum(one.caught for one in found)
    console.print(
        f"{caught} of {len(found)} kinds caught; clean data: {len(clean.raised)} of {len(clean.asked_by)} checks raised"
    )
    return 0 if caught == len(found) and not clean.raised else 1


if __name__ == "__main__":
    sys.exit(main())
