from __future__ import annotations

import uuid

from sqlalchemy import Engine, text

from database.queries.learners import CohortCounts, Membership, add_memberships, cohort_counts

TENANT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def member(number: int, institution: str = "North", cohort: str = "2026") -> Membership:
    return Membership(uuid.UUID(int=100 + number), f"P{number}", institution, cohort)


def test_memberships_are_added_once_and_apart_for_each_tenant(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        made = [member(1), member(2), member(1, cohort="evening"), member(1, "South")]
        assert add_memberships(connection, TENANT, made).memberships_added == 4
        assert add_memberships(connection, TENANT, [*made, member(3)]).memberships_added == 1
        theirs = [Membership(uuid.uuid4(), "P1", "North", "2026", invented=True)]
        assert add_memberships(connection, OTHER, theirs).memberships_added == 1
        counts = [
            connection.scalar(text(f"select count(*) from {table}"))
            for table in ("app_users", "institutions", "cohorts", "cohort_members")
        ]
        assert counts == [4, 3, 4, 6]
        apart = connection.scalar(
            text(
                "select count(*) from cohort_members m join cohorts c on c.id = m.cohort_id "
                "join institutions i on i.id = c.institution_id join app_users u on u.id = m.user_id "
                "where m.tenant_id = c.tenant_id and c.tenant_id = i.tenant_id and i.tenant_id = u.tenant_id"
            )
        )
        assert apart == 6
        assert add_memberships(connection, TENANT, []).memberships_added == 0
        assert cohort_counts(connection, TENANT) == CohortCounts(2, 3, 3, 0)
        assert cohort_counts(connection, OTHER) == CohortCounts(1, 1, 1, 1)
