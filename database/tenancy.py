"""Roles and tenants: who a connection acts as, and whose rows it may see.

Four plain roles, none of which may log in or bypass row-level security, hold all rights; the login
that QBANK_DATABASE_URL names is a member of each and takes one per connection or transaction:

- ``qbank_owner`` owns the tables and runs migrations;
- ``qbank_pipeline`` imports, runs dbt and Dagster, and sees every tenant;
- ``qbank_api`` sees the tenant that the transaction names in ``qbank.tenant_id``, and nothing without one; of rows
  about learners it sees those of the one named in ``qbank.user_id``, or every learner's where none is named;
- ``qbank_analyst`` reads marts, of the tenants that table ``analysts`` gives the login.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


class Role(enum.StrEnum):
    """The role a connection takes."""

    OWNER = "qbank_owner"
    PIPELINE = "qbank_pipeline"
    API = "qbank_api"
    ANALYST = "qbank_analyst"


_LEARNER = text("select set_config('qbank.user_id', :learner, true)")


def entering(tenant_id: uuid.UUID, learner: uuid.UUID | None = None) -> str:
    """Return the statement that makes a transaction act as the API for one tenant, or for one learner of it alone.

    It has no parameters, so that it may go to the server in one message with the one that begins the transaction.
    """
    return (
        f"select set_config('role', '{Role.API}', true), set_config('qbank.tenant_id', '{tenant_id}', true),"
        f" set_config('qbank.user_id', '{'' if learner is None else learner}', true)"
    )


def entering_of_quiz(quiz_id: uuid.UUID) -> str:
    """Return the statements that make a transaction act as the API for the tenant that owns a quiz.

    Where there is no such quiz it acts for no tenant, and sees nothing. As `entering` they have no parameters.
    """
    return (
        f"select set_config('role', '{Role.API}', true);"
        f" select set_config('qbank.tenant_id', coalesce(cast(tenant_of_quiz('{quiz_id}') as text), ''), true),"
        " set_config('qbank.user_id', '', true)"
    )


def enter_tenant(connection: Connection, tenant_id: uuid.UUID, learner: uuid.UUID | None = None) -> None:
    """Make the current transaction act as the API for one tenant, or for one learner of it alone.

    With a `learner` other learners' rows are neither seen nor written. All settings end with the transaction.
    """
    connection.exec_driver_sql(entering(tenant_id, learner))


@contextmanager
def all_learners(connection: Connection) -> Iterator[None]:
    """See and write the rows of every learner of the transaction's tenant: for what is counted over all of them.

    Nothing of it may reach the one whom the transaction is for.
    """
    learner = connection.scalar(text("select current_setting('qbank.user_id', true)"))
    connection.execute(_LEARNER, {"learner": ""})
    yield
    connection.execute(_LEARNER, {"learner": learner or ""})
