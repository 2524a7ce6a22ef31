"""A quiz taken over HTTP: the next item, its answer, and what is refused."""

from __future__ import annotations

import asyncio
import math
import uuid

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.anyio

ITEMS = [
    {"a": 0.8, "b": -1.5},
    {"a": 1.6, "b": -0.2, "c": 0.15},
    {"a": 1.1, "b": 0.4},
    {"a": 1.4, "b": 1.2, "c": 0.2},
    {"a": 0.6, "b": 0.0},
    {"a": 1.0, "b": 2.0},
]


def _count(server, table):
    return server.execute(text(f"select count(*) from {table}")).scalar_one()


async def _next(api, quiz):
    response = await api.get(f"/v1/quizzes/{quiz}/next")
    assert response.status_code == 200, response.text
    return response.json()


async def _answer(api, quiz, question, selected="A", key=None, **changes):
    body = {"question_id": question, "selected": selected, "time_taken_ms": 1500, **changes}
    headers = {} if key is None else {"Idempotency-Key": key}
    return await api.post(f"/v1/quizzes/{quiz}/answers", json=body, headers=headers)


def _probability(theta, a, b, c):
    return c + (1 - c) / (1 + math.exp(-1.7 * a * (theta - b)))


def _information(theta, a, b, c):
    p = _probability(theta, a, b, c)
    return 1.7**2 * a**2 * ((1 - p) / p) * ((p - c) / (1 - c)) ** 2


def _eap(answers):
    nodes = [-6 + 12 * i / 60 for i in range(61)]
    weights = []
    for theta in nodes:
        weight = math.exp(-theta * theta / 2)
        for correct, parameters in answers:
            p = _probability(theta, *parameters)
            weight *= p if correct else 1 - p
        weights.append(weight)
    mean = sum(w * t for w, t in zip(weights, nodes, strict=True)) / sum(weights)
    variance = sum(w * (t - mean) ** 2 for w, t in zip(weights, nodes, strict=True)) / sum(weights)
    return mean, math.sqrt(variance)


async def test_a_tutor_quiz_from_beginning_to_end(api, lay_exam, begin, server, learner, tenant):
    questions = lay_exam(ITEMS)
    quiz = await begin(api)
    parameters = {
        row.question_id: (row.a, row.b, row.c)
        for row in server.execute(text("select * from item_calibration where serving"))
    }
    answered = []
    for position in range(1, len(ITEMS) + 1):
        served = await _next(api, quiz)
        theta, se = _eap([(correct, parameters[one]) for one, correct in answered])
        left = {one: _information(theta, *parameters[one]) for one in questions if one not in dict(answered)}
        best = max(left, key=lambda one: left[one])
        assert served == {
            "question_id": best,
            "version": 1,
            "payload": {
                "stem_md": f"Stem of {best}",
                "lead_in": "Which?",
                "options": [{"label": label, "text": f"Option {label}"} for label in "ABCD"],
            },
        }
        decision = server.execute(
            text("select * from selection_decisions where position = :n"), {"n": position}
        ).one()
        assert (decision.question_id, decision.version, str(decision.quiz_id)) == (best, 1, quiz)
        assert decision.theta == pytest.approx(theta, abs=1e-9)
        assert decision.se == pytest.approx(se, abs=1e-9)
        assert decision.value == pytest.approx(left[best], abs=1e-9)
        ranked = sorted(left, key=lambda one: -left[one])[:5]
        assert [one["question_id"] for one in decision.candidates] == ranked
        assert [one["value"] for one in decision.candidates] == pytest.approx([left[one] for one in ranked])
        assert decision.calibration_run_id == uuid.UUID(int=99)
        correct = position % 3 != 0
        response = await _answer(api, quiz, best, "a" if correct else "c", client_latency_ms=12.5)
        assert response.json() == {
            "correct": correct,
            "correct_option": "A",
            "explanation": {"rationale_md": f"Because of {best}."},
            "difficulty": parameters[best][1],
        }
        answered.append((best, correct))
    over = await api.get(f"/v1/quizzes/{quiz}/next")
    assert over.status_code == 404
    rows = server.execute(text("select * from user_responses order by id")).all()
    assert [(row.question_id, row.is_correct) for row in rows] == answered
    assert {row.option_label for row in rows} == {"A", "C"}
    assert {(row.user_id, row.tenant_id, row.origin, row.time_taken_ms) for row in rows} == {
        (learner, tenant, "delivery", 1500)
    }
    events = server.execute(text("select event_type, payload from event_outbox order by id")).all()
    assert [one.event_type for one in events] == [
        "quiz_started",
        *["question_served", "answer_submitted"] * len(ITEMS),
    ]
    told = events[-1].payload
    assert (told["selected"], told["is_correct"], told["position"]) == ("C", False, 6)
    assert (told["question_id"], told["client"]) == (answered[-1][0], {"latency_ms": 12.5})


