"""The data-quality page shows what was rejected and what checks found, the worst first."""

from __future__ import annotations

import dataclasses
import datetime as dt

from expectations import ExpectationResult, SuiteResult
from reports.data_quality import Count, DataQualityReport, DbtTest, render, summary

from .conftest import assert_accessible, read

HOSTILE = "<script>alert(1)</script>"
GOOD = ExpectationResult(
    "user_id_present", "Names its learner.", "error", True, "0 of 120 rows at fault", 0, (), None
)
BAD = ExpectationResult(
    "time_not_negative",
    "No negative time.",
    "error",
    False,
    "2 of 120 rows at fault",
    2,
    ({"id": 7, "time_taken_ms": -5}, {"id": 9, "time_taken_ms": None}),
    None,
)
WARNED = ExpectationResult("share_correct", "Share is plausible.", "warn", False, 0.991234, 0, (), None)
RAISED = ExpectationResult(
    "broken", "Cannot be told.", "error", False, None, 0, (), 'column "x" does not exist'
)


def report(*checks: ExpectationResult, **fields: object) -> DataQualityReport:
    suite = SuiteResult("user_responses", checks, 120, not any(each.blocks for each in checks), 0.5)
    plain = DataQualityReport(
        "CARDIO", dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC), 130, 0, suites=(suite,)
    )
    return dataclasses.replace(plain, **fields)  # type: ignore[arg-type]


def test_it_shows_counts_checks_and_dbt_tests() -> None:
    page = read(
        render(
            report(
                GOOD,
                WARNED,
                BAD,
                RAISED,
                responses_rejected=10,
                rejects=(Count("unknown item", 10, "add the item"),),
                rejects_file="rejects/a.csv",
                dispositions=(Count("usable", 90), Count("rapid_guess", 30, "too fast")),
                dbt_tests=(DbtTest("unique_key", "fail", 3, "Got 3 results"), DbtTest("not_null", "pass")),
            )
        )
    )
    assert page.tables["Why responses were rejected"][1] == ["unknown item", "10", "7.69 %", "add the item"]
    assert page.tables["Dispositions of the first attempts"][2] == [
        "rapid_guess",
        "30",
        "25.00 %",
        "too fast",
    ]
    assert page.tables["First rows at fault"] == [["id", "time_taken_ms"], ["7", "-5"], ["9", "–"]]
    (checks,) = (rows for caption, rows in page.tables.items() if caption.startswith("An error that fails"))
    assert [row[0] for row in checks[1:]] == [
        "time_not_negative",
        "broken",
        "share_correct",
        "user_id_present",
    ]
    assert [row[1] for row in checks[1:]] == ["failed", "failed", "warning", "passed"]
    assert [row[4] for row in checks[1:]] == [
        "2 of 120 rows at fault",
        'column "x" does not exist',
        "0.9912",
        "0 of 120 rows at fault",
    ]
    assert page.tables["Tests of the models' logic"][1] == ["unique_key", "fail", "3", "Got 3 results"]
    assert "rejects/a.csv" in page.text
    assert_accessible(page)
    assert page.fetched() == []


def test_the_summary_puts_first_what_stopped_the_run() -> None:
    said = summary(
        report(
            GOOD,
            WARNED,
            BAD,
            responses_rejected=10,
            rejects_file="r.csv",
            dbt_tests=(DbtTest("unique_key", "error"),),
        )
    )
    assert said == (
        "1 check failed and stopped what builds on it: user_responses.time_not_negative."
        " What was live before stays live.",
        "1 dbt test failed: unique_key.",
        "10 of 130 responses rejected. They stand in r.csv: correct them there and import that file.",
        "1 warning to look at: user_responses.share_correct.",
        "4 checks ran on 130 responses.",
    )


def test_the_summary_of_good_data_asks_for_nothing() -> None:
    assert summary(report(GOOD)) == ("Nothing needs a person's attention.", "1 check ran on 130 responses.")


def test_the_colour_of_the_summary_follows_the_worst() -> None:
    kinds = {
        name: dict(read(render(made)).elements)["section"]["class"]
        for name, made in {
            "good": report(GOOD),
            "warned": report(WARNED),
            "rejected": report(GOOD, responses_rejected=1),
            "failed": report(BAD),
            "dbt": report(GOOD, dbt_tests=(DbtTest("t", "fail"),)),
        }.items()
    }
    assert kinds == {
        "good": "summary",
        "warned": "summary attention",
        "rejected": "summary attention",
        "failed": "summary blocked",
        "dbt": "summary blocked",
    }


def test_without_checks_it_says_so() -> None:
    text = read(render(report(suites=()))).text
    assert "No suite was run." in text
    assert "No dbt test was run." in text


def test_hostile_values_stay_text() -> None:
    check = dataclasses.replace(
        BAD, id=HOSTILE, description=HOSTILE, observed=HOSTILE, sample=({HOSTILE: HOSTILE},)
    )
    page = read(
        render(
            report(
                check,
                exam=HOSTILE,
                rejects=(Count(HOSTILE, 1, HOSTILE),),
                rejects_file=HOSTILE,
                responses_rejected=1,
                dbt_tests=(DbtTest(HOSTILE, HOSTILE, 1, HOSTILE),),
                synthetic_clock=True,
            )
        )
    )
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert page.text.count(HOSTILE) >= 10
    assert "Synthetic clock." in page.text
