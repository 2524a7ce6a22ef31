"""What a route declares: who may call it. The gate has already seen who does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api_min.auth.caller import Caller, Role
from api_min.errors import RoleMissing

SCOPE_KEY: Final = "qbank.caller"
_SCHEME = HTTPBearer(
    scheme_name="token",
    bearerFormat="JWT",
    auto_error=False,
    description="A signed token with `sub` (the user), `tenant`, `role` or `roles`, and `exp`. Not looked at where the"
    " service runs with QBANK_AUTH=off.",
)


def caller_of(request: Request) -> Caller | None:
    """Return who calls; None: the service asks for no tokens. A request that came by no gate is a fault of ours."""
    caller: Caller | None = request.scope[SCOPE_KEY]
    return caller


def allowed(*roles: Role) -> Any:
    """Return the dependency of a route that callers with any of the roles may call."""
    return Depends(_checking(frozenset(roles)))


def _checking(roles: frozenset[Role]) -> Callable[..., Awaitable[None]]:
    async def check(
        request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]
    ) -> None:
        caller = caller_of(request)
        if caller is not None and not caller.roles & roles:
            raise RoleMissing(f"this needs a token of role {' or '.join(sorted(roles))}")

    check.roles = roles  # type: ignore[attr-defined]
    return check


CallerOfRequest = Annotated[Caller | None, Depends(caller_of)]
