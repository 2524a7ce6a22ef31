"""Files below a home that name a learner."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest

from database.queries.forgetting import Person
from ingestion.forget.files import clean
from ingestion.journal import Journal

TENANT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
USER = uuid.UUID(int=2**127 + 5)
PERSON = Person(TENANT, (USER,), ("7",))
EXAMS = {"A": TENANT, "A-B": OTHER}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder in ("imports", "reports", "ingestion", "postgres", "dagster/storage"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_rows_of_the_person_alone_go_and_the_rest_stays_as_it_was(home: Path) -> None:
    path = home / "imports" / "A-r-rejects-0123abcd.csv"
    other = home / "imports" / "A-B-r-rejects-0123abcd.csv"  # of another tenant, whose 7 is somebody else
    text = 'Person,item,response,line,reason\n7,i7,A,2,unknown\n77,7,"a, ""b""",3,"two\nlines"\n7 ,i1,7,5,x\n'
    path.write_text(text)
    other.write_text(text)
    cleaned = clean(home, PERSON, EXAMS, dry_run=False)
    assert cleaned.changed == {"imports/A-r-rejects-0123abcd.csv": "2 rows"}
    assert path.read_text() == 'Person,item,response,line,reason\n77,7,"a, ""b""",3,"two\nlines"\n'
    assert other.read_text() == text
    assert clean(home, PERSON, EXAMS, dry_run=False).changed == {}
    assert sorted(one.name for one in path.parent.iterdir()) == [other.name, path.name]


def test_pages_go_journals_lose_their_error_and_the_rest_is_named(home: Path) -> None:
    page, record = home / "reports" / "data-quality-A.html", home / "dagster" / "storage" / "runs.db"
    page.write_text(f"<td>{USER}</td>")
    record.write_bytes(b"\0" * (2**20 - 20) + str(USER).upper().encode())  # across two blocks
    (home / "reports" / "calibration-A.html").write_text("nobody")
    (home / "postgres" / "data").write_text(str(USER))
    now = dt.datetime.now(dt.UTC)
    Journal(home).record("postgres", 5, f"{USER.hex} refused", now)
    for dry_run in (True, False):
        cleaned = clean(home, PERSON, EXAMS, dry_run=dry_run)
        assert set(cleaned.changed) == {"reports/data-quality-A.html", "ingestion/postgres.json"}
        assert cleaned.left == ("dagster/storage/runs.db",)
        assert page.exists() == dry_run
    (entry,) = Journal(home).entries(now)
    assert (entry.total, entry.error, entry.error_at) == (5, None, None)
    assert (home / "reports" / "calibration-A.html").exists()
    assert (home / "postgres" / "data").exists()
