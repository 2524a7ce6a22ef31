"""Traces by OpenTelemetry: where its packages (the extra `otel`) and an endpoint are there, and nowhere else.

The framework makes the spans; here stands which, and what of ours they say. OTEL_* are OpenTelemetry's own
variables. A span has the path and query of its request, no body and no text of an exception.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from starlette.types import Scope

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PACKAGES: Final = ("opentelemetry.sdk", "opentelemetry.exporter")
_QUIET: Final = frozenset({"/health", "/ready"})
_logger = logging.getLogger("qbank.api")


def configuration(environment: Mapping[str, str] = os.environ) -> TelemetryConfig:
    """Return what the framework is to trace and where to; metrics and logs have ways of their own."""
    wanted = any(environment.get(name) for name in _ENDPOINTS)
    installed = all(find_spec(name) is not None for name in _PACKAGES)
    if wanted and not installed:
        _logger.warning(
            "an OTEL_EXPORTER_OTLP endpoint is set, but no trace is sent: pip install qbank[otel]"
        )
    return {
        "tracing": True,  # spans go to whatever a launcher of OpenTelemetry's has set up, too
        "metrics": False,
        "logs": False,
        "auto_configure": wanted and installed,
        "exclude": _quiet,
    }


def say(known: Mapping[str, str | int]) -> None:
    """Add what is known to the span under way; without traces that is no span, and costs next to nothing."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes({f"qbank.{name}": value for name, value in known.items()})


def trace_id() -> str | None:
    """Return the id of the trace under way, by which a line of the log leads to it."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def _quiet(scope: Scope) -> bool:
    return scope.get("path") in _QUIET
