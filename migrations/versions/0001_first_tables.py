"""Watched jobs, subscriptions, changes, deliveries, handled requests.

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "watched_jobs",
        sa.Column("id", number, nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("dataflow", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", time, nullable=False),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("failing_since", time, nullable=True),
        sa.Column("next_look_at", time, nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_watched_jobs"),
        sa.UniqueConstraint("workspace", "dataflow", "run", name="uq_watched_jobs_workspace_dataflow_run"),
    )
    op.create_index("ix_watched_jobs_next_look_at", "watched_jobs", ["next_look_at"])

    op.create_table(
        "subscriptions",
        sa.Column("id", number, nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("watched_job_id", number, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("paused_because", sa.Text(), nullable=True),
        sa.Column("paused_at", time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("watched_job_id", "destination", name="uq_subscriptions_watched_job_id_destination"),
        sa.ForeignKeyConstraint(
            ["watched_job_id"],
            ["watched_jobs.id"],
            name="fk_subscriptions_watched_job_id_watched_jobs",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_subscriptions_workspace_destination", "subscriptions", ["workspace", "destination"])

    op.create_table(
        "changes",
        sa.Column("id", number, nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("watched_job_id", number, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("old_status", sa.Text(), nullable=False),
        sa.Column("new_status", sa.Text(), nullable=False),
        sa.Column("old_since", time, nullable=True),
        sa.Column("at", time, nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.ForeignKeyConstraint(
            ["watched_job_id"], ["watched_jobs.id"], name="fk_changes_watched_job_id_watched_jobs", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_changes_watched_job_id_at", "changes", ["watched_job_id", "at"])

    op.create_table(
        "deliveries",
        sa.Column("id", number, nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("change_id", number, nullable=False),
        sa.Column("subscription_id", number, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("next_try_at", time, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", time, nullable=True),
        sa.Column("settled_at", time, nullable=True),
        sa.Column("message_ts", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("change_id", "subscription_id", name="uq_deliveries_change_id_subscription_id"),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name="fk_deliveries_change_id_changes", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name="fk_deliveries_subscription_id_subscriptions",
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_deliveries_settled_at_workspace_destination_id",
        "deliveries",
        ["settled_at", "workspace", "destination", "id"],
    )
    op.create_index("ix_deliveries_subscription_id", "deliveries", ["subscription_id"])

    op.create_table(
        "handled_requests",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key", name="pk_handled_requests"),
    )
    op.create_index("ix_handled_requests_at", "handled_requests", ["at"])
