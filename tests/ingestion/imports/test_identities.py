from __future__ import annotations

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.imports.identities import NAMESPACE, quiz_id, stream_keys, user_id

TENANT = uuid.UUID(int=1)
PART = st.text(st.sampled_from("ab/\\"), max_size=4)


def test_ids_are_derived_from_the_names() -> None:
    assert user_id(TENANT, "007") == uuid.uuid5(NAMESPACE, f"{TENANT}/007")
    assert quiz_id(TENANT, "EX", "007", "", 1) == uuid.uuid5(NAMESPACE, f"{TENANT}/EX/007//1")
    # What is stored somewhere must be found again by every later release.
    assert str(quiz_id(TENANT, "EX", "007", "mon", 2)) == "830acd2b-ed52-5ecb-86f9-9c45c9d1d755"


@settings(deadline=None)
@given(PART, PART, PART, PART)
def test_slashes_do_not_mix_persons_and_sessions(person: str, session: str, other: str, place: str) -> None:
    same = quiz_id(TENANT, "EX", person, session, 1) == quiz_id(TENANT, "EX", other, place, 1)
    assert same == ((person, session) == (other, place))


def test_stream_keys_fit_64_bits_and_differ() -> None:
    keys = stream_keys(f"EX/{n}" for n in range(1000))
    assert len(set(keys)) == 1000
    assert max(keys) < 2**64
