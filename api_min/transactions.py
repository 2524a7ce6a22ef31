"""The one seam between a request and the database: a transaction that acts within one tenant."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api_min import watch
from api_min.errors import QuizNotFound
from database.queries import quizzes
from database.tenancy import enter_tenant


class Transactions:
    """Opens the transactions of requests. What raises inside one takes back all it wrote.

    Over an engine each has a connection of its own. Over one connection, whose owner has opened a transaction
    on it, each is a savepoint, one after the other: the owner can play a whole quiz and then roll it back.
    After the first of them the owner's transaction keeps the API's role and the last tenant.
    """

    def __init__(self, source: AsyncEngine | AsyncConnection) -> None:
        self._source = source
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def within(self, tenant_id: uuid.UUID) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that sees and writes the rows of one tenant."""
        async with self._begin() as connection:
            await connection.run_sync(enter_tenant, tenant_id)
            watch.within(tenant_id)
            yield connection

    @asynccontextmanager
    async def of_quiz(self, quiz_id: uuid.UUID) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction within the tenant that owns the quiz. Raises QuizNotFound."""
        async with self._begin() as connection:
            tenant_id = await connection.run_sync(quizzes.enter_tenant_of_quiz, quiz_id)
            if tenant_id is None:
                raise QuizNotFound(f"there is no quiz {quiz_id}; POST /v1/quizzes begins one")
            watch.within(tenant_id, quiz_id)
            yield connection

    def as_login(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction without role or tenant: to see whether there is a database, and its revision."""
        return self._begin()

    def _begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        if isinstance(self._source, AsyncEngine):
            return self._source.begin()
        return self._savepoint(self._source)

    @asynccontextmanager
    async def _savepoint(self, connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
        async with self._turn, connection.begin_nested():
            yield connection
