"""Identifiers and session states."""

from __future__ import annotations

import re
import uuid

import pytest

from api_min.cat import state
from api_min.errors import InvalidData, SectionNotFound, SessionNotFound

SESSION = uuid.UUID("0a5c9c1e-3f0c-4c0b-9c43-5d2f0f6f7b02")


def test_identifiers_are_ncnames_and_come_back() -> None:
    name = state.identifier("session", SESSION)
    assert re.fullmatch(r"[A-Za-z_][\w.-]*", name)
    assert state.session_of(name) == SESSION
    with pytest.raises(SectionNotFound):
        state.section_of(name)
    for other in (str(SESSION), name.upper(), f"{name}\n", f"section-{SESSION}", ""):
        with pytest.raises(SessionNotFound):
            state.session_of(other)


def test_a_state_is_its_sessions_own_and_not_of_the_future() -> None:
    token = state.token(SESSION, 3)
    state.check(token, SESSION, 3)
    state.check(token, SESSION, 4)  # a request that comes again
    for wrong, session, chosen in (
        (token, SESSION, 2),
        (token, uuid.UUID(int=1), 3),
        (token[:-1], SESSION, 3),
        ("", SESSION, 3),
        ("é", SESSION, 3),
        ("A", SESSION, 3),
    ):
        with pytest.raises(InvalidData, match="sessionState"):
            state.check(wrong, session, chosen)
