"""`qbank reconcile`: a table by day and exam, the ids at fault, and an exit code for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Ended, run_command
from tests.expectations.conftest import live_template, live_url, spoil

Reconcile = Callable[..., Ended]
__all__ = ["live_template", "live_url"]


@pytest.fixture
def reconcile(
    live_url: str, home: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Reconcile:
    """Run `qbank reconcile ...` on a copy of the live bank."""
    monkeypatch.setenv("QBANK_DATABASE_URL", live_url)
    monkeypatch.delenv("QBANK_CLICKHOUSE_URL", raising=False)

    def run(*arguments: str) -> Ended:
        return run_command(["qbank", "reconcile", *arguments], monkeypatch, capsys)

    return run


def test_records_that_agree(reconcile: Reconcile) -> None:
    ended = reconcile("--all")
    assert ended.code == 0, ended.said
    assert "LIVE" in ended.said
    assert "not compared" in ended.said
    found = json.loads(reconcile("--json", "--exam", "LIVE", "--all").out)
    assert sum(day["responses"] for day in found["answers"]["days"]) == 7440
    assert {each["name"] for each in found["marts"]} == {"fact_responses", "int_first_attempts"}
    assert sum(each["mart"] for each in found["marts"]) == 2 * 7440
    assert found["answers"]["faults"] == found["responses at fault"] == []


def test_what_differs_is_listed_and_ends_with_1(reconcile: Reconcile, live_url: str) -> None:
    spoil(live_url, "delete from analytics.fact_responses where response_id = 77")
    spoil(live_url, "delete from telemetry.events where (quiz_id, question_id) ="
          " (select quiz_id, question_id from user_responses where id = 5001)")  # fmt: skip
    ended = reconcile("--all")
    assert ended.code == 1
    assert "response without event: response 5001" in ended.said
    assert "fact_responses: response 77: missing in the mart" in ended.said
    found = json.loads(reconcile("--all", "--json").out)
    assert {"mart": "fact_responses", "response_id": 77, "fault": "missing in the mart"} in found[
        "responses at fault"
    ]


def test_days_limit_how_far_back_it_looks(reconcile: Reconcile, live_url: str) -> None:
    spoil(live_url, "delete from telemetry.events where occurred_at < now() - interval '10 days'")
    assert reconcile("--days", "9").code == 0
    assert reconcile("--days", "12").code == 1
