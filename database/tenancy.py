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


_ENTER = text(
    "select set_config('role', :role, true), set_config('qbank.tenant_id', :tenant, true),"
    " set_config('qbank.user_id', :learner, true)"
)

_LEARNER = text("select set_config('qbank.user_id', :learner, true)")


def enter_tenant(connection: Connection, tenant_id: uuid.UUID, learner: uuid.UUID | None = None) -> None:
    """Make the current transaction act as the API for one tenant, or for one learner of it alone.

    With a `learner` other learners' rows are neither seen nor written. All settings end with the transaction.
    """
    who = {
        "role": Role.API.value,
        "tenant": str(tenant_id),
        "learner": "" if learner is None else str(learner),
    }
    connection.execute(_ENTER, who)


@contextmanager
def all_learners(connection: Connection) -> Iterator[None]:
    """See and write the rows of every learner of the transaction's tenant: for what is counted over all of them.

    Nothing of it may reach the one whom the transaction is for.
    """
    learner = connection.scalar(text("select current_setting('qbank.user_id', true)"))
    connection.execute(_LEARNER, {"learner": ""})
    yield
    connection.execute(_LEARNER, {"learner": learner or ""})
