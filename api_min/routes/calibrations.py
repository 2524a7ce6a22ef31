"""The calibration of an exam: the parameters that its questions are served with."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Response

from api_min import parameters
from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.errors import CalibrationNotFound
from api_min.problems import documented
from api_min.service import ServiceOfApp
from api_min.shapes import CalibrationResponse, ExamCodePath, RunQuery, TenantQuery

router = APIRouter(prefix="/v1/calibrations", tags=["calibrations"])

IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=4_000,
        description="The ETag of an earlier response: where it still holds, 304 and no body.",
        examples=['"0f4e9f7c-3e0b-5f0e-9a57-2f8f0f1c7a44"'],
    ),
]
_TAG: Final[dict[str, Any]] = {"ETag": {"description": "The run's id.", "schema": {"type": "string"}}}


@router.get(
    "/{exam_code}",
    summary="The parameters that an exam is served with",
    response_model=CalibrationResponse,
    dependencies=[allowed(Role.SERVICE, Role.PSYCHOMETRICIAN, Role.AUTHOR, Role.REVIEWER, Role.ADMIN)],
    responses={
        200: {"headers": _TAG},
        304: {"description": "Not modified", "headers": _TAG},
        **documented(CalibrationNotFound),
    },
)
async def calibration(
    exam_code: ExamCodePath,
    service: ServiceOfApp,
    run: RunQuery = None,
    tenant_id: TenantQuery = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the parameters of the live run, or of one that was live, to the tenant that owns the exam."""
    tenant = tenant_id or service.transactions.tenant_of_caller or service.tenant_id
    async with service.transactions.within(tenant) as connection:
        found = await parameters.calibration(connection, exam_code, run, if_none_match)
    headers = {"ETag": f'"{found.run_id}"', "Cache-Control": "private, no-cache"}
    if found.body is None:
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type="application/json", headers=headers)
