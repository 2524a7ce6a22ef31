"""Institutions, cohorts and who belongs to them, as an import writes them, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Membership:
    """A learner's place in a cohort; `user_id` is used only where the person is not known yet."""

    user_id: uuid.UUID
    person: str
    institution: str
    cohort: str


def add_memberships(connection: Connection, tenant: uuid.UUID, memberships: Sequence[Membership]) -> int:
    """Add learners, institutions, cohorts and memberships that are missing; return the memberships added."""
    wanted = {
        "tenant": tenant,
        "users": [str(one.user_id) for one in memberships],
        "persons": [one.person for one in memberships],
        "institutions": [one.institution for one in memberships],
        "cohorts": [one.cohort for one in memberships],
    }
    for statement in _ADD:
        connection.execute(text(_WANTED + statement), wanted)
    return int(connection.execute(text(_WANTED + _ADD_MEMBERS), wanted).rowcount)


_WANTED = """
    with wanted as (
        select w.* from unnest(cast(:users as uuid[]), cast(:persons as text[]), cast(:institutions as text[]),
                               cast(:cohorts as text[])) with ordinality
             as w (user_id, person, institution, cohort, place))
"""
_ADD = (
    """
    insert into app_users (id, tenant_id, external_ref)
    select distinct user_id, cast(:tenant as uuid), person from wanted order by person on conflict do nothing
    """,
    """
    insert into institutions (tenant_id, name)
    select cast(:tenant as uuid), institution from wanted group by institution order by institution
    on conflict (tenant_id, name) do nothing
    """,
    """
    insert into cohorts (tenant_id, institution_id, name)
    select cast(:tenant as uuid), i.id, w.cohort
    from wanted w join institutions i on i.tenant_id = :tenant and i.name = w.institution
    group by i.id, w.cohort order by i.id, w.cohort
    on conflict (institution_id, name) do nothing
    """,
)
_ADD_MEMBERS = """
    insert into cohort_members (tenant_id, cohort_id, user_id)
    select distinct cast(:tenant as uuid), c.id, u.id
    from wanted w
    join institutions i on i.tenant_id = :tenant and i.name = w.institution
    join cohorts c on c.institution_id = i.id and c.name = w.cohort
    join app_users u on u.tenant_id = :tenant and u.external_ref = w.person
    on conflict do nothing
"""
