"""The parameters of a calibration, as clients and psychometricians read them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api_min.errors import CalibrationNotFound
from database.queries import served_parameters


@dataclass(frozen=True, slots=True)
class Calibration:
    """A run and its parameters as JSON; None: the client has them already."""

    run_id: uuid.UUID
    body: bytes | None


def has(if_none_match: str | None, run_id: uuid.UUID) -> bool:
    """Tell whether an If-None-Match names the run. A run's rows never change, so its id is their tag."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or f'"{run_id}"' in tags


async def calibration(
    connection: AsyncConnection, exam_code: str, run_id: uuid.UUID | None, if_none_match: str | None
) -> Calibration:
    """Return the exam's live calibration, or that of a run which was live. Raises CalibrationNotFound."""
    run = await connection.run_sync(served_parameters.find, exam_code, run_id)
    if run is None:
        which = "has no live calibration" if run_id is None else f"never had calibration {run_id} live"
        raise CalibrationNotFound(
            f"exam {exam_code} of this tenant {which}; `qbank calibrations list` shows its runs"
        )
    if has(if_none_match, run.id):
        return Calibration(run.id, None)
    items = await connection.run_sync(served_parameters.items_json, run.id)
    told = {
        "run_id": run.id,
        "fitted_at": run.fitted_at,
        "metric": "D=1.7",
        "items": msgspec.Raw(items.encode()),
    }
    return Calibration(run.id, msgspec.json.encode(told))
