"""The data-quality page shows what did not pass first, since when and whose it is, and folds what passed."""

from __future__ import annotations

import dataclasses
import datetime as dt

from reports.data_quality import Check, Count, DataQualityReport, Load, digest, render, summary

from .conftest import assert_accessible, read

HOSTILE = "<script>alert(1)</script>"
MONDAY = dt.datetime(2026, 2, 23, 2, 5, tzinfo=dt.UTC)
OWNERS = ("team:data-engineering",)
SUITE = "suite user_responses"
GOOD = Check(
    SUITE, "user_responses", "option_known", "error", True, "Known.", "0 of 120 rows at fault", owners=OWNERS
)
BAD = Check(
    SUITE,
    "user_responses",
    "time_not_negative",
    "error",
    False,
    "No negative time.",
    "2 of 120 rows at fault",
    2,
    ({"id": 7, "time_taken_ms": -5}, {"id": 9, "time_taken_ms": None}),
    None,
    OWNERS,
    MONDAY,
    6,
)
WARNED = Check(SUITE, "user_responses", "share_correct", "warn", False, "Plausible.", 0.991234)
RAISED = Check(
    SUITE,
    "user_responses",
    "broken",
    "error",
    False,
    "Cannot be told.",
    None,
    error='column "x" does not exist',
)
UNIQUE = Check("dbt tests", "fact_responses", "unique_key", "error", False, "", "Got 3 results", 3)


def report(*checks: Check, **fields: object) -> DataQualityReport:
    plain = DataQualityReport(
        "CARDIO",
        "4f1c",
        dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC),
        130,
        0,
        checks=checks,
        rows={SUITE: 120},
    )
    return dataclasses.replace(plain, **fields)  # type: ignore[arg-type]


def test_it_shows_failures_first_and_folds_what_passed() -> None:
    made = render(
        report(
            GOOD,
            WARNED,
            RAISED,
            BAD,
            UNIQUE,
            responses_rejected=10,
            rejects=(Count("unknown item", 10, "add the item"),),
            rejects_file="rejects/a.csv",
            dispositions=(Count("usable", 90), Count("rapid_guess", 30, "too fast")),
            loads=(Load("drain log:events.qbank", MONDAY, 12),),
        )
    )
    page = read(made)
    assert page.tables["Why responses were rejected"][1] == ["unknown item", "10", "7.69 %", "add the item"]
    assert page.tables["Dispositions of the first attempts"][2] == [
        "rapid_guess",
        "30",
        "25.00 %",
        "too fast",
    ]
    assert page.tables["First rows at fault"] == [["id", "time_taken_ms"], ["7", "-5"], ["9", "–"]]
    (checks,) = (rows for caption, rows in page.tables.items() if caption.startswith("An error that fails"))
    # What blocks first, and of those what has failed for longest.
    assert [row[0] for row in checks[1:]] == [
        "user_responses.time_not_negative",
        "fact_responses.unique_key",
        "user_responses.broken",
        "user_responses.share_correct",
    ]
    assert [row[1] for row in checks[1:]] == ["failed", "failed", "failed", "warning"]
    assert [row[3] for row in checks[1:]] == [
        "2 of 120 rows at fault",
        "Got 3 results",
        'column "x" does not exist',
        "0.9912",
    ]
    assert [row[4] for row in checks[1:3]] == ["2026-02-23 02:05 UTC, 6 runs", "this run"]
    assert checks[1][5] == "team:data-engineering"
    assert page.tables[f"Passed: {SUITE}"][1][0] == "user_responses.option_known"
    assert f"{SUITE}: 1 passed, on 120 rows" in page.text
    assert page.tables["When each source was last read with success"][1] == [
        "drain log:events.qbank",
        "2026-02-23 02:05 UTC",
        "12",
    ]
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
            not_run=("suite item_calibration",),
        )
    )
    assert said == (
        "1 check failed and stopped what builds on it: user_responses.time_not_negative."
        " What was live before stays live.",
        "10 of 130 responses rejected. They stand in r.csv: correct them there and import that file.",
        "1 warning to look at: user_responses.share_correct.",
        "3 checks ran on 130 responses.",
        "Not run: suite item_calibration.",
    )


def test_the_summary_of_good_data_asks_for_nothing() -> None:
    assert summary(report(GOOD)) == ("Nothing needs a person's attention.", "1 check ran on 130 responses.")


def test_the_digest_is_a_table_that_no_value_breaks() -> None:
    lines = digest(report(GOOD, dataclasses.replace(BAD, observed="a|b\nc"), RAISED)).splitlines()
    assert [line for line in lines if line.startswith("|")] == [
        "| check | since | observed | owner |",
        "| --- | --- | --- | --- |",
        "| user_responses.time_not_negative (error) | 2026-02-23 02:05 UTC | a\\|b c | team:data-engineering |",
        '| user_responses.broken (error) | this run | column "x" does not exist |  |',
    ]
    assert "|" not in digest(report(GOOD))


def test_the_colour_of_the_summary_follows_the_worst() -> None:
    kinds = {
        name: dict(read(render(made)).elements)["section"]["class"]
        for name, made in {
            "good": report(GOOD),
            "warned": report(WARNED),
            "rejected": report(GOOD, responses_rejected=1),
            "failed": report(BAD),
        }.items()
    }
    assert kinds == {
        "good": "summary",
        "warned": "summary attention",
        "rejected": "summary attention",
        "failed": "summary blocked",
    }


def test_without_checks_it_says_so() -> None:
    text = read(render(report())).text
    assert "Everything that was checked passed." in text
    assert "No check passed." in text
    assert "No drain and no import is on record." in text


def test_hostile_values_stay_text() -> None:
    check = dataclasses.replace(
        BAD,
        family=HOSTILE,
        asset=HOSTILE,
        name=HOSTILE,
        description=HOSTILE,
        observed=HOSTILE,
        sample=({HOSTILE: HOSTILE},),
        owners=(HOSTILE,),
    )
    page = read(
        render(
            report(
                check,
                dataclasses.replace(check, passed=True),
                exam=HOSTILE,
                run_id=HOSTILE,
                rejects=(Count(HOSTILE, 1, HOSTILE),),
                rejects_file=HOSTILE,
                responses_rejected=1,
                loads=(Load(HOSTILE, MONDAY, 1),),
                synthetic_clock=True,
            )
        )
    )
    # The one script sorts tables.
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert page.text.count(HOSTILE) >= 12
    assert "Synthetic clock." in page.text
