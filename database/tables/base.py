"""The declarative base and the column kinds that several tables share."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Identity, MetaData, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import UserDefinedType

DEFAULT_TENANT = "00000000-0000-0000-0000-000000000001"

# A row written without a tenant belongs to the tenant of the transaction, else to the default one.
TENANT_OF_TRANSACTION = text(
    f"coalesce(nullif(current_setting('qbank.tenant_id', true), '')::uuid, '{DEFAULT_TENANT}'::uuid)"
)


class LTree(UserDefinedType[str]):
    """Postgres' ltree: a dotted path of labels, for instance ``medicine.cardiology``."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in DDL."""
        return "LTREE"


class Xid8(UserDefinedType[int]):
    """Postgres' xid8: the number of a transaction, 64 bits, never reused."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in DDL."""
        return "XID8"


# Reflection (and with it `alembic check`) must know the types, or it warns and reports drift.
ischema_names["ltree"] = LTree
ischema_names["xid8"] = Xid8


class Base(DeclarativeBase):
    """Base of all models; constraint names follow one pattern so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the name and shape SQLAlchemy asks for
        dt.datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        uuid.UUID: Uuid(as_uuid=True),
    }


BigId = Annotated[
    int, mapped_column(BigInteger, Identity(always=False), primary_key=True, comment="Surrogate key.")
]
TenantId = Annotated[
    uuid.UUID,
    mapped_column(
        server_default=TENANT_OF_TRANSACTION,
        index=True,
        comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
    ),
]
# Where rows are many and always found by another key, an index by tenant alone would only cost writing.
TenantIdUnindexed = Annotated[
    uuid.UUID,
    mapped_column(
        server_default=TENANT_OF_TRANSACTION,
        comment="Tenant that owns the row; row-level security compares it with qbank.tenant_id.",
    ),
]
# What a mart must read again: rows of transactions that its last build could not see whole. A time would not do,
# since transactions do not commit in the order of their clocks.
ChangeXid = Annotated[
    int,
    mapped_column(
        Xid8,
        server_default=text("pg_current_xact_id()"),
        index=True,
        comment="Transaction that wrote or last changed the row; incremental marts read from here.",
    ),
]
CreatedAt = Annotated[
    dt.datetime, mapped_column(server_default=func.now(), comment="When the row was written, UTC.")
]


def one_of(column: str, *values: str) -> str:
    """SQL text of a check that `column` holds one of `values`."""
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def item_key(table: str) -> ForeignKeyConstraint:
    """Return the reference of a table's (question_id, version) to the version that is the item."""
    return ForeignKeyConstraint(
        ["question_id", "version"],
        ["question_versions.question_id", "question_versions.version"],
        name=f"fk_{table}_item",
    )
