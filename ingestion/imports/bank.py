"""What an import writes besides responses: the exam, its versions, its learners, its blueprint."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from database.queries import content, learners
from ingestion.errors import ExamError
from ingestion.imports.blueprint import BlueprintFile
from ingestion.imports.identities import IMPORT_ACTOR, external_ref, user_id
from ingestion.imports.learners import LearnersFile
from ingestion.imports.summary import Enrolled
from ingestion.imports.versions import Key, Version


def enter_exam(connection: Connection, tenant: uuid.UUID, exam: str) -> None:
    """Make sure of the exam and keep other imports of it out; raise ExamError where it is another tenant's."""
    content.lock_exam(connection, exam)
    owner = content.exam_tenant(connection, exam)
    if owner is not None and owner != tenant:
        raise ExamError(f"exam {exam} belongs to another tenant: choose another code")
    if owner is None:
        content.add_exam(connection, exam, tenant)


def stored(connection: Connection, tenant: uuid.UUID, exam: str) -> dict[Key, Version]:
    """Return what the store holds of the exam's imported items."""
    prefix = external_ref(exam, "")
    found = content.stored_versions(connection, tenant, exam)
    versions = [
        Version(
            one.external_ref.removeprefix(prefix), one.version, one.key, one.labels, one.topic, one.difficulty,
            one.stem, one.question_id,
        )
        for one in found
        if one.external_ref.startswith(prefix)
    ]  # fmt: skip
    return {(version.item, version.version): version for version in versions}


def write_versions(
    connection: Connection, tenant: uuid.UUID, exam: str, versions: list[Version]
) -> tuple[list[Version], int]:
    """Add what is new and publish the highest version of each item; return the versions with question ids."""
    missing = list(dict.fromkeys(one.item for one in versions if one.question_id is None))
    ids = content.add_questions(
        connection,
        tenant,
        exam,
        [external_ref(exam, item) for item in missing],
        IMPORT_ACTOR,
    )
    known = [
        (one, one.question_id if one.question_id is not None else ids[external_ref(exam, one.item)])
        for one in versions
    ]
    new = [
        content.NewVersion(
            question, one.version, one.stem, one.difficulty, one.topic, one.key, one.labels, one.edit_kind,
            one.based_on,
        )
        for one, question in known
        if one.is_new
    ]  # fmt: skip
    content.add_versions(connection, tenant, new, IMPORT_ACTOR)
    highest: dict[int, int] = {}
    for one, question in known:
        highest[question] = max(one.version, highest.get(question, 0))
    content.publish(connection, tenant, exam, highest)
    return [replace(one, question_id=question) for one, question in known], len(new)


def add_learners(connection: Connection, tenant: uuid.UUID, file: LearnersFile) -> Enrolled:
    """Add learners with their cohorts and institutions; return what was new and what was there."""
    added = learners.add_memberships(
        connection,
        tenant,
        [
            learners.Membership(
                user_id(tenant, one.person), one.person, one.institution, one.cohort, one.invented
            )
            for one in file.learners
        ],
    )
    memberships = {(one.person, one.institution, one.cohort) for one in file.learners}
    return Enrolled(
        persons=len({one.person for one in file.learners}),
        persons_added=added.persons_added,
        institutions_added=added.institutions_added,
        cohorts_added=added.cohorts_added,
        memberships_added=added.memberships_added,
        memberships_unchanged=len(memberships) - added.memberships_added,
        marks_changed=added.marks_changed,
        invented_cohorts=len({(one.institution, one.cohort) for one in file.learners if one.invented}),
    )


def set_blueprint(
    connection: Connection, tenant: uuid.UUID, exam: str, file: BlueprintFile
) -> content.QuotaChange:
    """Make the file the blueprint of the exam."""
    quotas = [content.Quota(one.topic, one.difficulty, one.quota) for one in file.quotas]
    return content.replace_quotas(connection, tenant, exam, quotas)


def topics_without_items(exam: str, file: BlueprintFile, versions: Iterable[Version]) -> tuple[str, ...]:
    """Return a warning that names the blueprint's topics of which the exam has no item, if there are any."""
    held = {version.topic for version in versions if version.topic}
    empty = [
        topic
        for topic in dict.fromkeys(one.topic for one in file.quotas if one.topic)
        if not any(path == topic or path.startswith(f"{topic}.") for path in held)
    ]
    if not empty:
        return ()
    return (f"{file.path}: no item of exam {exam} has the topic {', '.join(empty)} or one below it",)
