"""Whether the process answers."""

from __future__ import annotations

from fastapi import APIRouter

from api_min.shapes import Health

router = APIRouter(tags=["health"])


@router.get("/health", summary="Whether the process answers")
async def health() -> Health:
    """Answer without asking the database: a restart would not mend it."""
    return Health(status="ok")
