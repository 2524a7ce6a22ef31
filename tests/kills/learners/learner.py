"""A learner who takes one quiz to its end, whatever becomes of the service, and remembers what it was told."""

from __future__ import annotations

import asyncio
import math
import random
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from tests.api_min.tokens import bearer
from tests.kills.learners.exam import EXAM, OPTIONS, TENANT, Item

PATIENCE_S, TIMEOUT_S = 60.0, 20.0
#: Requests that are sent again though their answer came: what a client does that is not sure.
AGAIN = 0.05
Mode = Literal["tutor", "exam"]


class Refused(Exception):
    """The service told a learner what it must not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that the service has acknowledged; `lost_at`: when the first connection that it went by was lost."""

    question_id: int
    option: str
    right: bool
    lost_at: float | None


@dataclass
class Taken:
    """A quiz as its learner saw it, item by item."""

    user_id: uuid.UUID
    mode: Mode
    quiz_id: uuid.UUID | None = None
    answers: list[Answer] = field(default_factory=list)
    retries: int = 0
    over: bool = False


@dataclass
class Progress:
    """What all learners together have come to: acknowledged beginnings and answers, and why requests were retried."""

    steps: int = 0
    retried: Counter[str] = field(default_factory=Counter)
    repeated: int = 0


class Learner:
    """One learner, whose every request goes to any of the `urls`; odd numbers sit an exam, even ones are tutored."""

    def __init__(
        self,
        number: int,
        seed: int,
        urls: Sequence[str],
        items: Mapping[int, Item],
        progress: Progress,
    ) -> None:
        self.taken = Taken(uuid.UUID(int=1000 + number), "exam" if number % 2 else "tutor")
        self._chance = random.Random(f"{seed} {number}")
        self._theta = self._chance.gauss(0.0, 1.0)
        # Of its own: a pool that fifty share looks at every connection at each request.
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, verify=False)
        self._urls = urls
        self._items = items
        self._progress = progress
        self._bearer = bearer(self.taken.user_id, TENANT)

    async def take(self, length: int) -> None:
        """Begin a quiz of that length, answer all of it, see that there is no more, and hand in. Raises Refused."""
        async with self._client:
            await self._take(length)

    async def _take(self, length: int) -> None:
        await self._begin(length)
        for _ in range(length):
            await self._answer(await self._next())
        over, _ = await self._ask("GET", "/next", 404)
        _require(over["type"].endswith(":no-more-questions"), "after the last item came", over)
        if self.taken.mode == "exam":
            await self._ask("POST", "/seal", 200)
        results, _ = await self._ask("GET", "/results", 200)
        score = sum(one.right for one in self.taken.answers)
        _require((results["score"], results["n_items"]) == (score, length), f"not {score} right:", results)
        self.taken.over = True

    async def _begin(self, length: int) -> None:
        filters = {"num_questions": length, "mode": self.taken.mode, "exam_code": EXAM}
        body = {"user_id": str(self.taken.user_id), "tenant_id": str(TENANT), "filters": filters}
        begun, _ = await self._once("", 201, body)
        self.taken.quiz_id = uuid.UUID(begun["quiz_id"])
        self._progress.steps += 1

    async def _next(self) -> int:
        shown, _ = await self._ask("GET", "/next", 200)
        if self._chance.random() < AGAIN:
            again, _ = await self._ask("GET", "/next", 200)
            _require(again == shown, f"question {shown['question_id']} waits for its answer, and came", again)
        question: int = shown["question_id"]
        known = {one.question_id for one in self.taken.answers}
        _require(question not in known, "was answered before:", shown)
        return question

    async def _answer(self, question: int) -> None:
        item = self._items[question]
        right = self._chance.random() < 1.0 / (1.0 + math.exp(-1.7 * item.a * (self._theta - item.b)))
        option = item.key if right else self._chance.choice(OPTIONS.replace(item.key, ""))
        body = {
            "question_id": question,
            "selected": option,
            "time_taken_ms": self._chance.randint(800, 90000),
        }
        told, lost_at = await self._once("/answers", 200, body)
        known = (right, item.key) if self.taken.mode == "tutor" else (None, None)
        _require((told["correct"], told["correct_option"]) == known, f"{option} to {item} is", told)
        self.taken.answers.append(Answer(question, option, right, lost_at))
        self._progress.steps += 1

    async def _once(
        self, path: str, status: int, body: Mapping[str, Any]
    ) -> tuple[dict[str, Any], float | None]:
        """Ask for what must be done once, with a key of its own, and now and then again."""
        key = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        told, lost_at = await self._ask("POST", path, status, body, key)
        if self._chance.random() < AGAIN:
            self._progress.repeated += 1
            again, _ = await self._ask("POST", path, status, body, key)
            _require(again == told, f"{told} at first, and then", again)
        return told, lost_at

    async def _ask(
        self,
        method: str,
        path: str,
        status: int,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> tuple[dict[str, Any], float | None]:
        """Ask until an answer comes that is no fault of the server; return it and when one was lost first."""
        quiz = "" if self.taken.quiz_id is None else f"/{self.taken.quiz_id}"
        headers = self._bearer if key is None else {**self._bearer, "Idempotency-Key": key}
        lost_at, until = None, time.monotonic() + PATIENCE_S
        while True:
            try:
                url = f"{self._chance.choice(self._urls)}/v1/quizzes{quiz}{path}"
                came = await self._client.request(method, url, json=body, headers=headers)
            except httpx.TransportError as fault:
                lost_at, why = lost_at or time.time(), type(fault).__name__
            else:
                if came.status_code < 500:
                    _require(came.status_code == status, f"{method} {path} {body}: {came}", came.text)
                    return came.json(), lost_at
                why = str(came.status_code)
            self._progress.retried[why] += 1
            self.taken.retries += 1
            _require(time.monotonic() < until, f"{method} {path} {body}: no answer in {PATIENCE_S} s,", why)
            await asyncio.sleep(self._chance.uniform(0.02, 0.2))


def _require(holds: bool, what: str, came: object) -> None:
    if not holds:
        raise Refused(f"{what} {came}")
