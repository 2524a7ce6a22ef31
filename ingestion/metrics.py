"""Prometheus metrics of the long-running processes; `serve` offers them over HTTP."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from ingestion.errors import MetricsError, SinkError
from ingestion.summary import DrainSummary

_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class ConsumerMetrics:
    """What a consumer read and stored, sink by sink."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        self._read = counter("qbank_messages_read", "Messages read for a sink", "sink")
        self._stored = counter("qbank_events_stored", "Events newly stored", "sink", "event_type")
        self._repeated = counter("qbank_events_repeated", "Events stored before", "sink")
        self._passed = counter("qbank_messages_passed_over", "Messages that a sink has no place for", "sink")
        self._forgotten = counter(
            "qbank_messages_forgotten", "Messages of forgotten learners, dropped", "sink"
        )
        self._dead = counter("qbank_dead_letters", "Messages that were no events", "reason")
        self._faults = counter("qbank_sink_faults", "Turns in which a sink could not go on", "sink")
        self._up = gauge("qbank_sink_up", "1: the sink answered last, 0: it did not", "sink")
        self._lag = gauge("qbank_lag_messages", "Messages left to read", "sink", "partition")
        self._newest = gauge("qbank_newest_event_timestamp_seconds", "Newest event read, Unix time", "sink")
        self._seconds = Histogram(
            "qbank_turn_seconds", "Seconds of a turn that read something", registry=registry, buckets=_BUCKETS
        )

    def observe(self, summary: DrainSummary) -> None:
        """Count what one turn did for one sink."""
        sink = summary.sink
        self._read.labels(sink).inc(summary.read)
        for event_type, count in summary.stored_by_type.items():
            self._stored.labels(sink, event_type).inc(count)
        self._repeated.labels(sink).inc(summary.repeated)
        self._passed.labels(sink).inc(summary.passed_over)
        self._forgotten.labels(sink).inc(summary.forgotten)
        for reason, count in summary.dead_letters.items():
            self._dead.labels(reason).inc(count)
        away = any(isinstance(fault, SinkError) for fault in summary.faults)
        self._up.labels(sink).set(0 if away else 1)
        if summary.faults:
            self._faults.labels(sink).inc()
        for partition, lag in summary.lag.items():
            self._lag.labels(sink, str(partition)).set(lag)
        if summary.newest is not None:
            self._newest.labels(sink).set(summary.newest.timestamp())
        if summary.read:
            self._seconds.observe(summary.seconds)


class RelayMetrics:
    """What a relay published."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._published = Counter("qbank_events_published", "Events of the outbox", registry=registry)
        self._up = Gauge("qbank_relay_up", "1: the last look at the outbox went well", registry=registry)

    def observe(self, published: int, trouble: str | None) -> None:
        """Count one look at the outbox."""
        self._published.inc(published)
        self._up.set(0 if trouble else 1)


def serve(registry: CollectorRegistry, host: str, port: int, variable: str = "QBANK_METRICS_PORT") -> None:
    """Offer the metrics on http://HOST:PORT/metrics from a thread of their own; MetricsError if taken.

    `variable` is the one that an error says to set.
    """
    try:
        start_http_server(port, addr=host, registry=registry)
    except OSError as fault:
        raise MetricsError(
            f"metrics cannot be offered on {host}:{port} ({fault.strerror}): choose another port with "
            f"--metrics-port or {variable}"
        ) from fault
