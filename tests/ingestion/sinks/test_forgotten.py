"""Whom a message names, however it is spelled."""

from __future__ import annotations

import json
import uuid

import pytest

from database.queries.forgotten import Learner
from ingestion.persons import user_id
from ingestion.sinks.forgotten import named_in

TENANT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
USER = uuid.UUID("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")


@pytest.mark.parametrize(
    "raw",
    [
        f"{USER}".encode(),
        f"... {str(USER).upper()} ...".encode(),
        b'{"user_id": "%s"' % USER.hex.encode(),
        json.dumps({"who": f"urn:uuid:{USER}"}).encode("utf-16"),
        json.dumps({"who": str(USER)}).encode("utf-32"),
        ("{" + "".join(f"\\u{ord(c):04x}" for c in str(USER)) + "}").encode(),
        b"\xff\xfe" + str(USER).encode() + b"\x80",
    ],
)
def test_a_user_id_is_found(raw: bytes) -> None:
    assert Learner(TENANT, USER) in named_in(raw, [OTHER, TENANT])


@pytest.mark.parametrize(
    ("raw", "person"),
    [
        (b'{"person": "bob"}', "bob"),
        (b'{"person" : 7, "x": 8}', "7"),
        (json.dumps({"learner": 'Zo\u00eb "Z" \\ x'}).encode(), 'Zo\u00eb "Z" \\ x'),
        (b'{"external_ref":"b\\u006fb"', "bob"),
    ],
)
def test_an_identifier_counts_where_a_field_is_called_after_a_person(raw: bytes, person: str) -> None:
    assert named_in(raw, [TENANT]) == {Learner(TENANT, user_id(TENANT, person))}


@pytest.mark.parametrize("raw", [b"", b"{", b'{"selected": "bob"}', b'{"person": "b\\x"}', b"0a1b2c3d-4e5f"])
def test_nobody_is_found_where_nobody_is_named(raw: bytes) -> None:
    assert named_in(raw, [TENANT]) == set()
