"""The parameters that a calibration run serves, or served while it was live."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class LiveOnce:
    """A run of an exam that is live, or was."""

    id: uuid.UUID
    fitted_at: dt.datetime


_RUN = text(
    """
    select id, fitted_at from calibration_runs
    where exam_code = :exam and published_at is not null
        and (id = :run or (cast(:run as uuid) is null and status = 'published'))
    """
)

# One text made by the server: twenty thousand rows turned into objects and back would hold up every other
# request of the process. json_build_object writes a float as the shortest text that reads back as it.
_ITEMS = text(
    """
    select coalesce(json_agg(json_build_object(
        'question_id', question_id, 'version', version, 'model', coalesce(item_model, model),
        'a', a, 'b', b, 'c', c, 'se_a', se_a, 'se_b', se_b, 'se_c', se_c, 'n_respondents', n_respondents
    ) order by question_id, version), '[]')::text
    from item_calibration_history
    where run_id = :run and serving
    """
)


def find(connection: Connection, exam_code: str, run_id: uuid.UUID | None) -> LiveOnce | None:
    """Return that run of the exam, or the one that is live; None: the tenant has none that ever was live."""
    row = connection.execute(_RUN, {"exam": exam_code, "run": run_id}).one_or_none()
    return None if row is None else LiveOnce(row.id, row.fitted_at)


def items_json(connection: Connection, run_id: uuid.UUID) -> str:
    """Return the rows that delivery reads (or read) of a run, as a JSON array, by question and version."""
    return str(connection.execute(_ITEMS, {"run": run_id}).scalar_one())
