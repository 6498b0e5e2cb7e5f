"""The tables. Every row belongs to a workspace; every time is aware UTC; IDs, not names, are stored."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on both databases: SQLite forgets the zone, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert isinstance(value, datetime)  # noqa: S101 - what DateTime answers, said to the type checker
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# 64 bits on PostgreSQL; SQLite numbers rows by itself only in a column declared INTEGER, which is 64 bits wide too.
_Number = BigInteger().with_variant(Integer, "sqlite")


class Table(DeclarativeBase):
    # SQLite can alter a constraint only by its name, so each gets one.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), datetime: UtcDateTime()}  # noqa: RUF012 - SQLAlchemy's own contract


def _index_where(name: str, columns: tuple[str, ...], condition: str, *, unique: bool = False) -> Index:
    """An index over the rows that meet a condition."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class TrackedJobRow(Table):
    """A job that somebody watches: one run, or a dataflow `followed` across redeployments; as last seen, and the worker
    that polls it."""

    __tablename__ = "watched_jobs"
    __table_args__ = (
        _index_where("uq_watched_jobs_run", ("workspace", "dataflow", "run"), "NOT followed", unique=True),
        _index_where("uq_watched_jobs_followed", ("workspace", "dataflow"), "followed", unique=True),
        Index(None, "leased_by"),  # serves tracked_jobs.claim and tracked_jobs.leased
        Index(None, "workspace", "dataflow"),  # serves subscriptions.find, history.of_job and same_job
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    dataflow: Mapped[str]
    run: Mapped[int] = mapped_column(BigInteger)
    followed: Mapped[bool]
    version: Mapped[str | None]  # of the deployment

    title: Mapped[str]
    status: Mapped[str]  # as the service words it
    status_since: Mapped[datetime]  # when this status was first seen
    since_is_exact: Mapped[bool | None]  # whether it began then; None for no: releases before 0004 don't say
    polled_at: Mapped[datetime] = mapped_column("seen_at", key="polled_at")  # when the latest successful poll began

    failure: Mapped[str | None]  # why it can't be polled now, in words for a person
    failing_since: Mapped[datetime | None]
    # when subscribers were notified that it is unavailable; None while it is available
    unavailable_notified_at: Mapped[datetime | None] = mapped_column("unseen_told_at", key="unavailable_notified_at")

    leased_by: Mapped[str | None]  # the worker that polls it; valid while that worker's heartbeat is recent


class SubscriptionRow(Table):
    """A channel or a person (`destination`, a Slack ID) that is notified when a job changes."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("watched_job_id", "destination"),
        Index(None, "workspace", "destination"),  # serves the list, pauses and outages
        _index_where("ix_subscriptions_muted_until", ("muted_until",), "muted_until IS NOT NULL"),  # serves end_mutes
        Index(None, "pattern_id"),
        _index_where("ix_subscriptions_silence_id", ("silence_id",), "silence_id IS NOT NULL"),
        _index_where(  # serves reconcile
            "ix_subscriptions_unconsidered",
            ("watched_job_id", "id"),
            "considered IS NULL AND paused_because IS NULL AND muted_until IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    watched_job_id: Mapped[int] = mapped_column(ForeignKey("watched_jobs.id", ondelete="CASCADE"))
    destination: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    status_filter: Mapped[str] = mapped_column("wants", key="status_filter")  # `StatusFilter.text`
    # the last status delivered here, or queued
    notified_status: Mapped[str] = mapped_column("told_status", key="notified_status")
    # The pattern that the subscription belongs to and ends with; None if somebody named the job.
    pattern_id: Mapped[int | None] = mapped_column(ForeignKey("patterns.id", ondelete="CASCADE"))

    paused_because: Mapped[str | None]  # Slack's error code, such as is_archived
    paused_at: Mapped[datetime | None]
    muted_until: Mapped[datetime | None]
    muted_at: Mapped[datetime | None]
    muted_by: Mapped[str | None]
    given_up_at: Mapped[datetime | None]  # when a delivery was given up after a day of attempts
    given_up_because: Mapped[str | None]
    # what reconcile last decided about; None if it is to decide
    considered: Mapped[str | None]
    muted_until_change: Mapped[bool | None]  # whether the next change of status ends the mute; None for no
    owner: Mapped[str | None]  # who is mentioned on errors: the Slack ID of a person or a user group
    runbook: Mapped[str | None]  # the address of what to do on errors
    remind_every: Mapped[int | None]  # seconds between reminders while the job fails; None for no reminders
    escalate_to: Mapped[str | None]  # who is told if it fails for long: the Slack ID of a person or a user group
    escalate_after: Mapped[int | None]  # seconds
    silence_id: Mapped[int | None] = mapped_column(_Number)  # the silence that muted it; None if a person did


class PatternRow(Table):
    """A destination's watch of every job whose name matches a glob, later ones included."""

    __tablename__ = "patterns"
    __table_args__ = (UniqueConstraint("workspace", "destination", "pattern"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    destination: Mapped[str]
    pattern: Mapped[str]  # casefolded; "*" is all jobs
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    # `StatusFilter.text`, for all its subscriptions
    status_filter: Mapped[str] = mapped_column("wants", key="status_filter")

    paused_because: Mapped[str | None]  # no discovery while its destination can't be reached
    paused_at: Mapped[datetime | None]
    # when a worker last claimed it; no other does for an interval
    discovered_at: Mapped[datetime | None] = mapped_column("gathered_at", key="discovered_at")
    failure: Mapped[str | None]  # why new jobs can't be discovered now, in words for a person
    owner: Mapped[str | None]  # as of a subscription, for all its subscriptions, like the following
    runbook: Mapped[str | None]
    remind_every: Mapped[int | None]
    escalate_to: Mapped[str | None]
    escalate_after: Mapped[int | None]


class PatternMemberRow(Table):
    """A job of a pattern that needs no more announcement. Its subscription is made once the job has been looked up; it
    belongs to the pattern or, if somebody watched the job there before, to that person."""

    __tablename__ = "members"

    pattern_id: Mapped[int] = mapped_column(ForeignKey("patterns.id", ondelete="CASCADE"), primary_key=True)
    dataflow: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    missing_since: Mapped[datetime | None]  # when the first job list without it was requested; None while it is listed


class ChangeRow(Table):
    """A change of status, written in the transaction that changes the status."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "watched_job_id", "at"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    watched_job_id: Mapped[int] = mapped_column(ForeignKey("watched_jobs.id", ondelete="CASCADE"))
    title: Mapped[str]
    old_status: Mapped[str]
    new_status: Mapped[str]
    old_since: Mapped[datetime | None]
    at: Mapped[datetime]
    version: Mapped[str | None]
    started_by: Mapped[str | None]
    run: Mapped[int | None] = mapped_column(BigInteger)
    old_run: Mapped[int | None] = mapped_column(BigInteger)  # of a redeployment: the run before it
    old_version: Mapped[str | None]
    old_seen_at: Mapped[datetime | None]  # when the old status was last seen
    old_since_is_exact: Mapped[bool | None]  # whether the old status began then; None for no
    at_is_exact: Mapped[bool | None]  # whether the new status began then; None for yes


class DeliveryRow(Table):
    """A notification for one destination. It is pending until `settled_at` is set.

    Notifications about one job belong to a subscription and end with it; an outage doesn't.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("change_id", "subscription_id"),  # one delivery per change and subscription
        Index(None, "settled_at", "workspace", "destination", "id"),  # serves deliveries.claim
        _index_where("ix_deliveries_urgent", ("settled_at", "id"), "urgent IS NOT NULL AND settled_at IS NULL"),
        Index(None, "subscription_id"),
        Index(None, "leased_by"),
        {"sqlite_autoincrement": True},  # IDs stand in messages' metadata, so none is used twice
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
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
        _index_where("ix_incidents_open", ("workspace", "destination", "dataflow"), "closed_at IS NULL"),
        _index_where("ix_incidents_update_due", ("update_due_at",), "update_due_at IS NOT NULL"),
        Index("ix_incidents_job", "workspace", "destination", "dataflow"),  # serves reading.of_alert
        Index("ix_incidents_message", "workspace", "conversation", "message_ts"),
        Index(None, "closed_at"),  # serves retention
        _index_where("ix_incidents_reminder_due", ("reminder_due_at",), "reminder_due_at IS NOT NULL"),
        _index_where("ix_incidents_escalation_due", ("escalation_due_at",), "escalation_due_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
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
    escalated_at: Mapped[datetime | None]  # when somebody was told that it fails for long


class ChannelSettingsRow(Table):
    """What a channel, or a person's direct messages, set for all alerts there. None for the default."""

    __tablename__ = "channel_settings"
    __table_args__ = (
        _index_where("ix_channel_settings_digest", ("digest_due_at",), "digest IS NOT NULL"),
        _index_where("ix_channel_settings_quiet", ("quiet_due_at",), "quiet_hours IS NOT NULL"),
    )

    workspace: Mapped[str] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(primary_key=True)
    threads: Mapped[bool | None]  # whether an incident's alerts form a thread; by default they do
    default_filter: Mapped[str | None]  # `StatusFilter.text`, of watches without a filter
    time_zone: Mapped[str | None]  # an IANA name; None for UTC
    digest: Mapped[str | None]  # `DigestSchedule.text`
    digest_due_at: Mapped[datetime | None]  # when the next digest is due; None if it is still to be planned
    digest_since: Mapped[datetime | None]  # when the period of the next digest began
    quiet_hours: Mapped[str | None]  # `QuietHours.text`
    quiet_filter: Mapped[str | None]  # `StatusFilter.text` of what breaks through
    quiet_since: Mapped[datetime | None]  # when the quiet hours in force began; None outside of them
    quiet_due_at: Mapped[datetime | None]  # when quiet hours begin or end next; None if that is still to be planned
    changes_by: Mapped[str | None]  # settings.ChangesBy; None for everyone
    guests_may_change: Mapped[bool | None]


class SilenceRow(Table):
    """A planned window, such as maintenance, in which the jobs of a destination that match a glob are muted."""

    __tablename__ = "silences"
    __table_args__ = (
        Index(None, "workspace", "destination"),
        _index_where("ix_silences_open", ("ends_at",), "ended_at IS NULL"),
        Index(None, "ended_at"),  # serves retention
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    destination: Mapped[str]
    pattern: Mapped[str]  # casefolded; "*" is all jobs
    reason: Mapped[str | None]
    created_by: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # when it ended, and what happened in it was queued for delivery


class GapRow(Table):
    """A time in which a tracked job couldn't be polled, or wasn't: its status then is unknown."""

    __tablename__ = "gaps"
    __table_args__ = (Index(None, "watched_job_id", "until"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    watched_job_id: Mapped[int] = mapped_column(ForeignKey("watched_jobs.id", ondelete="CASCADE"))
    since: Mapped[datetime]  # when the last successful poll before it began
    until: Mapped[datetime]  # when the first one after it did


class AppHomeRow(Table):
    """A person's Home tab: what they look at there, and when it was last published."""

    __tablename__ = "app_homes"
    __table_args__ = (Index(None, "opened_at"),)

    workspace: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]  # last; it isn't kept up to date for ever
    published_at: Mapped[datetime | None]
    page: Mapped[int]
    words: Mapped[str]  # what they search for; empty for all
    shown: Mapped[str | None]  # a hash of what was published, which needs no second publishing


class OutageRow(Table):
    """An outage that a destination was notified of. The row is deleted when it ends."""

    __tablename__ = "outages"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)  # outages.Cause
    destination: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class WorkerRow(Table):
    """A process that polls and delivers, and its last heartbeat by the database's clock. It serves every workspace, so
    it belongs to none."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    heartbeat_at: Mapped[datetime] = mapped_column("seen_at", key="heartbeat_at")
    last_answer_at: Mapped[datetime | None] = mapped_column("good_at", key="last_answer_at")  # of the jobs service


class InstallationRow(Table):
    """The app as a workspace installed it, and the name of its command there."""

    __tablename__ = "installations"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    command: Mapped[str]


class HandledRequestRow(Table):
    """A request of Slack's that was handled, so that its second delivery has no second effect."""

    __tablename__ = "handled_requests"
    __table_args__ = (Index(None, "at"),)

    workspace: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
