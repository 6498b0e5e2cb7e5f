"""Gaps in history, the Home tab, digests, quiet hours, who may change watches, reminders, escalation and silences.

It only adds tables, columns that may be empty, and indexes, so that the release before keeps running on the new schema.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_tables()
    for name, kind in (
        ("default_filter", sa.Text()),
        ("time_zone", sa.Text()),
        ("digest", sa.Text()),
        ("digest_due_at", _Time),
        ("digest_since", _Time),
        ("quiet_hours", sa.Text()),
        ("quiet_filter", sa.Text()),
        ("quiet_since", _Time),
        ("quiet_due_at", _Time),
        ("changes_by", sa.Text()),
        ("guests_may_change", sa.Boolean()),
        ("restricted_by", sa.Text()),
    ):
        op.add_column("channel_settings", sa.Column(name, kind, nullable=True))
    _index_where("ix_channel_settings_digest", "channel_settings", "digest_due_at", "digest IS NOT NULL")
    _index_where("ix_channel_settings_quiet", "channel_settings", "quiet_due_at", "quiet_due_at IS NOT NULL")
    for table in ("subscriptions", "patterns"):
        op.add_column(table, sa.Column("remind_every", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("remind_while", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("escalate_to", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("escalate_after", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("escalate_while", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("silence_id", _Number, nullable=True))
    _index_where("ix_subscriptions_silence_id", "subscriptions", "silence_id", "silence_id IS NOT NULL")
    for name in ("reminder_due_at", "escalation_due_at", "escalated_at"):
        op.add_column("incidents", sa.Column(name, _Time, nullable=True))
    _index_where("ix_incidents_reminder_due", "incidents", "reminder_due_at", "reminder_due_at IS NOT NULL")
    _index_where("ix_incidents_escalation_due", "incidents", "escalation_due_at", "escalation_due_at IS NOT NULL")


def _create_tables() -> None:
    op.create_table(
        "silences",
        sa.Column("id", _Number, primary_key=True),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("begins_at", _Time, nullable=False),
        sa.Column("ends_at", _Time, nullable=False),
        sa.Column("ended_at", _Time, nullable=True),
    )
    op.create_index("ix_silences_workspace_destination", "silences", ["workspace", "destination"])
    _index_where("ix_silences_open", "silences", "ends_at", "ended_at IS NULL")
    op.create_index("ix_silences_ended_at", "silences", ["ended_at"])
    op.create_table(
        "gaps",
        sa.Column("id", _Number, primary_key=True),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("watched_job_id", _Number, sa.ForeignKey("watched_jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("since", _Time, nullable=False),
        sa.Column("until", _Time, nullable=False),
    )
    op.create_index("ix_gaps_watched_job_id_until", "gaps", ["watched_job_id", "until"])
    op.create_index("ix_gaps_until", "gaps", ["until"])
    op.create_table(
        "app_homes",
        sa.Column("workspace", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("direct_message", sa.Text(), nullable=False),
        sa.Column("opened_at", _Time, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=True),
        sa.Column("channels_at", _Time, nullable=True),
        sa.Column("compared_at", _Time, nullable=False),
        sa.Column("due_at", _Time, nullable=True),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("view_hash", sa.Text(), nullable=True),
    )
    op.create_index("ix_app_homes_opened_at", "app_homes", ["opened_at"])


def _index_where(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
