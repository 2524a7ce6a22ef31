"""Tokens: which are accepted, and what is said of those that are not."""

from __future__ import annotations

import base64
import json
import time
import uuid

import jwt
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api_min.auth.caller import Caller, Role
from api_min.auth.keys import OneKey, read
from api_min.auth.tokens import Verifier
from api_min.errors import Unauthenticated
from tests.api_min.tokens import (
    LEARNER,
    SECRET,
    TENANT,
    claims,
    ed_key,
    public_pem,
    rsa_key,
    token,
)

pytestmark = pytest.mark.anyio


def verifier(algorithm="HS256", key=SECRET, issuer=None, audience=None, leeway_s=30):
    keys = OneKey(read(key, algorithm))
    return Verifier(keys, algorithm, issuer=issuer, audience=audience, leeway_s=leeway_s)


async def refusal(checked, sent):
    with pytest.raises(Unauthenticated) as refused:
        await checked.caller(sent)
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer realm="qbank", error="invalid_token"'
    return str(refused.value)


@pytest.mark.parametrize(
    ("algorithm", "signs", "checks"),
    [
        ("HS256", SECRET, SECRET),
        ("RS256", rsa_key(), public_pem(rsa_key())),
        ("EdDSA", ed_key(), public_pem(ed_key())),
    ],
)
async def test_each_algorithm_tells_the_caller(algorithm, signs, checks):
    sent = jwt.encode(claims(), signs, algorithm=algorithm)
    assert await verifier(algorithm, checks).caller(sent) == Caller(
        TENANT, LEARNER, frozenset({Role.LEARNER})
    )


async def test_exactly_one_algorithm_is_accepted():
    rs256 = jwt.encode(claims(), rsa_key(), algorithm="RS256")
    assert "not signed with HS256" in await refusal(verifier(), rs256)
    assert "not signed with RS256" in await refusal(verifier("RS256", public_pem(rsa_key())), token())
    assert "not signed with EdDSA" in await refusal(verifier("EdDSA", public_pem(ed_key())), rs256)
    hs512 = jwt.encode(claims(), SECRET * 2, algorithm="HS512")
    assert "not signed with HS256" in await refusal(verifier(key=SECRET * 2), hs512)
    unsigned = jwt.encode(claims(), None, algorithm="none")
    assert "not signed with HS256" in await refusal(verifier(), unsigned)


