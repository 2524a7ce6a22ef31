"""Identifiers derived from what a file says, so that importing it again makes nothing new."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ingestion.persons import NAMESPACE, user_id

__all__ = ["IMPORT_ACTOR", "NAMESPACE", "external_ref", "quiz_id", "stream_keys", "user_id"]

IMPORT_ACTOR = uuid.uuid5(NAMESPACE, "import")


def quiz_id(tenant: uuid.UUID, exam: str, person: str, session: str, attempt: int) -> uuid.UUID:
    """Return the id of a session; an id that holds a slash stays apart from one that is split there."""
    return uuid.uuid5(NAMESPACE, f"{tenant}/{exam}/{_escaped(person)}/{_escaped(session)}/{attempt}")


def external_ref(exam: str, item: str) -> str:
    """Return the name of an item of an exam; exam codes hold no slash."""
    return f"{exam}/{item}"


def stream_keys(names: Iterable[str]) -> list[int]:
    """Return a 64-bit number for each name, the same wherever and whenever it is asked for."""
    return [uuid.uuid5(NAMESPACE, name).int >> 64 for name in names]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/") if "/" in text or "\\" in text else text
