"""A mail server on loopback that speaks as much SMTP as a client needs, and keeps what it was sent."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """`refused` addresses get a 550; `busy` sessions are turned away with a 421 first."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _Session)
        self.messages: list[EmailMessage] = []
        self.logins: list[str] = []
        self.refused: set[str] = set()
        self.busy = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self.server.busy:
            self.server.busy -= 1
            return self._say("421 busy")
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                self._say("250-here\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self.server.logins.append(base64.b64decode(line.split()[2]).decode())
                self._say("235 in")
            elif verb == "RCPT" and any(address in line for address in self.server.refused):
                self._say("550 no such person")
            elif verb == "DATA":
                self._say("354 go on")
                self._keep()
                self._say("250 taken")
            elif verb == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 fine")
        return None

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server(host: str = "127.0.0.1") -> Iterator[MailServer]:
    """Run a server for the block."""
    with MailServer(host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
