"""`qbank token`: a token for development, signed with a key of one's own."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

import typer

from cli.errors import OptionError

_LONGEST_S = 30 * 24 * 3600


def token(
    user: Annotated[UUID, typer.Option(help="The user: the token's `sub`.")],
    tenant: Annotated[UUID | None, typer.Option(help="The tenant; QBANK_TENANT_ID unless given.")] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="learner, author, reviewer, psychometrician, admin or service; may be repeated. learner unless given."
        ),
    ] = None,
    ttl: Annotated[
        int,
        typer.Option(min=1, max=_LONGEST_S, help="For how many seconds it is good; an hour unless given."),
    ] = 3600,
) -> None:
    """Print a development token, which an API on loopback with QBANK_AUTH=jwt takes. Needs and starts no database."""
    from api_min.auth import development, settings
    from api_min.auth.caller import Caller, Role
    from database import settings as database_settings

    known = [one.value for one in Role]
    unknown = [one for one in role or () if one not in known]
    if unknown:
        raise OptionError(f"--role {unknown[0]} is none of {', '.join(known)}")
    home = database_settings.load()
    caller = Caller(tenant or home.tenant_id, user, frozenset(map(Role, role or (Role.LEARNER,))))
    now, lasts = dt.datetime.now(dt.UTC), dt.timedelta(seconds=ttl)
    typer.echo(development.issue(caller, settings.load(), home.home, now=now, ttl=lasts))
