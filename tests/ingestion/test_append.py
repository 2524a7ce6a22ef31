"""A file of events fed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ingestion import append
from ingestion.append import append_file
from ingestion.errors import EventFileError
from ingestion.sources import event_log
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog


def raws(log: EventLog) -> list[bytes]:
    until = log.high_watermark(0)
    return [message.raw for message in log.read(0, 0, until, 10**6, 10**9).messages] if until else []


@pytest.mark.parametrize("batch", [1, 3, 5_000])
def test_each_line_is_appended_as_it_is(
    log: EventLog, tmp_path: Path, events: Any, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(append, "_BATCH_LINES", batch)
    lines = [events.raw(), b"not json", b"", b"\xff\x00", b"  {} \r", events.raw()]
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert append_file(file, log) == 6
    assert raws(log) == lines


def test_the_last_line_needs_no_end(log: EventLog, tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(b"a\nb")
    assert append_file(tmp_path / "e", log) == 2
    assert raws(log) == [b"a", b"b"]


def test_an_empty_file_appends_nothing(log: EventLog, tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(b"")
    assert append_file(tmp_path / "e", log) == 0


def test_large_lines_are_appended_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append, "_BATCH_BYTES", 100)
    sizes: list[int] = []

    class Counts:
        def append(self, messages: Sequence[Outgoing]) -> None:
            sizes.append(len(messages))

    (tmp_path / "e").write_bytes((b"x" * 59 + b"\n") * 5)
    assert append_file(tmp_path / "e", Counts()) == 5
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_a_clear_error(log: EventLog, tmp_path: Path, name: str) -> None:
    with pytest.raises(EventFileError, match="cannot be read"):
        append_file(tmp_path / name, log)


def test_a_line_that_is_too_long_is_named(
    log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MAX_MESSAGE_BYTES", 10)
    monkeypatch.setattr(append, "_BATCH_LINES", 2)
    (tmp_path / "e").write_bytes(b"a\nb\nc\n01234567890\n")
    with pytest.raises(EventFileError, match="line 4") as refused:
        append_file(tmp_path / "e", log)
    assert refused.value.appended == 2
    assert raws(log) == [b"a", b"b"]