async def test_exam_mode_tells_nothing(api, lay_exam, begin, server):
    lay_exam(ITEMS[:2])
    quiz = await begin(api, mode="exam")
    served = await _next(api, quiz)
    response = await _answer(api, quiz, served["question_id"], key="k")
    silent = {"correct": None, "correct_option": None, "explanation": None, "difficulty": None}
    assert response.json() == silent
    assert (await _answer(api, quiz, served["question_id"], key="k")).json() == silent
    assert server.execute(text("select is_correct from user_responses")).scalars().all() == [True]


async def test_a_quiz_goes_on_after_a_restart(open_api, lay_exam, begin):
    lay_exam(ITEMS)
    first = await open_api()
    quiz = await begin(first)
    served = await _next(first, quiz)
    await _answer(first, quiz, served["question_id"], "B")
    waiting = await _next(first, quiz)
    assert waiting["question_id"] != served["question_id"]
    second = await open_api()
    assert await _next(second, quiz) == waiting
    assert (await _answer(second, quiz, waiting["question_id"])).status_code == 200
    third = await open_api()
    assert (await _next(third, quiz))["question_id"] not in {served["question_id"], waiting["question_id"]}


async def test_a_planned_quiz_serves_its_questions_in_order(api, lay_exam, learner, tenant, server):
    lay_exam(ITEMS)
    body = {"user_id": str(learner), "tenant_id": str(tenant), "adaptive": False}
    begun = (await api.post("/v1/quizzes", json={**body, "filters": {"num_questions": 4}})).json()
    served = []
    while (response := await api.get(f"/v1/quizzes/{begun['quiz_id']}/next")).status_code == 200:
        served.append(response.json()["question_id"])
        await _answer(api, begun["quiz_id"], served[-1])
    assert served == begun["question_ids"]
    assert _count(server, "selection_decisions") == 0


async def test_the_number_of_questions_ends_a_quiz(api, lay_exam, begin, is_problem):
    lay_exam(ITEMS)
    quiz = await begin(api, num_questions=1)
    served = await _next(api, quiz)
    assert await _next(api, quiz) == served
    await _answer(api, quiz, served["question_id"])
    problem = is_problem(await api.get(f"/v1/quizzes/{quiz}/next"), 404, "no-more-questions")
    assert "all of its 1 questions" in problem["detail"]


async def test_a_skipped_item_is_left_behind(api, lay_exam, begin, server):
    lay_exam(ITEMS)
    quiz = await begin(api)
    served = await _next(api, quiz)
    server.execute(text("update quiz_items set skipped_at = now()"))
    assert (await _next(api, quiz))["question_id"] != served["question_id"]


async def test_requests_at_once_get_one_and_the_same_item(api, lay_exam, begin, server):
    lay_exam(ITEMS)
    quiz = await begin(api)
    for turn in range(3):
        served = await asyncio.gather(*(_next(api, quiz) for _ in range(8)))
        assert all(one == served[0] for one in served)
        assert _count(server, "quiz_items") == _count(server, "selection_decisions") == turn + 1
        await _answer(api, quiz, served[0]["question_id"])


async def test_of_two_answers_at_once_one_counts(api, lay_exam, begin, server, is_problem):
    lay_exam(ITEMS)
    quiz = await begin(api)
    served = await _next(api, quiz)
    responses = await asyncio.gather(*(_answer(api, quiz, served["question_id"], label) for label in "ABCD"))
    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409]
    refused = next(response for response in responses if response.status_code == 409)
    is_problem(refused, 409, "already-answered")
    assert _count(server, "user_responses") == 1
    told = server.execute(text("select count(*) from event_outbox where event_type = 'answer_submitted'"))
    assert told.scalar_one() == 1


async def test_a_retried_answer_counts_once(api, lay_exam, begin, server, is_problem):
    lay_exam(ITEMS)
    quiz = await begin(api)
    served = (await _next(api, quiz))["question_id"]
    responses = await asyncio.gather(*(_answer(api, quiz, served, "B", key="one") for _ in range(4)))
    assert [response.status_code for response in responses] == [200] * 4
    assert all(response.json() == responses[0].json() for response in responses)
    assert _count(server, "user_responses") == 1
    is_problem(await _answer(api, quiz, served, "A", key="one"), 422, "idempotency-key-reused")
    is_problem(await _answer(api, quiz, served, "B", key="two"), 409, "already-answered")
    is_problem(await _answer(api, quiz, served, "B"), 409, "already-answered")
    following = (await _next(api, quiz))["question_id"]
    is_problem(await _answer(api, quiz, following, "B", key="one"), 422, "idempotency-key-reused")
    server.execute(text("update quiz_sessions set expires_at = now() - interval '1 s'"))
    assert (await _answer(api, quiz, served, "b", key="one")).json() == responses[0].json()


