"""Learners at the API: each a thread with a connection of its own, that takes quizzes as fast as it is answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from tests.api_min.tokens import TENANT, bearer
from tests.benchmarks.delivery.bank import EXAM

LENGTH = 40
Taken = dict[str, list[float]]


class Learner:
    """A learner with a token; `taken` has the seconds of each request by its kind."""

    def __init__(self, port: int) -> None:
        self._user = uuid.uuid4()
        self._headers = {**bearer(self._user, TENANT), "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self.taken: Taken = defaultdict(list)

    def begin(self) -> str:
        """Begin an adaptive quiz."""
        filters = {"num_questions": LENGTH, "exam_code": EXAM}
        asked = {"user_id": str(self._user), "tenant_id": str(TENANT), "filters": filters}
        quiz: str = self.ask("begin", "POST", "/v1/quizzes", asked)["quiz_id"]
        return quiz

    def compared(self) -> None:
        """Take two quizzes, one as the API gives it and one without, turn by turn."""
        ours, theirs = self.begin(), self.begin()
        for position in range(1, LENGTH + 1):
            steps: list[Callable[[], object]] = [
                lambda: self.turn(ours),
                lambda at=position: self.plain_turn(theirs, at),  # type: ignore[misc]
                lambda: self.ask("empty", "GET", "/bench/empty"),
            ]
            for step in steps[position % 3 :] + steps[: position % 3]:
                step()

    def turn(self, quiz: str) -> None:
        """Take an item."""
        question = self.ask("next", "GET", f"/v1/quizzes/{quiz}/next")["question_id"]
        given = {"question_id": question, "selected": "AB"[question % 2], "time_taken_ms": 1500}
        self.ask("answers", "POST", f"/v1/quizzes/{quiz}/answers", given)

    def plain_turn(self, quiz: str, position: int) -> None:
        """Take an item that nobody chose, and write an answer that nobody checks."""
        question = self.ask("fixed", "GET", f"/bench/quizzes/{quiz}/fixed")["question_id"]
        given = {"user_id": str(self._user), "quiz_id": quiz, "question_id": question, "position": position}
        self.ask("bare", "POST", "/bench/bare", given)

    def ask(self, kind: str, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Send a request and return what comes back. Raises RuntimeError for what is no success."""
        sent = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        self._connection.request(method, path, sent, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self.taken[kind].append(time.perf_counter() - began)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)

    def leave(self) -> None:
        """Close the connection."""
        self._connection.close()


def together(port: int, learners: int, take: Callable[[Learner], None]) -> tuple[Taken, float]:
    """Let learners do the same at once; the seconds of each kind of request, and of all from first to last.

    Raises what the first of them that failed raised.
    """
    everyone = [Learner(port) for _ in range(learners)]
    faults: list[Exception] = []

    def one(learner: Learner) -> None:
        try:
            take(learner)
        except Exception as fault:  # told by the thread that waits
            faults.append(fault)
        finally:
            learner.leave()

    threads = [threading.Thread(target=one, args=(learner,)) for learner in everyone]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    taken: Taken = defaultdict(list)
    for learner in everyone:
        for kind, seconds in learner.taken.items():
            taken[kind] += seconds
    return taken, time.perf_counter() - began
