"""Whether the database has what learners were told that it has, once each, and nothing else."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from api_min.replay import replay
from tests.kills.learners.learner import Taken

_SESSIONS = "select id, user_id, mode, sealed_at is not null as sealed, num_questions from quiz_sessions"
_ITEMS = "select quiz_id, position, question_id from quiz_items order by quiz_id, position"
_DECISIONS = "select quiz_id, position, question_id from selection_decisions order by quiz_id, position"
_RESPONSES = """
select r.quiz_id, i.position, r.question_id, r.user_id, trim(r.option_label) as option, r.is_correct,
    extract(epoch from r.created_at)::float as at
from user_responses r left join quiz_items i using (quiz_id, question_id)
order by r.quiz_id, i.position
"""
_EVENTS = """
select quiz_id, event_type, payload->>'position' as position, payload->>'question_id' as question_id,
    payload->>'selected' as option, payload->>'is_correct' as is_correct
from event_outbox order by quiz_id, (payload->>'position')::int nulls first, id
"""
_Rows = dict[uuid.UUID, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Found:
    """What the database held; `unheard`: answers that it had before the connection which brought them was lost."""

    answers: int
    unheard: int
    replayed: int
    wrong: list[str]


def look(engine: Engine, taken: Sequence[Taken], replays: int) -> Found:
    """Hold every quiz against what its learner saw; make the decisions of those again that were retried most."""
    with engine.connect() as connection:
        wrong = [*_of_sessions(connection, taken), *_of_rows(connection, taken)]
        told = {(one.quiz_id, answer.question_id): answer for one in taken for answer in one.answers}
        stored = connection.execute(text(_RESPONSES)).all()
        lost = [(told.get((row.quiz_id, row.question_id)), row.at) for row in stored]
        unheard = sum(one is not None and one.lost_at is not None and at < one.lost_at for one, at in lost)
        replayed = 0
        for one in sorted(taken, key=lambda one: -one.retries)[:replays]:
            made = [] if one.quiz_id is None else replay(connection, one.quiz_id)
            replayed += len(made)
            wrong += [
                f"{_name(one)}: {again.differs} differ in the replay of {again.logged.position}"
                for again in made
                if again.differs
            ]
    return Found(len(stored), unheard, replayed, wrong)


def _of_sessions(connection: Connection, taken: Sequence[Taken]) -> Iterator[str]:
    """Each learner has one quiz, and an exam was handed in."""
    rows = Counter(tuple(row) for row in connection.execute(text(_SESSIONS)))
    wanted = Counter(
        (one.quiz_id, one.user_id, one.mode, one.mode == "exam", len(one.answers)) for one in taken
    )
    if rows != wanted:
        yield f"quizzes that nobody took: {list(rows - wanted)}; that are not there: {list(wanted - rows)}"


def _of_rows(connection: Connection, taken: Sequence[Taken]) -> Iterator[str]:
    """The rows of each quiz are those of its answers, in the order in which it was taken."""
    items, decisions = _by_quiz(connection, _ITEMS), _by_quiz(connection, _DECISIONS)
    responses = _by_quiz(connection, _RESPONSES)
    events = _by_quiz(connection, _EVENTS)
    for one in taken:
        if one.quiz_id is None:
            continue
        at = one.quiz_id
        served = [(place, answer.question_id) for place, answer in enumerate(one.answers, 1)]
        answered = [
            (place, answer.question_id, one.user_id, answer.option, answer.right)
            for place, answer in enumerate(one.answers, 1)
        ]
        yield from _differing(one, "items", items.pop(at, []), served)
        yield from _differing(one, "decisions", decisions.pop(at, []), served)
        yield from _differing(one, "answers", [row[:-1] for row in responses.pop(at, [])], answered)
        yield from _differing(one, "events", events.pop(at, []), list(_events(one)))
    for what, left in (
        ("items", items), ("decisions", decisions), ("answers", responses), ("events", events),
    ):  # fmt: skip
        if left:
            yield f"{what} of quizzes that nobody took: {list(left)}"


def _events(one: Taken) -> Iterator[tuple[str | None, ...]]:
    yield ("quiz_started", None, None, None, None)
    for place, answer in enumerate(one.answers, 1):
        item = (str(place), str(answer.question_id))
        yield ("question_served", *item, None, None)
        yield ("answer_submitted", *item, answer.option, str(answer.right).lower())


def _by_quiz(connection: Connection, query: str) -> _Rows:
    rows: _Rows = defaultdict(list)
    for quiz_id, *others in connection.execute(text(query)):
        rows[quiz_id].append(tuple(others))
    return rows


def _differing(
    one: Taken, what: str, stored: Sequence[tuple[Any, ...]], told: Sequence[tuple[Any, ...]]
) -> Iterator[str]:
    if list(stored) != list(told):
        more, less = Counter(stored) - Counter(told), Counter(told) - Counter(stored)
        yield f"{_name(one)}: {what} that it was not told of: {list(more)}; that are missing: {list(less)}"


def _name(one: Taken) -> str:
    return f"quiz {one.quiz_id} ({one.mode})"
