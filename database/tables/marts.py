"""How marts come to be: builds of the two schemas, requests to build anew, and who may read them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, BigInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import Base, BigId, ChangeXid, Xid8


class MartBuild(Base):
    """One build of the marts by one run, into the schema that was not live."""

    __tablename__ = "mart_builds"

    id: Mapped[BigId]
    run_id: Mapped[str] = mapped_column(unique=True, comment="Dagster's run.")
    schema_oid: Mapped[int] = mapped_column(
        BigInteger, comment="The schema built into: renaming does not change its oid."
    )
    project_hash: Mapped[str] = mapped_column(comment="SHA-256 of the dbt project that built.")
    full_refresh: Mapped[bool] = mapped_column(comment="Whether everything was built anew.")
    reason: Mapped[str] = mapped_column(comment="Why it was, or was not.")
    below_xid: Mapped[int] = mapped_column(Xid8, comment="Everything older was seen by this build.")
    passed: Mapped[list[str]] = mapped_column(
        ARRAY(String),
        server_default=text("'{}'"),
        comment="Selections of dbt that were built whole, with every test passed.",
    )
    started_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")
    published_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When the schema became live, UTC; null: it never did."
    )


class MartRefreshRequest(Base):
    """Raw rows were deleted, or somebody asked: marts that grew incrementally must be built anew."""

    __tablename__ = "mart_refresh_requests"

    id: Mapped[BigId]
    reason: Mapped[str] = mapped_column(comment="What happened.")
    requested_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")
    change_xid: Mapped[ChangeXid]


class Analyst(Base):
    """A login that reads marts, and the tenants whose rows it sees."""

    __tablename__ = "analysts"

    login: Mapped[str] = mapped_column(primary_key=True, comment="Name of the database login.")
    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="A tenant whose rows it sees.")
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")
