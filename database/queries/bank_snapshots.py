"""Banks as quizzes chose from them, kept whole by their hash."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from database.tables import BankSnapshot


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A bank's content, and what it is known by."""

    hash: str
    exam_code: str | None
    calibration_run_id: uuid.UUID | None
    n_items: int
    content: bytes


def is_kept(connection: Connection, tenant_id: uuid.UUID, digest: str) -> bool:
    """Return whether the tenant's bank of that hash is kept."""
    asked = select(BankSnapshot.hash).where(BankSnapshot.tenant_id == tenant_id, BankSnapshot.hash == digest)
    return connection.scalar(asked) is not None


def keep(connection: Connection, tenant_id: uuid.UUID, snapshot: Snapshot) -> None:
    """Keep a bank; one that is kept already stays as it is."""
    connection.execute(
        insert(BankSnapshot)
        .values(
            tenant_id=tenant_id,
            hash=snapshot.hash,
            exam_code=snapshot.exam_code,
            calibration_run_id=snapshot.calibration_run_id,
            n_items=snapshot.n_items,
            content=snapshot.content,
        )
        .on_conflict_do_nothing()
    )


def content(connection: Connection, tenant_id: uuid.UUID, digest: str) -> bytes | None:
    """Return the content of the tenant's bank of that hash; None: it is not kept."""
    asked = select(BankSnapshot.content).where(
        BankSnapshot.tenant_id == tenant_id, BankSnapshot.hash == digest
    )
    found: bytes | None = connection.scalar(asked)
    return found
