"""What may be set of tokens, and what is refused with what to set instead."""

from __future__ import annotations

import pytest

from api_min.auth.settings import is_loopback, load
from api_min.errors import SettingsError
from tests.api_min.tokens import SECRET, public_pem, rsa_key

VARIABLES = ("AUTH", "JWT_ALGORITHM", "JWT_KEY", "JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWT_LEEWAY")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(f"QBANK_{name}", raising=False)


@pytest.fixture
def put(monkeypatch):
    def putting(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"QBANK_{name}", value)

    return putting


def test_nobody_is_asked_unless_it_is_said():
    settings = load()
    assert (settings.asks_for_tokens, settings.development, settings.jwt_leeway) == (False, False, 30)


def test_a_key_an_address_or_neither(put):
    put(AUTH="JWT")
    assert load().development
    put(JWT_ALGORITHM="hs256", JWT_KEY=SECRET)
    settings = load()
    assert (settings.asks_for_tokens, settings.development, settings.jwt_algorithm) == (True, False, "HS256")
    assert SECRET not in repr(settings)
    put(JWT_ALGORITHM="rs256", JWT_KEY=public_pem(rsa_key()).replace("\n", "\\n"))
    assert load().jwt_algorithm == "RS256"
    put(JWT_ALGORITHM="eddsa", JWT_KEY="", JWKS_URL="https://issuer.example.org/keys")
    assert load().jwks_url == "https://issuer.example.org/keys"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AUTH": "basic"}, "QBANK_AUTH is not usable.*set QBANK_AUTH to jwt or off"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "none"}, "QBANK_JWT_ALGORITHM is not usable"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "RS512"}, "RS256, EdDSA or HS256"),
        ({"AUTH": "jwt", "JWT_KEY": SECRET}, "QBANK_JWT_ALGORITHM does not say"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "HS256", "JWT_KEY": "short"}, "32 bytes"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "RS256", "JWT_KEY": SECRET}, "no public key in PEM"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "RS256"}, "the development key's, of HS256"),
        ({"JWT_ALGORITHM": "HS256", "JWT_KEY": SECRET}, "QBANK_JWT_KEY is set, but not whether tokens"),
        ({"AUTH": "jwt", "JWKS_URL": "https://issuer.example.org/"}, "names no algorithm of such"),
        (
            {"AUTH": "jwt", "JWT_ALGORITHM": "HS256", "JWKS_URL": "https://issuer.example.org/"},
            "names no algorithm of such",
        ),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "RS256", "JWKS_URL": "file:///etc/passwd"}, "no http or https"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "RS256", "JWKS_URL": "https://"}, "no http or https"),
        ({"AUTH": "jwt", "JWT_ALGORITHM": "RS256", "JWKS_URL": "http://a:99999/"}, "no http or https"),
        (
            {
                "AUTH": "jwt",
                "JWT_ALGORITHM": "HS256",
                "JWT_KEY": SECRET,
                "JWKS_URL": "https://a.example.org/",
            },
            "the one or the other",
        ),
        ({"JWT_LEEWAY": "301"}, "QBANK_JWT_LEEWAY.*between 0 and 300"),
    ],
)
def test_what_cannot_be_meant_is_refused(put, variables, said):
    put(**variables)
    with pytest.raises(SettingsError, match=said) as refused:
        load()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", ""])
def test_not_loopback(host):
    assert not is_loopback(host)
