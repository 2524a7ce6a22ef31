"""A Dagster logger that hands each asset and check to a listener as it is done.

`qbank run` shows progress with it, in the process that runs the job.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dagster import DagsterEvent, InitLoggerContext, LoggerDefinition

RUN_CONFIG: dict[str, Any] = {"loggers": {"progress": {}}}


@dataclass(frozen=True)
class Step:
    """Something that was done: an asset, or a check with its outcome."""

    kind: str
    name: str
    rows: int | None = None
    passed: bool = True
    severity: str = ""


Listener = Callable[[Step], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hand the steps of jobs run in this process to `listener`, for as long as the block lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_event", None)
        step = _step(event) if isinstance(event, DagsterEvent) else None
        if step is not None:
            for listener in _listeners:
                listener(step)


def _step(event: DagsterEvent) -> Step | None:
    if event.is_step_materialization:
        materialization = event.step_materialization_data.materialization
        rows = materialization.metadata.get("dagster/row_count")
        count = rows.value if rows is not None and isinstance(rows.value, int) else None
        return Step("asset", materialization.asset_key.to_user_string(), rows=count)
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        said = event.asset_check_evaluation_data
        name = f"{said.asset_key.to_user_string()}: {said.check_name}"
        return Step("check", name, passed=said.passed, severity=said.severity.value)
    return None


def _make_logger(_: InitLoggerContext) -> logging.Logger:
    made = logging.Logger("qbank.progress", level=logging.DEBUG)
    made.addHandler(_Handler())
    return made


# Tells the listeners of this process what was done; writes nothing.
progress_logger = LoggerDefinition(_make_logger, description="Hands steps to the listeners of this process.")
