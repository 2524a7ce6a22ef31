"""Headers that tell browsers to do nothing with a response but read it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
# The page at /docs runs a script of its own and takes the rest from where FastAPI lets it.
_DOCS: Final = (
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self'; script-src 'unsafe-inline' https://cdn.jsdelivr.net;"
    " style-src 'unsafe-inline' https://cdn.jsdelivr.net; img-src data: https://fastapi.tiangolo.com"
)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DOCS_PATH: Final = "/docs"


def protect(headers: MutableHeaders, scope: Scope) -> None:
    """Add the headers that are missing; a route may have said itself how long its response may be kept."""
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", _DOCS if scope["path"] == DOCS_PATH else _NOTHING)
    headers.setdefault("Cache-Control", "no-store")
    if scope["scheme"] == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


class SecurityHeaders:
    """Middleware that protects every response of what is within it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `send` that adds the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protecting(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, protecting)
