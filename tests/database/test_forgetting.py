"""The keyed hash of a learner and its key: where it comes from, and that another one is noticed."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import stat
import uuid
from pathlib import Path

import pytest

from database.errors import ForgetKeyError
from database.forgetting import ForgetKey
from database.settings import DatabaseSettings

TENANT, USER = uuid.UUID(int=1), uuid.UUID(int=2)
TEXT = "a passphrase of more than thirty-two characters"


def test_it_is_hmac_sha256_of_tenant_and_user() -> None:
    expected = hmac.new(TEXT.encode(), TENANT.bytes + USER.bytes, hashlib.sha256).digest()
    assert ForgetKey(given=TEXT).hash(TENANT, USER) == expected
    assert ForgetKey(given=TEXT).hash(USER, TENANT) != expected


def test_hexadecimal_digits_mean_what_they_stand_for() -> None:
    low, up = ForgetKey(given="ab" * 16), ForgetKey(given="AB" * 16)
    assert (
        low.hash(TENANT, USER)
        == up.hash(TENANT, USER)
        == hmac.digest(b"\xab" * 16, TENANT.bytes + USER.bytes, "sha256")
    )


def test_a_key_of_our_own_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = ForgetKey(tmp_path / "home")
    key.make()
    path = tmp_path / "home" / "forget.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = key.hash(TENANT, USER)
    key.make()
    assert ForgetKey(tmp_path / "home").hash(TENANT, USER) == first
    assert [one.name for one in path.parent.iterdir()] == ["forget.key"]
    other = ForgetKey(tmp_path / "other")
    other.make()
    assert other.hash(TENANT, USER) != first


def _hash_of_new_key(home: Path) -> bytes:
    key = ForgetKey(home)
    key.make()
    return key.hash(TENANT, USER)


def test_processes_that_make_it_at_once_share_one(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_hash_of_new_key, [tmp_path] * 16))) == 1


def test_a_key_that_is_given_goes_before_the_file_and_makes_none(tmp_path: Path) -> None:
    key = ForgetKey.of(DatabaseSettings(home=tmp_path, forget_key=TEXT))
    key.make()
    assert list(tmp_path.iterdir()) == []
    assert key.hash(TENANT, USER) == ForgetKey(given=TEXT).hash(TENANT, USER)
    assert TEXT not in repr(key)


def test_another_key_is_told_from_this_one(tmp_path: Path) -> None:
    key = ForgetKey(given=TEXT)
    key.require(key.check())
    with pytest.raises(ForgetKeyError, match="QBANK_FORGET_KEY is not the key"):
        ForgetKey(given=TEXT + ".").require(key.check())
    ForgetKey(tmp_path).make()
    with pytest.raises(ForgetKeyError, match=r"forget\.key is not the key") as fault:
        ForgetKey(tmp_path).require(key.check())
    assert (tmp_path / "forget.key").read_text().strip() not in str(fault.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "the key of their hashes is not here"), ("short", "is no key"), (b"\xff" * 40, "cannot be read")],
)
def test_a_key_that_is_missing_or_no_key_is_a_clear_error(
    tmp_path: Path, content: str | bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "forget.key").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ForgetKeyError, match=said):
        ForgetKey(tmp_path).hash(TENANT, USER)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ForgetKeyError, match="or set QBANK_FORGET_KEY"):
        ForgetKey(tmp_path / "file" / "home").make()
    with pytest.raises(ForgetKeyError, match="set QBANK_FORGET_KEY"):
        ForgetKey().make()
