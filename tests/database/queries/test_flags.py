"""A flag stands while runs find it, and what a person said of it with it; found again later it is a new one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from database.errors import ReviewError
from database.queries import calibrations, flags
from tests.database.bank import add_exam, add_item
from tests.database.queries.test_publications import TENANT, run


@pytest.fixture
def questions(pipeline_engine: Engine) -> list[int]:
    with pipeline_engine.begin() as connection:
        for exam in ("E", "F"):
            add_exam(connection, exam, TENANT)
        for number in (1, 2, 3):
            calibrations.write_candidate(connection, run(number), [])
        calibrations.write_candidate(connection, run(9, "F"), [])
        return [
            add_item(connection, exam, name, TENANT) for exam, name in (("E", "I1"), ("E", "I2"), ("F", "I1"))
        ]


def found(question: int, flag: str = "miskeyed", **changes: Any) -> dict[str, Any]:
    return {
        "question_id": question,
        "version": 1,
        "flag": flag,
        "detail": {"n": 1},
        "action": "Look.",
    } | changes


def told(connection: Connection, **which: Any) -> list[tuple[str, str, str]]:
    return [(each["item"], each["flag"], each["state"]) for each in flags.flags(connection, **which)]


def test_a_flag_that_still_stands_keeps_its_row_its_time_and_its_decision(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        flags.raise_flags(connection, run(1), [found(questions[0]), found(questions[1], "drift")])
        first, second = flags.flags(connection, exam="E")
        flags.decide(connection, first["id"], "dismissed", "Ada", "the key is right: see the guideline")
    with pipeline_engine.begin() as connection:
        newer = [found(questions[0], detail={"n": 2}, action="Look again."), found(questions[1], "drift")]
        flags.raise_flags(connection, run(2), newer)
        again, other = flags.flags(connection, exam="E")
        assert (again["id"], again["raised_at"], again["state"]) == (
            first["id"],
            first["raised_at"],
            "dismissed",
        )
        assert (again["decided_by"], again["decision_reason"]) == (
            "Ada",
            "the key is right: see the guideline",
        )
        assert (again["detail"], again["action"], again["run_id"]) == ({"n": 2}, "Look again.", run(2).id)
        assert (other["id"], other["state"]) == (second["id"], "open")


def test_what_is_gone_is_resolved_and_found_again_it_is_a_new_open_flag(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        flags.raise_flags(connection, run(1), [found(questions[0])])
        (first,) = flags.flags(connection)
        flags.decide(connection, first["id"], "accepted", "Ada", "it is B")
        flags.raise_flags(connection, run(2), [])
        assert flags.flags(connection) == []
        with pytest.raises(ReviewError, match="was resolved at"):
            flags.decide(connection, first["id"], "dismissed", "Ada", "too late")
        flags.raise_flags(connection, run(3), [found(questions[0])])
        old, new = flags.flags(connection, resolved=True)
        assert (old["id"], old["state"], old["decided_by"]) == (first["id"], "accepted", "Ada")
        assert old["resolved_at"] is not None
        assert (new["state"], new["resolved_at"]) == ("open", None)
        assert new["id"] != old["id"]


def test_drift_is_found_once_and_stands_until_somebody_has_looked(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        flags.raise_flags(connection, run(1), [found(questions[0], "drift")])
        flags.raise_flags(connection, run(2), [])
        (stands,) = flags.flags(connection, exam="E")
        assert (stands["flag"], stands["state"], stands["run_id"]) == ("drift", "open", run(1).id)
        flags.decide(connection, stands["id"], "accepted", "Ada", "it got around")
        flags.raise_flags(connection, run(3), [])
        assert flags.flags(connection, exam="E") == []
        (kept,) = flags.flags(connection, exam="E", resolved=True)
        assert (kept["state"], kept["decided_by"]) == ("accepted", "Ada")


def test_flags_of_another_exam_and_of_kinds_that_no_run_raises_are_left_alone(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        flags.raise_flags(connection, run(9, "F"), [found(questions[2])])
        flags.raise_flags(connection, run(1), [found(questions[0], "offensive")])
        flags.raise_flags(connection, run(2), [])
        assert told(connection) == [("I1", "offensive", "open"), ("I1", "miskeyed", "open")]


def test_flags_are_found_by_exam_state_kind_and_item(pipeline_engine: Engine, questions: list[int]) -> None:
    with pipeline_engine.begin() as connection:
        rows = [found(questions[0]), found(questions[0], "dif"), found(questions[1], "dif")]
        flags.raise_flags(connection, run(1), rows)
        flags.raise_flags(connection, run(9, "F"), [found(questions[2], "dif")])
        (which,) = flags.flags(connection, exam="E", item="I2")
        flags.decide(connection, which["id"], "accepted", "Ada", "so it is")
        assert told(connection, kinds=["dif"], exam="E") == [("I1", "dif", "open"), ("I2", "dif", "accepted")]
        assert told(connection, states=["accepted", "dismissed"]) == [("I2", "dif", "accepted")]
        assert told(connection, item="I1", kinds=["miskeyed"]) == [("I1", "miskeyed", "open")]
        assert len(told(connection)) == 4


def test_a_decision_names_who_and_why_and_can_be_taken_back(
    pipeline_engine: Engine, questions: list[int]
) -> None:
    with pipeline_engine.begin() as connection:
        flags.raise_flags(connection, run(1), [found(questions[0])])
        (raised,) = flags.flags(connection)
        for by, reason in (("", "so it is"), ("Ada", "  ")):
            with pytest.raises(ReviewError, match="a name and a reason"):
                flags.decide(connection, raised["id"], "accepted", by, reason)
        said = flags.decide(connection, raised["id"], "accepted", " Ada ", "so it is")
        assert (said["decided_by"], said["decision_reason"]) == ("Ada", "so it is")
        assert said["decided_at"] is not None
        with pytest.raises(ReviewError, match="accepted already"):
            flags.decide(connection, raised["id"], "accepted", "Bob", "me too")
        assert flags.decide(connection, raised["id"], "dismissed", "Bob", "no")["decided_by"] == "Bob"
        again = flags.reopen(connection, raised["id"])
        assert (again["state"], again["decided_by"], again["decision_reason"]) == ("open", None, None)
        with pytest.raises(ReviewError, match="open already"):
            flags.reopen(connection, raised["id"])


def test_an_unknown_flag_is_said_to_be_so(pipeline_engine: Engine, questions: list[int]) -> None:
    with pipeline_engine.begin() as connection:
        for ask in (lambda: flags.flag(connection, 77), lambda: flags.reopen(connection, 77)):
            with pytest.raises(ReviewError, match="there is no flag 77"):
                ask()
        assert connection.scalar(text("select count(*) from item_flags")) == 0
