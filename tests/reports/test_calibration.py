"""The calibration page shows its values, escapes what is hostile, and needs nothing beside itself."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from reports import Plot
from reports.calibration import (
    CalibrationReport,
    Group,
    Informative,
    ItemFit,
    ItemRow,
    ModelFit,
    Suspect,
    render,
    summary,
)
from reports.drift import DriftByWeek, DriftedWeek
from reports.policy import RapidGuesses, ResponsePolicy, Sensitivity, Shift

from .conftest import assert_accessible, read

HOSTILE = "<script>alert('x')</script>\"><img src=http://evil.example/x>"
TWO = ItemFit(0.61, -1.25, 0.0, 0.031, 0.052, None)
BOUND = ItemFit(0.72, -1.1, 0.0, 0.04, 0.06, None, "c at bound", "c at its lower bound")
GONE = ItemFit(None, None, None, None, None, None, "set aside", "everybody got it right")
REPORT = CalibrationReport(
    exam="CARDIO",
    run_id="run-17",
    fitted_at=dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC),
    snapshot_hash="ab12cd",
    n_persons=5000,
    n_items=2,
    n_responses=9876,
    served_model="2PL",
    synthetic_clock=False,
    items=(
        ItemRow("V1", 4993, 0.634, 0.4567, {"2PL": TWO, "3PL": BOUND}),
        ItemRow("V9", 4883, 1.0, None, {"2PL": GONE, "3PL": GONE}),
    ),
    models=(
        ModelFit("2PL", -2466.653, 10, 4953.306, 5002.38, True, "gradient below 1e-4"),
        ModelFit("3PL", -2466.5, 15, 4963.0, 5036.6, True, "gradient below 1e-4"),
    ),
)
SUSPECT = Suspect("V2", "C", "A", 0.042, 0.136, 0.094, 0.048, 0.14, 4993)


def test_it_shows_what_was_fitted() -> None:
    page = read(render(REPORT))
    for value in ("CARDIO", "run-17", "ab12cd", "2026-03-01 02:30 UTC", "5,000", "9,876", "D = 1.7"):
        assert value in page.text
    (models,) = (rows for caption, rows in page.tables.items() if caption.startswith("Marginal"))
    assert models[1][:5] == ["2PL", "−2,466.653", "10", "4,953.3", "5,002.4"]
    (items,) = (rows for caption, rows in page.tables.items() if caption.startswith("p: proportion"))
    assert items[2] == [
        "V1",
        "4,993",
        "0.634",
        "0.457",
        "0.61 ± 0.03",
        "−1.25 ± 0.05",
        "0.72 ± 0.04",
        "−1.10 ± 0.06",
        "0.00",
        "2PL: ok; 3PL: c at bound",
        "3PL: c at its lower bound",
        "–",
    ]
    assert items[3] == [
        "V9",
        "4,883",
        "1.000",
        "–",
        "–",
        "–",
        "–",
        "–",
        "–",
        "set aside",
        "everybody got it right",
        "–",
    ]


def test_suspects_informative_items_and_pictures_are_shown() -> None:
    flagged = dataclasses.replace(REPORT.items[0], flags=("miskeyed",))
    page = read(
        render(
            dataclasses.replace(
                REPORT,
                miskeyed=(SUSPECT,),
                items=(flagged,),
                information_measure="largest over theta, 2PL",
                most_informative=(Informative("V1", 0.2087),),
                least_informative=(Informative("V2", 0.003),),
                plots=(Plot("Test information", "Information over theta, highest near 1.4.", b"\x89PNG"),),
            )
        )
    )
    (suspects,) = (rows for caption, rows in page.tables.items() if caption.startswith("Correlation"))
    assert suspects[1] == ["V2", "C", "A", "0.042", "0.136", "0.094", "0.048 to 0.140", "4,993"]
    assert page.tables["Most informative"][1] == ["V1", "0.209"]
    assert page.tables["Least informative"][1] == ["V2", "0.003"]
    assert "largest over theta, 2PL" in page.text
    assert (
        "img",
        {"src": "data:image/png;base64,iVBORw==", "alt": "Information over theta, highest near 1.4."},
    ) in page.elements
    assert "miskeyed" in page.text


def test_without_suspects_it_says_so() -> None:
    assert "None: no wrong option" in read(render(REPORT)).text


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_made_up_clock_is_told(synthetic: bool) -> None:
    page = read(render(dataclasses.replace(REPORT, synthetic_clock=synthetic)))
    assert ("Synthetic clock." in page.text) == synthetic


def test_the_summary_puts_first_what_to_do_first() -> None:
    negative = ItemRow("V7", 100, 0.4, -0.1, {"2PL": dataclasses.replace(TWO, a=-0.3)})
    failed = dataclasses.replace(REPORT.models[1], converged=False, reason_stopped="500 passes")
    said = summary(
        dataclasses.replace(
            REPORT, miskeyed=(SUSPECT,), items=(*REPORT.items, negative), models=(REPORT.models[0], failed)
        )
    )
    assert said == (
        "Check the key of V2 (key C, probably A) first: this item looks mis-keyed.",
        "Look at V7: learners who know more answer wrong more often.",
        "The 3PL did not converge (500 passes): do not rely on its values.",
        "1 item was set aside; the table says why.",
        "2 items calibrated on 9,876 responses of 5,000 persons; learners are served by the 2PL.",
    )


def test_the_summary_of_a_good_run_asks_for_nothing() -> None:
    said = summary(dataclasses.replace(REPORT, items=REPORT.items[:1], served_model=None))
    assert said == (
        "Nothing needs a person's attention.",
        "1 item calibrated on 9,876 responses of 5,000 persons; nothing of this run is served to learners.",
    )


def test_hostile_names_stay_text() -> None:
    row = ItemRow(HOSTILE, 1, 0.5, 0.1, {"2PL": dataclasses.replace(TWO, reason=HOSTILE)}, (HOSTILE,))
    html = render(
        dataclasses.replace(
            REPORT,
            exam=HOSTILE,
            run_id=HOSTILE,
            items=(row,),
            miskeyed=(dataclasses.replace(SUSPECT, item=HOSTILE),),
            most_informative=(Informative(HOSTILE, 1.0),),
            plots=(Plot(HOSTILE, HOSTILE, b"png"),),
        )
    )
    page = read(html)
    assert [tag for tag, _ in page.elements].count("script") == 1  # the page's own
    assert page.text.count(HOSTILE) >= 8
    assert page.fetched() == []
    assert "<script>alert" not in html


def test_it_needs_no_network_and_is_accessible() -> None:
    page = read(
        render(
            dataclasses.replace(
                REPORT, miskeyed=(SUSPECT,), plots=(Plot("Test information", "A curve.", b"png"),)
            )
        )
    )
    assert page.fetched() == []
    assert not any(tag in ("link", "iframe", "object", "embed") for tag, _ in page.elements)
    (policy,) = (
        attributes["content"]
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    assert_accessible(page)


def test_a_fit_of_a_file_has_no_run_and_serves_nobody() -> None:
    row = dataclasses.replace(REPORT.items[0], measures={"infit": 1.02, "s_x2_p": None})
    report = dataclasses.replace(
        REPORT,
        exam="answers <1>.csv",
        run_id=None,
        served_model=None,
        items=(row,),
        keys_known=False,
        facts=(("Engine", "native"),),
        groups=(Group("north", 300, -0.25, 1.1), Group("south", 200, None, None)),
        notes=("3 rows repeat a person and item.",),
    )
    page = read(render(report))
    assert_accessible(page)
    assert page.fetched() == []
    for absent in ("served", "Run", "mis-keyed"):
        assert absent not in page.text
    for there in ("answers <1>.csv", "Engine", "native", "3 rows repeat a person and item."):
        assert there in page.text
    (groups,) = (rows for caption, rows in page.tables.items() if caption.startswith("Mean and standard"))
    assert groups[1:] == [["north", "300", "−0.250", "1.100"], ["south", "200", "–", "–"]]
    (items,) = (rows for caption, rows in page.tables.items() if caption.startswith("p: proportion"))
    assert items[1][-5:] == ["infit", "s_x2_p", "Status", "Reason", "Flags"]
    assert items[2][-5:-3] == ["1.020", "–"]
    assert len(items[1]) == len(items[2])
    assert summary(report)[-1] == "1 item calibrated on 9,876 responses of 5,000 persons."


def test_a_fit_that_fitted_nothing_still_lists_its_items() -> None:
    gone = ItemRow("V9", 12, 1.0, None, {"2PL": GONE})
    page = read(render(dataclasses.replace(REPORT, run_id=None, items=(gone,), models=())))
    assert "1 item was set aside" in page.text
    (items,) = (rows for caption, rows in page.tables.items() if caption.startswith("p: proportion"))
    assert items[2] == ["V9", "12", "1.000", "–", "set aside", "everybody got it right", "–"]


GUESSES = RapidGuesses(1200, 300, 1100, 0.271, 0.245, 0.298, 0.95, 0.25, 0.21)
POLICY = ResponsePolicy(
    dispositions=(("usable", 9876), ("rapid_guess", 1200)),
    rapid_guesses=GUESSES,
    sensitivity=Sensitivity(1150, 0.98765, -0.12, 0.3, (Shift("V1", 0.61, 0.49, -1.25, -0.95),)),
)
DRIFTED = DriftedWeek("V1", dt.date(2026, 3, 2), 140, 0.8, 0.634, 0.04, 4.15)


def test_the_policy_is_shown_with_what_it_removed_and_changed() -> None:
    page = read(render(dataclasses.replace(REPORT, policy=POLICY)))
    assert_accessible(page)
    dispositions = page.tables["What became of the learners' first attempts"]
    assert dispositions[1:] == [["usable", "9,876", "89.17 %"], ["rapid_guess", "1,200", "10.83 %"]]
    (guesses,) = (rows for caption, rows in page.tables.items() if caption.startswith("How often the 1,200"))
    assert guesses[1] == ["1,200", "300", "0.271", "0.245 to 0.298", "0.250", "0.210"]
    assert "compared are the 1,100 to items whose options are known" in page.text
    assert page.tables["Items that rapid guesses would move most, 2PL"][1] == [
        "V1",
        "0.61",
        "0.49",
        "−1.25",
        "−0.95",
    ]
    assert "at most −0.120 in a and 0.300 in b; the two b correlate 0.9877" in page.text


def test_without_rapid_guesses_it_says_so() -> None:
    page = read(render(dataclasses.replace(REPORT, policy=ResponsePolicy((("usable", 10),)))))
    assert "No answer was a rapid guess." in page.text
    assert "correlate" not in page.text


def test_a_rule_that_removes_knowledge_is_told_first() -> None:
    warned = dataclasses.replace(POLICY, warning="The rule for rapid guesses removes knowledge.")
    assert summary(dataclasses.replace(REPORT, policy=warned))[0] == warned.warning
    assert warned.warning not in summary(dataclasses.replace(REPORT, policy=POLICY))


def test_weeks_that_drifted_are_listed_and_named_in_the_summary() -> None:
    other = dataclasses.replace(DRIFTED, item="V9", observed=0.1)
    plot = Plot("Drift by week", "Proportion right by week.", b"png")
    report = dataclasses.replace(REPORT, drift=DriftByWeek(20, 18, (DRIFTED, other), plot))
    assert summary(report)[0] == "See why V9, V1 drifted: the table says in which weeks."
    page = read(render(report))
    assert_accessible(page)
    rows = page.tables["Weeks in which an item drifted"]
    assert rows[1] == ["V1", "2026-03-02", "140", "0.800", "0.634 ± 0.040", "4.15"]
    assert "over all 18 weeks of items tested" in page.text
    assert any(attributes.get("alt") == plot.alt for tag, attributes in page.elements if tag == "img")


@pytest.mark.parametrize(
    ("drift", "said"),
    [
        (DriftByWeek(20, 18), "None: in no week"),
        (DriftByWeek(20, 0), "each has too few answers"),
        (DriftByWeek(0, 0), "there are none"),
    ],
)
def test_without_drift_it_says_what_was_tested(drift: DriftByWeek, said: str) -> None:
    report = dataclasses.replace(REPORT, drift=drift)
    assert said in read(render(report)).text
    assert summary(report) == summary(REPORT)


def test_why_the_groups_are_these_is_said() -> None:
    groups = (Group("exam", 300, 0.0, 1.0), Group("tutor", 200, 0.4, 0.9))
    page = read(render(dataclasses.replace(REPORT, groups=groups, groups_note="exam mode is N(0, 1)")))
    assert "exam mode is N(0, 1)." in page.text
