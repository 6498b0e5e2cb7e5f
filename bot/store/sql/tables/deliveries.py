"""The tables of what destinations are notified of."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.sql.tables.base import Number, Table, index_where


class DeliveryRow(Table):
    """A notification for one destination. It is pending until `settled_at` is set.

    Notifications about one job belong to a subscription and end with it; an outage doesn't.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("change_id", "subscription_id"),  # one delivery per change and subscription
        Index(None, "settled_at", "workspace", "destination", "id"),  # serves deliveries.claim
        index_where("ix_deliveries_urgent", ("settled_at", "id"), "urgent IS NOT NULL AND settled_at IS NULL"),
        Index(None, "subscription_id"),
        Index(None, "leased_by"),
        {"sqlite_autoincrement": True},  # IDs stand in messages' metadata, so none is used twice
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    workspace: Mapped[str]
    change_id: Mapped[int | None] = mapped_column(ForeignKey("changes.id", ondelete="CASCADE"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    destination: Mapped[str]
    notification: Mapped[str] = mapped_column("news", key="notification")  # as JSON, see notification_json
    # the previous `notified_status`; None if this delivers no status
    notified_before: Mapped[str | None] = mapped_column("told_before", key="notified_before")
    urgent: Mapped[bool | None]  # True: its destination is served first; otherwise None, which no index contains
    created_at: Mapped[datetime]

    next_try_at: Mapped[datetime | None]  # None: at once
    tried_at: Mapped[datetime | None]
    attempts: Mapped[int]
    leased_by: Mapped[str | None]  # the worker that delivers it; valid while that worker's heartbeat is recent

    settled_at: Mapped[datetime | None]
    message_ts: Mapped[str | None]  # Slack's ID of the message; None if the delivery was given up
    error: Mapped[str | None]  # why the last attempt failed


class IncidentRow(Table):
    """A job that fails at a destination, from the first problem delivered there until its recovery; and the message
    that shows it. One message can show several incidents."""

    __tablename__ = "incidents"
    __table_args__ = (
        index_where("ix_incidents_open", ("workspace", "destination", "dataflow"), "closed_at IS NULL"),
        index_where("ix_incidents_update_due", ("update_due_at",), "update_due_at IS NOT NULL"),
        Index("ix_incidents_job", "workspace", "destination", "dataflow"),  # serves reading.of_alert
        Index("ix_incidents_message", "workspace", "conversation", "message_ts"),
        Index(None, "closed_at"),  # serves retention
        index_where("ix_incidents_reminder_due", ("reminder_due_at",), "reminder_due_at IS NOT NULL"),
        index_where("ix_incidents_escalation_due", ("escalation_due_at",), "escalation_due_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    workspace: Mapped[str]
    destination: Mapped[str]
    dataflow: Mapped[str]
    run: Mapped[int | None] = mapped_column(BigInteger)  # None: the job is followed across redeployments
    opening: Mapped[str]  # the change that opened it, as JSON, see notification_json
    status: Mapped[str]  # the last status delivered
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # when the last status delivered began
    closed_at: Mapped[datetime | None]  # when the job recovered, or its watch ended
    conversation: Mapped[str | None]  # Slack's ID of where the message stands: of a person, the direct messages
    message_ts: Mapped[str | None]  # Slack's ID of the message; None once it was deleted
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    circumstances: Mapped[str | None]  # throughput and failing nodes, as JSON, see circumstances in the domain
    update_due_at: Mapped[datetime | None]  # when the message is to be updated next; None while it is up to date
    reminder_due_at: Mapped[datetime | None]  # when the next reminder is due; None if none is
    escalation_due_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]  # when somebody was notified that it fails for long


class OutageRow(Table):
    """An outage that a destination was notified of. The row is deleted when it ends."""

    __tablename__ = "outages"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)  # outages.Cause
    destination: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
