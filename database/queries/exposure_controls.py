"""Sympson-Hetter parameters that were found for the banks of an exam."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, desc, insert, select

from database.tables import ExposureControl, QuestionPublication


@dataclass(frozen=True, slots=True)
class Found:
    """What simulated sessions of a bank found; `parameters` by question id, of questions that are held back alone."""

    bank_hash: str
    r_max: float
    found_by: Mapping[str, Any]
    parameters: Mapping[str, float]
    largest: float
    settled: bool


def keep(connection: Connection, tenant_id: uuid.UUID, exam_code: str, found: Found) -> None:
    """Keep what was found; what was found before stays."""
    connection.execute(
        insert(ExposureControl).values(
            tenant_id=tenant_id,
            exam_code=exam_code,
            bank_hash=found.bank_hash,
            r_max=found.r_max,
            found_by=dict(found.found_by),
            parameters=dict(found.parameters),
            largest=found.largest,
            settled=found.settled,
        )
    )


def newest(
    connection: Connection, tenant_id: uuid.UUID, exam_code: str, bank_hash: str, r_max: float
) -> Found | None:
    """Return what was found last for the bank, else for any earlier bank of the exam; None: nothing for this r_max."""
    row = connection.execute(
        select(
            ExposureControl.bank_hash,
            ExposureControl.r_max,
            ExposureControl.found_by,
            ExposureControl.parameters,
            ExposureControl.largest,
            ExposureControl.settled,
        )
        .where(
            ExposureControl.tenant_id == tenant_id,
            ExposureControl.exam_code == exam_code,
            ExposureControl.r_max == r_max,
        )
        .order_by(desc(ExposureControl.bank_hash == bank_hash), ExposureControl.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Found(**row._asdict())


def tenants(connection: Connection, exam_code: str) -> list[uuid.UUID]:
    """Return the tenants that questions of the exam are published to, in order."""
    asked = select(QuestionPublication.tenant_id).where(QuestionPublication.exam_code == exam_code).distinct()
    return list(connection.scalars(asked.order_by(QuestionPublication.tenant_id)))
