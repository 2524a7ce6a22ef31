"""What every response carries, and which pages may ask from elsewhere."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text

from tests.api_min.tokens import bearer

pytestmark = pytest.mark.anyio
NEXT = f"/v1/quizzes/{uuid.UUID(int=5)}/next"
PAGE = "https://quiz.example.org"


def protected(response):
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
    assert headers["cache-control"] == "no-store"
    return response


async def test_every_response_is_protected(secure_api, server):
    assert protected(await secure_api.get("/health")).status_code == 200
    assert protected(await secure_api.get(NEXT)).status_code == 401
    assert protected(await secure_api.get(NEXT, headers=bearer())).status_code == 404
    assert protected(await secure_api.get("/nowhere", headers=bearer())).status_code == 404
    assert protected(await secure_api.post("/v1/quizzes", json={}, headers=bearer())).status_code == 422
    too_long = await secure_api.post("/v1/quizzes", content=b"x" * 70_000, headers=bearer())
    assert protected(too_long).status_code == 413
    server.execute(text("alter table quiz_sessions rename to gone"))
    assert protected(await secure_api.get(NEXT, headers=bearer())).status_code == 500


async def test_transport_security_is_told_where_there_is_any(secure_api):
    assert "strict-transport-security" not in (await secure_api.get("/health")).headers
    encrypted = await secure_api.get("https://qbank/health")
    assert encrypted.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_page_of_the_contract_may_run_its_script(secure_api):
    policy = (await secure_api.get("/docs")).headers["content-security-policy"]
    assert "script-src 'unsafe-inline' https://cdn.jsdelivr.net" in policy
    assert "script-src" not in (await secure_api.get("/health")).headers["content-security-policy"]


async def ask_first(api, origin, method="POST", headers="authorization,content-type,idempotency-key"):
    asks = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return await api.options("/v1/quizzes", headers=asks)


async def test_no_page_of_another_origin_may_ask_unless_it_is_configured(secure_api, open_secured):
    assert (await ask_first(secure_api, PAGE)).status_code == 401
    asked = await secure_api.get(NEXT, headers={"Origin": PAGE, **bearer()})
    assert not [name for name in asked.headers if name.startswith("access-control")]
    api = await open_secured(cors_origins=(PAGE,))
    allowed = protected(await ask_first(api, PAGE))
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in allowed.headers
    for origin in ("https://evil.example.org", f"{PAGE}.evil.org", "null", PAGE.upper()):
        refused = await ask_first(api, origin)
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
    assert (await ask_first(api, PAGE, method="PUT")).status_code == 400
    assert (await ask_first(api, PAGE, headers="x-other")).status_code == 400


async def test_a_page_reads_what_it_is_told_of_refusals(open_secured):
    api = await open_secured(cors_origins=(PAGE,), rate_limit="0.1:1")
    for status in (401, 429):
        refused = await api.get(NEXT, headers={"Origin": PAGE})
        assert refused.status_code == status
        assert refused.headers["access-control-allow-origin"] == PAGE
        assert "Retry-After" in refused.headers["access-control-expose-headers"]
