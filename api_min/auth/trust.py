"""Whose tokens an application trusts, as its settings say."""

from __future__ import annotations

from pathlib import Path

from api_min.auth import development, keys
from api_min.auth.jwks import IssuersKeys
from api_min.auth.keys import Algorithm, Keys, OneKey
from api_min.auth.settings import AuthSettings
from api_min.auth.tokens import Verifier


def verifier_of(settings: AuthSettings, home: Path) -> Verifier | None:
    """Return what checks tokens; None: none are asked for. The development key lies below `home`."""
    if not settings.asks_for_tokens:
        return None
    algorithm: Algorithm = settings.jwt_algorithm or development.ALGORITHM
    return Verifier(
        _keys(settings, algorithm, home),
        algorithm,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        leeway_s=settings.jwt_leeway,
    )


def _keys(settings: AuthSettings, algorithm: Algorithm, home: Path) -> Keys:
    if settings.jwks_url is not None:
        return IssuersKeys(settings.jwks_url, algorithm)
    if settings.jwt_key is not None:
        return OneKey(keys.read(settings.jwt_key, algorithm))
    return OneKey(development.key(home))
