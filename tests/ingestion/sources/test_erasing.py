"""Messages erased from the local event log: gone from its files, and nothing else has moved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import CorruptLogError, LogBusyError
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog
from ingestion.sources.log_files import segment_bases, segment_path, writer_lock

SECRET = b"learner-4711"


def numbered(count: int) -> list[bytes]:
    """Messages of many lengths, every third of which is the learner's."""
    return [(SECRET if n % 3 == 0 else b"other") + b"x" * (n % 17) + b":%d" % n for n in range(count)]


def is_secret(raw: bytes) -> bool:
    return SECRET in raw


def contents(log: EventLog) -> list[tuple[int, bytes]]:
    until, position, found = log.high_watermark(0), log.earliest(0), list[tuple[int, bytes]]()
    while position < until:
        batch = log.read(0, position, until, 7, 10**9)
        found += [(message.position, message.raw) for message in batch.messages]
        position = batch.next
    return found


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("segment_bytes", [100, 2**20])
def test_what_is_meant_is_gone_and_the_rest_keeps_its_place(
    open_log: Callable[..., EventLog], segment_bytes: int
) -> None:
    log, texts = open_log(segment_bytes=segment_bytes), numbered(50)
    log.append([Outgoing(None, text) for text in texts])
    sizes = [segment_path(log.folder, base).stat().st_size for base in segment_bases(log.folder)]
    assert log.erase(is_secret) == 17
    assert SECRET not in on_disk(log.folder)
    assert [segment_path(log.folder, base).stat().st_size for base in segment_bases(log.folder)] == sizes
    kept = [(n, text) for n, text in enumerate(texts) if not is_secret(text)]
    assert contents(log) == contents(open_log()) == kept
    assert log.high_watermark(0) == 50
    assert log.erase(is_secret) == 0


def test_a_segment_without_it_is_not_touched(open_log: Callable[..., EventLog]) -> None:
    log = open_log(segment_bytes=40)
    log.append([Outgoing(None, text) for text in (b"x" * 50, SECRET, b"y" * 50)])
    before = {base: segment_path(log.folder, base).stat().st_ino for base in segment_bases(log.folder)}
    log.erase(is_secret)
    after = {base: segment_path(log.folder, base).stat().st_ino for base in segment_bases(log.folder)}
    assert [base for base in before if before[base] != after[base]] == [1]


def test_readers_and_writers_that_remember_offsets_go_on(open_log: Callable[..., EventLog]) -> None:
    reader, writer, texts = open_log(), open_log(), numbered(20)
    writer.append([Outgoing(None, text) for text in texts])
    assert reader.high_watermark(0) == 20
    assert reader.read(0, 0, 20, 10, 10**6).next == 10
    open_log().erase(is_secret)
    rest = reader.read(0, 10, 20, 100, 10**6).messages
    assert [message.position for message in rest] == [n for n in range(10, 20) if n % 3]
    writer.append([Outgoing(None, b"after")])
    assert reader.high_watermark(0) == 21
    assert contents(open_log())[-1] == (20, b"after")


def test_a_record_that_was_never_written_to_its_end_goes_too(open_log: Callable[..., EventLog]) -> None:
    log = open_log()
    log.append([Outgoing(None, b"first"), Outgoing(None, b"padding " + SECRET)])
    path = segment_path(log.folder, 0)
    path.write_bytes(path.read_bytes()[:-3])
    assert b"learner-" in on_disk(log.folder)
    assert log.erase(is_secret) == 0
    assert b"learner-" not in on_disk(log.folder)
    assert contents(open_log()) == [(0, b"first")]
    assert open_log().high_watermark(0) == 2


def test_a_damaged_segment_is_an_error_and_stays_as_it_is(open_log: Callable[..., EventLog]) -> None:
    log = open_log(segment_bytes=60)
    log.append([Outgoing(None, text) for text in numbered(9)])
    path = segment_path(log.folder, segment_bases(log.folder)[0])
    whole = bytearray(path.read_bytes())
    whole[25] ^= 1
    path.write_bytes(whole)
    with pytest.raises(CorruptLogError, match="damaged at byte 0"):
        log.erase(is_secret)
    assert path.read_bytes() == whole


def test_a_writer_at_work_is_waited_for(open_log: Callable[..., EventLog]) -> None:
    log = open_log(lock_seconds=0.1)
    log.append([Outgoing(None, SECRET)])
    with writer_lock(log.folder, 1), pytest.raises(LogBusyError):
        log.erase(is_secret)


def test_who_reads_meanwhile_gets_what_was_or_what_is(open_log: Callable[..., EventLog]) -> None:
    texts = numbered(3000)
    open_log(segment_bytes=4000).append([Outgoing(None, text) for text in texts])
    stop, faults, reads = threading.Event(), list[Exception](), [0]
    others = [(n, text) for n, text in enumerate(texts) if n % 3]

    def read() -> None:
        while not stop.is_set():
            try:
                found = contents(open_log())
            except Exception as fault:
                faults.append(fault)
                return
            reads[0] += 1
            if [one for one in found if one[0] % 3] != others:
                faults.append(AssertionError("a message of another was lost"))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(0, 3000, 300):  # little by little
        open_log().erase(lambda raw, n=n: is_secret(raw) and int(raw.rpartition(b":")[2]) < n + 300)
        open_log().append([])
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert reads[0] > 0
    assert contents(open_log()) == others


ERASING = """
import sys
from pathlib import Path
from ingestion.sources.event_log import EventLog
log = EventLog(Path(sys.argv[1]), "events.qbank")
print("begun", flush=True)
log.erase(lambda raw: b"learner-4711" in raw)
"""


def test_killed_at_any_instant_it_ends_complete_when_run_again(open_log: Callable[..., EventLog]) -> None:
    texts = numbered(6000)
    log = open_log(segment_bytes=5000)
    log.append([Outgoing(None, text) for text in texts])
    kept = [(n, text) for n, text in enumerate(texts) if n % 3]
    seen = set[int]()
    for round_ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", ERASING, str(log.folder)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.004 * (round_ + 1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = contents(open_log())
        assert [one for one in found if one[0] % 3] == kept
        seen.add(len(found))
    open_log().erase(is_secret)
    assert contents(open_log()) == kept
    assert SECRET not in on_disk(log.folder)
    assert len(seen) > 1, "no kill came while it was at work"
