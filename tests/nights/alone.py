"""A bank played by itself, with a server and an environment of its own: what a process of `make nights` does."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from database import embedded, migrate
from database.engine import engine_as
from database.tenancy import Role
from tests.nights.found import Found, found
from tests.nights.house import Night
from tests.nights.plan import Plan
from tests.nights.play import play


def bank_of(plan: Plan) -> tuple[Found, list[Night]]:
    """Play all nights of a bank on a server that is thrown away; what was found, and what each night left."""
    with _house() as url:
        items, nights = play(plan, engine_as(url, Role.PIPELINE), lambda night: _tell(plan, night))
    return found(plan, items, nights), nights


@contextmanager
def _house() -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="qbank-nights-"))
    home.chmod(0o755)  # root's server runs as another user, who must get in
    try:
        url = embedded.ensure_running(home, throwaway=True)
        migrate.upgrade(url)
        os.environ["QBANK_DATABASE_URL"] = url
        yield url
    finally:
        embedded.purge(home)
        shutil.rmtree(home, ignore_errors=True)


def _tell(plan: Plan, night: Night) -> None:
    held = sum(row["state"] == "anchor" for row in night.anchors)
    print(
        f"  bank {plan.seed}, night {night.day + 1}: {night.status}, {len(night.live)} items served, {held} anchors",
        flush=True,
    )
