"""An issuer's published keys, asked of a real HTTP server that answers, changes, hangs and goes away."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import jwt
import pytest

from api_min.auth import jwks
from api_min.auth.jwks import AT_MOST_EVERY_S, FRESH_S, USABLE_S, IssuersKeys
from api_min.auth.tokens import Verifier
from api_min.errors import KeysUnavailable, Unauthenticated
from tests.api_min.tokens import LEARNER, SECRET, claims, ed_key, rsa_key

pytestmark = pytest.mark.anyio


class Issuer:
    """What an issuer publishes, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b""
        self.hangs = Event()  # set: it goes on
        self.hangs.set()

    def publishes(self, *keys: object) -> None:
        self.body = json.dumps({"keys": keys}).encode()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    served = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked += 1
            served.hangs.wait(20)
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/keys"
    served.stop = server.shutdown
    yield served
    served.hangs.set()
    server.shutdown()
    thread.join()
    server.server_close()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(issuer, clock):
    made = IssuersKeys(issuer.url, "RS256", clock)
    yield made
    await made.aclose()


def jwk(key, kid, **others):
    kind = jwt.get_algorithm_by_name("RS256" if hasattr(key, "key_size") else "EdDSA")
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, **others}


def signed(key, kid, algorithm="RS256"):
    return jwt.encode(claims(), key, algorithm=algorithm, headers={"kid": kid})


async def test_tokens_are_checked_with_the_key_that_they_name(issuer, keys):
    issuer.publishes(jwk(rsa_key(), "one", use="sig", alg="RS256"), jwk(rsa_key(number=1), "two"))
    verifier = Verifier(keys, "RS256", issuer=None, audience=None, leeway_s=0)
    assert (await verifier.caller(signed(rsa_key(), "one"))).user_id == LEARNER
    assert (await verifier.caller(signed(rsa_key(number=1), "two"))).user_id == LEARNER
    with pytest.raises(Unauthenticated, match="signature"):
        await verifier.caller(signed(rsa_key(), "two"))
    with pytest.raises(Unauthenticated, match="does not publish"):
        await verifier.caller(signed(rsa_key(number=2), "three"))
    assert issuer.asked == 1
    await verifier.aclose()


async def test_eddsa_keys_are_taken_by_either_name(issuer):
    issuer.publishes(jwk(ed_key(), "a", alg="EdDSA"), jwk(ed_key(1), "b", alg="Ed25519"), jwk(rsa_key(), "c"))
    keys = IssuersKeys(issuer.url, "EdDSA")
    verifier = Verifier(keys, "EdDSA", issuer=None, audience=None, leeway_s=0)
    assert await verifier.caller(signed(ed_key(), "a", "EdDSA"))
    assert await verifier.caller(signed(ed_key(1), "b", "EdDSA"))
    with pytest.raises(Unauthenticated):
        await keys.find("c")


async def test_many_requests_at_once_ask_the_issuer_once(issuer, keys):
    issuer.publishes(jwk(rsa_key(), "one"))
    found = await asyncio.gather(*(keys.find("one") for _ in range(50)))
    assert set(map(type, found)) == {type(rsa_key().public_key())}
    assert issuer.asked == 1


async def test_a_new_key_is_found_and_unknown_ids_do_not_flood_the_issuer(issuer, keys, clock):
    issuer.publishes(jwk(rsa_key(), "one"))
    await keys.find("one")
    issuer.publishes(jwk(rsa_key(number=1), "two"))
    for _ in range(20):
        with pytest.raises(Unauthenticated, match="does not publish"):
            await keys.find("two")
    assert issuer.asked == 1
    clock.now += AT_MOST_EVERY_S
    assert await keys.find("two") == rsa_key(number=1).public_key()
    with pytest.raises(Unauthenticated):  # it was withdrawn
        await keys.find("one")
    assert issuer.asked == 2


async def test_old_keys_are_used_while_new_ones_are_fetched_beside(issuer, keys, clock):
    issuer.publishes(jwk(rsa_key(), "one"))
    await keys.find("one")
    issuer.publishes(jwk(rsa_key(number=1), "one"))
    issuer.hangs.clear()
    clock.now += FRESH_S
    began = time.monotonic()
    assert await keys.find("one") == rsa_key().public_key()
    assert time.monotonic() - began < 0.5
    issuer.hangs.set()
    for _ in range(200):
        await asyncio.sleep(0.02)
        if await keys.find("one") != rsa_key().public_key():
            break
    assert await keys.find("one") == rsa_key(number=1).public_key()
    assert issuer.asked == 2


