"""Indexes by time on events and responses: checks look at the last days, whatever the age of the bank.

Block ranges (BRIN): rows come nearly in the order of their times, and an index of a few pages costs an
insert next to nothing.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INDEXES = (
    ("telemetry", "events", "ingested_at"),
    ("telemetry", "events", "occurred_at"),
    (None, "user_responses", "created_at"),
)


def upgrade() -> None:
    """Make the indexes."""
    for schema, table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], schema=schema, postgresql_using="brin")


def downgrade() -> None:
    """Remove them."""
    for schema, table, column in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table_name=table, schema=schema, postgresql_using="brin")
