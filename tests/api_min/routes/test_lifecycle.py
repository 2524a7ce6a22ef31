"""Beginning quizzes over HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.anyio


def _body(tenant, learner, **changes):
    return {"user_id": str(learner), "tenant_id": str(tenant), **changes}


async def test_an_adaptive_quiz_begins_with_its_event_and_without_questions(
    api, lay_exam, tenant, learner, server
):
    lay_exam([{"a": 1.0, "b": 0.0}])
    response = await api.post("/v1/quizzes", json=_body(tenant, learner))
    assert response.status_code == 201
    begun = response.json()
    assert set(begun) == {"quiz_id", "question_ids", "expires_at", "mode"}
    assert begun["question_ids"] == []
    assert begun["mode"] == "tutor"
    row = server.execute(text("select * from quiz_sessions")).one()
    assert (str(row.id), row.user_id, row.tenant_id) == (begun["quiz_id"], learner, tenant)
    assert (row.adaptive, row.num_questions, row.exam_code, row.origin) == (True, 40, "demo", "delivery")
    assert row.expires_at - row.started_at == dt.timedelta(hours=2)
    assert dt.datetime.fromisoformat(begun["expires_at"]) == row.expires_at
    event = server.execute(text("select * from event_outbox")).one()
    assert (event.event_type, event.quiz_id, event.tenant_id) == ("quiz_started", row.id, tenant)
    assert event.payload["event_id"] == str(event.event_id)
    assert event.payload["filters"] == {"num_questions": 40}
    assert event.payload["exam_code"] == "demo"


async def test_a_quiz_that_is_not_adaptive_tells_its_questions(api, lay_exam, tenant, learner, server):
    questions = lay_exam([{} for _ in range(12)])
    filters = {"num_questions": 8, "mode": "exam", "exam_code": "demo"}
    response = await api.post("/v1/quizzes", json=_body(tenant, learner, adaptive=False, filters=filters))
    begun = response.json()
    assert begun["mode"] == "exam"
    assert len(set(begun["question_ids"])) == 8
    assert set(begun["question_ids"]) <= set(questions)
    planned = server.execute(text("select planned_question_ids from quiz_sessions")).scalar_one()
    assert planned == begun["question_ids"]


async def test_fewer_questions_than_asked_are_fine(api, lay_exam, tenant, learner):
    questions = lay_exam([{}, {}, {}])
    response = await api.post(
        "/v1/quizzes", json=_body(tenant, learner, adaptive=False, filters={"num_questions": 40})
    )
    assert sorted(response.json()["question_ids"]) == questions


async def test_filters_keep_what_was_asked_for(api, lay_exam, tenant, learner):
    heart, ecg, lung, unlabelled = lay_exam(
        [
            {"topic": "medicine.cardiology", "label": "easy"},
            {"topic": "medicine.cardiology.ecg", "label": "hard"},
            {"topic": "medicine.pneumology", "label": "easy"},
            {"topic": "medicine.cardiology"},
        ]
    )

    async def questions(**filters):
        body = _body(tenant, learner, adaptive=False, filters=filters)
        return set((await api.post("/v1/quizzes", json=body)).json()["question_ids"])

    assert await questions(topics=["medicine.cardiology"]) == {heart, ecg, unlabelled}
    assert await questions(topics=["cardiology"]) == {heart, ecg, unlabelled}
    assert await questions(topics=["Ecg", "medicine.pneumology"]) == {ecg, lung}
    assert await questions(difficulty=["easy"]) == {heart, lung}
    assert await questions(topics=["Cardiology"], difficulty=["easy", "hard"]) == {heart, ecg}
    assert await questions(topics=[], difficulty=None) == {heart, ecg, lung, unlabelled}


async def test_nothing_to_serve_says_what_was_searched(api, lay_exam, tenant, learner, is_problem, server):
    lay_exam([{"topic": "medicine.cardiology", "label": "easy"}])
    filters = {"topics": ["medicine.cardiology"], "difficulty": ["hard"], "exam_code": "demo"}
    response = await api.post("/v1/quizzes", json=_body(tenant, learner, filters=filters))
    detail = is_problem(response, 422, "nothing-to-serve")["detail"]
    for word in ("demo", "medicine.cardiology", "hard", str(tenant)):
        assert word in detail
    unknown_exam = await api.post(
        "/v1/quizzes", json=_body(tenant, learner, filters={"exam_code": "nowhere"})
    )
    assert "nowhere" in is_problem(unknown_exam, 422, "nothing-to-serve")["detail"]
    unknown_topic = await api.post(
        "/v1/quizzes", json=_body(tenant, learner, filters={"topics": ["cardology"]})
    )
    assert "'cardology'" in is_problem(unknown_topic, 422, "unknown-topic")["detail"]
    stranger = await api.post("/v1/quizzes", json=_body(uuid.uuid4(), learner))
    is_problem(stranger, 422, "nothing-to-serve")
    for table in ("quiz_sessions", "event_outbox"):
        assert server.execute(text(f"select count(*) from {table}")).scalar_one() == 0


async def test_an_adaptive_quiz_over_several_exams_must_name_one(api, lay_exam, tenant, learner, is_problem):
    lay_exam([{}], exam="first")
    lay_exam([{}], exam="second")
    response = await api.post("/v1/quizzes", json=_body(tenant, learner))
    assert "first, second" in is_problem(response, 422, "exam-needed")["detail"]
    named = await api.post("/v1/quizzes", json=_body(tenant, learner, filters={"exam_code": "second"}))
    assert named.status_code == 201
    planned = await api.post("/v1/quizzes", json=_body(tenant, learner, adaptive=False))
    assert len(planned.json()["question_ids"]) == 2


async def test_items_without_options_are_never_served(api, lay_exam, tenant, learner, is_problem):
    lay_exam([{"options": "", "a": 2.0, "b": 0.0}])
    is_problem(await api.post("/v1/quizzes", json=_body(tenant, learner)), 422, "nothing-to-serve")


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({"user_id": "nobody"}, "body.user_id"),
        ({"user_id": None}, "body.user_id"),
        ({"tenant_id": 1}, "body.tenant_id"),
        ({"adaptive": "true"}, "body.adaptive"),
        ({"adaptive": 1}, "body.adaptive"),
        ({"filters": {"num_questions": 0}}, "body.filters.num_questions"),
        ({"filters": {"num_questions": 121}}, "body.filters.num_questions"),
        ({"filters": {"num_questions": True}}, "body.filters.num_questions"),
        ({"filters": {"num_questions": "40"}}, "body.filters.num_questions"),
        ({"filters": {"num_questions": 40.5}}, "body.filters.num_questions"),
        ({"filters": {"mode": "practice"}}, "body.filters.mode"),
        ({"filters": {"difficulty": ["extreme"]}}, "body.filters.difficulty.0"),
        ({"filters": {"topics": ["a\u0000b"]}}, "body.filters.topics.0"),
        ({"filters": {"topics": "medicine"}}, "body.filters.topics"),
        ({"filters": {"exam_code": "no spaces"}}, "body.filters.exam_code"),
        ({"filters": {"exam_code": "newline\n"}}, "body.filters.exam_code"),
        ({"filters": []}, "body.filters"),
    ],
)
async def test_requests_of_another_shape_are_refused(offline, tenant, learner, is_problem, changes, location):
    response = await offline.post("/v1/quizzes", json=_body(tenant, learner, **changes))
    problem = is_problem(response, 422, "invalid-request")
    assert [one["location"] for one in problem["errors"]] == [location]


async def test_whole_floats_and_unknown_fields_are_taken(api, lay_exam, tenant, learner):
    lay_exam([{}])
    body = _body(tenant, learner, filters={"num_questions": 40.0, "colour": "red"}, device={"os": "x"})
    assert (await api.post("/v1/quizzes", json=body)).status_code == 201


async def _begin(api, body, key):
    return await api.post("/v1/quizzes", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("adaptive", [True, False])
async def test_a_retried_beginning_is_the_same_quiz(open_api, lay_exam, tenant, learner, server, adaptive):
    lay_exam([{} for _ in range(6)])
    body = _body(tenant, learner, adaptive=adaptive, filters={"num_questions": 3, "difficulty": []})
    one, other = await open_api(), await open_api()
    at_once = await asyncio.gather(*(_begin(api, body, "try") for api in (one, other) * 4))
    assert {response.status_code for response in at_once} == {201}
    assert all(response.json() == at_once[0].json() for response in at_once)
    server.execute(text("update quiz_sessions set sealed_at = now()"))
    assert (await _begin(one, body, "try")).json() == at_once[0].json()
    assert server.execute(text("select count(*) from quiz_sessions")).scalar_one() == 1
    events = server.execute(text("select event_type from event_outbox")).scalars().all()
    assert events == ["quiz_started"]


async def test_a_key_is_the_learners_own(api, lay_exam, tenant, learner):
    lay_exam([{}])
    lay_exam([{}], exam="theirs", tenant=uuid.UUID(int=2))
    bodies = [
        _body(tenant, learner),
        _body(tenant, uuid.UUID(int=5)),
        _body(uuid.UUID(int=2), learner),
    ]
    begun = [(await _begin(api, body, "try")).json()["quiz_id"] for body in bodies]
    begun += [(await _begin(api, bodies[0], "again")).json()["quiz_id"]]
    begun += [(await api.post("/v1/quizzes", json=bodies[0])).json()["quiz_id"] for _ in range(2)]
    assert len(set(begun)) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"adaptive": False},
        {"filters": {"num_questions": 39}},
        {"filters": {"mode": "exam"}},
        {"filters": {"difficulty": ["easy"]}},
        {"filters": {"topics": ["medicine"]}},
        {"filters": {"exam_code": "other"}},
    ],
)
async def test_a_key_with_another_wish_is_refused(
    api, lay_exam, tenant, learner, server, is_problem, changes
):
    lay_exam([{"label": "easy", "topic": "medicine"}])
    quiz = (await _begin(api, _body(tenant, learner), "try")).json()["quiz_id"]
    refused = await _begin(api, _body(tenant, learner, **changes), "try")
    assert quiz in is_problem(refused, 422, "idempotency-key-reused")["detail"]
    named = await _begin(api, _body(tenant, learner, filters={"exam_code": "demo"}), "try")
    assert named.json()["quiz_id"] == quiz
    assert server.execute(text("select count(*) from quiz_sessions")).scalar_one() == 1


async def test_a_beginning_that_failed_leaves_its_key_free(api, lay_exam, tenant, learner, is_problem):
    is_problem(await _begin(api, _body(tenant, learner), "try"), 422, "nothing-to-serve")
    lay_exam([{}])
    assert (await _begin(api, _body(tenant, learner), "try")).status_code == 201


async def test_a_key_that_cannot_be_is_refused(offline, tenant, learner, is_problem):
    for key in ("", "k" * 256, "tab\t"):
        problem = is_problem(await _begin(offline, _body(tenant, learner), key), 422, "invalid-request")
        assert problem["errors"][0]["location"] == "header.Idempotency-Key"
