"""Logs: one line for each thing that happened, to stderr, as text for people or JSON for machines.

All goes through the standard library's logging, the server's own lines too, and through one formatter, so
that tracebacks are part of a line of JSON and each line names its request.
"""

from __future__ import annotations

import logging.config
import re
import sys
from typing import Final, Literal

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["text", "json"]
# Postgres repeats the row that it refused: it may hold what a learner wrote.
_DETAIL: Final = re.compile(r"^DETAIL:.*$", flags=re.MULTILINE)


def configure(level: str, form: Format) -> None:
    """Send everything of this level and above to stderr, in place of whatever was configured before."""
    formatter = {
        "()": ProcessorFormatter,
        "processors": [ProcessorFormatter.remove_processors_meta, _renderer(form)],
        "foreign_pre_chain": _PREPARED,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {form: formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
        }
    )


def _renderer(form: Format) -> Processor:
    if form == "json":
        return JSONRenderer()
    return ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=plain_traceback, timestamp_key="at"
    )


def without_details(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Take out of a line what Postgres says of the values that it refused."""
    for key in ("event", "exception"):
        if isinstance(line.get(key), str):
            line[key] = _DETAIL.sub("DETAIL: left out", line[key])
    return line


_PREPARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    add_log_level,
    add_logger_name,
    ExtraAdder(),
    TimeStamper(fmt="iso", utc=True, key="at"),
    format_exc_info,
    without_details,
]
