"""Durations that are exact or not, what is to be reconciled, and an index for each list.

It only adds, so that the release before keeps running on the new schema: columns that it doesn't fill are nullable or
have a server default.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("watched_jobs", sa.Column("since_is_exact", sa.Boolean(), nullable=True))
    op.add_column("changes", sa.Column("old_seen_at", _TIME, nullable=True))
    op.add_column("changes", sa.Column("old_since_is_exact", sa.Boolean(), nullable=True))
    op.add_column("changes", sa.Column("at_is_exact", sa.Boolean(), nullable=True))
    with op.batch_alter_table("watched_jobs") as table:
        # 0003 left it without a default, which the release before 0003 needs.
        table.alter_column("followed", existing_type=sa.Boolean(), existing_nullable=False, server_default=sa.false())
    op.create_index("ix_watched_jobs_workspace_dataflow", "watched_jobs", ["workspace", "dataflow"])
    op.add_column("subscriptions", sa.Column("considered", sa.Text(), nullable=True))
    muted = sa.text("muted_until IS NOT NULL")
    op.create_index(
        "ix_subscriptions_muted_until", "subscriptions", ["muted_until"], sqlite_where=muted, postgresql_where=muted
    )
