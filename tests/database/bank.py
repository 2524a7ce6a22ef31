"""A small bank by hand: an exam, its items with options, published, for a tenant."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, insert, update

from database.tables import Exam, Question, QuestionOption, QuestionPublication, QuestionVersion

AUTHOR = uuid.UUID("10000000-0000-0000-0000-00000000000a")


def add_exam(connection: Connection, code: str, tenant: uuid.UUID) -> None:
    """Add a home exam."""
    connection.execute(insert(Exam).values(code=code, tenant_id=tenant))


def add_item(
    connection: Connection, exam: str, name: str, tenant: uuid.UUID, *, key: str = "A", options: str = "ABCD"
) -> int:
    """Add a question with one published version and return its id."""
    question = connection.execute(
        insert(Question)
        .values(external_ref=f"{exam}/{name}", home_exam_code=exam, tenant_id=tenant, created_by=AUTHOR)
        .returning(Question.id)
    ).scalar_one()
    add_version(connection, question, 1, tenant, key=key, options=options)
    publish(connection, question, 1, exam, tenant)
    return question


def add_version(
    connection: Connection,
    question: int,
    version: int,
    tenant: uuid.UUID,
    *,
    key: str = "A",
    options: str = "ABCD",
) -> int:
    """Add a version with its options, move it to published, and return its id."""
    made = connection.execute(
        insert(QuestionVersion)
        .values(question_id=question, version=version, stem_md="Stem", tenant_id=tenant, created_by=AUTHOR)
        .returning(QuestionVersion.id)
    ).scalar_one()
    rows = [
        {"question_version_id": made, "option_label": label, "is_correct": label == key, "tenant_id": tenant}
        for label in options
    ]
    connection.execute(insert(QuestionOption), rows)
    connection.execute(update(QuestionVersion).where(QuestionVersion.id == made).values(state="published"))
    return made


def publish(connection: Connection, question: int, version: int, exam: str, tenant: uuid.UUID) -> None:
    """Publish a version of a question for an exam to a tenant."""
    connection.execute(
        insert(QuestionPublication).values(
            question_id=question, live_version=version, exam_code=exam, tenant_id=tenant
        )
    )
