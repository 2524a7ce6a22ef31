"""Sections of assessment platforms, the parameters they choose by, and the live parameters of our own items."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from database.tables import CatBank, CatSection
from database.tenancy import Role, enter_tenant


@dataclass(frozen=True, slots=True)
class Section:
    """A section without what may be long in it (see table cat_sections)."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    configuration: Mapping[str, Any]
    exam_code: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What may be long: the section as the platform sent it, and its items; questions where they are ours."""

    definition: Mapping[str, Any]
    items: Sequence[str]
    question_ids: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class BankRow:
    """A snapshot of parameters (D = 1.7 metric), each in the order of `items`."""

    id: int
    items: Sequence[str]
    a: Sequence[float]
    b: Sequence[float]
    c: Sequence[float]


@dataclass(frozen=True, slots=True)
class LiveItem:
    """An item of ours as it is now calibrated for its home exam (D = 1.7 metric)."""

    question_id: int
    external_ref: str | None
    a: float
    b: float
    c: float


# The platform shows the item, so that it needs no options here. Parameters are on the scale of the home exam.
_LIVE = text(
    """
    select q.id as question_id, q.external_ref, k.a, k.b, k.c
    from question_publications p
    join questions q on q.id = p.question_id and not q.is_deleted and q.home_exam_code = p.exam_code
    join question_versions v
        on v.question_id = p.question_id and v.version = p.live_version and v.state = 'published'
    join item_calibration k on k.question_id = v.question_id and k.version = v.version and k.serving
    where p.tenant_id = :tenant and p.exam_code = :exam
        and (cast(:questions as bigint[]) is null or q.id = any(:questions))
    order by q.id
    """
)


def enter_tenant_of_section(connection: Connection, section_id: uuid.UUID) -> uuid.UUID | None:
    """Make the transaction act as the API for the tenant of the section; None: there is no such section."""
    connection.execute(select(func.set_config("role", Role.API.value, True)))
    tenant: uuid.UUID | None = connection.execute(
        text("select tenant_of_cat_section(:section)"), {"section": section_id}
    ).scalar_one()
    if tenant is not None:
        enter_tenant(connection, tenant)
    return tenant


def create_section(connection: Connection, section: Section, sent: Sent) -> None:
    """Write a new section."""
    connection.execute(
        insert(CatSection).values(
            id=section.id,
            tenant_id=section.tenant_id,
            definition=dict(sent.definition),
            configuration=dict(section.configuration),
            items=list(sent.items),
            exam_code=section.exam_code,
            question_ids=None if sent.question_ids is None else list(sent.question_ids),
        )
    )


def find_section(connection: Connection, section_id: uuid.UUID) -> Section | None:
    """Return the section; None: the tenant has none of that id, or it was ended."""
    row = connection.execute(
        select(
            CatSection.id,
            CatSection.tenant_id,
            CatSection.configuration,
            CatSection.exam_code,
        ).where(CatSection.id == section_id, CatSection.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else Section(**row._asdict())


def sent(connection: Connection, section_id: uuid.UUID) -> Sent:
    """Return a section as it was sent. Raises NoResultFound."""
    row = connection.execute(
        select(CatSection.definition, CatSection.items, CatSection.question_ids).where(
            CatSection.id == section_id
        )
    ).one()
    return Sent(**row._asdict())


def named(connection: Connection, section_id: uuid.UUID) -> tuple[Sequence[str], Sequence[int]]:
    """Return the items of a section of ours, and the questions that they are. Raises NoResultFound."""
    row = connection.execute(
        select(CatSection.items, CatSection.question_ids).where(CatSection.id == section_id)
    ).one()
    return row.items, row.question_ids


def end_section(connection: Connection, section_id: uuid.UUID) -> bool:
    """Write that the section has ended; False: there was none that had not."""
    ended = connection.execute(
        update(CatSection)
        .where(CatSection.id == section_id, CatSection.ended_at.is_(None))
        .values(ended_at=func.now())
    )
    return ended.rowcount == 1


def live_items(
    connection: Connection, tenant_id: uuid.UUID, exam_code: str, question_ids: Sequence[int] | None = None
) -> list[LiveItem]:
    """Return the calibrated items of an exam that are published to the tenant, or those of some questions."""
    rows = connection.execute(
        _LIVE,
        {
            "tenant": tenant_id,
            "exam": exam_code,
            "questions": None if question_ids is None else list(question_ids),
        },
    )
    return [LiveItem(**row._asdict()) for row in rows]


def keep_bank(
    connection: Connection,
    section: Section,
    digest: str,
    items: Sequence[str],
    parameters: tuple[Sequence[float], Sequence[float], Sequence[float]],
) -> int:
    """Write a snapshot of the section's parameters (a, b, c), or that it is still the live one; return its id."""
    a, b, c = (list(column) for column in parameters)
    written = (
        upsert(CatBank)
        .values(
            tenant_id=section.tenant_id, section_id=section.id, hash=digest, items=list(items), a=a, b=b, c=c
        )
        .on_conflict_do_update(
            index_elements=[CatBank.section_id, CatBank.hash], set_={"checked_at": func.now()}
        )
        .returning(CatBank.id)
    )
    return int(connection.execute(written).scalar_one())


def newest_bank(connection: Connection, section_id: uuid.UUID, max_age: dt.timedelta | None) -> int | None:
    """Return the id of the snapshot last seen to be live; None: none within `max_age` (None: however old)."""
    asked = select(CatBank.id).where(CatBank.section_id == section_id)
    if max_age is not None:
        asked = asked.where(CatBank.checked_at > func.now() - max_age)
    return connection.execute(asked.order_by(CatBank.checked_at.desc()).limit(1)).scalar_one_or_none()


def read_bank(connection: Connection, bank_id: int) -> BankRow:
    """Return a snapshot. Raises NoResultFound."""
    row = connection.execute(
        select(CatBank.id, CatBank.items, CatBank.a, CatBank.b, CatBank.c).where(CatBank.id == bank_id)
    ).one()
    return BankRow(**row._asdict())
