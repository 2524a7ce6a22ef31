"""ClickHouse's HTTP interface on loopback, as far as clickhouse-connect and curl use it."""

from __future__ import annotations

import base64
import binascii
import hmac
import http.server
import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from database.clickhouse.embedded.engine import Engine, Refused
from database.clickhouse.embedded.layout import USER

_UNAUTHORIZED = 516  # ClickHouse's AUTHENTICATION_FAILED
_CHUNK_LINE_BYTES = 1024
_STRANGERS_BYTES = 2**16  # read of who has no password: enough that a mistake gets its answer
_PATIENCE_SECONDS = 60.0  # for the rest of a request, or for the client to take its answer


class _Cut(Exception):
    """The client went away before all of its statement was there: nothing of it may be run."""


class Server(http.server.ThreadingHTTPServer):
    """Takes statements on a free loopback port from whoever has the password."""

    daemon_threads = False  # closing waits for the statements that are being run
    request_queue_size = 128

    def __init__(self, engine: Engine, password: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.engine, self.password = engine, password
        self._idle: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ending = False

    def end(self) -> None:
        """Take no more; return when the statements that are being run have been answered."""
        self.shutdown()
        with self._lock:
            self._ending = True
            for connection in self._idle:
                with suppress(OSError):  # its client has just gone
                    connection.shutdown(socket.SHUT_RD)
        self.server_close()

    def wait_idle(self, connection: socket.socket) -> bool:
        """Note that `connection` waits for a request; False: no more of them are taken."""
        with self._lock:
            if not self._ending:
                self._idle.add(connection)
            return not self._ending

    def is_busy(self, connection: socket.socket) -> None:
        """Note that `connection` has a request, or is gone."""
        with self._lock:
            self._idle.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away; the rest goes to the log."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection of a client, which may bring many statements."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "qbank"
    wbufsize = -1  # head and body leave in one piece
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Answer one request; between two of them the connection may be closed by the server's end."""
        self.close_connection = True
        if not self.server.wait_idle(self.connection):
            return
        self.connection.settimeout(None)
        try:
            super().handle_one_request()
        finally:
            self.server.is_busy(self.connection)

    def parse_request(self) -> bool:
        """Read the head of a request, and from then on be busy with it."""
        self.server.is_busy(self.connection)
        self.connection.settimeout(_PATIENCE_SECONDS)
        return super().parse_request()

    def handle_expect_100(self) -> bool:
        """Let a client that asks first, as curl does, send its rows at once."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def do_GET(self) -> None:
        """Answer /ping without a password, and a statement of the address with one."""
        if self.path == "/ping":
            self._answer(HTTPStatus.OK, b"Ok.\n")
        else:
            self._run()

    def do_POST(self) -> None:
        """Run the statement in the address, the body, or both."""
        self._run()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""

    def _run(self) -> None:
        known = self._is_known()
        try:
            body = self._body() if known else self._exactly(min(self._length(), _STRANGERS_BYTES))
        except _Cut:
            self.close_connection = True
            return
        if not known:
            self.close_connection = True
            self._refuse(HTTPStatus.UNAUTHORIZED, _UNAUTHORIZED, "user or password is wrong")
            return
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        asked = parameters.get("query", "").encode()
        try:
            answer = self.server.engine.run(
                asked + b"\n" + body if asked and body else asked or body, parameters
            )
        except Refused as refusal:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, refusal.code, str(refusal))
            return
        headers = {"X-ClickHouse-Summary": json.dumps({"read_rows": str(answer.read_rows)})}
        if answer.body:
            headers["X-ClickHouse-Format"] = parameters.get("default_format", "TabSeparated")
        self._answer(HTTPStatus.OK, answer.body, headers)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        return self._exactly(self._length())

    def _length(self) -> int:
        told = self.headers.get("Content-Length") or "0"
        if not told.isdecimal():
            raise _Cut
        return int(told)

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield self._exactly(size)
            self._exactly(2)
        while self.rfile.readline(_CHUNK_LINE_BYTES) not in (b"\r\n", b"\n", b""):
            continue

    def _chunk_size(self) -> int:
        try:
            return int(self.rfile.readline(_CHUNK_LINE_BYTES).partition(b";")[0], 16)
        except ValueError:
            raise _Cut from None

    def _exactly(self, size: int) -> bytes:
        read = self.rfile.read(size)
        if len(read) < size:
            raise _Cut
        return read

    def _is_known(self) -> bool:
        user, password = self._login()
        return hmac.compare_digest(f"{user}:{password}".encode(), f"{USER}:{self.server.password}".encode())

    def _login(self) -> tuple[str, str]:
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return self.headers.get("X-ClickHouse-User", ""), self.headers.get("X-ClickHouse-Key", "")
        try:
            user, _, password = base64.b64decode(given).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password

    def _refuse(self, status: HTTPStatus, code: int, text: str) -> None:
        self._answer(status, f"{text}\n".encode(), {"X-ClickHouse-Exception-Code": str(code)} if code else {})

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
