"""A transaction that acts for one learner sees that learner's rows and no others of the tenant."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

HERE = Path(__file__).parent


def upgrade() -> None:
    """Make the policies."""
    op.execute((HERE / "0007_learners_own.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Remove them."""
    op.execute((HERE / "0007_before_drop.sql").read_text(encoding="utf-8"))
