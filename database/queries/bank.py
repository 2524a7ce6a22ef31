"""What may be served to a tenant for an exam: the bank in bulk.

Plain functions over a synchronous connection. Each names its tenant itself, so that it says the same under
the pipeline's role, which sees every tenant, as under the API's.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class BankRow:
    """A servable item: published, not withdrawn, with options.

    a, b, c (D = 1.7 metric, scale of `home_exam_code`) are None until it is calibrated. By its version's tags:
    `pilot` (on trial), `enemies` (groups of which a test holds one item at most), `item_set` (its stimulus).
    """

    question_id: int
    version: int
    home_exam_code: str
    difficulty_label: str | None
    topic_id: int | None
    a: float | None
    b: float | None
    c: float | None
    run_id: uuid.UUID | None
    fitted_at: dt.datetime | None
    se_b: float | None = None
    bloom_level: int | None = None
    pilot: bool = False
    enemies: tuple[str, ...] = ()
    item_set: str | None = None


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A node of the topic tree as the tenant sees it."""

    id: int
    parent_id: int | None
    name: str
    path: str | None


# A question published for two exams is one item: where no exam is named, its newest live version counts.
_ITEMS = text(
    """
    select distinct on (p.question_id)
        p.question_id, p.live_version as version, q.home_exam_code, v.difficulty_label, v.topic_id,
        k.a, k.b, k.c, k.run_id, k.fitted_at, k.se_b, v.bloom_level,
        coalesce(v.tags -> 'pilot' = 'true', false) as pilot, v.tags -> 'enemies' as enemies,
        v.tags ->> 'item_set' as item_set
    from question_publications p
    join questions q on q.id = p.question_id and not q.is_deleted
    join question_versions v
        on v.question_id = p.question_id and v.version = p.live_version and v.state = 'published'
    left join item_calibration k on k.question_id = v.question_id and k.version = v.version and k.serving
    where p.tenant_id = :tenant and (cast(:exam as text) is null or p.exam_code = :exam)
        and v.id in (select o.question_version_id from question_options o)
    order by p.question_id, p.live_version desc
    """
)

_TOPICS = text("select id, parent_id, name, cast(path as text) as path from topics order by id")

# Publications count where they move, runs where they go live or are taken back. Runs of another tenant's
# exam are not visible under row-level security: whoever caches by this stamp must also reload by age.
_STAMP = text(
    """
    select concat_ws('/', p.n, p.last, p.versions, r.live, r.last)
    from (
        select count(*) as n, max(published_at) as last, sum(live_version) as versions
        from question_publications
        where tenant_id = :tenant and (cast(:exam as text) is null or exam_code = :exam)
    ) p, (
        select string_agg(cast(id as text), ',' order by id) filter (where status = 'published') as live,
            max(published_at) as last
        from calibration_runs where cast(:exam as text) is null or exam_code = :exam
    ) r
    """
)

_EXAMS = text(
    "select distinct exam_code from question_publications where tenant_id = :tenant order by exam_code"
)


def servable_items(connection: Connection, tenant_id: uuid.UUID, exam_code: str | None) -> list[BankRow]:
    """Return the items that may be served to the tenant for the exam (None: any), by question id."""
    rows = connection.execute(_ITEMS, {"tenant": tenant_id, "exam": exam_code})
    return [BankRow(**row._asdict() | {"enemies": groups_of(row.enemies)}) for row in rows]


def groups_of(tag: Any) -> tuple[str, ...]:
    """Return one group or a list of them; other tags of that name say nothing."""
    if isinstance(tag, str):
        return (tag,)
    return tuple(one for one in tag if isinstance(one, str)) if isinstance(tag, list) else ()


def topics(connection: Connection) -> list[TopicRow]:
    """Return every topic that the transaction may see, by id."""
    return [TopicRow(**row._asdict()) for row in connection.execute(_TOPICS)]


def stamp(connection: Connection, tenant_id: uuid.UUID, exam_code: str | None) -> str:
    """Return a text that changes whenever a publication or a live calibration run of the exam does."""
    return str(connection.execute(_STAMP, {"tenant": tenant_id, "exam": exam_code}).scalar_one())


def published_exams(connection: Connection, tenant_id: uuid.UUID) -> list[str]:
    """Return the codes of the exams for which anything is published to the tenant."""
    return list(connection.execute(_EXAMS, {"tenant": tenant_id}).scalars())
