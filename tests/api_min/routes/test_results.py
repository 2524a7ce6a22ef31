"""Sealing a quiz and its results over HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import uuid

import pytest
from sqlalchemy import text

import irt

pytestmark = pytest.mark.anyio

ITEMS = [
    {"a": 1.6, "b": -0.2, "c": 0.15, "topic": "medicine.cardiology"},
    {"a": 1.1, "b": 0.4, "topic": "medicine.cardiology"},
    {"a": 0.8, "b": -1.5, "topic": "medicine.cardiology.ecg"},
    {"a": 1.4, "b": 1.2, "c": 0.2},
    {"a": 0.6, "b": 0.0, "topic": "medicine.pneumology"},
]


async def _next(api, quiz):
    return (await api.get(f"/v1/quizzes/{quiz}/next")).json()["question_id"]


async def _answer(api, quiz, question, selected="A"):
    body = {"question_id": question, "selected": selected, "time_taken_ms": 1500}
    return await api.post(f"/v1/quizzes/{quiz}/answers", json=body)


async def _results(api, quiz):
    response = await api.get(f"/v1/quizzes/{quiz}/results")
    assert response.status_code == 200, response.text
    return response.json()


async def _seal(api, quiz):
    response = await api.post(f"/v1/quizzes/{quiz}/seal")
    assert response.status_code == 200, response.text
    return dt.datetime.fromisoformat(response.json()["sealed_at"])


def _expire(server):
    server.execute(text("update quiz_sessions set expires_at = now() - interval '1 s'"))


async def test_a_sealed_quiz_takes_nothing_more(api, lay_exam, begin, server, is_problem):
    lay_exam(ITEMS)
    quiz = await begin(api)
    question = await _next(api, quiz)
    sealed_at = await _seal(api, quiz)
    assert sealed_at == server.execute(text("select sealed_at from quiz_sessions")).scalar_one()
    is_problem(await _answer(api, quiz, question), 409, "quiz-sealed")
    is_problem(await api.get(f"/v1/quizzes/{quiz}/next"), 409, "quiz-sealed")
    assert server.execute(text("select count(*) from user_responses")).scalar_one() == 0


async def test_sealing_again_gives_the_first_time(api, lay_exam, begin):
    lay_exam(ITEMS)
    quiz = await begin(api)
    at_once = await asyncio.gather(*(_seal(api, quiz) for _ in range(8)))
    assert len({*at_once, await _seal(api, quiz)}) == 1


async def test_a_quiz_whose_time_is_over_may_be_sealed(api, lay_exam, begin, server):
    lay_exam(ITEMS)
    quiz = await begin(api, mode="exam")
    await _answer(api, quiz, await _next(api, quiz))
    _expire(server)
    sealed_at = await _seal(api, quiz)
    assert sealed_at > server.execute(text("select expires_at from quiz_sessions")).scalar_one()
    assert (await _results(api, quiz))["score"] == 1


async def test_an_answer_and_the_sealing_at_once(api, lay_exam, begin, server):
    """Whichever comes first: an answer that was taken stands in the results, one that was refused does not."""
    lay_exam(ITEMS)
    for n in range(6):
        quiz = await begin(api, user=uuid.UUID(int=100 + n))
        question = await _next(api, quiz)
        answered, _ = await asyncio.gather(_answer(api, quiz, question), _seal(api, quiz))
        assert answered.status_code in {200, 409}
        assert (await _results(api, quiz))["score"] == (answered.status_code == 200)


async def test_an_exam_tells_nothing_before_it_is_over(api, lay_exam, begin, server, is_problem):
    lay_exam(ITEMS)
    sealed, expired = await begin(api, mode="exam"), await begin(api, mode="exam")
    for quiz in (sealed, expired):
        await _answer(api, quiz, await _next(api, quiz))
        response = await api.get(f"/v1/quizzes/{quiz}/results")
        assert "theta" not in is_problem(response, 409, "not-revealed")
    await _seal(api, sealed)
    assert (await _results(api, sealed))["n_items"] == 1
    is_problem(await api.get(f"/v1/quizzes/{expired}/results"), 409, "not-revealed")
    _expire(server)
    assert (await _results(api, expired))["n_items"] == 1


async def test_after_sealing_a_repeated_answer_tells_its_outcome(api, lay_exam, begin):
    lay_exam(ITEMS)
    quiz = await begin(api, mode="exam")
    question = await _next(api, quiz)
    body = {"question_id": question, "selected": "A", "time_taken_ms": 1500}
    headers = {"Idempotency-Key": "one"}
    path = f"/v1/quizzes/{quiz}/answers"
    assert (await api.post(path, json=body, headers=headers)).json()["correct"] is None
    await _seal(api, quiz)
    assert (await api.post(path, json=body, headers=headers)).json()["correct"] is True


async def test_results_are_the_ability_and_the_shares_of_what_counts(api, lay_exam, begin):
    questions = lay_exam(ITEMS)
    topic_of = {q: item.get("topic") for q, item in zip(questions, ITEMS, strict=True)}
    parameters = {
        q: (item["a"], item["b"], item.get("c", 0.0)) for q, item in zip(questions, ITEMS, strict=True)
    }
    quiz = await begin(api)
    right: dict[int, bool] = {}
    skipped = None
    for turn in range(len(ITEMS) - 1):
        question = await _next(api, quiz)
        if turn == 1:
            skipped = question
            assert (await api.post(f"/v1/quizzes/{quiz}/items/{question}/skip")).status_code == 204
        else:
            right[question] = turn != 2
            await _answer(api, quiz, question, "A" if right[question] else "B")
    waiting = await _next(api, quiz)
    counted = {**right, skipped: False}
    for left in ((), (waiting,)):
        results = await _results(api, quiz)
        counted |= dict.fromkeys(left, False)
        curves = [list(one) for one in zip(*(parameters[q] for q in right), strict=True)]
        theta, se = irt.eap([float(one) for one in right.values()], *curves)
        assert results["theta"] == pytest.approx(theta, abs=1e-9)
        assert results["se"] == pytest.approx(se, abs=1e-9)
        assert results["score"] == sum(right.values()) == 2
        assert results["n_items"] == len(counted)
        topics = sorted({topic_of[q] for q in counted}, key=lambda one: (one is None, one or ""))
        assert [one["topic"] for one in results["topics"]] == topics
        for one in results["topics"]:
            of_topic = [counted[q] for q in counted if topic_of[q] == one["topic"]]
            assert (one["n"], one["accuracy"]) == (len(of_topic), sum(of_topic) / len(of_topic))
        await _seal(api, quiz)


async def test_a_quiz_without_answers_has_the_prior(api, lay_exam, begin):
    lay_exam(ITEMS)
    quiz = await begin(api)
    results = await _results(api, quiz)
    assert results["theta"] == pytest.approx(0.0, abs=1e-9)
    assert math.isclose(results["se"], 1.0, abs_tol=1e-4)
    assert (results["score"], results["n_items"], results["topics"]) == (0, 0, [])


async def test_a_question_withdrawn_before_its_answer_counts_for_nothing(api, lay_exam, begin, server):
    lent, _ = lay_exam([{"a": 2.0, "b": 0.0}, {"a": 1.0, "b": 0.0}], exam="lent", tenant=uuid.UUID(int=2))
    server.execute(
        text("update question_publications set tenant_id = '00000000-0000-0000-0000-000000000001'")
    )
    quiz = await begin(api, exam_code="lent")
    assert await _next(api, quiz) == lent
    server.execute(text("delete from question_publications where question_id = :q"), {"q": lent})
    await _answer(api, quiz, await _next(api, quiz))
    await _seal(api, quiz)
    results = await _results(api, quiz)
    assert (results["score"], results["n_items"]) == (1, 1)


async def test_a_question_on_trial_counts_for_nothing(api, lay_exam, begin, server):
    lay_exam(ITEMS)
    quiz = await begin(api)
    for _ in range(3):
        await _answer(api, quiz, await _next(api, quiz), "B")
    known = await _results(api, quiz)
    await _answer(api, quiz, await _next(api, quiz))
    assert (await _results(api, quiz))["score"] == 1
    server.execute(text("update selection_decisions set pilot = true where position = 4"))
    assert await _results(api, quiz) == known


async def test_a_planned_quiz_over_several_exams_has_results(api, lay_exam, begin):
    lay_exam(ITEMS[:2], exam="first")
    lay_exam([{}], exam="second")
    quiz = await begin(api, adaptive=False)
    while (response := await api.get(f"/v1/quizzes/{quiz}/next")).status_code == 200:
        await _answer(api, quiz, response.json()["question_id"])
    results = await _results(api, quiz)
    assert (results["score"], results["n_items"]) == (3, 3)
    assert results["theta"] > 0.5


async def test_no_such_quiz(api, is_problem):
    is_problem(await api.post(f"/v1/quizzes/{uuid.uuid4()}/seal"), 404, "quiz-not-found")
    is_problem(await api.get(f"/v1/quizzes/{uuid.uuid4()}/results"), 404, "quiz-not-found")
