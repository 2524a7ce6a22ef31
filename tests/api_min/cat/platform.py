"""An assessment platform, as far as the CAT API sees one: it sends sections and plays sessions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import httpx

BASE = "/ims/cat/v1p0"
NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_usagedata_v3p0"
CONTEXT = "https://platform.example/calibration"


def encoded(document: str | bytes) -> str:
    return base64.b64encode(document.encode() if isinstance(document, str) else document).decode()


def configured(**configuration: Any) -> str:
    return encoded(json.dumps(configuration))


def statistic(name: str, item: str, value: object, context: str = CONTEXT) -> str:
    return (
        f'<ordinaryStatistic name={quoteattr(name)} context="{context}">'
        f"<targetObject identifier={quoteattr(item)}/><value>{value}</value></ordinaryStatistic>"
    )


def usage_of(parameters: Mapping[str, Mapping[str, object]]) -> str:
    """Usage data with one statistic for each parameter of each item."""
    inside = "".join(
        statistic(name, item, value) for item, known in parameters.items() for name, value in known.items()
    )
    return f'<?xml version="1.0"?><usageData xmlns="{NAMESPACE}">{inside}</usageData>'


def result(item: str, score: object, *, status: str = "final", **more: Any) -> dict[str, Any]:
    """An item's result; a score of None has no value."""
    value = {} if score is None else {"value": [{"value": str(score)}]}
    outcome = {"identifier": "SCORE", "cardinality": "single", "baseType": "float", **value, **more}
    return {
        "identifier": item,
        "datestamp": "2026-01-15T10:00:00Z",
        "sessionStatus": status,
        "outcomeVariables": [outcome],
    }


async def make_section(api: httpx.AsyncClient, usage: str | None = None, **configuration: Any) -> str:
    body = {"sectionConfiguration": configured(**configuration)}
    if usage is not None:
        body["qtiUsagedata"] = encoded(usage)
    response = await api.post(f"{BASE}/sections", json=body)
    assert response.status_code == 201, response.text
    section: str = response.json()["sectionIdentifier"]
    return section


async def begin(api: httpx.AsyncClient, section: str, **body: Any) -> dict[str, Any]:
    response = await api.post(f"{BASE}/sections/{section}/sessions", json=body)
    assert response.status_code == 201, response.text
    begun: dict[str, Any] = response.json()
    return begun


def submit(
    api: httpx.AsyncClient,
    section: str,
    session: str,
    results: Sequence[Mapping[str, Any]],
    state: str | None = None,
) -> Any:
    body: dict[str, Any] = {"assessmentResult": {"itemResult": list(results)}}
    if state is not None:
        body["sessionState"] = state
    return api.post(f"{BASE}/sections/{section}/sessions/{session}/results", json=body)


async def play(
    api: httpx.AsyncClient, section: str, right: Callable[[str], bool], **body: Any
) -> tuple[list[str], dict[str, Any]]:
    """Play a session to its end; returns the items in order, and the last response."""
    told = await begin(api, section, **body)
    session, items = told["sessionIdentifier"], []
    while told["nextItems"]["itemIdentifiers"]:
        now = told["nextItems"]["itemIdentifiers"]
        assert told["nextItems"]["stageLength"] == len(now)
        items += now
        results = [result(item, int(right(item))) for item in now]
        response = await submit(api, section, session, results, told["sessionState"])
        assert response.status_code == 200, response.text
        told = response.json()
    return items, told


def variables(told: Mapping[str, Any]) -> dict[str, str]:
    """Outcome variables of a response, by identifier."""
    return {
        one["identifier"]: one["value"][0]["value"]
        for one in told["assessmentResult"]["testResult"]["outcomeVariables"]
    }
