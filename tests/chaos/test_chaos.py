"""A short run of chaos, with a fixed budget; `make chaos` is the long one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.chaos.run import run


@pytest.mark.timeout(600)
def test_every_event_arrives_once_whatever_is_killed(broker_jars: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="qbank-chaos-", dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o755)  # root's server runs as another user, who must get in
        outcome = run(home, broker_jars, events=8_000, kills=14, seed=20261, pause=0.2)
    assert outcome.wrong == []
    assert outcome.kills.total() == 14
    assert set(outcome.kills) == {"relay", "consumer 1", "consumer 2", "postgres", "clickhouse", "broker"}
    assert outcome.events >= 8_000
