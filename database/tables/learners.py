"""Who learns, and in which institution and cohort. No names, no addresses: references only."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables.base import Base, BigId, ChangeXid, CreatedAt, TenantId


class Institution(Base):
    """A school, hospital or company."""

    __tablename__ = "institutions"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    name: Mapped[str] = mapped_column(comment="Name of the institution.")
    is_invented: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="True: made up for a demonstration, no real institution."
    )
    created_at: Mapped[CreatedAt]


class Cohort(Base):
    """A class or year within an institution."""

    __tablename__ = "cohorts"
    __table_args__ = (UniqueConstraint("institution_id", "name"),)

    id: Mapped[BigId]
    tenant_id: Mapped[TenantId]
    institution_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("institutions.id"), comment="Institution of the cohort."
    )
    name: Mapped[str] = mapped_column(comment="Name of the cohort.")
    is_invented: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="True: made up for a demonstration, no real cohort."
    )
    created_at: Mapped[CreatedAt]


class AppUser(Base):
    """A learner as the tenant's own system names them."""

    __tablename__ = "app_users"
    __table_args__ = (UniqueConstraint("tenant_id", "external_ref"),)

    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=func.gen_random_uuid(), comment="user_id everywhere else."
    )
    tenant_id: Mapped[TenantId]
    external_ref: Mapped[str | None] = mapped_column(
        comment="Person's identifier in the tenant's own system."
    )
    is_flagged: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="True: responses are kept but calibrate nothing."
    )
    created_at: Mapped[CreatedAt]
    change_xid: Mapped[ChangeXid]


class CohortMember(Base):
    """Membership of a learner in a cohort."""

    __tablename__ = "cohort_members"

    cohort_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("cohorts.id"), primary_key=True, comment="The cohort."
    )
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("app_users.id"), primary_key=True, index=True, comment="The learner."
    )
    tenant_id: Mapped[TenantId]
    created_at: Mapped[CreatedAt]


class ForgottenLearner(Base):
    """A learner who asked to be forgotten: nothing but a keyed hash, by which nothing brings them back."""

    __tablename__ = "forgotten_learners"

    learner_hash: Mapped[bytes] = mapped_column(
        LargeBinary, primary_key=True, comment="HMAC-SHA256 of tenant and user id; the key is elsewhere."
    )
    key_check: Mapped[bytes] = mapped_column(
        LargeBinary,
        comment="Tells the key the hash was made with from another one, and nothing else of it.",
    )
    tenant_id: Mapped[TenantId]
    forgotten_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="When, UTC.")
