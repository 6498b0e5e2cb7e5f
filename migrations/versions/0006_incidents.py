"""Incidents with their threads, settings of a channel, owners and runbooks of watches, and mutes until a change.

It only adds tables and columns that may be empty, so that the release before keeps running on the new schema.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", _Number, primary_key=True),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("dataflow", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=True),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", _Time, nullable=False),
        sa.Column("changed_at", _Time, nullable=False),
        sa.Column("closed_at", _Time, nullable=True),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("message_ts", sa.Text(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", _Time, nullable=True),
        sa.Column("circumstances", sa.Text(), nullable=True),
        sa.Column("update_due_at", _Time, nullable=True),
    )
    op.create_index(
        "ix_incidents_open",
        "incidents",
        ["workspace", "destination", "dataflow"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_incidents_update_due",
        "incidents",
        ["update_due_at"],
        sqlite_where=sa.text("update_due_at IS NOT NULL"),
        postgresql_where=sa.text("update_due_at IS NOT NULL"),
    )
    op.create_index("ix_incidents_job", "incidents", ["workspace", "destination", "dataflow"])
    op.create_index("ix_incidents_message", "incidents", ["workspace", "conversation", "message_ts"])
    op.create_index("ix_incidents_closed_at", "incidents", ["closed_at"])
    op.create_table(
        "channel_settings",
        sa.Column("workspace", sa.Text(), primary_key=True),
        sa.Column("destination", sa.Text(), primary_key=True),
        sa.Column("threads", sa.Boolean(), nullable=True),
    )
    for table in ("subscriptions", "patterns"):
        op.add_column(table, sa.Column("owner", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("runbook", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("muted_until_change", sa.Boolean(), nullable=True))
