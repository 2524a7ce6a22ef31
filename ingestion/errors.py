"""What can go wrong while responses and events come in.

IngestionError
    FileFormatError      a file cannot be read as what it should be: where, and what to do
    InvalidRowsError     a file was read, but rows of it are not valid: every one of them
        ItemsError           the items file
        LearnersError        the learners file
        BlueprintError       the blueprint file
    ImportFilesError     the files named do not make an import: one is missing beside another, or all are
    ResponsesError       a responses file that does not fit the items file as a whole
    ExamError            the exam's code is not possible, or belongs to another tenant
    VersionConflictError an item is stored with another content under the same version
    RejectsFileError     the file of rejected rows cannot be written
    InvalidEvent         a message is not an event of the contract: reason and detail
    TransportError       a QBANK_KAFKA_* variable is not usable, or names what is not there
    BrokerError          the broker does not answer, or refuses what was asked of it
        TopicRemadeError     the topic was deleted, or made anew, while it was read
    MessageTooLargeError a message is over what the topic or log takes
    EventLogError        the local event log cannot be used
        LogBusyError         another process is writing to it
        LogWriteError        it cannot be written, for instance on a full disk; nothing was lost
        CorruptLogError      its files do not hold what was written to them
    PositionError        a source no longer has, or never had, the position a sink stands at
    EventFileError       a file of events cannot be read, or a line of it is too long
    SinkError            a store does not answer
    DeadLetterError      there is no dead letter of that id
    LearnerError         no learner, or more than one, is meant by what was given
    MetricsError         metrics cannot be offered where they should
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

SHOWN = 50


class IngestionError(Exception):
    """Base of all errors of this room. The message is for the person who ran the command."""


class FileFormatError(IngestionError):
    """A file cannot be read as what it should be."""

    def __init__(self, path: Path, reason: str, line: int | None = None, column: str | None = None) -> None:
        self.path, self.reason, self.line, self.column = path, reason, line, column
        place = str(path)
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {column!r}"
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one line of a file."""

    line: int
    reason: str


class InvalidRowsError(IngestionError):
    """A file was read, but rows of it are not valid. `problems` holds all, the message the first 50."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path, self.problems = path, tuple(sorted(problems, key=lambda problem: problem.line))
        count = len(self.problems)
        head = f"{path}: {count} problem{'' if count == 1 else 's'}; nothing was imported"
        listed = [f"  line {problem.line}: {problem.reason}" for problem in self.problems[:SHOWN]]
        if count > SHOWN:
            listed.append(f"  ... and {count - SHOWN} more of this file")
        super().__init__("\n".join([head, *listed]))


class ItemsError(InvalidRowsError):
    """Rows of the items file are not valid."""


class LearnersError(InvalidRowsError):
    """Rows of the learners file are not valid."""


class BlueprintError(InvalidRowsError):
    """Rows of the blueprint file are not valid."""


class ImportFilesError(IngestionError):
    """The files named do not make an import."""


class ResponsesError(IngestionError):
    """A responses file does not fit the items file as a whole."""


class ExamError(IngestionError):
    """The exam's code is not possible, or belongs to another tenant."""


class VersionConflictError(IngestionError):
    """An item is stored with another content under the same version. `items` names them."""

    def __init__(self, items: Sequence[str], message: str) -> None:
        self.items = tuple(items)
        super().__init__(message)


class RejectsFileError(IngestionError):
    """The file of rejected rows cannot be written; nothing was imported."""


class InvalidEvent(IngestionError):
    """A message is not an event of the contract. `reason` is for counting, `detail` for reading."""

    def __init__(self, reason: str, detail: str, tenant_id: UUID | None = None) -> None:
        self.reason, self.detail, self.tenant_id = reason, detail, tenant_id
        super().__init__(f"not a valid event ({reason}): {detail}")


class TransportError(IngestionError):
    """A QBANK_KAFKA_* variable is not usable, or names what is not there: a topic, a client library."""


class BrokerError(IngestionError):
    """The broker does not answer, or refuses; what was published before stays, and may be published again."""


class TopicRemadeError(BrokerError):
    """The topic was deleted, or made anew, while it was read: it is another source, to be opened anew."""


class MessageTooLargeError(IngestionError):
    """A message is over what the topic or log takes; `index` tells which of those given."""

    def __init__(self, message: str, index: int) -> None:
        self.index = index
        super().__init__(message)


class EventLogError(IngestionError):
    """The local event log cannot be used."""


class LogBusyError(EventLogError):
    """Another process is writing to the event log."""


class LogWriteError(EventLogError):
    """The event log cannot be written, for instance on a full disk; what it held before stands."""


class CorruptLogError(EventLogError):
    """Files of the event log do not hold what was written to them."""


class PositionError(IngestionError):
    """A source no longer has, or never had, the position that a sink stands at."""


class EventFileError(IngestionError):
    """A file of events cannot be read, or a line of it is too long. `appended` lines were taken."""

    def __init__(self, message: str, appended: int = 0) -> None:
        self.appended = appended
        super().__init__(message)


class SinkError(IngestionError):
    """A store does not answer; nothing of the batch was stored there, and its position did not move."""


class DeadLetterError(IngestionError):
    """There is no dead letter of that id."""


class LearnerError(IngestionError):
    """No learner, or more than one, is meant by what was given."""


class MetricsError(IngestionError):
    """Metrics cannot be offered where they should."""
