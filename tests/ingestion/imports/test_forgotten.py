"""Imports of files that name somebody who asked to be forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from database.errors import ForgetKeyError
from database.forgetting import ForgetKey
from database.queries import forgotten
from database.queries.forgotten import Learner
from ingestion.imports import ImportRequest, import_exam
from ingestion.imports.identities import user_id
from tests.ingestion.imports.exams import TENANT, Exams

ITEMS = "item,key\ni1,A\ni2,B\n"
LONG = "person,item,response\nann,i1,A\nbob,i1,B\nann,i2,B\nbob,i3,B\nbob,i2,Ä\ncy,i9,A\n"
KEY = ForgetKey(given="k" * 32)


@pytest.fixture
def without_bob(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        forgotten.add(connection, KEY, [Learner(TENANT, user_id(TENANT, "bob"))])


def run(exams: Exams, responses: str, key: ForgetKey = KEY, learners: str | None = None):
    for name, content in (("i.csv", ITEMS), ("r.csv", responses), ("l.csv", learners)):
        if content is not None:
            (exams.folder / name).write_text(content)
    request = ImportRequest(
        "EX", exams.folder / "i.csv", exams.folder / "r.csv", TENANT, 1, exams.rejects, forget_key=key
    )
    if learners is not None:
        request = replace(request, learners=exams.folder / "l.csv")
    return import_exam(exams.engine, request)


@pytest.mark.usefixtures("without_bob")
def test_rows_of_a_forgotten_person_are_rejected_and_not_repeated(exams: Exams) -> None:
    summary = run(exams, LONG)
    assert [row[:2] for row in exams.answers()] == [("ann", "i1"), ("ann", "i2")]
    assert exams.one("select count(*) from app_users") == 1
    assert summary.rejects == {"person asked to be forgotten": 3, "item not in the items file": 1}
    assert summary.read == summary.added + summary.already_there + summary.rejected
    text = Path(str(summary.rejects_file)).read_text()
    assert "bob" not in text
    assert "Ä" not in text
    reason = "the person asked to be forgotten; nothing of them is imported"
    assert [line for line in text.splitlines() if reason in line] == [f",,,{n},{reason}" for n in (3, 5, 6)]
    assert 'cy,i9,A,7,"' in text or "cy,i9,A,7," in text


@pytest.mark.usefixtures("without_bob")
def test_a_row_that_could_not_be_read_is_not_repeated_either(exams: Exams) -> None:
    summary = run(exams, "person,item,correct\nann,i1,1\nbob,i1,perhaps\n")
    assert summary.rejects == {"person asked to be forgotten": 1}
    assert "bob" not in Path(str(summary.rejects_file)).read_text()


@pytest.mark.usefixtures("without_bob")
def test_a_wide_file(exams: Exams) -> None:
    summary = run(exams, "id,i1,i2\nann,A,B\nbob,A,\n")
    assert [row[:2] for row in exams.answers()] == [("ann", "i1"), ("ann", "i2")]
    assert (summary.rejected, summary.rejected_no_answer) == (1, 1)
    assert "bob" not in Path(str(summary.rejects_file)).read_text()


@pytest.mark.usefixtures("without_bob")
def test_a_file_of_nobody_else(exams: Exams) -> None:
    assert run(exams, "person,item,response\nbob,i1,A\n").added == 0
    assert exams.one("select count(*) from quiz_sessions") == 0


@pytest.mark.usefixtures("without_bob")
def test_rows_of_the_learners_file_are_left_out(exams: Exams) -> None:
    learners = "person,institution,cohort\nann,Uni,2026\nbob,Uni,2026\nbob,Uni,2027\n"
    summary = run(exams, LONG, learners=learners)
    assert summary.learners is not None
    assert summary.learners.memberships_added == 1
    assert any("2 rows were left out: the person asked" in warning for warning in summary.warnings)
    assert not any("bob" in line for line in summary.lines())
    assert exams.rows("select external_ref from app_users") == [("ann",)]


@pytest.mark.usefixtures("without_bob")
@pytest.mark.parametrize("key", [ForgetKey(), ForgetKey(given="x" * 32)])
def test_without_the_key_nothing_is_imported(exams: Exams, key: ForgetKey) -> None:
    with pytest.raises(ForgetKeyError, match="QBANK_FORGET_KEY"):
        run(exams, LONG, key)
    assert exams.one("select count(*) from app_users") == 0


def test_another_tenants_person_of_that_name_is_somebody_else(exams: Exams, pipeline_engine: Engine) -> None:
    other = TENANT.__class__(int=5)
    with pipeline_engine.begin() as connection:
        forgotten.add(connection, KEY, [Learner(other, user_id(other, "bob"))])
    assert run(exams, LONG).rejects == {
        "item not in the items file": 2,
        "option not among the item's options": 1,
    }
