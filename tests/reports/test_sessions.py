"""The page on simulated sessions: what it says first, what it escapes, and that it needs nothing beside itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from reports.sessions import Bound, Line, SessionsReport, render

OUT_OF_REACH = Bound("as given", "precision", False, "0.3 is out of reach")
REPORT = SessionsReport(
    bank="<bank>",
    items=1200,
    simulees=50,
    population="mean 0, standard deviation 1",
    seed=4,
    played_at=dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC),
    configurations=("as given", "r_max=0.1"),
    bounds=(OUT_OF_REACH, Bound("r_max=0.1", "exposure", True, "can be kept")),
    lines=(Line("rmse", "of theta", ("0.31", "0.42")),),
    plots=(),
)


def test_what_cannot_be_met_comes_first_and_names_are_escaped() -> None:
    page = render(REPORT)
    assert page.index("0.3 is out of reach") < page.index("What the bank allows")
    assert "&lt;bank&gt;" in page
    assert "<bank>" not in page
    assert "1,200" in page
    assert all(value in page for value in ("0.31", "0.42", "r_max=0.1", "2026-03-01 12:00 UTC"))
    assert "src=" not in page.replace('src="data:', "")


def test_a_bank_that_allows_everything_is_said_to() -> None:
    page = render(replace(REPORT, bounds=REPORT.bounds[1:]))
    assert "The bank allows all that was asked of it" in page
    assert "attention" not in page.split("</style>")[1].split("</section>")[0]
