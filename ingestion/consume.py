"""Drains for as long as it is let: what `qbank consume` does.

Every turn asks which partitions are this process's, and drains them a few batches far. A broker or log that
is away is opened anew, a sink that is away is left to rest a little longer each time; each outage is told
once when it begins and once when it is over.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingestion.drain import Drainer
from ingestion.errors import BrokerError, EventLogError, IngestionError, SinkError, TransportError
from ingestion.sinks.base import Sink
from ingestion.sources.base import Membership, Source
from ingestion.stopping import Stop
from ingestion.summary import DrainSummary

POLL_SECONDS = 0.5
TURN_BATCHES = 20
LONGEST_REST_SECONDS = 30.0
AWAY = (BrokerError, EventLogError, TransportError)


@dataclass(frozen=True)
class Transport:
    """How source and membership are opened, again after each outage."""

    open_source: Callable[[], Source]
    open_membership: Callable[[], Membership]


@dataclass
class Told:
    """Tells troubles when they begin, when they become others, and when they are over; notices once."""

    report: Callable[[str], None]
    _ailing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _noticed: set[str] = field(default_factory=set)

    def state(self, what: str, faults: Sequence[IngestionError]) -> None:
        """Tell what has become of `what`, if it is another state than before."""
        kinds = tuple(sorted(type(fault).__name__ for fault in faults))
        before = self._ailing.get(what, ())
        self._ailing[what] = kinds
        if kinds and kinds != before:
            for fault in faults:
                self.report(f"{fault}; trying on")
        elif before and not kinds:
            self.report(f"{what} works again")

    def notice(self, notice: str) -> None:
        """Tell a notice that was not told yet."""
        if notice not in self._noticed:
            self._noticed.add(notice)
            self.report(notice)


@dataclass
class Rests:
    """Which sinks rest after a failure: a second at first, twice as long each time, up to half a minute."""

    until: dict[str, float] = field(default_factory=dict)
    length: dict[str, float] = field(default_factory=dict)

    def resting(self) -> set[str]:
        """Return the sinks that are not to be asked yet."""
        now = time.monotonic()
        return {name for name, moment in self.until.items() if moment > now}

    def after(self, summary: DrainSummary) -> None:
        """Let a sink rest if it failed; else it is well."""
        name = summary.sink
        if any(isinstance(fault, SinkError) for fault in summary.faults):
            self.length[name] = min(LONGEST_REST_SECONDS, 2 * self.length.get(name, 0.5))
            self.until[name] = time.monotonic() + self.length[name]
        else:
            self.length.pop(name, None)


def consume(
    transport: Transport,
    sinks: Sequence[Sink],
    stop: Stop,
    *,
    report: Callable[[str], None],
    observe: Callable[[DrainSummary], None] | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> dict[str, int]:
    """Drain until `stop` is set; return how many events each sink has stored.

    `report` is told troubles, `observe` is shown the summary of each sink and turn. Any fault that is not
    one of the transport or the sinks ends it.
    """
    told, rests = Told(report), Rests()
    stored = dict.fromkeys((sink.name for sink in sinks), 0)

    def seen(summary: DrainSummary) -> None:
        stored[summary.sink] += summary.stored
        rests.after(summary)
        told.state(f"the sink {summary.sink}", summary.faults)
        for notice in summary.notices:
            told.notice(notice)
        if observe is not None:
            observe(summary)

    while not stop.wait(0):
        try:
            _turns(transport, sinks, stop, told, rests, seen, poll_seconds)
        except AWAY as fault:
            told.state("the source", [fault])
            stop.wait(poll_seconds)
    return stored


def _turns(
    transport: Transport,
    sinks: Sequence[Sink],
    stop: Stop,
    told: Told,
    rests: Rests,
    seen: Callable[[DrainSummary], None],
    poll_seconds: float,
) -> None:
    """Drain turn by turn; raises where the transport is away."""
    with contextlib.ExitStack() as opened:
        source = transport.open_source()
        opened.callback(source.close)
        membership = transport.open_membership()
        opened.callback(membership.close)
        drainer = opened.enter_context(Drainer(source, sinks))
        while True:
            mine = membership.partitions()
            summaries = drainer.run(mine, max_batches=TURN_BATCHES, resting=rests.resting())
            told.state("the source", [])
            for summary in summaries:
                seen(summary)
            # Not done yet: go on at once.
            busy = any(summary.read for summary in summaries)
            if stop.wait(0 if busy else poll_seconds):
                return
