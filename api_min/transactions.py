"""The one seam between a request and the database: a transaction that acts within one tenant."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api_min import watch
from api_min.auth.caller import Caller
from api_min.errors import NotYours, SectionNotFound
from database.queries import cat_sections, quizzes
from database.tenancy import entering, entering_of_quiz


class Transactions:
    """Opens the transactions of requests. What raises inside one takes back all it wrote.

    Over an engine each has a connection of its own, and takes two round trips to begin and to commit. Over one
    connection, whose owner has opened a transaction on it, each is a savepoint, one after the other: the owner
    can play a whole quiz and then roll it back.
    After the first of them the owner's transaction keeps the API's role and the last tenant.

    For a caller (`by`) they stay within the caller's tenant and, unless it is a service, among the rows of the
    caller alone. Without one, whoever runs the service is trusted with every tenant.
    """

    def __init__(self, source: AsyncEngine | AsyncConnection) -> None:
        # The driver begins nothing by itself: a message of its own to the server, for each transaction.
        self._source = (
            source.execution_options(isolation_level="AUTOCOMMIT")
            if isinstance(source, AsyncEngine)
            else source
        )
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
        learner = None if caller is None else caller.learner
        async with self._begin(entering(tenant_id, learner)) as connection:
            watch.within(tenant_id)
            yield connection

    @asynccontextmanager
    async def of_quiz(self, quiz_id: uuid.UUID, *, hold: bool = True) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction within the tenant that owns the quiz, and hold the quiz to its end.

        Where there is no such quiz, or it is not the caller's, it cannot be seen in it.
        """
        caller = self._caller
        enter = entering_of_quiz(quiz_id) if caller is None else entering(caller.tenant_id, caller.learner)
        watch.about(quiz_id)
        held = f"; {quizzes.holding(quiz_id)}" if hold else ""
        async with self._begin(enter + held) as connection:
            yield connection

    @asynccontextmanager
    async def of_cat_section(self, section_id: uuid.UUID) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction within the tenant that owns a platform's section.

        Raises SectionNotFound, also where it is another tenant's than the caller's.
        """
        async with self._begin("") as connection:
            tenant_id = await connection.run_sync(cat_sections.enter_tenant_of_section, section_id)
            if tenant_id is None or self.tenant_of_caller not in (None, tenant_id):
                raise SectionNotFound("there is no section of that identifier; POST sections makes one")
            watch.within(tenant_id)
            yield connection

    def as_login(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction without role or tenant: to see whether there is a database, and its revision."""
        return self._begin("")

    def _begin(self, opening: str) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin, and send the statements it opens with, which have no parameters, in the same message."""
        if isinstance(self._source, AsyncEngine):
            return _transaction(self._source, f"begin; {opening}")
        return self._savepoint(self._source, opening)

    @asynccontextmanager
    async def _savepoint(self, connection: AsyncConnection, opening: str) -> AsyncIterator[AsyncConnection]:
        async with self._turn, connection.begin_nested():
            if opening:
                await connection.exec_driver_sql(opening)
            yield connection


@asynccontextmanager
async def _transaction(engine: AsyncEngine, opening: str) -> AsyncIterator[AsyncConnection]:
    """A transaction of its own; what is not committed at the end of the connection's use is rolled back."""
    async with engine.connect() as connection:
        try:
            await connection.exec_driver_sql(opening)
        except DBAPIError as fault:
            if not fault.connection_invalidated:
                raise
            # It fell while it waited in the pool. Nothing was done on it yet, and a new one is as good.
            await connection.rollback()
            await connection.exec_driver_sql(opening)
        yield connection
        await connection.commit()


def _require_same(what: str, asked: uuid.UUID, told: uuid.UUID) -> None:
    if asked != told:
        raise NotYours(f"the request is for {what} {asked}, the token for {what} {told}; ask for your own")
