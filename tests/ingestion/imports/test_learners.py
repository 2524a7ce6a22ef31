from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import FileFormatError, LearnersError
from ingestion.imports.learners import Learner, read_learners

Write = Callable[[str, str | bytes], Path]


def test_learners_are_read_once_each(write: Write) -> None:
    file = read_learners(
        write("l.csv", "Cohort,person,institution\n2026, 007 ,North\n2026,007,North\n2027,007,North\n")
    )
    assert file.learners == (Learner("007", "North", "2026"), Learner("007", "North", "2027"))
    assert len(file.warnings) == 1
    assert "1 rows stand there more than once" in file.warnings[0]


def test_every_problem_is_told(write: Write) -> None:
    path = write("l.csv", f"person,institution,cohort\n,North,\n1,{'x' * 201},2026\n1,North,2026\n")
    with pytest.raises(LearnersError) as caught:
        read_learners(path)
    assert [(problem.line, problem.reason.split(" is ")[0]) for problem in caught.value.problems] == [
        (2, "person"), (2, "cohort"), (3, "institution"),
    ]  # fmt: skip


def test_a_file_without_cohorts(write: Write) -> None:
    with pytest.raises(FileFormatError, match="'cohort' is missing"):
        read_learners(write("l.csv", "person,institution\n1,North\n"))


def test_what_is_invented_is_read_in_every_spelling(write: Write) -> None:
    rows = "".join(
        f"{mark},p,I{at},c\n" for at, mark in enumerate(("yes", "TRUE", "1", "No", "false", "0", ""))
    )
    file = read_learners(write("l.csv", f"invented,person,institution,cohort\n{rows}"))
    assert [one.invented for one in file.learners] == [True, True, True, False, False, False, None]


def test_a_mark_that_is_none_and_rows_that_disagree_are_told(write: Write) -> None:
    rows = "1,North,2026,yes\n2,North,2027,no\n3,South,2026,maybe\n4,South,2026,yes\n"
    path = write("l.csv", f"person,institution,cohort,invented\n{rows}")
    with pytest.raises(LearnersError) as caught:
        read_learners(path)
    assert [(problem.line, problem.reason) for problem in caught.value.problems] == [
        (
            3,
            "invented is no, but yes for the same institution, 'North', on line 2: say the same in all its rows",
        ),
        (4, "invented is 'maybe', not one of yes, true, 1, no, false, 0"),
    ]
