"""Whether the process answers, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter

from api_min import readiness
from api_min.errors import NotReady
from api_min.problems import documented
from api_min.service import ServiceOfApp
from api_min.shapes import Health, Readiness, ReadyPart

router = APIRouter(tags=["health"])


@router.get("/health", summary="Whether the process answers")
async def health() -> Health:
    """Answer without asking the database: a restart would not mend it."""
    return Health(status="ok")


@router.get("/ready", summary="Whether requests can be served", responses=documented(NotReady, guarded=False))
async def ready(service: ServiceOfApp) -> Readiness:
    """Look at everything that requests need; 503 names what is missing, and what to do.

    Redis is a cache: while it is away requests are served, and the status is degraded.
    """
    parts = await readiness.look(service)
    missing = {str(part.name): part.detail for part in parts if part.missing}
    if missing:
        raise NotReady(missing)
    return Readiness(
        status="degraded" if any(part.state == "away" for part in parts) else "ready",
        parts=[ReadyPart(name=part.name, state=part.state, detail=part.detail) for part in parts],
    )
