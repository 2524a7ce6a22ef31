"""The one seam between a request and the database: a transaction that acts within one tenant."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api_min import watch
from api_min.auth.caller import Caller
from api_min.errors import NotYours, QuizNotFound, SectionNotFound
from database.queries import cat_sections, quizzes
from database.tenancy import enter_tenant


class Transactions:
    """Opens the transactions of requests. What raises inside one takes back all it wrote.

    Over an engine each has a connection of its own. Over one connection, whose owner has opened a transaction
    on it, each is a savepoint, one after the other: the owner can play a whole quiz and then roll it back.
    After the first of them the owner's transaction keeps the API's role and the last tenant.

    For a caller (`by`) they stay within the caller's tenant and, unless it is a service, among the rows of the
    caller alone. Without one, whoever runs the service is trusted with every tenant.
    """

    def __init__(self, source: AsyncEngine | AsyncConnection) -> None:
        self._source = source
        self._turn = asyncio.Lock()
        self._caller: Caller | None = None

    def by(self, caller: Caller | None) -> Transactions:
        """Return the same for one caller."""
        bound = copy(self)
        bound._caller = caller
        return bound

    @property
    def tenant_of_caller(self) -> uuid.UUID | None:
        """The tenant that the caller's token names; None: nobody is asked."""
        return None if self._caller is None else self._caller.tenant_id

    @asynccontextmanager
    async def within(
        self, tenant_id: uuid.UUID, user_id: uuid.UUID | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that sees and writes the rows of one tenant, for `user_id` where one is meant.

        Raises NotYours where the caller is of another tenant, or another user than that one.
        """
        caller = self._caller
        if caller is not None:
            _require_same("tenant", tenant_id, caller.tenant_id)
            if user_id is not None and caller.learner is not None:
                _require_same("user", user_id, caller.learner)
        async with self._begin() as connection:
            await connection.run_sync(enter_tenant, tenant_id, None if caller is None else caller.learner)
            watch.within(tenant_id)
            yield connection

    @asynccontextmanager
    async def of_quiz(self, quiz_id: uuid.UUID) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction within the tenant that owns the quiz.

        Raises QuizNotFound, also where the quiz is not the caller's: that it exists is nobody else's business.
        """
        async with self._begin() as connection:
            tenant_id = await connection.run_sync(self._enter, quiz_id)
            if tenant_id is None:
                raise QuizNotFound(f"there is no quiz {quiz_id}; POST /v1/quizzes begins one")
            watch.within(tenant_id, quiz_id)
            yield connection

    @asynccontextmanager
    async def of_cat_section(self, section_id: uuid.UUID) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction within the tenant that owns a platform's section.

        Raises SectionNotFound, also where it is another tenant's than the caller's.
        """
        async with self._begin() as connection:
            tenant_id = await connection.run_sync(cat_sections.enter_tenant_of_section, section_id)
            if tenant_id is None or self.tenant_of_caller not in (None, tenant_id):
                raise SectionNotFound("there is no section of that identifier; POST sections makes one")
            watch.within(tenant_id)
            yield connection

    def as_login(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction without role or tenant: to see whether there is a database, and its revision."""
        return self._begin()

    def _enter(self, connection: Connection, quiz_id: uuid.UUID) -> uuid.UUID | None:
        if self._caller is None:
            return quizzes.enter_tenant_of_quiz(connection, quiz_id)
        enter_tenant(connection, self._caller.tenant_id, self._caller.learner)
        return self._caller.tenant_id if quizzes.is_visible(connection, quiz_id) else None

    def _begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        if isinstance(self._source, AsyncEngine):
            return self._source.begin()
        return self._savepoint(self._source)

    @asynccontextmanager
    async def _savepoint(self, connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
        async with self._turn, connection.begin_nested():
            yield connection


def _require_same(what: str, asked: uuid.UUID, told: uuid.UUID) -> None:
    if asked != told:
        raise NotYours(f"the request is for {what} {asked}, the token for {what} {told}; ask for your own")