async def test_keys_outlive_an_issuer_that_is_down_but_not_for_ever(issuer, keys, clock, caplog):
    issuer.publishes(jwk(rsa_key(), "one"))
    await keys.find("one")
    issuer.status = 500
    clock.now += USABLE_S - 1
    with caplog.at_level(logging.ERROR, "qbank.api"):
        assert await keys.find("one") == rsa_key().public_key()
        for _ in range(200):
            await asyncio.sleep(0.02)
            if caplog.records:
                break
    assert "answers 500" in caplog.text
    clock.now += 1 + AT_MOST_EVERY_S
    with pytest.raises(KeysUnavailable) as told:
        await keys.find("one")
    assert told.value.headers == {"Retry-After": "10"}
    issuer.status = 200
    clock.now += AT_MOST_EVERY_S
    assert await keys.find("one") == rsa_key().public_key()


async def test_without_any_key_tokens_cannot_be_checked(clock, caplog):
    keys = IssuersKeys("http://127.0.0.1:1/keys", "RS256", clock)
    with caplog.at_level(logging.ERROR, "qbank.api"), pytest.raises(KeysUnavailable):
        await keys.find("one")
    assert "QBANK_JWKS_URL" in caplog.text


async def test_an_issuer_that_hangs_is_given_up(issuer, keys, monkeypatch, caplog):
    monkeypatch.setattr(jwks, "_PATIENCE_S", 0.3)
    issuer.hangs.clear()
    began = time.monotonic()
    with pytest.raises(KeysUnavailable):
        await keys.find("one")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [1, null, {"kty": "RSA", "kid": "one"}]}',
        b"[" * 100_000,
        b'{"keys": [], "x": "' + b"x" * 300_000 + b'"}',
    ],
)
async def test_what_is_no_key_set_is_no_key(issuer, keys, body, caplog):
    issuer.body = body
    with pytest.raises(KeysUnavailable):
        await keys.find("one")
    assert "cannot be had" in caplog.text


async def test_keys_of_another_kind_or_use_are_not_taken(issuer, keys, caplog):
    secret = {"kty": "oct", "kid": "one", "k": "YSBzZWNyZXQgdGhhdCBub2JvZHkga25vd3M", "alg": "HS256"}
    private = jwt.get_algorithm_by_name("RS256").to_jwk(rsa_key(), as_dict=True)
    issuer.publishes(
        secret,
        {**secret, "alg": "RS256"},
        {**private, "kid": "one"},
        jwk(ed_key(), "one"),
        jwk(rsa_key(1024), "one"),
        jwk(rsa_key(), "one", use="enc"),
        jwk(rsa_key(), "one", alg="RS512"),
        jwk(rsa_key(), 7),
    )
    with pytest.raises(KeysUnavailable):
        await keys.find("one")
    assert "no usable key of RS256" in caplog.text


async def test_an_address_that_leads_elsewhere_is_not_followed(issuer, keys):
    issuer.publishes(jwk(rsa_key(), "one"))
    issuer.status, issuer.headers = 302, {"Location": issuer.url}
    with pytest.raises(KeysUnavailable):
        await keys.find("one")
    assert issuer.asked == 1


async def test_a_token_without_key_id_takes_the_only_key(issuer, keys, clock):
    issuer.publishes(jwk(rsa_key(), "one"))
    assert await keys.find(None) == rsa_key().public_key()
    issuer.publishes(jwk(rsa_key(), "one"), jwk(rsa_key(number=1), "two"))
    clock.now += USABLE_S
    with pytest.raises(Unauthenticated):
        await keys.find(None)


async def test_secrets_are_never_fetched(issuer):
    """HS256 with a key set is refused by the settings; a set of secrets would give none either."""
    issuer.publishes({"kty": "oct", "kid": "one", "k": SECRET})
    with pytest.raises(KeysUnavailable):
        await IssuersKeys(issuer.url, "HS256").find("one")
