"""The rules of delivery that are set for an exam."""

from __future__ import annotations

from sqlalchemy import Connection

from database.queries import exams
from delivery.rules import DeliveryRules, rules_of


def exam_rules(connection: Connection, exam_code: str | None) -> DeliveryRules:
    """Return the rules set for an exam, else the usual ones. Raises RulesError where they are not usable."""
    set_for = None if exam_code is None else exams.delivery(connection, exam_code)
    if set_for is None:
        return DeliveryRules()
    return rules_of(f"exam {exam_code}", set_for.selection, set_for.stopping, set_for.blueprint)
