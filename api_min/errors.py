"""Errors of the API.

    ApiError
    |-- SettingsError              a QBANK_* variable of this room is not usable
    `-- Problem                    a request that is answered with 4xx; nothing of it is written
        |-- QuizNotFound           404  no such quiz
        |-- NoMoreQuestions        404  the quiz has served all it will
        |-- LearnerForgotten       410  the learner asked to be forgotten
        |-- QuizExpired            409  its time is over
        |-- QuizSealed             409  it was handed in
        |-- NotServed              409  the item was not served in the quiz
        |-- AlreadyAnswered        409  the item has its answer
        |-- AlreadySkipped         409  the item was skipped
        |-- NotRevealed            409  an exam that is not over reveals nothing
        |-- CalibrationNotFound    404  no such calibration was ever live
        |-- Unauthenticated        401  no token, or one that is not accepted
        |-- RoleMissing            403  the token's roles may not do this
        |-- NotYours               403  the request acts for somebody whom the token does not name
        |-- TooManyRequests        429  more requests than the rate allows
        |-- UnknownOption          422  the item has no such option
        |-- UnknownTopic           422  no topic of that name or path
        |-- NothingToServe         422  no item passes the filters
        |-- ExamNeeded             422  an adaptive quiz without an exam, and several to choose from
        |-- KeyReused              422  an Idempotency-Key that came with another request
        |-- SectionNotFound        404  no such section of an assessment platform, or it was ended
        |-- SessionNotFound        404  no such session in the section, or it has ended or expired
        |-- ResultStands           409  an item has another result already
        |-- InvalidData            400  what a platform sent of a section or session cannot be used
        |-- ForgottenUnknown       503  who asked to be forgotten cannot be told
        |-- KeysUnavailable        503  the issuer of tokens does not tell its keys
        `-- NotReady               503  something that requests need is missing

A problem's text says what was wrong and what to do; it is sent to the client as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ApiError(Exception):
    """Base of all errors that this package raises itself."""


class SettingsError(ApiError):
    """A QBANK_* variable of the API is not usable; the text names it and says what to set."""


class Problem(ApiError):
    """A request that cannot be granted: `status`, a stable `name`, a `title`, and the text as its detail."""

    status: ClassVar[int]
    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers


class QuizNotFound(Problem):
    """There is no such quiz."""

    status, name, title = 404, "quiz-not-found", "No such quiz"


class NoMoreQuestions(Problem):
    """The quiz has served all it will."""

    status, name, title = 404, "no-more-questions", "No more questions"


class LearnerForgotten(Problem):
    """The learner asked to be forgotten, and no quiz may bring them back."""

    status, name, title = 410, "learner-forgotten", "The learner was forgotten"


class QuizExpired(Problem):
    """The quiz's time is over."""

    status, name, title = 409, "quiz-expired", "The quiz has expired"


class QuizSealed(Problem):
    """The quiz was handed in."""

    status, name, title = 409, "quiz-sealed", "The quiz is sealed"


class NotServed(Problem):
    """The item was not served in the quiz."""

    status, name, title = 409, "not-served", "The question was not served in this quiz"


class AlreadyAnswered(Problem):
    """The item has its answer."""

    status, name, title = 409, "already-answered", "The question is already answered"


class AlreadySkipped(Problem):
    """The item was skipped, and takes no answer any more."""

    status, name, title = 409, "already-skipped", "The question was skipped"


class NotRevealed(Problem):
    """An exam reveals nothing before it is over."""

    status, name, title = 409, "not-revealed", "The exam is not over"


class CalibrationNotFound(Problem):
    """No such calibration was ever live."""

    status, name, title = 404, "calibration-not-found", "No such calibration"


class UnknownOption(Problem):
    """The item has no such option."""

    status, name, title = 422, "unknown-option", "The question has no such option"


class UnknownTopic(Problem):
    """No topic has that name or path."""

    status, name, title = 422, "unknown-topic", "No such topic"


class NothingToServe(Problem):
    """No item passes the filters."""

    status, name, title = 422, "nothing-to-serve", "No question to serve"


class ExamNeeded(Problem):
    """An adaptive quiz needs one scale, and several exams could give it."""

    status, name, title = 422, "exam-needed", "An exam must be named"


class KeyReused(Problem):
    """An Idempotency-Key came back with another request."""

    status, name, title = 422, "idempotency-key-reused", "Idempotency-Key used for another request"


class ForgottenUnknown(Problem):
    """Who asked to be forgotten cannot be told: the service does not have the key of their hashes."""

    status, name, title = 503, "forgotten-unknown", "It cannot be told who was forgotten"


class Unauthenticated(Problem):
    """No token came with the request, or one that is not accepted."""

    status, name, title = 401, "unauthenticated", "A valid token is needed"


class RoleMissing(Problem):
    """None of the token's roles may do this."""

    status, name, title = 403, "role-missing", "The token's roles do not allow this"


class NotYours(Problem):
    """The request acts for a tenant or a learner whom the token does not name."""

    status, name, title = 403, "not-yours", "The token is somebody else's"


class TooManyRequests(Problem):
    """More requests came than the rate allows."""

    status, name, title = 429, "too-many-requests", "Too many requests"


class KeysUnavailable(Problem):
    """The issuer of tokens does not tell its keys: no token can be checked."""

    status, name, title = 503, "keys-unavailable", "Tokens cannot be checked"


class NotReady(Problem):
    """Something that requests need is missing; `parts`: each such part, and what is the matter with it."""

    status, name, title = 503, "not-ready", "Not ready"

    def __init__(self, parts: Mapping[str, str]) -> None:
        self.parts = parts
        super().__init__("; ".join(f"{part}: {detail}" for part, detail in parts.items()))


class SectionNotFound(Problem):
    """There is no such section of an assessment platform."""

    status, name, title = 404, "section-not-found", "No such section"


class SessionNotFound(Problem):
    """There is no such session in the section."""

    status, name, title = 404, "session-not-found", "No such session"


class ResultStands(Problem):
    """An item of a platform's session has its result."""

    status, name, title = 409, "result-stands", "The item has another result"


class InvalidData(Problem):
    """What a platform sent of a section, a session or its results cannot be used."""

    status, name, title = 400, "invalid-data", "Invalid data"
