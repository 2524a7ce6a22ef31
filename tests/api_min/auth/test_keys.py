"""Configured keys: what is read, and what is no key of the algorithm."""

from __future__ import annotations

import pytest

from api_min.auth.keys import OneKey, fit, read
from tests.api_min.tokens import SECRET, ed_key, private_pem, public_pem, rsa_key

pytestmark = pytest.mark.anyio


async def test_keys_are_read_and_given_for_any_id():
    secret = read(SECRET, "HS256")
    assert secret == SECRET.encode()
    assert await OneKey(secret).find(None) == await OneKey(secret).find("any") == secret
    assert read(public_pem(rsa_key()), "RS256") == rsa_key().public_key()
    assert read(public_pem(ed_key()), "EdDSA") == ed_key().public_key()


def test_a_pem_key_may_stand_on_one_line():
    assert read(public_pem(rsa_key()).replace("\n", "\\n"), "RS256") == rsa_key().public_key()


@pytest.mark.parametrize(
    ("text", "algorithm", "said"),
    [
        ("x" * 31, "HS256", "32 bytes"),
        (public_pem(rsa_key()), "HS256", "whoever knows the public key"),
        (private_pem(rsa_key()), "RS256", "private key"),
        (private_pem(ed_key()), "EdDSA", "private key"),
        (public_pem(ed_key()), "RS256", "no public key of RS256"),
        (public_pem(rsa_key()), "EdDSA", "no public key of EdDSA"),
        (public_pem(rsa_key(1024)), "RS256", "2048 bits at least, not 1024"),
        (SECRET, "RS256", "no public key in PEM"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "EdDSA", "no public key in PEM"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(text, algorithm, said):
    with pytest.raises(ValueError, match=said) as refused:
        read(text, algorithm)
    assert text not in str(refused.value)


def test_other_things_do_not_fit():
    with pytest.raises(ValueError, match="no public key of EdDSA"):
        fit(b"bytes", "EdDSA")
