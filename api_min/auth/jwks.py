"""The keys that an issuer publishes (JSON Web Key Set, RFC 7517), kept in memory and fetched again in time."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt

from api_min.auth import keys
from api_min.auth.keys import Algorithm, Key
from api_min.auth.settings import is_loopback
from api_min.errors import KeysUnavailable, Unauthenticated

FRESH_S: Final = 300.0
USABLE_S: Final = 86_400.0  # of an issuer that does not answer; a key it withdrew must end some time
AT_MOST_EVERY_S: Final = 10.0
_PATIENCE_S: Final = 3.0
_MOST_BYTES: Final = 256 * 1024
_logger = logging.getLogger("qbank.api")


class IssuersKeys:
    """The keys of one algorithm at an address. Keys of other algorithms and uses are not looked at.

    Keys older than FRESH_S are used while new ones are fetched beside the request; a key id that is not known
    is waited for. However many requests ask, the issuer is asked at most every AT_MOST_EVERY_S, and one at a
    time. While it does not answer, keys are used until they are USABLE_S old.
    """

    def __init__(self, url: str, algorithm: Algorithm, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._algorithm = algorithm
        self._clock = clock
        self._keys: dict[str | None, Key] = {}
        self._fetched_at = self._tried_at = -USABLE_S
        self._turn = asyncio.Lock()
        self._beside: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> Key:
        """Return the key of that id; without an id, the only one. Raises Unauthenticated, KeysUnavailable."""
        age = self._clock() - self._fetched_at
        key = self._known(kid) if age < USABLE_S else None
        if key is None:
            await self._refresh()
            key = self._known(kid)
        elif age >= FRESH_S and self._due() and (self._beside is None or self._beside.done()):
            self._beside = asyncio.create_task(self._refresh())
        if self._clock() - self._fetched_at >= USABLE_S:
            raise KeysUnavailable(
                "the keys of the issuer of tokens cannot be had; the service's log says why; try again",
                headers={"Retry-After": str(int(AT_MOST_EVERY_S))},
            )
        if key is None:
            raise Unauthenticated(
                "the token is signed with a key that its issuer does not publish; get another token"
            )
        return key

    async def aclose(self) -> None:
        """End what is under way."""
        if self._beside is not None:
            self._beside.cancel()
            await asyncio.gather(self._beside, return_exceptions=True)

    def _known(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _due(self) -> bool:
        return self._clock() - self._tried_at >= AT_MOST_EVERY_S

    async def _refresh(self) -> None:
        async with self._turn:
            if not self._due():
                return
            self._tried_at = self._clock()
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    found = _usable(await self._fetch(), self._algorithm)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError) as fault:
                _logger.error(
                    "the keys of tokens cannot be had from QBANK_JWKS_URL: %s", str(fault) or repr(fault)
                )
                return
            self._keys, self._fetched_at = found, self._clock()

    async def _fetch(self) -> bytes:
        # A proxy of the environment is for others' machines.
        foreign = not is_loopback(urlsplit(self._url).hostname or "")
        async with (
            httpx.AsyncClient(timeout=_PATIENCE_S, follow_redirects=False, trust_env=foreign) as client,
            client.stream("GET", self._url, headers={"Accept": "application/json"}) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"the issuer answers {response.status_code}, not 200")
            body = b""
            async for part in response.aiter_bytes(chunk_size=16 * 1024):
                body += part
                if len(body) > _MOST_BYTES:
                    raise ValueError(f"the key set is longer than {_MOST_BYTES} bytes")
            return body


def _usable(body: bytes, algorithm: Algorithm) -> dict[str | None, Key]:
    """Return the set's keys of the algorithm by id. Raises ValueError where it has none."""
    try:
        listed = json.loads(body)["keys"]
    except (ValueError, TypeError, LookupError):
        raise ValueError("what the issuer sends is no JSON key set") from None
    found: dict[str | None, Key] = {}
    for one in listed if isinstance(listed, list) else ():
        key = _key(one, algorithm)
        if key is not None:
            found.setdefault(one.get("kid"), key)
    if not found:
        raise ValueError(f"the issuer's key set has no usable key of {algorithm}")
    return found


def _key(one: Any, algorithm: Algorithm) -> Key | None:
    if not isinstance(one, dict) or not isinstance(one.get("kid"), str | None):
        return None
    named = {"EdDSA": ("EdDSA", "Ed25519")}.get(algorithm, (algorithm,))  # RFC 9864 names the curve instead
    if one.get("use", "sig") != "sig" or one.get("alg", algorithm) not in named or "d" in one:
        return None
    try:
        return keys.fit(jwt.PyJWK(one, algorithm).key, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None  # a key of another kind, or damaged: others of the set may do
