"""The key of a retried request to begin a quiz: the learner gets the quiz that the first request began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEX = "uq_quiz_sessions_idempotency_key"


def upgrade() -> None:
    """Add the column, unique for a learner where there is one."""
    op.add_column(
        "quiz_sessions",
        sa.Column(
            "idempotency_key",
            sa.String(),
            nullable=True,
            comment="Idempotency-Key of the request that began it; a repeat gets this quiz.",
        ),
    )
    op.create_index(
        _INDEX,
        "quiz_sessions",
        ["tenant_id", "user_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key is not null"),
    )


def downgrade() -> None:
    """Forget the keys."""
    op.drop_index(_INDEX, table_name="quiz_sessions")
    op.drop_column("quiz_sessions", "idempotency_key")
