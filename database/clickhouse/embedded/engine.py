"""Statements as ClickHouse's HTTP interface takes them, run by chDB."""

from __future__ import annotations

import importlib
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

# A statement of rows to insert: the rows follow the first line in the format that it names.
_ROWS = re.compile(
    rb"\s*(insert\s+into\s+(?:(?!\bselect\b)[^\n])+?)\s+format\s+(\w+)[ \t;]*(?:\r?\n|$)", re.IGNORECASE
)
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What the HTTP interface itself takes from the address; the rest are the engine's settings.
_TRANSPORT = frozenset(
    {
        "query",
        "database",
        "default_format",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "quota_key",
        "role",
        "user",
        "password",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "client_protocol_version",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
    }
)
# One person's machine, shared with Postgres and the fits.
_SERVER = {
    "mark_cache_size": 128 * 2**20,
    "primary_index_cache_size": 128 * 2**20,
    "max_server_memory_usage": 4 * 2**30,
    "max_thread_pool_size": 200,
}
_AT_ONCE = 4


class Answer(NamedTuple):
    """The bytes of a result, and how many rows were read for it."""

    body: bytes
    read_rows: int


class Refused(Exception):
    """The engine refused a statement; the message is ClickHouse's, `code` its number (0: none told)."""

    def __init__(self, message: str) -> None:
        self.code = int(found[1]) if (found := re.search(r"Code: (\d+)", message)) else 0
        super().__init__(message)


class Engine:
    """The one chDB engine of this process, on the folder `data`; `scratch` takes rows on their way in."""

    def __init__(self, data: Path, scratch: Path) -> None:
        # Not before: it starts threads, without which the fork of an owner would be left.
        self._connect: Callable[[str], Any] = importlib.import_module("chdb").connect
        options = "&".join(f"{name}={value}" for name, value in _SERVER.items())
        self._where, self._scratch = f"{data}?{options}", scratch
        self._turns = threading.Semaphore(_AT_ONCE)
        self._kept: Any = self._connect(self._where)  # the engine lives as long as a handle is open

    def run(self, statement: bytes, parameters: Mapping[str, str]) -> Answer:
        """Run one statement with the parameters of its HTTP address. Raises Refused.

        Each gets a handle of its own (a sixth of a millisecond), so that no database or setting chosen for
        one is left for the next.
        """
        with self._turns:
            handle = self._connect(self._where)
            try:
                return self._run(handle, statement, parameters)
            except RuntimeError as fault:  # chdb's own error is one
                raise Refused(str(fault)) from fault
            finally:
                handle.close()

    def close(self) -> None:
        """Let go of the folder."""
        self._kept.close()

    def _run(self, handle: Any, statement: bytes, parameters: Mapping[str, str]) -> Answer:
        bound = {name[6:]: value for name, value in parameters.items() if name.startswith("param_")}
        settings = {
            name: value
            for name, value in parameters.items()
            if name not in _TRANSPORT and not name.startswith("param_")
        }
        if database := parameters.get("database"):
            handle.query(f"USE `{_escaped(database, '`')}`")
        if settings:
            handle.query("SET " + ", ".join(_assignment(*pair) for pair in settings.items()))
        default_format = parameters.get("default_format", "TabSeparated")
        rows = _ROWS.match(statement)
        if rows is None:
            result = handle.query(statement, default_format, params=bound)
            return Answer(result.bytes() or b"", result.rows_read())
        with tempfile.NamedTemporaryFile(dir=self._scratch) as file:
            file.write(memoryview(statement)[rows.end() :])
            file.flush()
            place = _escaped(file.name, "'")
            result = handle.query(rows[1] + f" FROM INFILE '{place}' FORMAT ".encode() + rows[2])
        return Answer(b"", result.rows_read())


def _assignment(name: str, value: str) -> str:
    if not _SETTING.fullmatch(name):
        raise Refused(f"Code: 115. DB::Exception: {name!r} is not the name of a setting. (UNKNOWN_SETTING)")
    return f"{name} = '{_escaped(value, chr(39))}'"


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