async def test_what_cannot_be_answered_is_refused_and_nothing_written(
    api, lay_exam, begin, server, is_problem
):
    questions = lay_exam(ITEMS)
    quiz = await begin(api)
    served = (await _next(api, quiz))["question_id"]
    other = next(one for one in questions if one != served)
    before = _count(server, "event_outbox")
    is_problem(await _answer(api, quiz, other), 409, "not-served")
    is_problem(await _answer(api, quiz, 10**15), 409, "not-served")
    problem = is_problem(await _answer(api, quiz, served, "E"), 422, "unknown-option")
    assert "A, B, C, D, not E" in problem["detail"]
    is_problem(await _answer(api, str(uuid.uuid4()), served), 404, "quiz-not-found")
    is_problem(await api.get(f"/v1/quizzes/{uuid.uuid4()}/next"), 404, "quiz-not-found")
    server.execute(text("update quiz_sessions set expires_at = now() - interval '1 s'"))
    is_problem(await _answer(api, quiz, served), 409, "quiz-expired")
    is_problem(await api.get(f"/v1/quizzes/{quiz}/next"), 409, "quiz-expired")
    server.execute(text("update quiz_sessions set expires_at = null, sealed_at = now()"))
    is_problem(await _answer(api, quiz, served), 409, "quiz-sealed")
    is_problem(await api.get(f"/v1/quizzes/{quiz}/next"), 409, "quiz-sealed")
    assert _count(server, "user_responses") == 0
    assert _count(server, "event_outbox") == before
    assert _count(server, "quiz_items") == 1


async def test_a_step_that_fails_half_way_leaves_nothing(api, lay_exam, begin, server, is_problem):
    lay_exam(ITEMS)
    quiz = await begin(api)
    server.execute(text("alter table event_outbox add constraint shut check (event_type = 'x') not valid"))
    is_problem(await api.get(f"/v1/quizzes/{quiz}/next"), 500, "internal-error")
    assert _count(server, "quiz_items") == _count(server, "selection_decisions") == 0
    server.execute(text("alter table event_outbox drop constraint shut"))
    served = (await _next(api, quiz))["question_id"]
    server.execute(text("alter table event_outbox add constraint shut check (event_type = 'x') not valid"))
    is_problem(await _answer(api, quiz, served), 500, "internal-error")
    assert _count(server, "user_responses") == 0


async def test_labels_that_differ_in_case_alone_are_told_apart(api, lay_exam, begin, server):
    lay_exam([{"options": "Aab", "key": "a"}])
    quiz = await begin(api)
    served = (await _next(api, quiz))["question_id"]
    response = await _answer(api, quiz, served, "a")
    assert response.json()["correct"] is True
    assert response.json()["difficulty"] == 0.0
    assert server.execute(text("select option_label from user_responses")).scalar_one() == "a"


@pytest.mark.parametrize(
    ("label", "difficulty"), [("easy", -1.0), ("medium", 0.0), ("hard", 1.0), (None, 0.0)]
)
async def test_an_uncalibrated_item_has_its_stand_in_difficulty(api, lay_exam, begin, label, difficulty):
    lay_exam([{"label": label}])
    quiz = await begin(api)
    served = (await _next(api, quiz))["question_id"]
    assert (await _answer(api, quiz, served)).json()["difficulty"] == difficulty


async def test_another_tenants_questions_are_never_served(api, lay_exam, begin, server):
    stranger = uuid.UUID(int=2)
    lay_exam([{"a": 3.0, "b": 0.0}], exam="theirs", tenant=stranger, run=uuid.UUID(int=98))
    ours = lay_exam(ITEMS)
    quiz = await begin(api)
    served = set()
    while (response := await api.get(f"/v1/quizzes/{quiz}/next")).status_code == 200:
        served.add(response.json()["question_id"])
        await _answer(api, quiz, response.json()["question_id"])
    assert served == set(ours)
    theirs = await begin(api, tenant=stranger)
    await _next(api, theirs)
    tenants = server.execute(
        text(
            "select distinct s.tenant_id, i.tenant_id from quiz_items i join quiz_sessions s on s.id = quiz_id"
        )
    ).all()
    assert all(session == item for session, item in tenants)
    assert len(tenants) == 2


async def test_the_version_served_is_the_version_answered(api, lay_exam, begin, server):
    (question,) = lay_exam([{"a": 1.0, "b": 0.5}])
    quiz = await begin(api)
    await _next(api, quiz)
    server.execute(
        text(
            "insert into question_versions (question_id, version, state, stem_md, created_by)"
            " values (:q, 2, 'published', 'Newer', gen_random_uuid());"
        ),
        {"q": question},
    )
    server.execute(text("update question_publications set live_version = 2"))
    assert (await _next(api, quiz))["version"] == 1
    assert (await _answer(api, quiz, question)).json()["difficulty"] == 0.5
    assert server.execute(text("select version from user_responses")).scalar_one() == 1


