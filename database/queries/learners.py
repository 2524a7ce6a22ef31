"""Institutions, cohorts and who belongs to them, as an import writes them, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Membership:
    """A learner's place in a cohort; `user_id` is used only where the person is not known yet.

    `invented` marks institution and cohort as made up, or as real; None leaves what is stored.
    """

    user_id: uuid.UUID
    person: str
    institution: str
    cohort: str
    invented: bool | None = None


@dataclass(frozen=True)
class Enrolment:
    """What `add_memberships` changed; a mark is the word of one institution or cohort on being invented."""

    persons_added: int
    institutions_added: int
    cohorts_added: int
    memberships_added: int
    marks_changed: int


@dataclass(frozen=True)
class CohortCounts:
    """A tenant's institutions, cohorts and learners in cohorts, and how many of the cohorts are invented."""

    institutions: int
    cohorts: int
    learners: int
    invented_cohorts: int


def add_memberships(
    connection: Connection, tenant: uuid.UUID, memberships: Sequence[Membership]
) -> Enrolment:
    """Add learners, institutions, cohorts and memberships that are missing; none is taken away."""
    wanted = {
        "tenant": tenant,
        "users": [str(one.user_id) for one in memberships],
        "persons": [one.person for one in memberships],
        "institutions": [one.institution for one in memberships],
        "cohorts": [one.cohort for one in memberships],
        "marks": [one.invented for one in memberships],
    }

    def changed(statement: str) -> int:
        return int(connection.execute(text(_WANTED + statement), wanted).rowcount)

    remarked = changed(_REMARK_INSTITUTIONS) + changed(_REMARK_COHORTS)
    return Enrolment(
        persons_added=changed(_ADD_PERSONS),
        institutions_added=changed(_ADD_INSTITUTIONS),
        cohorts_added=changed(_ADD_COHORTS),
        memberships_added=changed(_ADD_MEMBERS),
        marks_changed=remarked,
    )


def cohort_counts(connection: Connection, tenant: uuid.UUID) -> CohortCounts:
    """Count what a tenant has of institutions and cohorts."""
    row = connection.execute(text(_COUNTS), {"tenant": tenant}).one()
    return CohortCounts(**row._mapping)


_WANTED = """
    with wanted as (
        select w.* from unnest(cast(:users as uuid[]), cast(:persons as text[]), cast(:institutions as text[]),
                               cast(:cohorts as text[]), cast(:marks as boolean[])) with ordinality
             as w (user_id, person, institution, cohort, invented, place))
"""
_REMARK_INSTITUTIONS = """
    update institutions i set is_invented = w.invented
    from (select distinct institution, invented from wanted where invented is not null) w
    where i.tenant_id = :tenant and i.name = w.institution and i.is_invented <> w.invented
"""
_REMARK_COHORTS = """
    update cohorts c set is_invented = w.invented
    from (select distinct institution, cohort, invented from wanted where invented is not null) w
    join institutions i on i.tenant_id = :tenant and i.name = w.institution
    where c.institution_id = i.id and c.name = w.cohort and c.is_invented <> w.invented
"""
_ADD_PERSONS = """
    insert into app_users (id, tenant_id, external_ref)
    select distinct user_id, cast(:tenant as uuid), person from wanted order by person on conflict do nothing
"""
_ADD_INSTITUTIONS = """
    insert into institutions (tenant_id, name, is_invented)
    select cast(:tenant as uuid), institution, coalesce(bool_or(invented), false)
    from wanted group by institution order by institution
    on conflict (tenant_id, name) do nothing
"""
# A new cohort of a file that does not say takes its institution's mark.
_ADD_COHORTS = """
    insert into cohorts (tenant_id, institution_id, name, is_invented)
    select cast(:tenant as uuid), i.id, w.cohort, coalesce(bool_or(w.invented), i.is_invented)
    from wanted w join institutions i on i.tenant_id = :tenant and i.name = w.institution
    group by i.id, w.cohort order by i.id, w.cohort
    on conflict (institution_id, name) do nothing
"""
_ADD_MEMBERS = """
    insert into cohort_members (tenant_id, cohort_id, user_id)
    select distinct cast(:tenant as uuid), c.id, u.id
    from wanted w
    join institutions i on i.tenant_id = :tenant and i.name = w.institution
    join cohorts c on c.institution_id = i.id and c.name = w.cohort
    join app_users u on u.tenant_id = :tenant and u.external_ref = w.person
    on conflict do nothing
"""
_COUNTS = """
    select count(distinct c.institution_id) as institutions, count(distinct c.id) as cohorts,
           count(distinct m.user_id) as learners,
           count(distinct c.id) filter (where c.is_invented) as invented_cohorts
    from cohorts c left join cohort_members m on m.cohort_id = c.id
    where c.tenant_id = :tenant
"""
