"""What a caller may do: by role, by tenant, and for whom."""

from __future__ import annotations

import uuid

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from api_min.app import create_app
from api_min.auth.caller import Role
from tests.api_min.cat.platform import configured
from tests.api_min.tokens import LEARNER, TENANT, bearer

pytestmark = pytest.mark.anyio
SOMEBODY, STRANGER = uuid.UUID(int=8), uuid.UUID(int=2)


def body(user=LEARNER, tenant=TENANT, **filters):
    return {"user_id": str(user), "tenant_id": str(tenant), "filters": filters}


def roles_of(dependant):
    """The roles that a route's dependencies ask for."""
    own = getattr(dependant.call, "roles", None)
    below = [roles for one in dependant.dependencies for roles in roles_of(one)]
    return [*([own] if own is not None else []), *below]


async def test_every_route_of_v1_declares_who_may_call_it(settings, engine):
    routes = _routes(create_app(settings, engine=engine))
    declared = {f"{sorted(route.methods)[0]} {route.path}": roles_of(route.dependant) for route in routes}
    assert len(declared) >= 4
    assert {name for name, roles in declared.items() if not roles} == {"GET /health", "GET /ready"}
    for name, roles in declared.items():
        assert name in ("GET /health", "GET /ready") or (len(roles) == 1 and roles[0] <= set(Role)), name


def _routes(app):
    routers = [one.original_router for one in app.routes if hasattr(one, "original_router")]
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


async def test_openapi_tells_that_v1_needs_a_token(secure_api):
    schema = (await secure_api.get("/openapi.json")).json()
    scheme = schema["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            expected = [{"token": []}] if path.startswith(("/v1", "/ims/cat/v1p0")) else None
            assert operation.get("security") == expected, (method, path)


@pytest.mark.parametrize("role", [*sorted(set(Role) - {Role.LEARNER, Role.SERVICE}), "root", None])
async def test_quizzes_are_taken_by_learners_and_services(secure_api, is_problem, role):
    headers = bearer(role=role)
    one = f"/v1/quizzes/{uuid.UUID(int=5)}"
    answer = {"question_id": 1, "selected": "A", "time_taken_ms": 1}
    for refused in (
        await secure_api.post("/v1/quizzes", json=body(), headers=headers),
        await secure_api.get(f"{one}/next", headers=headers),
        await secure_api.post(f"{one}/answers", json=answer, headers=headers),
    ):
        assert "learner or service" in is_problem(refused, 403, "role-missing")["detail"]


async def test_the_ids_of_a_request_must_be_those_of_the_token(secure_api, lay_exam, is_problem, server):
    lay_exam([{}])
    lay_exam([{}], exam="theirs", tenant=STRANGER)

    async def begin(asked, **token):
        return await secure_api.post("/v1/quizzes", json=asked, headers=bearer(**token))

    assert (await begin(body())).status_code == 201
    told = is_problem(await begin(body(user=SOMEBODY)), 403, "not-yours")["detail"]
    assert f"user {SOMEBODY}" in told
    told = is_problem(await begin(body(tenant=STRANGER)), 403, "not-yours")["detail"]
    assert f"tenant {STRANGER}" in told
    assert (await begin(body(user=SOMEBODY), role="service")).status_code == 201
    is_problem(await begin(body(tenant=STRANGER), role="service"), 403, "not-yours")
    written = server.execute(text("select user_id, tenant_id from quiz_sessions order by user_id")).all()
    assert written == [(SOMEBODY, TENANT), (LEARNER, TENANT)]


async def test_a_quiz_of_somebody_else_is_not_there(secure_api, lay_exam, is_problem, server):
    lay_exam([{}, {}])
    begun = await secure_api.post("/v1/quizzes", json=body(), headers=bearer())
    quiz = begun.json()["quiz_id"]
    question = (await secure_api.get(f"/v1/quizzes/{quiz}/next", headers=bearer())).json()["question_id"]
    answer = {"question_id": question, "selected": "A", "time_taken_ms": 1}
    nobodys = {"user": SOMEBODY}, {"tenant": STRANGER}, {"tenant": STRANGER, "role": "service"}
    for token in nobodys:
        seen = await secure_api.get(f"/v1/quizzes/{quiz}/next", headers=bearer(**token))
        is_problem(seen, 404, "quiz-not-found")
        taken = await secure_api.post(f"/v1/quizzes/{quiz}/answers", json=answer, headers=bearer(**token))
        is_problem(taken, 404, "quiz-not-found")
    missing = f"/v1/quizzes/{uuid.UUID(int=5)}/next"
    there = await secure_api.get(f"/v1/quizzes/{quiz}/next", headers=bearer(user=SOMEBODY))
    not_there = await secure_api.get(missing, headers=bearer(user=SOMEBODY))
    assert there.json()["detail"].replace(quiz, "?") == not_there.json()["detail"].replace(
        str(uuid.UUID(int=5)), "?"
    )
    assert server.execute(text("select count(*) from user_responses")).scalar_one() == 0
    as_service = bearer(user=SOMEBODY, role="service")
    assert (await secure_api.get(f"/v1/quizzes/{quiz}/next", headers=as_service)).status_code == 200
    taken = await secure_api.post(f"/v1/quizzes/{quiz}/answers", json=answer, headers=as_service)
    assert taken.status_code == 200
    written = server.execute(text("select user_id from user_responses")).scalars().all()
    assert written == [LEARNER]


async def test_without_tokens_the_ids_of_the_request_count(api, lay_exam, begin, server):
    lay_exam([{}])
    lay_exam([{}], exam="theirs", tenant=STRANGER)
    api.headers["Authorization"] = "Bearer nobody looks at it"
    for tenant in (TENANT, STRANGER):
        quiz = await begin(api, tenant=tenant, user=SOMEBODY)
        assert (await api.get(f"/v1/quizzes/{quiz}/next")).status_code == 200
    assert server.execute(text("select count(*) from quiz_sessions")).scalar_one() == 2


async def test_sections_of_platforms_are_their_tenants(secure_api, is_problem):
    address = "/ims/cat/v1p0/sections"
    learner = await secure_api.get(f"{address}/{uuid.UUID(int=5)}", headers=bearer(role="learner"))
    assert learner.status_code == 403
    assert (await secure_api.get(f"{address}/{uuid.UUID(int=5)}")).status_code == 401
    section = {
        "sectionConfiguration": configured(tenant_id=str(TENANT), exam_code="demo", stopping={"length": 3})
    }
    strange = await secure_api.post(address, json=section, headers=bearer(role="service", tenant=STRANGER))
    assert strange.status_code == 403, strange.text
