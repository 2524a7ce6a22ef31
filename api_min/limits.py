"""How long a request's body may be."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Middleware that answers 413 to a body of more than `max_bytes`, as a problem like any other.

    `larger`: other limits below some paths.
    The bytes are counted as they come: a length may be wrong, or not stated at all.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `receive` that counts."""
        read = 0
        path = scope.get("path", "")
        most = next((n for above, n in self._larger.items() if path.startswith(above)), self._max_bytes)

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, f"a body may have {most} bytes at most")
            return message

        await self._app(scope, counting, send)