async def test_a_public_key_is_no_secret():
    """The old trick: sign with the issuer's public key as the secret of an HMAC."""
    header, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT"}, claims())
    )
    signed = jwt.get_algorithm_by_name("HS256")
    mac = signed.sign(header + b"." + payload, public_pem(rsa_key()).encode())
    forged = b".".join([header, payload, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
    assert "not signed with RS256" in await refusal(verifier("RS256", public_pem(rsa_key())), forged)


async def test_another_key_or_a_changed_claim_is_refused():
    other = jwt.encode(claims(), SECRET + "!", algorithm="HS256")
    assert "signature" in await refusal(verifier(), other)
    header, _, signature = token().split(".")
    changed = base64.urlsafe_b64encode(json.dumps(claims(role="admin")).encode()).decode().rstrip("=")
    assert "signature" in await refusal(verifier(), f"{header}.{changed}.{signature}")


async def test_times_are_checked_with_leeway():
    now = int(time.time())
    assert await verifier().caller(token(exp=now - 10))
    assert "expired" in await refusal(verifier(), token(exp=now - 40))
    assert "expired" in await refusal(verifier(leeway_s=0), token(exp=now - 10))
    assert await verifier().caller(token(nbf=now + 10, iat=now + 10))
    assert "not valid yet" in await refusal(verifier(), token(nbf=now + 100))
    assert "not valid yet" in await refusal(verifier(), token(iat=now + 100))
    assert "`exp`" in await refusal(verifier(), token(exp=None))


async def test_issuer_and_audience_are_required_where_they_are_configured():
    strict = verifier(issuer="https://issuer.example.org", audience="qbank")
    good = {"iss": "https://issuer.example.org", "aud": ["other", "qbank"]}
    assert await strict.caller(token(**good))
    assert "another issuer" in await refusal(strict, token(**good | {"iss": "https://other.example.org"}))
    assert "another audience" in await refusal(strict, token(**good | {"aud": "other"}))
    assert "`iss`" in await refusal(strict, token(aud="qbank"))
    assert "`aud`" in await refusal(strict, token(iss="https://issuer.example.org"))
    assert await verifier().caller(token(iss="anybody", aud="anything"))


@pytest.mark.parametrize("wrong", [None, "me", "", 7, ["x"], {"a": 1}])
async def test_tenant_and_user_are_uuids(wrong):
    assert "claim `tenant` is no UUID" in await refusal(verifier(), signed(tenant=wrong))
    assert "token" in await refusal(verifier(), signed(sub=wrong))


def signed(**changed):
    whole = {**claims(), **changed}
    return jwt.api_jws.encode(json.dumps(whole).encode(), SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("named", "roles"),
    [
        ({"role": "admin"}, {Role.ADMIN}),
        ({"role": None, "roles": ["author", "reviewer"]}, {Role.AUTHOR, Role.REVIEWER}),
        ({"role": "learner", "roles": ["psychometrician"]}, {Role.LEARNER, Role.PSYCHOMETRICIAN}),
        ({"role": None, "roles": "service"}, {Role.SERVICE}),
        ({"role": None, "roles": ["offline_access", "learner"]}, {Role.LEARNER}),
        ({"role": None}, set()),
        ({"role": "root"}, set()),
    ],
)
async def test_roles_of_ours_are_read_and_others_left(named, roles):
    assert (await verifier().caller(token(**named))).roles == roles


@pytest.mark.parametrize("wrong", [7, ["learner", 7], {"learner": True}])
async def test_roles_that_are_no_names_are_refused(wrong):
    assert "roles" in await refusal(verifier(), token(role=None, roles=wrong))


async def test_a_service_acts_for_every_learner_and_others_for_themselves():
    assert (await verifier().caller(token(role="service"))).learner is None
    for role in set(Role) - {Role.SERVICE}:
        assert (await verifier().caller(token(role=role))).learner == LEARNER


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "x" * 9000,
        f"{encoded('[' * 4000)}.e30.x",
        f"{encoded('{}')}.e30.x",
        f"{encoded('[]')}.e30.x",
        f"{encoded('null')}.e30.x",
        encoded('{"alg": ["HS256"]}') + ".e30.x",
        encoded('{"alg": "HS256", "kid": 7}') + ".e30.x",
        encoded('{"alg": "HS256", "crit": ["b64"], "b64": false}') + ".e30.x",
    ],
)
async def test_what_is_no_token_is_refused(sent):
    await refusal(verifier(), sent)


@pytest.mark.parametrize("exp", ["soon", "1e400", float("inf"), 10**400, [1], True])
async def test_signed_nonsense_is_refused(exp):
    sent = jwt.api_jws.encode(json.dumps({**claims(), "exp": exp}).encode(), SECRET, algorithm="HS256")
    if exp == 10**400:  # an expiry that no clock will reach
        assert await verifier().caller(sent)
    else:
        await refusal(verifier(), sent)


@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_token_gets_in_or_breaks_anything(data, event_loop_run):
    good = token()
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.integers(0, 3))
    damaged = good[:at] + data.draw(st.text(max_size=5)) + good[at + cut :]
    header, payload, _ = good.split(".")
    try:
        caller = event_loop_run(verifier().caller(damaged))
    except Unauthenticated:
        return
    # What was signed is untouched; base64 lets a signature's last bits be written in several ways.
    assert damaged.split(".")[:2] == [header, payload]
    assert caller.user_id == uuid.UUID(int=4711)


@pytest.fixture
def event_loop_run():
    import asyncio

    with asyncio.Runner() as runner:
        yield runner.run
