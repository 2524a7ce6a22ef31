from __future__ import annotations

import csv
import gzip
import io
import uuid
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, text

from ingestion import sample
from ingestion.imports import ImportRequest, import_exam, read_responses
from ingestion.imports.summary import BlueprintChange
from ingestion.sample import cohorts

TENANT = uuid.UUID(int=1)


def test_the_sample_is_what_its_readme_says() -> None:
    items, responses = sample.paths()
    read = read_responses(responses)
    assert (read.shape, len(read.frame), int(read.frame["answered"].sum())) == ("wide", 175_000, 174_604)
    assert read.frame["person"].n_unique() == 5_000
    assert read.frame["item"].unique(maintain_order=True).to_list() == [f"V{n}" for n in range(1, 36)]
    assert len(items.read_text().splitlines()) == 36
    assert "MIT licence" in (items.parent / "README.md").read_text()


def test_the_sample_comes_in_through_the_import(pipeline_engine: Engine, tmp_path: Path) -> None:
    items, responses = sample.paths()
    request = ImportRequest(sample.EXAM, items, responses, TENANT, 1, tmp_path)
    summary = import_exam(pipeline_engine, request)
    assert (summary.read, summary.no_answer, summary.added, summary.rejected) == (174_604, 396, 174_603, 1)
    assert (summary.items, summary.versions_added, summary.persons, summary.sessions) == (
        35,
        35,
        5_000,
        5_000,
    )
    assert (summary.synthetic_at, summary.synthetic_time) == (True, True)
    assert summary.rejects_file is not None
    assert summary.rejects_file.read_text().splitlines()[1:] == [
        "3380,V30,6,3381,option '6' is not among the options 12345 of item V30"
    ]
    with pipeline_engine.connect() as connection:
        stored = connection.execute(
            text("select count(*), count(distinct user_id), sum(is_correct::int) from user_responses")
        ).one()
        omitted = connection.scalar(text("select count(*) from quiz_items"))
    right = _right(items, responses)
    assert tuple(stored) == (174_603, 5_000, right)
    assert omitted == 174_603 + 396
    again = import_exam(pipeline_engine, request)
    assert (again.added, again.already_there, again.rejected) == (0, 174_603, 1)


def test_the_invented_files_come_in_marked_and_change_no_response(
    pipeline_engine: Engine, tmp_path: Path
) -> None:
    items, responses = sample.paths()
    request = ImportRequest(sample.EXAM, items, responses, TENANT, 1, tmp_path)
    stored = (
        "select count(*), sum(hashtextextended(row(quiz_id, question_id, option_label, is_correct, created_at, "
        "time_taken_ms)::text, 0)) from user_responses"
    )
    with pipeline_engine.begin() as connection:
        import_exam(connection, request)
        alone = tuple(connection.execute(text(stored)).one())
    learners, blueprint = sample.invented()
    summary = import_exam(pipeline_engine, replace(request, learners=learners, blueprint=blueprint))
    assert summary.learners is not None
    assert (summary.learners.persons, summary.learners.persons_added) == (5_000, 0)
    assert (summary.learners.institutions_added, summary.learners.cohorts_added) == (4, 9)
    assert (summary.learners.memberships_added, summary.learners.invented_cohorts) == (5_000, 9)
    assert summary.blueprint == BlueprintChange(added=3, changed=0, unchanged=0, removed=0)
    with pipeline_engine.connect() as connection:
        assert tuple(connection.execute(text(stored)).one()) == alone
        sizes = connection.execute(
            text(
                "select i.name, c.name, count(*), i.is_invented and c.is_invented from cohort_members "
                "join cohorts c on c.id = cohort_id join institutions i on i.id = c.institution_id group by i.id, c.id"
            )
        ).all()
    wanted = {
        (name, cohort): size for name, each in cohorts.INSTITUTIONS.items() for cohort, size in each.items()
    }
    assert {(name, cohort): size for name, cohort, size, _ in sizes} == wanted
    assert all(invented for *_, invented in sizes)
    assert min(wanted.values()) < 10
    assert all(name.startswith("Invented") and cohort.startswith("Invented") for name, cohort in wanted)


def test_the_invented_learners_are_what_the_module_makes() -> None:
    learners, _ = sample.invented()
    with gzip.open(learners, "rt", newline="") as file:
        assert file.read() == cohorts.text()


def _right(items: Path, responses: Path) -> int:
    """Count the right answers without the code under test."""
    key = {row["item"]: row["key"] for row in csv.DictReader(io.StringIO(items.read_text()))}
    with gzip.open(responses, "rt") as file:
        return sum(row[item] == key[item] for row in csv.DictReader(file) for item in key)
