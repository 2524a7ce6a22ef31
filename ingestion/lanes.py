"""One sink's way through a drain: its thread, where it stands, what it has stored, what it could not.

A store that hangs hangs its own thread. Whoever waits for a lane waits for so long and no longer, and then
goes on without it; the lane's work is looked after when it is done.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait

from ingestion.errors import PositionError, SinkError
from ingestion.sinks.base import Decoded, MovedOnError, Sink, Stored
from ingestion.summary import Tally

Outcome = Stored | dict[int, int] | None


class Lane:
    """A sink and its thread. All methods are called by the one thread that drains."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sink-{sink.name}")
        self._work: Future[Outcome] | None = None
        self._batch: Decoded | None = None  # what the thread stores; None: it asks for positions
        self.start_over()

    def start_over(self) -> None:
        """Forget counts and faults of the drain before; what the thread is at goes on."""
        self.tally = Tally()
        self.away: SinkError | None = None
        self.lost: dict[int, PositionError] = {}
        self.known: dict[int, int] | None = None

    @property
    def busy(self) -> bool:
        """Whether the thread is at work, or its outcome was not looked at yet."""
        return self._work is not None

    @property
    def faults(self) -> tuple[SinkError | PositionError, ...]:
        """What this lane could not do."""
        away = () if self.away is None else (self.away,)
        return (*away, *self.lost.values())

    def ask(self, source_id: str) -> None:
        """Let the sink say where it stands."""
        self._work, self._batch = self._thread.submit(_positions, self.sink, source_id), None

    def give(self, batch: Decoded) -> None:
        """Let the sink store a batch."""
        self._work, self._batch = self._thread.submit(_stored, self.sink, batch), batch

    def note_caught_up(self, source_id: str) -> None:
        """Let the sink note that it has all there was."""
        stored = self.tally.events.total()
        self._work, self._batch = self._thread.submit(_noted, self.sink, source_id, stored), None

    def settle(self, timeout: float | None) -> bool:
        """Wait for the thread and take what came of it; False: it is still at it.

        Raises what the sink raised, unless it is one of the errors of the seam.
        """
        work = self._work
        if work is None:
            return True
        wait((work,), timeout)
        if not work.done():
            return False
        self._work = None
        try:
            self._take(work.result())
        except SinkError as fault:
            self.away = fault
        except MovedOnError:  # by another drain of this sink: ask where it stands
            self.known = None
        return True

    def close(self) -> None:
        """Let the thread end when its work is done."""
        self._thread.shutdown(wait=False)

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, dict):
            self.known = outcome
        elif outcome is not None and self._batch is not None:
            self.tally.add(self._batch, outcome)
            if self.known is not None:
                self.known[self._batch.partition] = self._batch.next


def _positions(sink: Sink, source_id: str) -> Outcome:
    return dict(sink.positions(source_id))


def _noted(sink: Sink, source_id: str, stored: int) -> Outcome:
    sink.caught_up(source_id, stored)
    return None


def _stored(sink: Sink, batch: Decoded) -> Outcome:
    return sink.store(batch)
