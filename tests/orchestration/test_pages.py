"""Dagster's pages in a real browser, on real runs: the graph, a plot, the checks, and a gate that failed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from docs.images import take
from tests.orchestration.conftest import Pipeline
from tests.orchestration.exams import write_exam
from tests.services.pages import missing, webserver

# No session is ten times as precise as before: the gate of the second run must fail.
RULES = {"gate_se_ratio": 0.1}


@pytest.fixture(scope="module")
def address(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of an exam that was published, and then held back by its gate."""
    lacking = missing()
    if lacking is not None and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking is not None:
        pytest.skip(lacking)
    items, responses = write_exam(tmp_path_factory.mktemp("seen"), persons=420, items=12, easy=False)
    early = responses.with_name("early.csv")
    pl.read_csv(responses).head(400).write_csv(early)
    pipeline.import_files("SEEN", items, early)
    published = pipeline.run("SEEN")
    assert published.success, published.faults
    with pipeline.engine.begin() as connection:
        connection.execute(
            text("update exams set model_policy = cast(:rules as jsonb) where code = 'SEEN'"),
            {"rules": json.dumps(RULES)},
        )
    pipeline.import_files("SEEN", items, responses)
    held_back = pipeline.run("SEEN")
    failed = [check.name for check in held_back.checks if not check.passed and check.severity == "ERROR"]
    assert failed == ["simulation_gate: no_worse_than_live"]
    with webserver(pipeline.home / "dagster", pipeline.home / "webserver.log") as served:
        yield served


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=take.CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser.new_page(viewport=take.WINDOW)
        browser.close()


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("view", take.VIEWS, ids=lambda view: view.name)
def test_the_pages_of_the_documents_show_what_they_show_there(
    view: take.View, page: Page, address: str, tmp_path: Path
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    assert take.take(page, address, view, tmp_path).stat().st_size > 20_000
    assert faults == []


@pytest.mark.timeout(1500)
def test_a_failed_gate_says_what_it_observed(page: Page, address: str) -> None:
    page.goto(f"{address}/assets/simulation_gate?view=checks&checkDetail=no_worse_than_live")
    page.get_by_text("no_worse_than_live").first.wait_for(timeout=90_000)
    page.get_by_text("observed").first.wait_for(timeout=90_000)
    assert "Failed" in page.inner_text("body")
