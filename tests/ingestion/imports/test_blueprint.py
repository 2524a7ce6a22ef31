from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import BlueprintError
from ingestion.imports.blueprint import QuotaRow, read_blueprint

Write = Callable[[str, str | bytes], Path]


def test_quotas_of_any_topic_and_any_difficulty(write: Write) -> None:
    file = read_blueprint(write("b.csv", "topic,difficulty,quota\nmed.heart,Hard,5\nmed,NA,10.0\n,,0\n"))
    assert file.quotas == (
        QuotaRow("med.heart", "hard", 5),
        QuotaRow("med", None, 10),
        QuotaRow(None, None, 0),
    )


def test_every_problem_is_told(write: Write) -> None:
    path = write(
        "b.csv", "topic,difficulty,quota\na..b,hard,5\nmed,tough,-1\nmed,easy,\nlaw,easy,2\nlaw,EASY,3\n"
    )
    with pytest.raises(BlueprintError) as caught:
        read_blueprint(path)
    told = [(problem.line, problem.reason) for problem in caught.value.problems]
    begins = [
        (2, "topic 'a..b' is not a path"),
        (3, "difficulty is 'tough'"),
        (3, "quota is -1"),
        (4, "quota is empty"),
        (6, "topic law and difficulty easy already stand on line 5"),
    ]
    assert [
        (line, reason[: len(text)]) for (line, reason), (_, text) in zip(told, begins, strict=True)
    ] == begins
