"""Word from the database: what is told on a channel, heard over a connection of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_logger = logging.getLogger("qbank.database")
#: Seconds before another try, the first time and at most.
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class Listener(Protocol):
    """Who wants to know."""

    def listens(self, now: bool) -> None:
        """From now on everything told is heard, or (False) it may be missed."""

    def heard(self, payload: str) -> None:
        """Something was told."""


async def listen(url: str, channel: str, listener: Listener) -> None:
    """Hear what is told on a channel until the task is cancelled; a lost connection is made again."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    pause = _PAUSE
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                pause = _PAUSE
                await _hear(connection, listener)
        except psycopg.Error as lost:
            _logger.warning("nothing is heard of %s for %.1f s: %s", channel, pause, lost)
        await asyncio.sleep(pause)
        pause = min(2.0 * pause, _LONGEST_PAUSE)


async def _hear(connection: psycopg.AsyncConnection[tuple[object, ...]], listener: Listener) -> None:
    listener.listens(True)
    try:
        async for told in connection.notifies():
            listener.heard(told.payload)
    finally:
        listener.listens(False)
