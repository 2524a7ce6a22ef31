"""The status information of 1EdTech's REST bindings, as members of a problem.

The binding reports errors as imsx_StatusInfo, this service as problem+json. RFC 9457 lets a problem have members
of its own, so that a client of either kind finds what it looks for. The binding knows no 422: what cannot be read
or used is 400 there.
"""

from __future__ import annotations

from typing import Any, Final

#: Where the REST binding puts its resources, on whatever host: clients of the standard are told the host alone.
PREFIX: Final = "/ims/cat/v1p0"
_SYSTEM: Final = "qbank"
_MINOR: Final = {
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    429: "server_busy",
}


def governs(path: str) -> bool:
    """Whether a path belongs to the binding."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def status_of(status: int) -> int:
    """Return the status that the binding has for one of ours."""
    return 400 if status == 422 else status


def status_info(status: int, detail: str) -> dict[str, Any]:
    """Return the members of imsx_StatusInfo for an error."""
    minor = _MINOR.get(status, "invaliddata" if status < 500 else "internal_server_error")
    field = {"imsx_codeMinorFieldName": _SYSTEM, "imsx_codeMinorFieldValue": minor}
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": detail,
        "imsx_codeMinor": {"imsx_codeMinorField": [field]},
    }
