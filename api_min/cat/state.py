"""Identifiers of sections and sessions, and the session state that a platform hands back."""

from __future__ import annotations

import base64
import re
import uuid
from typing import Final, Literal

from api_min.errors import InvalidData, SectionNotFound, SessionNotFound

# The binding wants NCNames, and a UUID may begin with a digit.
_IDENTIFIER: Final = re.compile(r"(section|session)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_STATE: Final = re.compile(rb"1\.([0-9a-f]{32})\.([0-9]{1,9})")


def identifier(kind: Literal["section", "session"], id_: uuid.UUID) -> str:
    """Return the identifier that the platform knows it by."""
    return f"{kind}-{id_}"


def section_of(text: str) -> uuid.UUID:
    """Return the section. Raises SectionNotFound."""
    read = _IDENTIFIER.fullmatch(text)
    if read is None or read[1] != "section":
        raise SectionNotFound("there is no section of that identifier; POST sections makes one")
    return uuid.UUID(read[2])


def session_of(text: str) -> uuid.UUID:
    """Return the session. Raises SessionNotFound."""
    read = _IDENTIFIER.fullmatch(text)
    if read is None or read[1] != "session":
        raise SessionNotFound(
            "there is no session of that identifier; POST sessions of its section begins one"
        )
    return uuid.UUID(read[2])


def token(session: uuid.UUID, chosen: int) -> str:
    """Return the state of a session in which so many items were chosen. All else is in the database."""
    return base64.urlsafe_b64encode(f"1.{session.hex}.{chosen}".encode()).decode().rstrip("=")


def check(text: str, session: uuid.UUID, chosen: int) -> None:
    """Check that a state was given by this session; an earlier one is fine, for it is a request that comes again.

    Raises:
        InvalidData: another session's, or none of ours.
    """
    try:
        read = _STATE.fullmatch(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        read = None
    if read is None or uuid.UUID(read[1].decode()) != session or int(read[2]) > chosen:
        raise InvalidData("sessionState is not one that this session gave; send the last one back as it came")
