"""The page of a run says all that a psychometrician signs for, and stays readable when the exam is large."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest

from reports.assumptions import Assumptions
from reports.calibration import render, summary
from reports.changes import Changes, Scale
from reports.flagged import Flagged, Option

from .conftest import Page, assert_accessible, read
from .run_page import FLAGGED, report

HOSTILE = "<script>alert('x')</script>\"><img src=http://evil.example/x>"


@pytest.fixture(scope="module")
def page() -> Page:
    return read(render(report()))


def test_every_section_is_there_and_the_contents_lead_to_it(page: Page) -> None:
    places = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [each["href"].removeprefix("#") for tag, each in page.elements if tag == "a"]
    assert len(links) == 11
    assert set(links) - places == {"pictures"}  # this page has none
    assert_accessible(page)
    assert page.fetched() == []


def test_items_to_look_at_say_what_was_found_what_to_do_and_who_decided(page: Page) -> None:
    for said in (
        "1 of 35 items wait for a person; 1 more were looked at",
        "Check the key.",
        "dismissed by Ann",
    ):
        assert said in page.text
    cards = [each for tag, each in page.elements if tag == "article"]
    assert [each["class"] for each in cards] == ["card", "card decided"]
    assert "Percent choosing each option" in page.text
    assert "C (key): 460, r −0.12" in page.text


def test_options_are_drawn_over_the_thirds() -> None:
    key, suspect, rare = FLAGGED[0].lines
    assert key.is_key
    assert [len(line.points.split()) for line in (key, suspect, rare)] == [3, 3, 2]
    low, _, high = (float(point.split(",")[1]) for point in suspect.points.split())
    assert high < low  # the picture's y runs down
    assert key.points.split()[0] == "30.0,78.8"


def test_labels_of_options_do_not_cover_each_other() -> None:
    same = tuple(Option(label, False, 1, 0.1, None, (0.02, 0.02, 0.02)) for label in "ABCDE")
    heights = sorted(line.y for line in Flagged("V1", (), options=same).lines)
    assert min(later - earlier for earlier, later in pairwise(heights)) > 10.9
    assert heights[-1] <= 126.0
    assert Flagged("V1", ()).lines == ()


def test_assumptions_scale_and_changes_are_told_with_their_figures(page: Page) -> None:
    tables = {caption.split(":")[0].split(";")[0]: rows for caption, rows in page.tables.items()}
    assert tables["Item fit"][1] == ["2PL", "35", "2", "0.012", "0.081"]
    assert tables["Pairs that depend, the most suspicious first"][1] == [
        "V19",
        "V20",
        "0.310",
        "0.110",
        "1,480",
    ]
    assert tables["Items with DIF"][1] == ["V10", "tutor against exam mode", "−2.14", "C", "0.0004"]
    anchors = tables["Parameters as frozen, and as the newest answers alone have them"]
    assert anchors[1] == [
        "V3",
        "dropped",
        "0.80",
        "0.71",
        "0.40",
        "−0.30",
        "410",
        "0.131",
        "0.000",
        "It became easier.",
    ]
    assert tables["Items whose curve moved most"][1] == ["V3", "0.80", "0.75", "0.40", "0.10", "0.071"]
    assert tables["Adaptive sessions of simulated learners"][2][-1] == "beyond"
    assert tables["What each run rests on"][1] == ["Persons", "1,400", "1,500"]
    for said in (
        "Alpha 0.84, omega 0.85",
        "1 of 595 pairs",
        "1 of 34 items served by both",
        "New: V35.",
        "No longer served: V36.",
        "Served with another model: V7.",
        "19 answered as the model does not expect",
        "carried over from version 1",
    ):
        assert said in page.text


def test_decisions_rules_and_versions_are_signed_for(page: Page) -> None:
    assert page.tables["Who let this run go live, or not"][1][1:] == [
        "approve",
        "Ann",
        "the drift of V3 is explained",
    ]
    assert page.tables["How this run was made"][1][0] == "Estimation"
    assert ["fewest_responses", "100"] in next(
        rows for name, rows in page.tables.items() if name.startswith("Rules")
    )
    assert "Signature" in page.text


def test_every_model_has_its_columns_and_a_mixed_one_its_c(page: Page) -> None:
    (items,) = (rows for caption, rows in page.tables.items() if caption.startswith("p: proportion"))
    assert items[1] == [
        "Item",
        "n",
        "p",
        "r",
        *"ab",
        *"abc",
        *"abc",
        "fit p",
        "rmsd",
        "Status",
        "Reason",
        "Flags",
    ]


def test_the_summary_names_who_waits_and_a_scale_that_is_not_held() -> None:
    lost = dataclasses.replace(
        report(), scale=Scale(1, "Anchors hold it.", warning="3 anchors are left of 12")
    )
    said = summary(lost)
    assert said[0] == "The scale is not held: 3 anchors are left of 12"
    assert any(each.startswith("Look at V2:") for each in said)
    assert "3 anchors are left of 12" in read(render(lost)).text


def test_a_first_run_with_nothing_found_says_so() -> None:
    first = dataclasses.replace(
        report(),
        flagged=(),
        assumptions=Assumptions(pairs_note="too few"),
        changes=Changes(None),
        decisions=(),
    )
    text = read(render(first)).text
    for said in (
        "None: nothing was found",
        "No pair was tested: too few",
        "nothing was live before",
        "No groups were",
    ):
        assert said in text
    assert "Nothing was decided of this run yet" in text


def test_a_large_exam_can_be_searched_and_stays_within_reason() -> None:
    html = render(report(5000, 40))
    page = read(html)
    assert len(html) < 8_000_000
    assert sum(tag == "tr" for tag, _ in page.elements) > 5000
    classes = [attributes.get("class", "") for tag, attributes in page.elements if tag == "table"]
    assert "sortable searchable" in classes


def test_hostile_names_stay_text_in_every_section() -> None:
    made = report()
    bad = dataclasses.replace(
        made,
        flagged=(dataclasses.replace(FLAGGED[0], item=HOSTILE),),
        data_note=HOSTILE,
        method=((HOSTILE, HOSTILE),),
        rules=((HOSTILE, HOSTILE),),
        versions=((HOSTILE, HOSTILE),),
        assumptions=dataclasses.replace(
            made.assumptions or Assumptions(), position=HOSTILE, looked_at=HOSTILE
        ),
        changes=Changes(HOSTILE, added=(HOSTILE,), edits=((HOSTILE, HOSTILE),), gate=HOSTILE),
        scale=Scale(1, HOSTILE, link=((HOSTILE, HOSTILE),), warning=HOSTILE),
    )
    page = read(render(bad))
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert "img" not in [tag for tag, _ in page.elements]


def test_where_models_are_mixed_each_item_says_its_own_and_a_long_reason_folds() -> None:
    made = report()
    fits = {"2PL": dataclasses.replace(made.items[0].fits["2PL"], reason="c is known too badly. " * 5)}
    mixed = dataclasses.replace(
        made,
        served_model="mixed",
        items=(dataclasses.replace(made.items[0], served="3PL with c fixed at 0.25", fits=fits),),
        models=made.models[:1],
    )
    page = read(render(mixed))
    (items,) = (rows for caption, rows in page.tables.items() if caption.startswith("p: proportion"))
    assert items[1][-4:] == ["Served as", "Status", "Reason", "Flags"]
    assert items[2][-4] == "3PL with c fixed at 0.25"
    assert items[2][-2].startswith("why")
    assert len(items[1]) == len(items[2])
    assert any("joint fit of mixed models" in sentence for sentence in summary(mixed))
