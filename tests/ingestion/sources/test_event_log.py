"""The local event log: what was appended is read back, and damage is told from an append cut short."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import (
    CorruptLogError,
    EventLogError,
    LogBusyError,
    LogWriteError,
    MessageTooLargeError,
    PositionError,
)
from ingestion.sources import event_log, log_files
from ingestion.sources.base import Message, Outgoing
from ingestion.sources.event_log import EventLog
from ingestion.sources.framing import frame, frame_gap
from ingestion.sources.log_files import segment_bases, segment_path, writer_lock

HEADER = 20


def outgoing(*texts: bytes) -> list[Outgoing]:
    return [Outgoing(None, text) for text in texts]


def contents(log: EventLog, start: int | None = None, max_messages: int = 7) -> list[tuple[int, bytes]]:
    """Everything from `start` on, in small batches."""
    until = log.high_watermark(0)
    position = log.earliest(0) if start is None else start
    found: list[tuple[int, bytes]] = []
    while position < until:
        batch = log.read(0, position, until, max_messages, 10**9)
        assert batch.start == position < batch.next <= until
        found += [(message.position, message.raw) for message in batch.messages]
        position = batch.next
    return found


def test_a_new_log_is_empty(log: EventLog) -> None:
    assert log.partitions() == (0,)
    assert (log.earliest(0), log.high_watermark(0), contents(log), log.notices) == (0, 0, [], ())


def test_messages_come_back_as_they_were_in_order(open_log: Callable[..., EventLog]) -> None:
    texts = [b"", b"QBE1", b"\0\xff\n", b"x" * 1_000_000, *(str(n).encode() for n in range(100))]
    open_log().append(outgoing(*texts[:3]))
    open_log().append(outgoing(*texts[3:]))
    assert contents(open_log()) == list(enumerate(texts))
    assert contents(open_log(), start=50) == list(enumerate(texts))[50:]


def test_a_batch_ends_after_so_many_messages_or_bytes(log: EventLog) -> None:
    log.append(outgoing(*[b"0123456789"] * 10))
    assert log.read(0, 2, 10, 3, 10**6).next == 5
    assert log.read(0, 2, 10, 100, 25).next == 5
    assert log.read(0, 2, 4, 100, 10**6).next == 4


@pytest.mark.parametrize("segment_bytes", [1, 100, 257])
def test_segments_roll_over(open_log: Callable[..., EventLog], segment_bytes: int) -> None:
    texts = [b"m%d" % n * (n % 9) for n in range(60)]
    log = open_log(segment_bytes=segment_bytes)
    for at in range(0, 60, 4):
        log.append(outgoing(*texts[at : at + 4]))
    assert len(segment_bases(log.folder)) > 5
    assert contents(open_log()) == contents(log) == list(enumerate(texts))


def test_a_reader_sees_what_is_appended_while_it_is_open(open_log: Callable[..., EventLog]) -> None:
    reader, writer = open_log(), open_log(segment_bytes=64)
    for n in range(20):
        writer.append(outgoing(b"%d" % n))
        assert reader.high_watermark(0) == n + 1
        assert reader.read(0, n, n + 1, 10, 100).messages == (Message(n, b"%d" % n),)


def test_a_log_made_anew_is_another_source(open_log: Callable[..., EventLog]) -> None:
    log = open_log()
    log.append(outgoing(b"a"))
    assert open_log().source_id == log.source_id
    subprocess.run(["rm", "-r", str(log.folder)], check=True)
    assert open_log().source_id != log.source_id
    with pytest.raises(EventLogError, match="removed or replaced"):
        log.high_watermark(0)


def test_removed_segments_move_the_beginning(open_log: Callable[..., EventLog]) -> None:
    log = open_log(segment_bytes=30)
    log.append(outgoing(*[b"0123456789"] * 6))
    first, second = segment_bases(log.folder)[:2]
    segment_path(log.folder, first).unlink()
    assert log.earliest(0) == second
    with pytest.raises(PositionError):
        log.read(0, first, second, 10, 100)


@pytest.mark.parametrize("kept", [1, HEADER - 1, HEADER, HEADER + 1, HEADER + 9])
def test_a_torn_last_record_is_left_out_then_cut_off_and_reported(
    open_log: Callable[..., EventLog], kept: int
) -> None:
    log = open_log()
    log.append(outgoing(b"first", b"second"))
    whole = segment_path(log.folder, 0).read_bytes()
    log.append(outgoing(b"0123456789"))
    segment_path(log.folder, 0).write_bytes(segment_path(log.folder, 0).read_bytes()[: len(whole) + kept])

    reader = open_log()
    assert contents(reader) == [(0, b"first"), (1, b"second")]
    assert len(reader.notices) == 1
    assert f"{kept} bytes from byte {len(whole)}" in reader.notices[0]

    writer = open_log()
    writer.append(outgoing(b"third"))
    assert f"cut off {kept} bytes at byte {len(whole)}" in writer.notices[0]
    assert segment_path(log.folder, 0).read_bytes() == whole + frame_gap(2) + frame(3, b"third")
    after = open_log()
    # Position 2 stays empty: a sink that has passed it must not miss what comes next.
    assert contents(after) == [(0, b"first"), (1, b"second"), (3, b"third")]
    assert after.notices == ()


def test_zeros_at_the_end_are_a_torn_record(open_log: Callable[..., EventLog]) -> None:
    open_log().append(outgoing(b"first"))
    path = segment_path(open_log().folder, 0)
    path.write_bytes(path.read_bytes() + bytes(5000))
    assert contents(open_log()) == [(0, b"first")]
    open_log().append(outgoing(b"next"))
    assert [raw for _, raw in contents(open_log())] == [b"first", b"next"]


def test_killed_between_marking_the_gap_and_cutting_it_loses_nothing(
    open_log: Callable[..., EventLog],
) -> None:
    log = open_log()
    log.append(outgoing(b"first"))
    path = segment_path(log.folder, 0)
    path.write_bytes(path.read_bytes() + frame_gap(1) + b"rest of the torn record")
    assert contents(open_log()) == [(0, b"first")]
    open_log().append(outgoing(b"next"))
    assert contents(open_log()) == [(0, b"first"), (3, b"next")]


def test_what_is_read_when_nothing_but_a_gap_is_left(open_log: Callable[..., EventLog]) -> None:
    log = open_log()
    log.append(outgoing(b"first"))
    path = segment_path(log.folder, 0)
    path.write_bytes(path.read_bytes() + b"torn")
    log.append([])
    batch = open_log().read(0, 1, log.high_watermark(0), 10, 100)
    assert (batch.start, batch.next, batch.messages) == (1, 2, ())


@pytest.mark.parametrize("where", ["magic", "position", "length", "checksum", "message"])
def test_damage_in_the_middle_is_an_error(open_log: Callable[..., EventLog], where: str) -> None:
    log = open_log()
    log.append(outgoing(*[b"0123456789"] * 5))
    path = segment_path(log.folder, 0)
    whole = bytearray(path.read_bytes())
    record = 2 * (HEADER + 10)
    whole[record + {"magic": 0, "position": 4, "length": 12, "checksum": 16, "message": 25}[where]] ^= 0x10
    path.write_bytes(whole)
    for use in (lambda: open_log().high_watermark(0), lambda: open_log().append(outgoing(b"x"))):
        with pytest.raises(CorruptLogError, match=f"damaged at byte {record}") as fault:
            use()
        assert path.name in str(fault.value)
    assert path.read_bytes() == whole


def test_damage_in_an_older_segment_is_an_error(open_log: Callable[..., EventLog]) -> None:
    log = open_log(segment_bytes=60)
    log.append(outgoing(*[b"0123456789"] * 8))
    path = segment_path(log.folder, segment_bases(log.folder)[1])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptLogError):
        contents(open_log())
    path.unlink()
    with pytest.raises(CorruptLogError, match="missing"):
        contents(open_log())


@pytest.mark.parametrize("text", ["", "{}", '{"format": 1, "log_id": "x"}', '{"format": 2, "log_id": "%s"}'])
def test_an_identity_that_cannot_be_read_is_an_error(open_log: Callable[..., EventLog], text: str) -> None:
    folder = open_log().folder
    (folder / "log.json").write_text(text.replace("%s", "00000000-0000-0000-0000-000000000001"))
    with pytest.raises(EventLogError, match=r"log\.json"):
        open_log()


def test_segments_without_identity_are_an_error(open_log: Callable[..., EventLog]) -> None:
    log = open_log()
    log.append(outgoing(b"a"))
    (log.folder / "log.json").unlink()
    with pytest.raises(CorruptLogError, match="put it back"):
        open_log()


def test_a_log_that_another_process_begins_meanwhile_is_no_error(
    open_log: Callable[..., EventLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[EventLog] = []

    def another_begins(folder: Path) -> list[int]:
        """Between the look for the identity and the look for segments."""
        monkeypatch.setattr(log_files, "segment_bases", segment_bases)
        begun.append(open_log())
        begun[0].append(outgoing(b"a"))
        return segment_bases(folder)

    (tmp_path / "event_log" / "events.qbank").mkdir(parents=True)
    monkeypatch.setattr(log_files, "segment_bases", another_begins)
    log = open_log()
    assert log.high_watermark(0) == 1
    assert log.source_id == begun[0].source_id


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EventLogError, match="QBANK_HOME"):
        EventLog(tmp_path / "file" / "log", "t")


def test_a_segment_that_cannot_be_read_is_a_clear_error(log: EventLog) -> None:
    log.append(outgoing(b"a"))
    path = segment_path(log.folder, 0)
    path.unlink()
    path.mkdir()
    for use in (lambda: log.high_watermark(0), lambda: log.read(0, 0, 1, 1, 1)):
        with pytest.raises(EventLogError, match="could not be read"):
            use()


def test_a_message_that_is_too_large_is_refused_before_anything_is_written(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MAX_MESSAGE_BYTES", 10)
    with pytest.raises(MessageTooLargeError) as refused:
        log.append(outgoing(b"small", b"01234567890"))
    assert refused.value.index == 1
    assert log.high_watermark(0) == 0


def test_one_writer_at_a_time(open_log: Callable[..., EventLog]) -> None:
    log = open_log(lock_seconds=0.1)
    with writer_lock(log.folder, 1), pytest.raises(LogBusyError, match="another process"):
        log.append(outgoing(b"x"))
    log.append(outgoing(b"x"))
    assert contents(log) == [(0, b"x")]


def _append_many(folder: Path, writer: int) -> None:
    log = EventLog(folder, "events.qbank", segment_bytes=500)
    for n in range(40):
        log.append(outgoing(b"%d:%d" % (writer, n), b"%d:%d+" % (writer, n)))


def test_writers_of_several_processes_take_turns(open_log: Callable[..., EventLog]) -> None:
    folder = open_log().folder
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(folder, writer)) for writer in range(3)]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0, 0]
    raws = [raw for _, raw in contents(open_log())]
    for writer in range(3):
        mine = [raw for raw in raws if raw.startswith(b"%d:" % writer)]
        assert mine == [text for n in range(40) for text in (b"%d:%d" % (writer, n), b"%d:%d+" % (writer, n))]
    assert len(raws) == 240


APPENDING = """
import sys
from pathlib import Path
from ingestion.sources.base import Message, Outgoing
from ingestion.sources.event_log import EventLog
log = EventLog(Path(sys.argv[1]), "events.qbank", segment_bytes=200_000)
n = int(sys.argv[2])
while True:
    log.append([Outgoing(None, b"%d " % (n + k) + b"x" * 3000) for k in range(50)])
    n += 50
    print(n, flush=True)
"""


def test_a_writer_killed_in_mid_append_loses_nothing_it_had_acknowledged(
    open_log: Callable[..., EventLog],
) -> None:
    folder, first = open_log().folder, 0
    for round_ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDING, str(folder), str(first)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        time.sleep(0.01 * round_)
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.communicate()[0].split())])
        numbers = [int(raw.split()[0]) for _, raw in contents(open_log(), max_messages=1000)]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= acknowledged
        first = len(numbers)


def test_a_full_disk_is_an_error_and_loses_nothing(
    open_log: Callable[..., EventLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log()
    log.append(outgoing(b"before"))
    real_write, room = os.write, [30]

    def write(descriptor: int, data: Any) -> int:
        if room[0] == 0:
            raise OSError(28, "No space left on device")
        written = real_write(descriptor, bytes(data)[: room[0]])
        room[0] -= written
        return written

    with monkeypatch.context() as full:
        full.setattr(os, "write", write)
        with pytest.raises(LogWriteError, match="No space left"):
            log.append(outgoing(b"0123456789", b"never"))
    assert contents(log) == [(0, b"before"), (1, b"0123456789")]
    log.append(outgoing(b"after"))
    assert [raw for _, raw in contents(open_log())] == [b"before", b"0123456789", b"after"]
