"""What goes wrong, as application/problem+json (RFC 9457), and how OpenAPI tells it.

Every response of 400 and above has this shape, unknown routes and faults of our own included. A fault of our
own says no more than that it happened; the log has the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from api_min import watch
from api_min.cat import imsx
from api_min.errors import (
    KeysUnavailable,
    NotReady,
    Problem,
    RoleMissing,
    TooManyRequests,
    Unauthenticated,
)
from api_min.headers import protect
from api_min.observe import REQUEST_ID

MEDIA_TYPE: Final = "application/problem+json"
_logger = logging.getLogger("qbank.api")


class Fault(BaseModel):
    """One fault of a request."""

    location: str = Field(description="Where, for instance body.filters.num_questions.")
    message: str


class ProblemDetails(BaseModel):
    """A problem (RFC 9457). `type` is stable; `errors` comes with requests that cannot be read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:qbank:problem:already-answered",
                    "title": "The question is already answered",
                    "status": 409,
                    "detail": "question 17 has its answer in quiz 8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10,"
                    " and it stands",
                    "instance": "/v1/quizzes/8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10/answers",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault] | None = None


def documented(*problems: type[Problem], guarded: bool = True) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that raises these problems, beside those that every route may answer.

    A route that is not `guarded` asks nobody who they are.
    """
    by_status: dict[int | str, list[str]] = {422: ["The request cannot be read"], 503: ["No database"]}
    anybodys = (Unauthenticated, RoleMissing, TooManyRequests, KeysUnavailable) if guarded else ()
    for anywhere in anybodys:
        by_status.setdefault(anywhere.status, []).append(anywhere.title)
    for problem in problems:
        by_status.setdefault(problem.status, []).append(problem.title)
    return {
        status: {"model": ProblemDetails, "description": "; ".join(titles)}
        for status, titles in sorted(by_status.items(), key=lambda one: int(one[0]))
    }


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem, and its OpenAPI say so."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _of_http)
    for unreachable in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(unreachable, _no_database)
    app.add_exception_handler(Exception, _fault_of_ours)
    schema_as_made = app.openapi

    def openapi() -> dict[str, Any]:
        known = app.openapi_schema is not None
        schema = schema_as_made()
        if not known:
            _retype(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _respond(
    request: Request,
    status: int,
    name: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    governed = imsx.governs(request.url.path)
    status = imsx.status_of(status) if governed else status
    content: dict[str, Any] = {
        "type": f"urn:qbank:problem:{name}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    if errors is not None:
        content["errors"] = errors
    if governed:
        content |= imsx.status_info(status, detail)
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def respond(request: Request, problem: Problem) -> JSONResponse:
    """Return the response that tells a problem."""
    errors = None
    if isinstance(problem, NotReady):
        errors = [{"location": part, "message": detail} for part, detail in problem.parts.items()]
    return _respond(
        request,
        problem.status,
        problem.name,
        problem.title,
        str(problem),
        errors=errors,
        headers=problem.headers,
    )


async def _problem(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return respond(request, problem)


async def _unreadable(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, RequestValidationError)
    # What was sent is not repeated: it may be long, or hold what JSON cannot.
    errors = [
        {"location": ".".join(str(part) for part in one["loc"]), "message": str(one["msg"])}
        for one in fault.errors()
    ]
    detail = "; ".join(f"{one['location']}: {one['message']}" for one in errors)
    return _respond(request, 422, "invalid-request", "The request cannot be read", detail, errors=errors)


async def _of_http(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, HTTPException)
    title = HTTPStatus(fault.status_code).phrase
    name = title.lower().replace(" ", "-")
    detail = f"{request.method} {request.url.path}: {fault.detail}"
    return _respond(request, fault.status_code, name, title, detail, headers=fault.headers)


async def _no_database(request: Request, fault: Exception) -> JSONResponse:
    _logger.error("%s %s: the database does not answer: %s", request.method, request.url.path, fault)
    detail = "the database does not answer; nothing was written; try again, and see `qbank doctor`"
    return _respond(request, 503, "no-database", "No database", detail, headers={"Retry-After": "5"})


async def _fault_of_ours(request: Request, fault: Exception) -> JSONResponse:
    _logger.error("%s %s failed", request.method, request.url.path, exc_info=fault)
    detail = "the request failed by a fault of this service, and its log says which; nothing was written"
    known = watch.request_id()  # this answer is made outside the middleware that adds it to all others
    headers = None if known is None else {REQUEST_ID: known}
    response = _respond(request, 500, "internal-error", "Internal error", detail, headers=headers)
    protect(response.headers, request.scope)
    return response


def _retype(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if "requestBody" in operation:
                _add_bodies_faults(operation["responses"])
            if imsx.governs(path):
                operation["responses"].pop("422", None)  # FastAPI's own; there it is a 400
            for status, response in operation["responses"].items():
                if int(status) >= 400 and "application/json" in response.get("content", {}):
                    response["content"][MEDIA_TYPE] = response["content"].pop("application/json")


def _add_bodies_faults(responses: dict[str, Any]) -> None:
    """Tell what every route with a body may answer before it sees the body."""
    shape = responses["422"]["content"]
    for status, title in (("400", "The body is not JSON"), ("413", "The body is too long")):
        responses.setdefault(status, {"description": title, "content": dict(shape)})
