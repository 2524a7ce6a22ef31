"""`make learners`: quizzes taken while the API is killed; exit code 1 where an answer is lost, doubled or made up."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from database import embedded, migrate
from tests.kills.learners.run import run
from tests.services.redis import RedisServer


def main() -> int:
    """Run, tell, return the exit code; where something is wrong the logs stay for a look."""
    asked = argparse.ArgumentParser(prog="make learners", description=__doc__)
    asked.add_argument("--learners", type=int, default=50, help="learners at once")
    asked.add_argument("--length", type=int, default=40, help="questions of each one's quiz")
    asked.add_argument("--kills", type=int, default=25, help="SIGKILLs of a process of the API, 4 at least")
    asked.add_argument("--seed", type=int, default=secrets.randbits(32), help="of what is killed when")
    options = asked.parse_args()
    console = Console(highlight=False)
    console.print(f"seed {options.seed}")
    home = Path(tempfile.mkdtemp(prefix="qbank-learners-", dir="/tmp"))
    home.chmod(0o755)  # root's server runs as another user, who must get in
    redis = RedisServer(home / "redis")
    try:
        url = embedded.ensure_running(home)
        migrate.upgrade(url)
        redis.start()
        outcome = run(
            url, home, redis,
            learners=options.learners, length=options.length, kills=options.kills, seed=options.seed,
        )  # fmt: skip
    finally:
        redis.kill()
        embedded.purge(home)
    for line in outcome.wrong:
        console.print(f"[bold red]![/] {line}")
    console.print(outcome.summary)
    if outcome.wrong:
        console.print(f"logs stay in {home}")
        return 1
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
