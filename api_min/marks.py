"""What a learner does to a served item beside answering it: skips it, flags it, notes on it, reads about it.

Each counts once, however often it is asked for. An event's id derives from the quiz, the item and what
happened, so that a repeat has the id of the first and is not told again; of notes, the text belongs to that.
"""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min.errors import AlreadyAnswered, NotRevealed, NotServed
from api_min.serve import held_quiz, require_open
from database.queries import marks, quizzes
from database.queries.marks import Place
from database.queries.quizzes import Quiz
from ingestion import events
from ingestion.events.building import ItemFields


async def skip(connection: AsyncConnection, quiz_id: uuid.UUID, question_id: int) -> None:
    """Leave a served item without an answer; it does not come again in this quiz, and takes none.

    Raises QuizNotFound, QuizSealed, QuizExpired, NotServed, AlreadyAnswered.
    """
    quiz = await held_quiz(connection, quiz_id)
    place = await _place(connection, quiz, question_id)
    if place.skipped:
        return
    require_open(quiz)
    if place.answered:
        raise AlreadyAnswered(
            f"question {question_id} has its answer in quiz {quiz.id}, and cannot be skipped"
        )
    await connection.run_sync(quizzes.skip, quiz, question_id)


async def flag(connection: AsyncConnection, quiz_id: uuid.UUID, question_id: int) -> None:
    """Tell that the learner flagged an item, also after the quiz. Raises QuizNotFound, NotServed."""
    quiz = await held_quiz(connection, quiz_id)
    place = await _place(connection, quiz, question_id)
    event_id = _event_id(quiz, "flagged", place)
    await connection.run_sync(
        marks.tell_once, quiz, event_id, events.flagged(**_fields(quiz, place, event_id))
    )


async def note(connection: AsyncConnection, quiz_id: uuid.UUID, question_id: int, text: str) -> None:
    """Tell what the learner noted on an item, also after the quiz. Raises QuizNotFound, NotServed."""
    quiz = await held_quiz(connection, quiz_id)
    place = await _place(connection, quiz, question_id)
    event_id = _event_id(quiz, "note_added", place, text)
    told = events.note_added(**_fields(quiz, place, event_id), text=text)
    await connection.run_sync(marks.tell_once, quiz, event_id, told)


async def explanation(connection: AsyncConnection, quiz_id: uuid.UUID, question_id: int) -> None:
    """Tell that the learner opened an item's explanation.

    In tutor mode before the answer as well: what was seen was seen, and the response policy leaves out an
    answer that comes after it. Raises QuizNotFound, NotServed, and NotRevealed in an exam that is not sealed.
    """
    quiz = await held_quiz(connection, quiz_id)
    place = await _place(connection, quiz, question_id)
    if quiz.mode == "exam" and quiz.sealed_at is None:
        raise NotRevealed(
            f"quiz {quiz.id} is an exam and explains nothing before it is sealed; POST its seal"
        )
    event_id = _event_id(quiz, "explanation_viewed", place)
    told = events.explanation_viewed(**_fields(quiz, place, event_id))
    await connection.run_sync(marks.tell_once, quiz, event_id, told)


async def _place(connection: AsyncConnection, quiz: Quiz, question_id: int) -> Place:
    place = await connection.run_sync(marks.place, quiz.id, question_id)
    if place is None:
        raise NotServed(f"question {question_id} was not served in quiz {quiz.id}; GET its next one")
    return place


def _event_id(quiz: Quiz, kind: str, place: Place, text: str = "") -> uuid.UUID:
    return uuid.uuid5(quiz.id, f"{kind}/{place.question_id}/{text}")


def _fields(quiz: Quiz, place: Place, event_id: uuid.UUID) -> ItemFields:
    return {
        "event_id": event_id,
        "timestamp": quiz.now,
        "user_id": quiz.user_id,
        "tenant_id": quiz.tenant_id,
        "quiz_id": quiz.id,
        "question_id": place.question_id,
        "version": place.version,
        "exam_code": quiz.exam_code,
        "position": place.position,
    }