async def test_a_withdrawn_question_is_not_served_though_the_bank_still_has_it(api, lay_exam, begin, server):
    best = lay_exam(ITEMS)[1]
    assert (await _next(api, await begin(api)))["question_id"] == best
    server.execute(text("update questions set is_deleted = true where id = :q"), {"q": best})
    quiz = await begin(api, user=uuid.UUID(int=5))
    assert (await _next(api, quiz))["question_id"] != best
    candidates = server.execute(
        text("select candidates from selection_decisions where quiz_id = :q"), {"q": quiz}
    ).scalar_one()
    assert best not in [one["question_id"] for one in candidates]


async def test_a_served_question_that_its_lender_withdraws_is_passed_over(
    api, lay_exam, begin, server, is_problem
):
    lender = uuid.UUID(int=2)
    lent, _ = lay_exam([{"a": 2.0, "b": 0.0}, {"a": 1.0, "b": 0.0}], exam="lent", tenant=lender)
    server.execute(
        text("update question_publications set tenant_id = '00000000-0000-0000-0000-000000000001'")
    )
    quiz = await begin(api, exam_code="lent", num_questions=2)
    assert (await _next(api, quiz))["question_id"] == lent
    server.execute(text("delete from question_publications where question_id = :q"), {"q": lent})
    is_problem(await _answer(api, quiz, lent), 409, "not-served")
    assert (await _next(api, quiz))["question_id"] != lent
    rows = server.execute(
        text("select position, skipped_at is null as open from quiz_items order by position")
    )
    assert [tuple(row) for row in rows] == [(1, False), (2, True)]


async def test_a_new_calibration_is_served_at_once(api, lay_exam, begin, server):
    questions = lay_exam(ITEMS)
    assert (await _next(api, await begin(api)))["question_id"] == questions[1]
    server.execute(text("update item_calibration set b = 5 where question_id = :q"), {"q": questions[1]})
    server.execute(text("update calibration_runs set published_at = now()"))
    fresh = await begin(api, user=uuid.UUID(int=5))
    assert (await _next(api, fresh))["question_id"] == questions[2]


async def test_what_the_learner_has_seen_comes_last(api, lay_exam, begin):
    questions = lay_exam(ITEMS)
    served = {(await _next(api, await begin(api, num_questions=1)))["question_id"] for _ in questions}
    assert served == set(questions)
    again = await _next(api, await begin(api, num_questions=1))
    assert again["question_id"] == questions[1]


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({"question_id": True}, "body.question_id"),
        ({"question_id": "1"}, "body.question_id"),
        ({"question_id": 2**53}, "body.question_id"),
        ({"question_id": 1.5}, "body.question_id"),
        ({"question_id": None}, "body.question_id"),
        ({"selected": "AB"}, "body.selected"),
        ({"selected": ""}, "body.selected"),
        ({"selected": "ß"}, "body.selected"),
        ({"selected": "A\n"}, "body.selected"),
        ({"selected": 1}, "body.selected"),
        ({"time_taken_ms": -1}, "body.time_taken_ms"),
        ({"time_taken_ms": 2**31}, "body.time_taken_ms"),
        ({"time_taken_ms": 0.5}, "body.time_taken_ms"),
        ({"time_taken_ms": "1"}, "body.time_taken_ms"),
        ({"client_latency_ms": -1}, "body.client_latency_ms"),
        ({"client_latency_ms": True}, "body.client_latency_ms"),
        ({"client_latency_ms": "1"}, "body.client_latency_ms"),
    ],
)
async def test_answers_of_another_shape_are_refused(offline, is_problem, changes, location):
    response = await _answer(offline, uuid.uuid4(), 1, **changes)
    problem = is_problem(response, 422, "invalid-request")
    assert [one["location"] for one in problem["errors"]] == [location]


async def test_numbers_that_json_cannot_mean_are_refused(offline, is_problem):
    for number in ("1e400", "NaN", "-Infinity", "9" * 5000):
        response = await offline.post(
            f"/v1/quizzes/{uuid.uuid4()}/answers",
            content=f'{{"question_id": {number}, "selected": "A", "time_taken_ms": 1}}',
            headers={"content-type": "application/json"},
        )
        assert response.status_code in {400, 422}
        assert response.headers["content-type"] == "application/problem+json"
    is_problem(await offline.get("/v1/quizzes/7/next"), 422, "invalid-request")
    key = await _answer(offline, uuid.uuid4(), 1, key="k" * 256)
    assert is_problem(key, 422, "invalid-request")["errors"][0]["location"] == "header.Idempotency-Key"
