"""The rules of an exam that people set: who lets a calibration go live, and by which rules it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from database.errors import ReviewError
from database.tables import Exam


@dataclass(frozen=True)
class Rules:
    """approval_mode: "automatic" (checks publish) or "manual"; model_policy: what deviates from the defaults."""

    approval_mode: str
    model_policy: Mapping[str, Any]


def rules(connection: Connection, exam: str) -> Rules:
    """Return an exam's rules, kept as they are until the transaction ends. Raises ReviewError: no such exam."""
    found = connection.execute(
        select(Exam.approval_mode, Exam.model_policy).where(Exam.code == exam).with_for_update()
    ).one_or_none()
    if found is None:
        known = connection.scalars(select(Exam.code).order_by(Exam.code)).all()
        raise ReviewError(
            f"there is no exam {exam!r}: "
            + (f"there are {', '.join(known)}" if known else "import one first")
        )
    return Rules(found.approval_mode, found.model_policy)


def set_rules(connection: Connection, exam: str, new: Rules) -> None:
    """Put other rules in place of an exam's; the next calibration goes by them."""
    connection.execute(
        update(Exam)
        .where(Exam.code == exam)
        .values(approval_mode=new.approval_mode, model_policy=dict(new.model_policy))
    )


@dataclass(frozen=True)
class Delivery:
    """Settings by which an exam's quizzes choose and stop; each has what deviates from the usual rules."""

    selection: Mapping[str, Any]
    stopping: Mapping[str, Any]
    blueprint: Mapping[str, Any]


def delivery(connection: Connection, exam: str) -> Delivery | None:
    """Return an exam's settings of delivery; None: the transaction sees no such exam."""
    asked = select(Exam.selection, Exam.stopping, Exam.blueprint).where(Exam.code == exam)
    found = connection.execute(asked).one_or_none()
    return None if found is None else Delivery(found.selection, found.stopping, found.blueprint)


def set_delivery(connection: Connection, exam: str, settings: Delivery) -> None:
    """Write an exam's settings of delivery; quizzes that begin from now on go by them."""
    connection.execute(
        update(Exam)
        .where(Exam.code == exam)
        .values(
            selection=dict(settings.selection),
            stopping=dict(settings.stopping),
            blueprint=dict(settings.blueprint),
        )
    )
