"""The middleware before the routes: no token, no entry; and no more requests than the rate allows."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Collection, Hashable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api_min import problems
from api_min.auth.access import SCOPE_KEY
from api_min.auth.caller import Caller, Role
from api_min.auth.tokens import Verifier, refused
from api_min.errors import Problem, TooManyRequests, Unauthenticated
from api_min.rates import Buckets

_BITS_OF_ONE_CUSTOMER = 64  # IPv6 addresses are given away by networks


class Gate:
    """Lets requests in and says who makes them; answers those that may not enter before a body is read.

    Every path needs a token but the `open_paths`, so that a route which was forgotten is closed. Without a
    `verifier` nobody is asked. Users have a bucket of requests each, those who have no valid token one for
    each address; services have none, since they act for many users.
    """

    def __init__(
        self, app: ASGIApp, verifier: Verifier | None, buckets: Buckets | None, open_paths: Collection[str]
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._buckets = buckets
        self._open = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its caller, or answer it."""
        if scope["type"] == "http":
            try:
                # Nobody is asked on open paths, so nobody is known there.
                is_open = scope["path"] in self._open
                scope[SCOPE_KEY] = None if is_open else await self._enter(Request(scope))
            except Problem as problem:
                await problems.respond(Request(scope), problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _enter(self, request: Request) -> Caller | None:
        if self._verifier is None:
            self._take(_address(request))
            return None
        try:
            caller = await self._verifier.caller(_token(request))
        except Unauthenticated:
            self._take(_address(request))
            raise
        if Role.SERVICE not in caller.roles:
            self._take((caller.tenant_id, caller.user_id))
        return caller

    def _take(self, whose: Hashable) -> None:
        wait_s = 0.0 if self._buckets is None else self._buckets.take(whose)
        if wait_s > 0.0:
            after = str(math.ceil(wait_s))
            raise TooManyRequests(
                f"too many requests came at once; the next one is taken in {after} s",
                headers={"Retry-After": after},
            )


def _token(request: Request) -> str:
    given = request.headers.getlist("authorization")
    if not given:
        raise Unauthenticated(
            "no token came with the request: send it as `Authorization: Bearer TOKEN`",
            headers={"WWW-Authenticate": 'Bearer realm="qbank"'},
        )
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token:
        raise refused("the header Authorization is not one `Bearer TOKEN`")
    return token.strip()


def _address(request: Request) -> str:
    host = request.client.host if request.client is not None else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(address), _BITS_OF_ONE_CUSTOMER), strict=False))
    return host
