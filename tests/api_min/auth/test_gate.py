"""The gate: who gets in, how often, and what those are told who do not."""

from __future__ import annotations

import uuid

import pytest

from tests.api_min.tokens import LEARNER, TENANT, bearer

pytestmark = pytest.mark.anyio
NEXT = f"/v1/quizzes/{uuid.UUID(int=5)}/next"


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs"])
async def test_what_tells_nothing_of_anybody_is_open(secure_api, path):
    assert (await secure_api.get(path)).status_code == 200


@pytest.mark.parametrize("path", [NEXT, "/v1/quizzes", "/v1", "/nowhere", "/health/", "//health", "/"])
async def test_everything_else_is_closed_also_what_is_not_there(secure_api, is_problem, path):
    refused = await secure_api.get(path)
    is_problem(refused, 401, "unauthenticated")
    assert refused.headers["www-authenticate"] == 'Bearer realm="qbank"'


async def test_a_body_is_not_read_before_the_token(secure_api, is_problem):
    json = {"content-type": "application/json"}
    is_problem(await secure_api.post("/v1/quizzes", content=b"{", headers=json), 401, "unauthenticated")
    is_problem(await secure_api.post("/v1/quizzes", content=b"x" * 100_000), 401, "unauthenticated")
    seen = await secure_api.post("/v1/quizzes", content=b"{", headers={**json, **bearer()})
    is_problem(seen, 422, "invalid-request")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token", bearer()["Authorization"][7:], "Bearer x"],
)
async def test_what_is_no_bearer_token_is_refused(secure_api, is_problem, header):
    refused = await secure_api.get(NEXT, headers={"Authorization": header})
    is_problem(refused, 401, "unauthenticated")
    assert refused.headers["www-authenticate"] == 'Bearer realm="qbank", error="invalid_token"'


async def test_one_header_and_no_other_place(secure_api, is_problem):
    good = bearer()["Authorization"]
    twice = await secure_api.get(NEXT, headers=[("Authorization", good), ("Authorization", good)])
    is_problem(twice, 401, "unauthenticated")
    in_query = await secure_api.get(NEXT, params={"access_token": good[7:]})
    is_problem(in_query, 401, "unauthenticated")
    assert (
        await secure_api.get(NEXT, headers={"Authorization": good.replace("Bearer", "bEARER")})
    ).status_code == 404


async def test_keys_that_cannot_be_had_are_a_503(open_secured, is_problem, caplog):
    api = await open_secured(jwt_algorithm="RS256", jwt_key=None, jwks_url="http://127.0.0.1:1/keys")
    import jwt

    from tests.api_min.tokens import claims, rsa_key

    sent = jwt.encode(claims(), rsa_key(), algorithm="RS256", headers={"kid": "one"})
    refused = await api.get(NEXT, headers={"Authorization": f"Bearer {sent}"})
    is_problem(refused, 503, "keys-unavailable")
    assert refused.headers["retry-after"] == "10"


async def test_each_user_has_a_bucket_and_those_without_token_share_their_addresss(open_secured, is_problem):
    api = await open_secured(rate_limit="0.1:3")
    other = bearer(uuid.UUID(int=8))
    for _ in range(3):
        is_problem(await api.get(NEXT, headers=bearer()), 404, "quiz-not-found")
    refused = await api.get(NEXT, headers=bearer())
    is_problem(refused, 429, "too-many-requests")
    assert 8 <= int(refused.headers["retry-after"]) <= 10
    is_problem(await api.get(NEXT, headers=other), 404, "quiz-not-found")
    is_problem(await api.get(NEXT, headers=bearer(LEARNER, uuid.UUID(int=2))), 404, "quiz-not-found")
    for _ in range(3):
        is_problem(await api.get(NEXT), 401, "unauthenticated")
    is_problem(await api.get(NEXT, headers={"Authorization": "Bearer guess"}), 429, "too-many-requests")
    is_problem(await api.get(NEXT, headers=other), 404, "quiz-not-found")
    assert (await api.get("/health")).status_code == 200


async def test_a_service_has_no_bucket(open_secured):
    api = await open_secured(rate_limit="0.1:1")
    headers = bearer(role="service")
    assert [(await api.get(NEXT, headers=headers)).status_code for _ in range(5)] == [404] * 5


async def test_without_tokens_addresses_have_buckets(open_secured, is_problem):
    api = await open_secured(auth="off", jwt_algorithm=None, jwt_key=None, rate_limit="0.1:2")
    for _ in range(2):
        is_problem(await api.get(NEXT), 404, "quiz-not-found")
    is_problem(await api.get(NEXT), 429, "too-many-requests")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "unix", False),
    ],
)
async def test_an_ipv6_network_is_one_address(settings, engine, one, other, same):
    import httpx

    from api_min.app import create_app

    app = create_app(settings.model_copy(update={"rate_limit": "0.1:1"}), engine=engine)
    said = []
    for address in (one, other):
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://qbank") as api:
            said.append((await api.get(NEXT)).status_code)
    assert said == [404, 429 if same else 404]


async def test_tenants_are_told_apart_by_their_tokens(secure_api, begin, lay_exam, is_problem):
    lay_exam([{}], tenant=TENANT)
    secure_api.headers.update(bearer())
    quiz = await begin(secure_api, tenant=TENANT, user=LEARNER)
    assert (await secure_api.get(f"/v1/quizzes/{quiz}/next")).status_code == 200
