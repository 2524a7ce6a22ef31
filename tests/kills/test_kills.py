"""A few kills with a fixed seed; `make kills` makes more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills.night import PUBLISHING, Night, kill_nights


@pytest.mark.timeout(1500)
def test_what_is_served_is_whole_wherever_a_run_is_killed(database_url: str, tmp_path: Path) -> None:
    night = Night(database_url, tmp_path)
    outcome = kill_nights(night, kills=3, seed=11, say=lambda _: None)
    night.close()
    assert outcome.wrong == []
    assert outcome.points.total() == 3
    assert outcome.points[PUBLISHING] == 1
    assert outcome.completed >= 1
