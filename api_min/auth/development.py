"""A key of one's own below QBANK_HOME, and tokens signed with it: for development, and on loopback alone."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Final

import jwt

from api_min.auth.caller import Caller
from api_min.auth.keys import FEWEST_SECRET_BYTES, Algorithm
from api_min.auth.settings import AuthSettings
from api_min.errors import SettingsError
from database.secret_file import write_once

ALGORITHM: Final[Algorithm] = "HS256"
_FILE: Final = "token.key"


def key(home: Path) -> bytes:
    """Return the development key; it is made, at random, where there is none. Raises SettingsError."""
    path = home / _FILE
    try:
        if not path.exists():
            write_once(path, secrets.token_hex(FEWEST_SECRET_BYTES))
        text = path.read_bytes().strip()
    except OSError as fault:
        raise SettingsError(
            f"{path} cannot be used ({fault.strerror}): let this user read and write it"
        ) from fault
    if len(text) < FEWEST_SECRET_BYTES:
        raise SettingsError(f"{path} is no key of {FEWEST_SECRET_BYTES} characters or more: remove it")
    return text


def issue(caller: Caller, settings: AuthSettings, home: Path, *, now: dt.datetime, ttl: dt.timedelta) -> str:
    """Return a token that an API with these settings and this home takes. Raises SettingsError where none does."""
    if not settings.asks_for_tokens:
        raise SettingsError(
            "QBANK_AUTH is off, and no token is looked at: set QBANK_AUTH=jwt for this command and the API"
        )
    if not settings.development:
        raise SettingsError(
            "QBANK_JWT_KEY or QBANK_JWKS_URL is set, and the API takes no tokens but those of their issuer: ask it for"
            " one, or unset them for the development key below QBANK_HOME"
        )
    claims = {
        "sub": str(caller.user_id),
        "tenant": str(caller.tenant_id),
        "roles": sorted(caller.roles),
        "iat": now,
        "exp": now + ttl,
    }
    claims |= {} if settings.jwt_issuer is None else {"iss": settings.jwt_issuer}
    claims |= {} if settings.jwt_audience is None else {"aud": settings.jwt_audience}
    return jwt.encode(claims, key(home), algorithm=ALGORITHM)
