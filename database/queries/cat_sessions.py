"""Sessions within sections of assessment platforms: the items chosen, why, and what became of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, func, insert, select, update

from database.tables import CatItem, CatSection, CatSession


@dataclass(frozen=True, slots=True)
class Session:
    """A session that goes on; `now`: the database's time of the transaction."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    section_id: uuid.UUID
    bank_id: int
    seed: int
    prior_mean: float
    prior_sd: float
    started_at: dt.datetime
    expires_at: dt.datetime
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class ChosenItem:
    """An item of a session with its decision (see table cat_items)."""

    position: int
    stage: int
    item: str
    place: int
    criterion: str
    value: float
    theta: float
    se: float
    candidates: Sequence[Mapping[str, Any]]
    correct: bool | None = None
    resulted: bool = False


_COLUMNS: Final = (
    CatSession.id,
    CatSession.tenant_id,
    CatSession.section_id,
    CatSession.bank_id,
    CatSession.seed,
    CatSession.prior_mean,
    CatSession.prior_sd,
    CatSession.started_at,
    CatSession.expires_at,
    func.now().label("now"),
)


def create_session(connection: Connection, session: Mapping[str, Any], lifetime: dt.timedelta) -> Session:
    """Write a session that begins now and is given up after `lifetime`; `session`: its other columns."""
    connection.execute(
        insert(CatSession).values(**session, started_at=func.now(), expires_at=func.now() + lifetime)
    )
    written = connection.execute(select(*_COLUMNS).where(CatSession.id == session["id"])).one()
    return Session(**written._asdict())


def lock_session(connection: Connection, section_id: uuid.UUID, session_id: uuid.UUID) -> Session | None:
    """Return the session and hold it to the end of the transaction.

    None: the section has none of that id, or it was ended.
    """
    row = connection.execute(
        select(*_COLUMNS)
        .where(
            CatSession.id == session_id, CatSession.section_id == section_id, CatSession.ended_at.is_(None)
        )
        .with_for_update()
    ).one_or_none()
    return None if row is None else Session(**row._asdict())


def logged_session(connection: Connection, session_id: uuid.UUID) -> tuple[Session, Mapping[str, Any]] | None:
    """Return a session, ended or not, with the configuration of its section; None: there is none of that id."""
    row = connection.execute(
        select(*_COLUMNS, CatSection.configuration)
        .join(CatSection, CatSection.id == CatSession.section_id)
        .where(CatSession.id == session_id)
    ).one_or_none()
    if row is None:
        return None
    columns = row._asdict()
    configuration: Mapping[str, Any] = columns.pop("configuration")
    return Session(**columns), configuration


def end_session(connection: Connection, session_id: uuid.UUID) -> None:
    """Write that the session has ended."""
    connection.execute(update(CatSession).where(CatSession.id == session_id).values(ended_at=func.now()))


def chosen(connection: Connection, session_id: uuid.UUID) -> list[ChosenItem]:
    """Return the items of the session in the order they were chosen."""
    rows = connection.execute(
        select(
            CatItem.position,
            CatItem.stage,
            CatItem.item,
            CatItem.place,
            CatItem.criterion,
            CatItem.value,
            CatItem.theta,
            CatItem.se,
            CatItem.candidates,
            CatItem.correct,
            CatItem.resulted_at.is_not(None).label("resulted"),
        )
        .where(CatItem.session_id == session_id)
        .order_by(CatItem.position)
    )
    return [ChosenItem(**row._asdict()) for row in rows]


def write_chosen(connection: Connection, session: Session, items: Sequence[ChosenItem]) -> None:
    """Write that these items were chosen now, and why."""
    if not items:
        return
    connection.execute(
        insert(CatItem),
        [
            {
                "session_id": session.id,
                "tenant_id": session.tenant_id,
                "position": one.position,
                "stage": one.stage,
                "item": one.item,
                "place": one.place,
                "criterion": one.criterion,
                "value": one.value,
                "theta": one.theta,
                "se": one.se,
                "candidates": list(one.candidates),
            }
            for one in items
        ],
    )


def write_result(connection: Connection, session_id: uuid.UUID, position: int, correct: bool | None) -> None:
    """Write the final result of an item; None: it was omitted."""
    connection.execute(
        update(CatItem)
        .where(and_(CatItem.session_id == session_id, CatItem.position == position))
        .values(correct=correct, resulted_at=func.now())
    )
