"""`qbank flags` as a person runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from database.queries import calibrations, flags
from tests.cli.conftest import Qbank
from tests.database.bank import add_exam, add_item
from tests.database.queries.test_publications import TENANT, run


@pytest.fixture
def raised(pipeline_engine: Engine) -> list[int]:
    """Ids of three flags of exam E: I1 miskeyed, I2 drift, I2 miskeyed."""
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        one, two = (add_item(connection, "E", name, TENANT) for name in ("I1", "I2"))
        calibrations.write_candidate(connection, run(1), [])
        key = {"version": 1, "detail": {"r_key": 0.1, "suspect": "B"}, "action": "Check the key."}
        rows: list[dict[str, Any]] = [
            {"question_id": one, "flag": "miskeyed", **key},
            {"question_id": two, "flag": "drift", **key},
            {"question_id": two, "flag": "miskeyed", **key},
        ]
        flags.raise_flags(connection, run(1), rows)
        return [row["id"] for row in flags.flags(connection)]


def test_without_flags_it_says_so(qbank: Qbank) -> None:
    assert qbank("flags", "list").said == "no flags"


def test_flags_are_listed_with_what_to_do_and_filtered(qbank: Qbank, raised: list[int]) -> None:
    listed = qbank("flags", "list", "--exam", "E")
    assert listed.code == 0, listed.err
    assert listed.out.count("Check the key.") == 3
    found = json.loads(qbank("flags", "list", "--kind", "miskeyed", "--item", "I2", "--json").out)
    assert [(row["id"], row["state"]) for row in found] == [(raised[2], "open")]
    assert "2 more: raise --limit" in qbank("flags", "list", "--limit", "1").said
    assert qbank("flags", "list", "--state", "accepted").said == "no flags"
    refused = qbank("flags", "list", "--state", "closed")
    assert (refused.code, "must be one of open, accepted, dismissed" in refused.said) == (1, True)


def test_a_flag_is_dismissed_shown_and_reopened(qbank: Qbank, raised: list[int]) -> None:
    one = str(raised[0])
    ended = qbank("flags", "dismiss", one, "--by", "Ada", "--reason", "the guideline says A")
    assert ended.said == f"{one}: miskeyed of I1 (E) is dismissed"
    shown = qbank("flags", "show", one).said
    for said in (
        "I1 of exam E",
        "Check the key.",
        "r_key 0.1",
        "dismissed by Ada at",
        "the guideline says A",
    ):
        assert said in shown
    assert "Ada: the guideline says A" in qbank("flags", "list", "--state", "dismissed").said
    assert json.loads(qbank("flags", "show", one, "--json").out)["decided_by"] == "Ada"
    assert qbank("flags", "reopen", one).said == f"{one}: miskeyed of I1 (E) is open"
    assert "dismissed" not in qbank("flags", "show", one).said


def test_of_several_flags_all_are_decided_or_none(qbank: Qbank, raised: list[int]) -> None:
    ended = qbank("flags", "accept", *map(str, raised[1:]), 999, "--by", "Ada", "--reason", "so it is")
    assert ended.code == 1
    assert "there is no flag 999" in ended.said
    assert qbank("flags", "list", "--state", "accepted").said == "no flags"
    assert qbank("flags", "accept", *map(str, raised[1:]), "--by", "Ada", "--reason", "so it is").code == 0
    accepted = json.loads(qbank("flags", "list", "--state", "accepted", "--json").out)
    assert [row["id"] for row in accepted] == raised[1:]


@pytest.mark.parametrize("given", [["--by", "Ada"], ["--reason", "why"], ["--by", " ", "--reason", "why"]])
def test_a_decision_without_name_or_reason_is_refused(
    qbank: Qbank, raised: list[int], given: list[str]
) -> None:
    ended = qbank("flags", "accept", raised[0], *given)
    assert ended.code != 0
    assert "Missing option" in ended.said or "a name and a reason" in ended.said
    assert qbank("flags", "list", "--state", "accepted").said == "no flags"
