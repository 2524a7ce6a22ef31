"""`qbank delivery` and `qbank replay-quiz` as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from cli import exposure_control
from tests.api_min.conftest import lay_exam  # noqa: F401 - a fixture
from tests.cli.conftest import Qbank
from tests.cli.quiz import take

Lay = Callable[..., list[int]]


@pytest.fixture
def exam(lay_exam: Lay) -> list[int]:  # noqa: F811
    labels = ("easy", "medium", "hard")
    return lay_exam([{"a": 1.0, "b": k / 10 - 2, "label": labels[k % 3]} for k in range(40)])


def _given(folder: Path, settings: Any) -> str:
    file = folder / "rules.json"
    file.write_text(settings if isinstance(settings, str) else json.dumps(settings))
    return str(file)


def test_rules_are_shown_set_and_held_against_the_bank(qbank: Qbank, exam: list[int], tmp_path: Path) -> None:
    usual = json.loads(qbank("delivery", "demo", "--json").out)
    assert (usual["rules"]["criterion"], usual["feasible"]) == ("MFI", [])
    asked = {"selection": {"r_max": 0.2, "criterion": "KL"}, "stopping": {"se": 0.1}}
    told = qbank("delivery", "demo", "--set", _given(tmp_path, asked), "--length", "20")
    assert told.code == 0, told.err
    assert told.said.count("cannot be met") == 2
    assert "highest rate of 20 % cannot be kept" in told.said
    now = json.loads(qbank("delivery", "demo", "--json").out)["rules"]
    assert (now["r_max"], now["criterion"], now["stopping"]["se"]) == (0.2, "KL", 0.1)
    assert qbank("delivery", "demo", "--set", _given(tmp_path, {"selection": {}})).code == 0
    later = json.loads(qbank("delivery", "demo", "--json").out)["rules"]
    assert (later["criterion"], later["stopping"]["se"]) == ("MFI", 0.1)


def test_control_parameters_are_found_where_rules_are_set_and_again_for_another_bank(
    qbank: Qbank, exam: list[int], tmp_path: Path, pipeline_engine: Engine
) -> None:
    asked = _given(tmp_path, {"selection": {"r_max": 0.3, "control": "sympson-hetter"}})
    assert "has no control sympson-hetter" in qbank("delivery", "demo", "--find").said
    told = qbank("delivery", "demo", "--set", asked, "--length", "4", "--simulees", "100")
    assert told.code == 0, told.err
    assert "questions are held back, the largest rate was 0." in told.said
    (one,) = json.loads(qbank("delivery", "demo", "--json").out)["control"]
    assert (one["current"], one["settled"], one["r_max"], one["found_by"]["length"]) == (True, True, 0.3, 4)
    assert 0 < one["held_back"] < 40
    assert one["largest"] < 0.3 + 4.0 * (0.3 * 0.7 / 100) ** 0.5
    with pipeline_engine.begin() as connection:
        count = text("select count(*) from exposure_controls")
        assert connection.execute(count).scalar_one() == 1
        connection.execute(text("update item_calibration set b = b + 0.5 where question_id % 2 = 0"))
    (before,) = json.loads(qbank("delivery", "demo", "--json").out)["control"]
    assert (before["current"], before["found_for"]) == (False, one["bank"])
    assert "go by parameters of an earlier bank or other rules until" in qbank("delivery", "demo").said
    exposure_control.keep_up("demo")  # as a run that publishes does
    for _ in range(2):  # everything is done
        (now,) = json.loads(qbank("delivery", "demo", "--find", "--json").out)["control"]
        assert (now["found_by"]["people"]["simulees"], now["settled"]) == (100, True)
        assert (now["current"], now["found_for"] == now["bank"], now["found_by"]["length"]) == (True, True, 4)
    with pipeline_engine.begin() as connection:
        assert connection.execute(count).scalar_one() == 2
    quiz = take(4)
    with pipeline_engine.begin() as connection:
        kept = connection.execute(text("select control from quiz_sessions")).scalar_one()
    assert kept["bank_hash"] == now["bank"]
    assert len(kept["parameters"]) == now["held_back"]
    assert "all the same bit for bit" in qbank("replay-quiz", quiz).said


def test_a_rate_out_of_reach_is_told_with_its_bound_and_come_near_to(
    qbank: Qbank, exam: list[int], tmp_path: Path
) -> None:
    asked = _given(tmp_path, {"selection": {"r_max": 0.05, "control": "sympson-hetter"}})
    told = qbank("delivery", "demo", "--set", asked, "--length", "4", "--simulees", "100")
    assert told.code == 0, told.err
    assert "meet an item in 10 % of them on average; a highest rate of 5 % cannot be kept" in told.said
    assert "as near to 0.05 as the search came" in told.said


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"selection": {"criterion": "luck"}}, "criterion"),
        ({"colour": {}}, "any of selection, stopping, blueprint"),
        ({"selection": 3}, "selection must be an object"),
        ("no json", "cannot be read as JSON"),
        ({"blueprint": {"quotas": [{"difficulty": "easy", "least": 20}]}}, "difficulty easy"),
        ({"blueprint": {"quotas": [{"topic": "Nothing", "least": 1}]}}, "no topic"),
    ],
)
def test_what_is_refused_changes_nothing(
    qbank: Qbank, exam: list[int], tmp_path: Path, settings: Any, says: str
) -> None:
    refused = qbank("delivery", "demo", "--set", _given(tmp_path, settings))
    assert refused.code == 1
    assert says in refused.said
    assert json.loads(qbank("delivery", "demo", "--json").out)["rules"]["quotas"] == []


def test_of_no_exam_and_no_quiz(qbank: Qbank) -> None:
    assert "there is no exam 'X'" in qbank("delivery", "X").said
    none = qbank("replay-quiz", "8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10")
    assert (none.code, "there is no quiz" in none.said) == (1, True)


def test_a_quiz_is_made_again_and_what_was_changed_is_seen(
    qbank: Qbank, exam: list[int], pipeline_engine: Engine
) -> None:
    quiz = take(5)
    again = qbank("replay-quiz", quiz)
    assert again.code == 0, again.err
    assert "5 decisions made again, all the same bit for bit" in again.said
    assert [one["differs"] for one in json.loads(qbank("replay-quiz", quiz, "--json").out)] == [[]] * 5
    with pipeline_engine.begin() as connection:
        connection.execute(text("update selection_decisions set theta = 0.25 where position = 2"))
    changed = qbank("replay-quiz", quiz)
    assert changed.code == 1
    assert "1 differ" in changed.said
