"""The journal: rates of the last minute and hour, the last error, several processes."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from pathlib import Path

from ingestion.journal import Journal

NOW = dt.datetime(2026, 3, 1, 8, 30, 20, tzinfo=dt.UTC)


def test_minutes_hours_and_totals(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record("postgres", 1_000, None, NOW - dt.timedelta(hours=3))
    journal.record("postgres", 100, None, NOW - dt.timedelta(minutes=30))
    journal.record("postgres", 20, None, NOW - dt.timedelta(minutes=1))
    journal.record("postgres", 3, None, NOW)
    (entry,) = Journal(tmp_path).entries(NOW)
    assert (entry.worker, entry.last_minute, entry.last_hour, entry.total) == ("postgres", 20, 120, 1_123)
    assert (entry.seen_at, entry.error) == (NOW, None)


def test_the_last_error_stays_with_its_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record("relay", 0, "no broker", NOW)
    journal.record("relay", 5, None, NOW + dt.timedelta(seconds=30))
    (entry,) = journal.entries(NOW + dt.timedelta(seconds=30))
    assert (entry.error, entry.error_at) == ("no broker", NOW)
    assert entry.seen_at == NOW + dt.timedelta(seconds=30)


def test_nothing_done_is_written_now_and_then(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for second in range(25):
        journal.record("relay", 0, None, NOW + dt.timedelta(seconds=second))
        (entry,) = journal.entries(NOW)
        assert entry.seen_at == NOW + dt.timedelta(seconds=second - second % 10)


def test_a_journal_that_cannot_be_written_is_told_once_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "ingestion").write_text("a file where the folder should be")
    said: list[str] = []
    journal = Journal(tmp_path, said.append)
    for second in (0, 1, 20):
        journal.record("relay", second, None, NOW + dt.timedelta(seconds=second))
    (only,) = said
    assert "cannot be written" in only


def test_a_file_cut_short_is_begun_anew(tmp_path: Path) -> None:
    Journal(tmp_path).record("relay", 1, None, NOW)
    path = tmp_path / "ingestion" / "relay.json"
    path.write_text(path.read_text()[:20])
    assert Journal(tmp_path).entries(NOW) == []
    Journal(tmp_path).record("relay", 2, None, NOW)
    assert Journal(tmp_path).entries(NOW)[0].total == 2


def _record(home: Path) -> None:
    journal = Journal(home)
    for _ in range(50):
        journal.record("clickhouse", 1, None, NOW)


def test_several_processes_write_the_same_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_record, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert Journal(tmp_path).entries(NOW)[0].total == 150
