"""`qbank token`: its tokens open an API of the same home."""

from __future__ import annotations

import uuid
from pathlib import Path

import jwt
import pytest

from tests.cli.conftest import Qbank

USER = "3f2c1d9a-0b7e-4c55-8a41-77e0a8f3d921"


@pytest.fixture(autouse=True)
def _asks(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("QBANK_AUTH", "jwt")
    monkeypatch.delenv("QBANK_TENANT_ID", raising=False)


def test_a_token_of_a_learner_for_an_hour(qbank: Qbank, home: Path) -> None:
    ended = qbank("token", "--user", USER)
    assert ended.code == 0
    (line,) = ended.out.splitlines()
    claims = jwt.decode(line, (home / "token.key").read_bytes().strip(), algorithms=["HS256"])
    assert (claims["sub"], claims["tenant"], claims["roles"]) == (USER, str(uuid.UUID(int=1)), ["learner"])
    assert claims["exp"] - claims["iat"] == 3600


def test_every_option(qbank: Qbank, home: Path) -> None:
    tenant = str(uuid.UUID(int=9))
    roles = ("--role", "author", "--role", "admin")
    line = qbank("token", "--user", USER, "--tenant", tenant, "--ttl", "60", *roles).out.strip()
    claims = jwt.decode(line, (home / "token.key").read_bytes().strip(), algorithms=["HS256"])
    assert (claims["tenant"], claims["roles"]) == (tenant, ["admin", "author"])
    assert claims["exp"] - claims["iat"] == 60


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--user"),
        (("--user", "me"), "invalid character"),
        (("--user", USER, "--role", "root"), "none of learner, author"),
        (("--user", USER, "--ttl", "0"), "--ttl"),
        (("--user", USER, "--ttl", "2592001"), "--ttl"),
    ],
)
def test_what_is_no_token_is_refused(qbank: Qbank, home: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = qbank("token", *arguments)
    assert ended.code != 0
    assert said in ended.said
    assert not (home / "token.key").exists()


def test_none_is_issued_where_tokens_are_not_looked_at(qbank: Qbank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBANK_AUTH", "off")
    ended = qbank("token", "--user", USER)
    assert (ended.code, ended.out) == (1, "")
    assert "set QBANK_AUTH=jwt" in ended.said
