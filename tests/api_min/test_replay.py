"""Decisions of quizzes taken over HTTP come out again to the bit, from the database alone."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pytest
from sqlalchemy import text

from api_min.errors import QuizNotFound
from api_min.replay import replay

pytestmark = pytest.mark.anyio

RULES = {
    "usual": {},
    "of the posterior": {
        "selection": {"criterion": "KL", "method": "MAP", "among": 4, "stand_in_share": 0.2}
    },
    "variance": {"selection": {"criterion": "MEPV", "errors": True, "rapid_ms": 1500}},
    "weighted, on trial": {"selection": {"criterion": "MPWI", "pilot_rate": 0.4, "method": "WLE"}},
    "exposure": {"selection": {"r_max": 0.3, "points": [-1, 0, 1], "method": "ML"}},
    "parameters": {"selection": {"r_max": 0.3, "control": "sympson-hetter", "criterion": "KL"}},
    "parameters and blueprint": {
        "selection": {"r_max": 0.3, "control": "sympson-hetter", "budget_ms": 20},
        "blueprint": {"quotas": [{"difficulty": "easy", "least": 3}]},
    },
    "blueprint": {
        "selection": {"r_max": 0.5, "budget_ms": 20},
        "blueprint": {"quotas": [{"difficulty": "easy", "least": 3}, {"difficulty": "hard", "most": 2}]},
    },
}


@pytest.fixture
def bank_of_forty(lay_exam, server):
    random = np.random.default_rng(8)
    labels = ("easy", "medium", "hard")
    items = [
        {"a": float(random.uniform(0.5, 1.8)), "b": float(random.normal()), "label": labels[k % 3]}
        if k % 8
        else {"label": labels[k % 3]}
        for k in range(40)
    ]
    questions = lay_exam(items)
    server.execute(
        text("update question_versions set tags = '{\"pilot\": true}' where question_id = any(:some)"),
        {"some": questions[1::9]},
    )
    server.execute(text("update item_calibration set se_b = 0.2"))
    return questions


def _set(server, rules):
    for column, settings in rules.items():
        server.execute(text(f"update exams set {column} = :set"), {"set": json.dumps(settings)})


def _find(server, questions):
    """Put control parameters as they are found: some questions are hardly administered, the others always."""
    parameters = {str(question): 0.05 + (question % 7) / 17 for question in questions if question % 4}
    server.execute(
        text(
            "insert into exposure_controls (exam_code, bank_hash, r_max, found_by, parameters, largest, settled)"
            " values ('demo', 'f00', 0.3, '{}', :parameters, 0.3, true)"
        ),
        {"parameters": json.dumps(parameters)},
    )


async def _take(api, quiz, luck, number=12):
    """Answer, or skip by not waiting for it, until the quiz is over."""
    for _ in range(number + 8):
        served = await api.get(f"/v1/quizzes/{quiz}/next")
        if served.status_code == 404:
            break
        assert served.status_code == 200, served.text
        body = {
            "question_id": served.json()["question_id"],
            "selected": "A" if luck.random() < 0.6 else "B",
            "time_taken_ms": int(luck.integers(500, 9000)),
        }
        answered = await api.post(f"/v1/quizzes/{quiz}/answers", json=body)
        assert answered.status_code == 200, answered.text


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
async def test_every_decision_comes_out_again(bank_of_forty, server, open_api, begin, pipeline_engine, rules):
    _set(server, rules)
    _find(server, bank_of_forty)
    luck = np.random.default_rng(1)
    quizzes = []
    for learner in range(3):
        api = await open_api()  # another process than before, that has nothing in memory
        quizzes.append(await begin(api, user=uuid.UUID(int=learner), num_questions=12))
        await _take(api, quizzes[-1], luck)
        server.execute(text("update quiz_sessions set sealed_at = now()"))
    # What happens afterwards changes nothing of what was decided.
    server.execute(text("update item_calibration set a = 0.1, b = 3"))
    server.execute(text("update exams set selection = '{\"criterion\": \"MEPV\"}', blueprint = '{}'"))
    server.execute(text("delete from question_publications where question_id % 2 = 0"))
    server.execute(text("delete from exposure_controls"))
    passed = server.execute(text("select count(*) from selection_decisions where why_not ? 'passed_over'"))
    assert (passed.scalar_one() > 0) == ("sympson-hetter" in json.dumps(rules))
    with pipeline_engine.connect() as connection:
        for quiz in quizzes:
            made = replay(connection, uuid.UUID(quiz))
            assert len(made) >= 12
            assert [one.logged.position for one in made] == list(range(1, len(made) + 1))
            assert [one.differs for one in made] == [()] * len(made)


async def test_a_restart_in_mid_quiz_changes_neither_bank_nor_rules(
    bank_of_forty, server, open_api, begin, pipeline_engine
):
    _set(server, {"selection": {"among": 3}})
    quiz = await begin(await open_api(), num_questions=12)
    luck = np.random.default_rng(4)
    await _take(await open_api(), quiz, luck, number=-3)
    server.execute(text("update item_calibration set b = b + 1"))
    server.execute(text("update calibration_runs set published_at = now()"))
    _set(server, {"selection": {"criterion": "KL"}})
    await _take(await open_api(), quiz, luck)
    banks = server.execute(text("select distinct bank_hash, criterion from selection_decisions")).all()
    assert [one.criterion for one in banks] == ["MFI"]
    with pipeline_engine.connect() as connection:
        assert {one.differs for one in replay(connection, uuid.UUID(quiz))} == {()}


async def test_what_was_withdrawn_or_met_elsewhere_meanwhile_is_logged(
    bank_of_forty, server, api, begin, pipeline_engine
):
    first, second = await begin(api, num_questions=5), await begin(api, num_questions=5)
    met = (await api.get(f"/v1/quizzes/{first}/next")).json()["question_id"]
    server.execute(
        text("delete from question_publications where question_id <> :met and question_id % 3 > 0"),
        {"met": met},
    )
    served = (await api.get(f"/v1/quizzes/{second}/next")).json()["question_id"]
    assert served != met
    (why_not,) = server.execute(
        text("select why_not from selection_decisions where quiz_id = :quiz"), {"quiz": second}
    ).scalars()
    assert why_not["elsewhere"] == [met]
    assert why_not["withdrawn"]
    with pipeline_engine.connect() as connection:
        (one,) = replay(connection, uuid.UUID(second))
    assert one.differs == ()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("update selection_decisions set theta = theta + 1e-15 where position = 3", {"theta"}),
        ("update selection_decisions set value = value * 1.0000001 where position = 3", {"value"}),
        ("update quiz_sessions set seed = seed / 2", {"item"}),
        ("update user_responses set is_correct = not is_correct", {"theta", "se"}),
    ],
)
async def test_a_log_that_was_changed_is_seen(
    bank_of_forty, server, api, begin, pipeline_engine, change, names
):
    _set(server, {"selection": {"among": 10}})
    quiz = await begin(api, num_questions=12)
    await _take(api, quiz, np.random.default_rng(2))
    server.execute(text(change))
    with pipeline_engine.connect() as connection:
        differing = [one.differs for one in replay(connection, uuid.UUID(quiz)) if one.differs]
    assert differing
    assert names <= {name for one in differing for name in one}


async def test_quizzes_that_cannot_be_made_again_say_so(bank_of_forty, server, api, begin, pipeline_engine):
    quiz = await begin(api, num_questions=5)
    with pipeline_engine.connect() as connection:
        assert replay(connection, uuid.UUID(quiz)) == []
        with pytest.raises(QuizNotFound):
            replay(connection, uuid.UUID(int=1))
    await api.get(f"/v1/quizzes/{quiz}/next")
    server.execute(text("update quiz_sessions set bank_hash = 'f00'"))
    with pipeline_engine.connect() as connection, pytest.raises(LookupError, match="f00"):
        replay(connection, uuid.UUID(quiz))
    server.execute(text("update quiz_sessions set bank_hash = null"))
    with pipeline_engine.connect() as connection, pytest.raises(LookupError, match="before banks were kept"):
        replay(connection, uuid.UUID(quiz))
