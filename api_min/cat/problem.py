"""A problem of the CAT API, as OpenAPI tells of it."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from api_min.cat import imsx
from api_min.problems import ProblemDetails

_DETAIL: Final = "the section has no such session, or it was ended; POST sessions begins one"
_EXAMPLE: Final[dict[str, Any]] = {
    "type": "urn:qbank:problem:session-not-found",
    "title": "No such session",
    "status": 404,
    "detail": _DETAIL,
    "instance": f"{imsx.PREFIX}/sections/section-6b1f6a52-6a55-4d0e-8c52-5f6d8f1f2a01"
    "/sessions/session-0a5c9c1e-3f0c-4c0b-9c43-5d2f0f6f7b02",
    **imsx.status_info(404, _DETAIL),
}


class CodeMinorField(BaseModel):
    """A minor code."""

    imsx_codeMinorFieldName: str
    imsx_codeMinorFieldValue: Literal[
        "fullsuccess", "forbidden", "invaliddata", "unauthorisedrequest", "internal_server_error", "server_busy",
        "unknownobject",
    ]  # fmt: skip


class CodeMinor(BaseModel):
    """Minor codes."""

    imsx_codeMinorField: list[CodeMinorField]


class CatProblem(ProblemDetails):
    """A problem (RFC 9457) with the binding's imsx_StatusInfo among its members."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    imsx_codeMajor: Literal["success", "processing", "failure", "unsupported"]
    imsx_severity: Literal["status", "warning", "error"]
    imsx_description: str
    imsx_codeMinor: CodeMinor
