"""The exam that is taken: calibrated items whose keys and curves the learners know."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from sqlalchemy import Engine, insert

from database.queries import exams
from database.queries.exams import Delivery
from database.tables import CalibrationRun, ItemCalibration
from database.tables.base import DEFAULT_TENANT
from tests.database.bank import add_exam, add_item

EXAM = "LEARNERS"
TENANT = uuid.UUID(DEFAULT_TENANT)
OPTIONS = "ABCD"
#: Something is left to chance in every choice, and remembered of every session: a replay must find both again.
_RULES = Delivery({"among": 5, "r_max": 0.5}, {}, {})
_RUN = uuid.UUID(int=8)


@dataclass(frozen=True, slots=True)
class Item:
    """An item's key and its 2PL curve (D = 1.7 metric)."""

    key: str
    a: float
    b: float


def lay(engine: Engine, items: int, seed: int) -> dict[int, Item]:
    """Write so many items, published and calibrated, and return them by question."""
    chance = random.Random(seed)
    with engine.begin() as connection:
        add_exam(connection, EXAM, TENANT)
        made = {}
        for number in range(items):
            item = Item(chance.choice(OPTIONS), chance.uniform(0.5, 1.5), chance.gauss(0.0, 1.0))
            made[add_item(connection, EXAM, str(number), TENANT, key=item.key, options=OPTIONS)] = item
        run = {"id": _RUN, "tenant_id": TENANT, "exam_code": EXAM, "status": "published"}
        counts = {"n_persons": 1000, "n_items": items, "n_responses": 1000 * items}
        connection.execute(
            insert(CalibrationRun).values(**run, **counts, snapshot_hash="0" * 64, code_version="test")
        )
        parameters = {"version": 1, "model": "2PL", "tenant_id": TENANT, "run_id": _RUN, "serving": True}
        rows = [
            {**parameters, "question_id": question, "a": item.a, "b": item.b, "c": 0.0}
            for question, item in made.items()
        ]
        connection.execute(insert(ItemCalibration), rows)
        exams.set_delivery(connection, EXAM, _RULES)
    return made
