"""Metrics as Prometheus reads them."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import Engine, create_engine

from ingestion.drain import drain_all
from ingestion.errors import MetricsError
from ingestion.metrics import ConsumerMetrics, RelayMetrics, serve
from ingestion.sinks.postgres import PostgresSink
from ingestion.sources.base import Outgoing
from ingestion.sources.event_log import EventLog


class Gone(PostgresSink):
    name = "gone"


def lines(registry: CollectorRegistry, start: str) -> Sequence[str]:
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if line.startswith(start) and "_created" not in line]


def test_what_a_turn_did_is_counted(pipeline_engine: Engine, log: EventLog, events: Any) -> None:
    raws = [events.raw("flagged"), events.raw("note_added")]
    log.append([Outgoing(None, raw) for raw in [*raws, raws[0], b"{"]])
    nobody = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    registry = CollectorRegistry()
    metrics = ConsumerMetrics(registry)
    for summary in drain_all(log, [PostgresSink(pipeline_engine), Gone(nobody)]):
        metrics.observe(summary)
    assert 'qbank_messages_read_total{sink="postgres"} 4.0' in lines(registry, "qbank_messages_read")
    assert lines(registry, "qbank_events_stored") == [
        'qbank_events_stored_total{event_type="flagged",sink="postgres"} 1.0',
        'qbank_events_stored_total{event_type="note_added",sink="postgres"} 1.0',
    ]
    assert 'qbank_events_repeated_total{sink="postgres"} 1.0' in lines(registry, "qbank_events_repeated")
    assert lines(registry, "qbank_dead_letters") == ['qbank_dead_letters_total{reason="malformed"} 1.0']
    assert lines(registry, "qbank_sink_up") == [
        'qbank_sink_up{sink="postgres"} 1.0',
        'qbank_sink_up{sink="gone"} 0.0',
    ]
    assert lines(registry, "qbank_lag") == ['qbank_lag_messages{partition="0",sink="postgres"} 0.0']
    assert lines(registry, "qbank_sink_faults") == ['qbank_sink_faults_total{sink="gone"} 1.0']


def test_metrics_are_served_and_a_taken_port_is_told() -> None:
    registry = CollectorRegistry()
    relay = RelayMetrics(registry)
    relay.observe(3, None)
    relay.observe(0, "no broker")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve(registry, "127.0.0.1", port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    assert "qbank_events_published_total 3.0" in text
    assert "qbank_relay_up 0.0" in text
    with pytest.raises(MetricsError, match="choose another port"):
        serve(registry, "127.0.0.1", port)
