"""What is known of the request under way: it stands in each line of the log and in its span; choices are counted.

Ids are the pseudonymous ones of quiz and tenant, and the place of an item in its quiz, which together name a
decision in the log of decisions. Nothing of what a learner wrote or read comes here.
"""

from __future__ import annotations

import logging
import uuid
from contextvars import ContextVar

from structlog import contextvars

from api_min import traces
from api_min.metrics import ApiMetrics
from database.queries.quizzes import Decision

_metrics: ContextVar[ApiMetrics | None] = ContextVar("qbank_api_metrics", default=None)
_request_id: ContextVar[str | None] = ContextVar("qbank_api_request_id", default=None)
_logger = logging.getLogger("qbank.api")


def begin(request_id: str, metrics: ApiMetrics) -> None:
    """Begin with a new request: nothing is known of it but its id."""
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(request_id=request_id)
    traced = traces.trace_id()
    if traced is not None:
        contextvars.bind_contextvars(trace_id=traced)
    _metrics.set(metrics)
    _request_id.set(request_id)


def request_id() -> str | None:
    """Return the id of the request under way."""
    return _request_id.get()


def within(tenant_id: uuid.UUID) -> None:
    """Say whose rows the request works on."""
    known = {"tenant_id": str(tenant_id)}
    contextvars.bind_contextvars(**known)
    traces.say(known)


def about(quiz_id: uuid.UUID) -> None:
    """Say which quiz the request is about, before it is known whose it is."""
    contextvars.bind_contextvars(quiz_id=str(quiz_id))
    traces.say({"quiz_id": str(quiz_id)})


def at(position: int) -> None:
    """Say which item of the quiz the request is about."""
    contextvars.bind_contextvars(position=position)
    traces.say({"position": position})


def decided(decision: Decision) -> None:
    """Count and log the choice of an item; its time is the one that is logged with it."""
    criterion, seconds = decision.criterion, (decision.elapsed_us or 0) / 1e6
    metrics = _metrics.get()
    if metrics is not None:
        metrics.decided(criterion, seconds)
    traces.say({"criterion": criterion, "selection_us": round(seconds * 1e6)})
    _logger.debug("item chosen", extra={"criterion": criterion, "seconds": round(seconds, 6)})
