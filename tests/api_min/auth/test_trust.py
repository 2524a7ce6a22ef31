"""What an application makes of its settings."""

from __future__ import annotations

import jwt
import pytest

from api_min.auth.settings import AuthSettings
from api_min.auth.trust import verifier_of
from api_min.errors import KeysUnavailable, Unauthenticated
from tests.api_min.tokens import LEARNER, SECRET, claims, public_pem, rsa_key, token

pytestmark = pytest.mark.anyio


async def test_off_asks_nobody_and_makes_no_key(tmp_path):
    assert verifier_of(AuthSettings(), tmp_path) is None
    assert verifier_of(AuthSettings(auth="off"), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


async def test_a_configured_key_is_the_only_one(tmp_path):
    verifier = verifier_of(AuthSettings(auth="jwt", jwt_algorithm="HS256", jwt_key=SECRET), tmp_path)
    assert (await verifier.caller(token())).user_id == LEARNER
    assert list(tmp_path.iterdir()) == []
    settings = AuthSettings(auth="jwt", jwt_algorithm="RS256", jwt_key=public_pem(rsa_key()), jwt_leeway=0)
    verifier = verifier_of(settings, tmp_path)
    sent = jwt.encode(claims(), rsa_key(), algorithm="RS256", headers={"kid": "whatever"})
    assert (await verifier.caller(sent)).user_id == LEARNER
    with pytest.raises(Unauthenticated):
        await verifier.caller(token())


async def test_an_address_is_asked(tmp_path, caplog):
    settings = AuthSettings(auth="jwt", jwt_algorithm="RS256", jwks_url="http://127.0.0.1:1/keys")
    verifier = verifier_of(settings, tmp_path)
    with pytest.raises(KeysUnavailable):
        await verifier.caller(jwt.encode(claims(), rsa_key(), algorithm="RS256", headers={"kid": "one"}))
    await verifier.aclose()
