"""Lines of the log: whole as JSON, readable as text, and without what learners wrote."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from api_min import logs, watch
from api_min.metrics import ApiMetrics

SECRET = "what a learner wrote"


@pytest.fixture(autouse=True)
def _root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_of_json_says_when_who_what_and_of_which_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    quiz, tenant = uuid.UUID(int=1), uuid.UUID(int=2)
    watch.begin("r-1", ApiMetrics())
    watch.within(tenant)
    watch.about(quiz)
    watch.at(3)
    logging.getLogger("somebody.else").warning("%d of %s", 2, "three", extra={"ms": 1.5})
    logging.getLogger("qbank.api").debug("too fine")
    watch.begin("r-2", ApiMetrics())
    logging.getLogger("qbank.api").info("a\nb")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first.pop("at").endswith("Z")
    assert first == {
        "event": "2 of three",
        "level": "warning",
        "logger": "somebody.else",
        "request_id": "r-1",
        "tenant_id": str(tenant),
        "quiz_id": str(quiz),
        "position": 3,
        "ms": 1.5,
    }
    assert (second["event"], second["request_id"]) == ("a\nb", "r-2")
    assert "quiz_id" not in second


def test_a_traceback_is_part_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    try:
        raise RuntimeError("on purpose")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("it failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "RuntimeError: on purpose" in json.loads(line)["exception"]


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "text")
    watch.begin("r-1", ApiMetrics())
    logging.getLogger("qbank.api").info("not this")
    try:
        _ = 1 / len("")
    except ZeroDivisionError:
        logging.getLogger("qbank.api").exception("it failed")
    said = capsys.readouterr().err
    assert "not this" not in said
    assert "it failed" in said
    assert "request_id=r-1" in said
    assert "ZeroDivisionError: division by zero" in said
    assert "\x1b" not in said  # colours are for terminals


async def _fails(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text("create temp table notes (id int primary key, note text, check (length(note) < 3))")
        )
        await connection.execute(text("insert into notes values (1, :note)"), {"note": SECRET})


@pytest.mark.anyio
@pytest.mark.parametrize("form", ["text", "json"])
async def test_what_the_database_refused_is_not_repeated(
    form: logs.Format, engine: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", form)
    with pytest.raises(IntegrityError) as refused:
        await _fails(engine)
    assert SECRET in str(refused.value)  # Postgres's own DETAIL has it
    logging.getLogger("qbank.api").error("failed: %s", refused.value, exc_info=refused.value)
    said = capsys.readouterr().err
    assert "violates check constraint" in said
    assert "DETAIL: left out" in said
    assert SECRET not in said
