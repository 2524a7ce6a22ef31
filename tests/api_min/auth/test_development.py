"""The development key, and the tokens signed with it."""

from __future__ import annotations

import datetime as dt
import stat

import pytest

from api_min.auth import development
from api_min.auth.caller import Caller, Role
from api_min.auth.settings import AuthSettings
from api_min.auth.trust import verifier_of
from api_min.errors import SettingsError, Unauthenticated
from tests.api_min.tokens import LEARNER, SECRET, TENANT

pytestmark = pytest.mark.anyio
CALLER = Caller(TENANT, LEARNER, frozenset({Role.LEARNER, Role.AUTHOR}))
HOUR = dt.timedelta(hours=1)


def issue(settings, home, ttl=HOUR):
    return development.issue(CALLER, settings, home, now=dt.datetime.now(dt.UTC), ttl=ttl)


async def test_each_home_has_a_key_of_its_own_that_only_its_user_reads(tmp_path):
    one, other = development.key(tmp_path / "one"), development.key(tmp_path / "other")
    assert one != other
    assert development.key(tmp_path / "one") == one
    assert len(one) >= 32
    assert stat.S_IMODE((tmp_path / "one" / "token.key").stat().st_mode) == 0o600
    settings = AuthSettings(auth="jwt")
    assert await verifier_of(settings, tmp_path / "one").caller(issue(settings, tmp_path / "one")) == CALLER
    with pytest.raises(Unauthenticated, match="signature"):
        await verifier_of(settings, tmp_path / "other").caller(issue(settings, tmp_path / "one"))


async def test_issuer_and_audience_are_those_that_the_service_asks_for(tmp_path):
    settings = AuthSettings(auth="jwt", jwt_issuer="me", jwt_audience="qbank")
    assert await verifier_of(settings, tmp_path).caller(issue(settings, tmp_path)) == CALLER
    with pytest.raises(Unauthenticated):
        await verifier_of(settings, tmp_path).caller(issue(AuthSettings(auth="jwt"), tmp_path))


async def test_a_token_ends(tmp_path):
    settings = AuthSettings(auth="jwt")
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier_of(settings, tmp_path).caller(issue(settings, tmp_path, -HOUR))


def test_no_token_is_issued_that_nobody_takes(tmp_path):
    with pytest.raises(SettingsError, match="set QBANK_AUTH=jwt"):
        issue(AuthSettings(auth="off"), tmp_path)
    with pytest.raises(SettingsError, match="ask it for one"):
        issue(AuthSettings(auth="jwt", jwt_algorithm="HS256", jwt_key=SECRET), tmp_path)
    with pytest.raises(SettingsError, match="ask it for one"):
        issue(AuthSettings(auth="jwt", jwt_algorithm="RS256", jwks_url="https://a.example.org/"), tmp_path)
    assert not (tmp_path / "token.key").exists()


def test_a_key_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "token.key").write_text("short\n")
    with pytest.raises(SettingsError, match="remove it"):
        development.key(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"):
        development.key(tmp_path / "file")
