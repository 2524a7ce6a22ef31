"""Roles and tenants: who a connection acts as, and whose rows it may see.

Four plain roles, none of which may log in or bypass row-level security, hold all rights; the login
that QBANK_DATABASE_URL names is a member of each and takes one per connection or transaction:

- ``qbank_owner`` owns the tables and runs migrations;
- ``qbank_pipeline`` imports, runs dbt and Dagster, and sees every tenant;
- ``qbank_api`` sees the tenant that the transaction names in ``qbank.tenant_id``, and nothing without one;
- ``qbank_analyst`` reads marts, of the tenants that table ``analysts`` gives the login.
"""

from __future__ import annotations

import enum
import uuid

from sqlalchemy import Connection, text


class Role(enum.StrEnum):
    """The role a connection takes."""

    OWNER = "qbank_owner"
    PIPELINE = "qbank_pipeline"
    API = "qbank_api"
    ANALYST = "qbank_analyst"


def enter_tenant(connection: Connection, tenant_id: uuid.UUID) -> None:
    """Make the current transaction act as the API for one tenant; both settings end with the transaction."""
    connection.execute(
        text("select set_config('role', :role, true), set_config('qbank.tenant_id', :tenant, true)"),
        {"role": Role.API.value, "tenant": str(tenant_id)},
    )
