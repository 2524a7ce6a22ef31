"""A learner's turn: one transaction over a quiz, which begins with its whole state and tells what it has become.

The state is the quiz and what was served in it. Postgres has it; a copy may lie in the hot state, and holds where it
is of the revision that Postgres tells under the quiz's lock. A turn that writes knows the revision it makes: the
number of its own transaction. So the copy for the next turn needs no reading.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from api_min import watch
from api_min.errors import QuizNotFound
from api_min.hot import HotState, Kept
from api_min.transactions import Transactions
from database.queries import turns
from database.queries.item_texts import ItemText
from database.queries.quizzes import Quiz, ServedItem


@dataclass(frozen=True, slots=True)
class State:
    """A quiz and what was served in it, in the order it was served."""

    quiz: Quiz
    history: Sequence[ServedItem]


_STATE: Final = TypeAdapter(State)
#: What a state's bytes look like: another release with other fields must not take them for its own.
FORM: Final = hashlib.sha256(
    repr([[(one.name, one.type) for one in fields(kind)] for kind in (Quiz, ServedItem)]).encode()
).hexdigest()[:8]


@dataclass(eq=False)
class Turn:
    """What a turn begins with, and `leaves`, the revision and state to keep; None: they are kept, or not known here.

    `item` (question, version) and `text` are those asked for, or else of the item that waits for its answer.
    `elsewhere` are the questions that the learner met in other quizzes meanwhile.
    """

    connection: AsyncConnection
    quiz: Quiz
    history: Sequence[ServedItem]
    item: tuple[int, int] | None
    text: ItemText | None
    elsewhere: tuple[int, ...]
    leaves: tuple[str, State] | None

    def becomes(self, history: Sequence[ServedItem], xid: str) -> None:
        """Say what the transaction of that number made of the history."""
        self.leaves = (turns.revision(xid, history), State(self.quiz, history))

    def is_unknown(self) -> None:
        """Say that something else was written: the next turn reads."""
        self.leaves = None


@asynccontextmanager
async def turn_of(
    transactions: Transactions, hot: HotState, quiz_id: uuid.UUID, question_id: int | None = None
) -> AsyncIterator[Turn]:
    """Begin a turn: an answer to a question, or the next one. Raises QuizNotFound.

    What it leaves is kept once it is committed; whatever fails before keeps nothing.
    """
    copy = await hot.get(quiz_id)
    known = None if copy is None else _state(copy.state)
    async with transactions.of_quiz(quiz_id) as connection:
        turn = await _begun(connection, quiz_id, question_id, known, copy)
        yield turn
    if hot.configured and turn.leaves is not None:
        revision, state = turn.leaves
        await hot.put(quiz_id, Kept(revision, _STATE.dump_json(state)))


async def _begun(
    connection: AsyncConnection,
    quiz_id: uuid.UUID,
    question_id: int | None,
    known: State | None,
    copy: Kept | None,
) -> Turn:
    revision = copy.revision if copy is not None and known is not None else None
    read = await connection.run_sync(turns.read_turn, quiz_id, revision, question_id)
    if read is None:
        raise QuizNotFound(f"there is no quiz {quiz_id}; POST /v1/quizzes begins one")
    state = known if read.state is None else _STATE.validate_json(read.state)
    assert state is not None  # Postgres leaves out only what is known
    quiz = replace(state.quiz, now=read.now)
    watch.within(quiz.tenant_id)
    leaves = None if state is known else (read.revision, state)
    return Turn(connection, quiz, state.history, read.item, read.text, read.elsewhere, leaves)


def _state(kept: bytes) -> State | None:
    try:
        return _STATE.validate_json(kept)
    except ValidationError:  # whatever lies there, Postgres knows better
        return None
