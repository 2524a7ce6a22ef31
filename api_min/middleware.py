"""What stands between the server and the routes, from the outside in."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api_min.auth.gate import Gate
from api_min.auth.tokens import Verifier
from api_min.cat import imsx
from api_min.headers import DOCS_PATH, SecurityHeaders
from api_min.limits import BodyLimit
from api_min.rates import Buckets
from api_min.settings import ApiSettings

OPEN_PATHS: Final = ("/health", "/ready", "/openapi.json", DOCS_PATH)
_MAX_BODY_BYTES: Final = 64 * 1024
#: A section of a platform brings the parameters of its items along.
_MAX_CAT_BODY_BYTES: Final = 16 * 1024 * 1024
_FOR_SCRIPTS: Final = ("ETag", "Retry-After", "WWW-Authenticate")
_FROM_SCRIPTS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match")


def install(app: FastAPI, settings: ApiSettings, verifier: Verifier | None) -> None:
    """Add headers, cross-origin rules, the gate and the limit of bodies; the one added last is the outermost."""
    app.add_middleware(BodyLimit, max_bytes=_MAX_BODY_BYTES, larger={imsx.PREFIX: _MAX_CAT_BODY_BYTES})
    buckets = None if settings.rate is None else Buckets(settings.rate)
    app.add_middleware(Gate, verifier=verifier, buckets=buckets, open_paths=OPEN_PATHS)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=_FROM_SCRIPTS,
            expose_headers=_FOR_SCRIPTS,
        )
    app.add_middleware(SecurityHeaders)
