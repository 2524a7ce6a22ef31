"""Skipping, flagging, notes and explanations over HTTP, and the events that tell of them."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest
from sqlalchemy import text

from ingestion import events

pytestmark = pytest.mark.anyio

ITEMS = [{"a": 1.0 + n / 10, "b": n / 5 - 0.5} for n in range(5)]


@pytest.fixture
def told(server):
    """Return the events of a type that wait in the outbox."""

    def payloads(kind):
        rows = server.execute(
            text("select payload from event_outbox where event_type = :kind order by id"), {"kind": kind}
        )
        return list(rows.scalars())

    return payloads


@pytest.fixture
def post():
    async def posted(api, quiz, question, mark, **body):
        return await api.post(f"/v1/quizzes/{quiz}/items/{question}/{mark}", json=body or None)

    return posted


async def _served(api, quiz):
    response = await api.get(f"/v1/quizzes/{quiz}/next")
    assert response.status_code == 200, response.text
    return response.json()["question_id"]


async def _answer(api, quiz, question):
    body = {"question_id": question, "selected": "A", "time_taken_ms": 1500}
    return await api.post(f"/v1/quizzes/{quiz}/answers", json=body)


async def test_a_skipped_question_does_not_come_again_and_takes_no_answer(
    api, lay_exam, begin, post, server, is_problem
):
    questions = lay_exam(ITEMS)
    quiz = await begin(api)
    met = []
    while (response := await api.get(f"/v1/quizzes/{quiz}/next")).status_code == 200:
        met.append(response.json()["question_id"])
        done = await post(api, quiz, met[-1], "skip")
        assert (done.status_code, done.content) == (204, b"")
        is_problem(await _answer(api, quiz, met[-1]), 409, "already-skipped")
    assert sorted(met) == questions
    is_problem(response, 404, "no-more-questions")
    skipped_at = server.execute(text("select skipped_at from quiz_items order by position")).scalars().all()
    assert None not in skipped_at
    assert (await post(api, quiz, met[0], "skip")).status_code == 204
    again = server.execute(text("select skipped_at from quiz_items order by position")).scalars().all()
    assert again == skipped_at
    assert server.execute(text("select count(*) from user_responses")).scalar_one() == 0


async def test_skipped_questions_count_towards_those_asked_for(api, lay_exam, begin, post, is_problem):
    lay_exam(ITEMS)
    quiz = await begin(api, num_questions=2)
    for _ in range(2):
        await post(api, quiz, await _served(api, quiz), "skip")
    is_problem(await api.get(f"/v1/quizzes/{quiz}/next"), 404, "no-more-questions")


async def test_of_a_skip_and_an_answer_at_once_one_counts(api, lay_exam, begin, post, server):
    lay_exam(ITEMS)
    quiz = await begin(api)
    for _ in ITEMS:
        question = await _served(api, quiz)
        both = await asyncio.gather(post(api, quiz, question, "skip"), _answer(api, quiz, question))
        assert sorted(one.status_code for one in both) in ([204, 409], [200, 409])
        state = server.execute(
            text(
                "select (i.skipped_at is null) <> (r.id is null) from quiz_items i"
                " left join user_responses r using (quiz_id, question_id) where i.question_id = :q"
            ),
            {"q": question},
        ).scalar_one()
        assert state is True


async def test_what_cannot_be_skipped_is_refused(api, lay_exam, begin, post, server, is_problem):
    questions = lay_exam(ITEMS)
    quiz = await begin(api)
    answered = await _served(api, quiz)
    await _answer(api, quiz, answered)
    waiting = await _served(api, quiz)
    other = next(one for one in questions if one not in {answered, waiting})
    is_problem(await post(api, quiz, answered, "skip"), 409, "already-answered")
    is_problem(await post(api, quiz, other, "skip"), 409, "not-served")
    is_problem(await post(api, uuid.uuid4(), waiting, "skip"), 404, "quiz-not-found")
    server.execute(text("update quiz_sessions set expires_at = now() - interval '1 s'"))
    is_problem(await post(api, quiz, waiting, "skip"), 409, "quiz-expired")
    server.execute(text("update quiz_sessions set expires_at = null, sealed_at = now()"))
    is_problem(await post(api, quiz, waiting, "skip"), 409, "quiz-sealed")
    assert server.execute(text("select count(skipped_at) from quiz_items")).scalar_one() == 0


@pytest.mark.parametrize(
    ("mark", "kind", "body"),
    [
        ("flag", "flagged", {}),
        ("note", "note_added", {"text": "ST segment first: Ünïcode, \N{GREEK SMALL LETTER BETA}\n2"}),
        ("explanation", "explanation_viewed", {}),
    ],
)
async def test_each_is_told_once_however_often_it_is_asked_for(
    api, lay_exam, begin, post, told, learner, tenant, mark, kind, body
):
    lay_exam(ITEMS)
    quiz = await begin(api)
    first = await _served(api, quiz)
    responses = await asyncio.gather(*(post(api, quiz, first, mark, **body) for _ in range(6)))
    assert {response.status_code for response in responses} == {204}
    assert {response.content for response in responses} == {b""}
    (event,) = told(kind)
    assert event == {
        **{name: event[name] for name in ("event_id", "timestamp")},
        "event_type": kind,
        "user_id": str(learner),
        "tenant_id": str(tenant),
        "quiz_id": quiz,
        "question_id": first,
        "version": 1,
        "exam_code": "demo",
        "position": 1,
        **body,
    }
    await _answer(api, quiz, first)
    second = await _served(api, quiz)
    await post(api, quiz, second, mark, **body)
    assert [one["question_id"] for one in told(kind)] == [first, second]


async def test_another_text_is_another_note(api, lay_exam, begin, post, told):
    lay_exam(ITEMS)
    quiz = await begin(api)
    question = await _served(api, quiz)
    for note in ("one", "two", "one"):
        assert (await post(api, quiz, question, "note", text=note)).status_code == 204
    assert [one["text"] for one in told("note_added")] == ["one", "two"]


async def test_flags_and_notes_are_taken_after_the_quiz(api, lay_exam, begin, post, told):
    lay_exam(ITEMS)
    quiz = await begin(api, mode="exam")
    question = await _served(api, quiz)
    await api.post(f"/v1/quizzes/{quiz}/seal")
    assert (await post(api, quiz, question, "flag")).status_code == 204
    assert (await post(api, quiz, question, "note", text="read again")).status_code == 204
    assert len(told("flagged")) == len(told("note_added")) == 1


async def test_an_exam_explains_nothing_before_it_is_sealed(
    api, lay_exam, begin, post, told, server, is_problem
):
    lay_exam(ITEMS)
    quiz = await begin(api, mode="exam")
    question = await _served(api, quiz)
    is_problem(await post(api, quiz, question, "explanation"), 409, "not-revealed")
    await _answer(api, quiz, question)
    is_problem(await post(api, quiz, question, "explanation"), 409, "not-revealed")
    server.execute(text("update quiz_sessions set expires_at = now() - interval '1 s'"))
    is_problem(await post(api, quiz, question, "explanation"), 409, "not-revealed")
    assert told("explanation_viewed") == []
    await api.post(f"/v1/quizzes/{quiz}/seal")
    assert (await post(api, quiz, question, "explanation")).status_code == 204
    assert len(told("explanation_viewed")) == 1


@pytest.mark.parametrize("seen_first", [True, False])
async def test_an_explanation_is_before_the_answer_or_after_it(
    api, lay_exam, begin, post, told, server, seen_first
):
    """The response policy compares these two moments, and leaves out an answer that comes second."""
    lay_exam(ITEMS)
    quiz = await begin(api)
    question = await _served(api, quiz)
    if seen_first:
        await post(api, quiz, question, "explanation")
        assert (await _answer(api, quiz, question)).status_code == 200
    else:
        await _answer(api, quiz, question)
        await post(api, quiz, question, "explanation")
    (event,) = told("explanation_viewed")
    before = server.execute(
        text("select cast(:seen as timestamptz) < created_at from user_responses"),
        {"seen": event["timestamp"]},
    ).scalar_one()
    assert before is seen_first


@pytest.mark.parametrize("mark", ["flag", "note", "explanation"])
async def test_what_was_not_served_has_no_marks(api, lay_exam, begin, post, server, is_problem, mark):
    questions = lay_exam(ITEMS)
    quiz = await begin(api)
    served = await _served(api, quiz)
    other = next(one for one in questions if one != served)
    body = {"text": "x"} if mark == "note" else {}
    before = server.execute(text("select count(*) from event_outbox")).scalar_one()
    is_problem(await post(api, quiz, other, mark, **body), 409, "not-served")
    is_problem(await post(api, quiz, 2**53 - 1, mark, **body), 409, "not-served")
    is_problem(await post(api, uuid.uuid4(), served, mark, **body), 404, "quiz-not-found")
    assert server.execute(text("select count(*) from event_outbox")).scalar_one() == before


@pytest.mark.parametrize("noted", [None, "", 1, "a\u0000b", "x" * 4_001])
async def test_notes_of_another_shape_are_refused(offline, post, is_problem, noted):
    problem = is_problem(await post(offline, uuid.uuid4(), 1, "note", text=noted), 422, "invalid-request")
    assert [one["location"] for one in problem["errors"]] == ["body.text"]


async def test_a_text_that_no_store_holds_is_refused(offline, is_problem):
    path = f"/v1/quizzes/{uuid.uuid4()}/items/1/note"
    headers = {"content-type": "application/json"}
    is_problem(
        await offline.post(path, content=b'{"text": "\\ud800"}', headers=headers), 422, "invalid-request"
    )


async def test_ids_that_cannot_be_are_refused(offline, post, is_problem):
    is_problem(await post(offline, uuid.uuid4(), 0, "flag"), 422, "invalid-request")
    is_problem(await post(offline, uuid.uuid4(), 2**53, "flag"), 422, "invalid-request")
    is_problem(await post(offline, "seven", 1, "flag"), 422, "invalid-request")


async def test_the_longest_note_passes_the_contract(api, lay_exam, begin, post, told):
    lay_exam(ITEMS)
    quiz = await begin(api)
    longest = "\N{GRINNING FACE}" * 4_000
    assert (await post(api, quiz, await _served(api, quiz), "note", text=longest)).status_code == 204
    (payload,) = told("note_added")
    event = events.decode(json.dumps(payload).encode())
    assert isinstance(event, events.NoteAdded)
    assert event.text == longest
