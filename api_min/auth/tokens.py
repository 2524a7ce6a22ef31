"""Checking tokens: signature, algorithm, times, issuer and audience, and what they say of the caller."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import jwt

from api_min.auth.caller import Caller, Role
from api_min.auth.keys import Algorithm, Keys
from api_min.errors import Unauthenticated

_MOST_CHARACTERS: Final = 8 * 1024
_REFUSED: Final = {"WWW-Authenticate": 'Bearer realm="qbank", error="invalid_token"'}
# Beside PyJWT's own: what a header or a claim that nobody would write makes of its parsers.
_UNREADABLE: Final = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
_SAID: Final[Mapping[type[Exception], str]] = {
    jwt.ExpiredSignatureError: "the token has expired; get another one",
    jwt.ImmatureSignatureError: "the token is not valid yet; compare the clocks of issuer and service",
    jwt.InvalidAudienceError: "the token is for another audience than this service",
    jwt.InvalidIssuerError: "the token is of another issuer than this service trusts",
    jwt.InvalidSignatureError: "the token's signature is not its issuer's",
}


class Verifier:
    """Accepts tokens of one algorithm; issuer and audience are required where they are given."""

    def __init__(
        self, keys: Keys, algorithm: Algorithm, *, issuer: str | None, audience: str | None, leeway_s: int
    ) -> None:
        self._keys = keys
        self._algorithm = algorithm
        self._issuer = issuer
        self._audience = audience
        self._leeway_s = leeway_s

    async def caller(self, token: str) -> Caller:
        """Return who the token says is calling. Raises Unauthenticated that says what is wrong, KeysUnavailable."""
        if len(token) > _MOST_CHARACTERS:
            raise refused(f"the token is longer than {_MOST_CHARACTERS} characters")
        key = await self._keys.find(self._kid(token))
        required = ["exp", "sub", *(["iss"] if self._issuer else []), *(["aud"] if self._audience else [])]
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[self._algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway_s,
                options={"require": required, "verify_aud": self._audience is not None},
            )
        except jwt.MissingRequiredClaimError as fault:
            raise refused(f"the token has no claim `{fault.claim}`") from None
        except _UNREADABLE as fault:
            raise refused(_SAID.get(type(fault), "the token cannot be read")) from None
        return Caller(_uuid(claims, "tenant"), _uuid(claims, "sub"), _roles(claims))

    async def aclose(self) -> None:
        """End what is under way."""
        await self._keys.aclose()

    def _kid(self, token: str) -> str | None:
        """Return the key id of a token's header, which nothing vouches for yet."""
        try:
            header = jwt.get_unverified_header(token)
        except _UNREADABLE:
            raise refused("the token cannot be read") from None
        if header.get("alg") != self._algorithm:
            raise refused(f"the token is not signed with {self._algorithm}")
        kid = header.get("kid")
        return kid if isinstance(kid, str) else None


def refused(detail: str) -> Unauthenticated:
    """Return the problem of a token that came and is not accepted."""
    return Unauthenticated(detail, headers=_REFUSED)


def _uuid(claims: Mapping[str, Any], name: str) -> uuid.UUID:
    try:
        return uuid.UUID(claims[name])
    except (KeyError, ValueError, AttributeError, TypeError):
        raise refused(f"the token's claim `{name}` is no UUID") from None


def _roles(claims: Mapping[str, Any]) -> frozenset[Role]:
    """Return the roles of ours; issuers may put others beside them."""
    several = claims.get("roles", [])
    named = [
        *([claims["role"]] if "role" in claims else []),
        *(several if isinstance(several, list) else [several]),
    ]
    if not all(isinstance(one, str) for one in named):
        raise refused("the token's claims `role` and `roles` are no names")
    return frozenset(Role(one) for one in named if one in {role.value for role in Role})
