"""Middleware around all else: each request has an id, is counted and timed, and leaves one line in the log."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_min import watch
from api_min.metrics import ApiMetrics

REQUEST_ID: Final = "X-Request-ID"
_READABLE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET: Final = frozenset({"/health", "/ready"})  # asked every few seconds
_logger = logging.getLogger("qbank.api")


class Observe:
    """Passes requests on, and sees what came of them.

    The id is the client's or its proxy's, where it is fit to be logged, else a new one; it goes back with the
    answer. Routes are told by their templates: a path may hold an id.
    """

    def __init__(self, app: ASGIApp, metrics: ApiMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it however it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get(REQUEST_ID))
        watch.begin(request_id, self._metrics)
        status = 500  # what an exception that passes through here is answered with

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        began = time.perf_counter()
        self._metrics.began()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._ended(scope, status, time.perf_counter() - began)

    def _ended(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.ended(method, route, status, seconds)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        if _logger.isEnabledFor(level):
            said = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 2)}
            _logger.log(level, "request", extra=said)


def _request_id(given: str | None) -> str:
    return given if given is not None and _READABLE.fullmatch(given) else uuid.uuid4().hex
