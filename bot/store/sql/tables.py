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


def _unique_where(name: str, columns: tuple[str, ...], condition: str) -> Index:
    """Unique among some of the rows alone."""
    where = text(condition)
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class TrackedJobRow(Table):
    """A job that somebody subscribed to: one run of a dataflow, or (`followed`) whatever run it has; what is known of
    it, and which worker looks at it."""

    __tablename__ = "watched_jobs"
    __table_args__ = (
        _unique_where("uq_watched_jobs_run", ("workspace", "dataflow", "run"), "NOT followed"),
        _unique_where("uq_watched_jobs_followed", ("workspace", "dataflow"), "followed"),
        Index(None, "leased_by"),  # serves watches.claim and watches.held: what is nobody's, what is mine?
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    dataflow: Mapped[str]
    run: Mapped[int] = mapped_column(BigInteger)
    followed: Mapped[bool]
    version: Mapped[str | None]  # of the deployment

    title: Mapped[str]
    status: Mapped[str]  # as the service worded it
    status_since: Mapped[datetime]  # when this status was first seen
    seen_at: Mapped[datetime]  # when the latest look that succeeded began

    failure: Mapped[str | None]  # why it can't be seen now, in words for a person
    failing_since: Mapped[datetime | None]
    unavailable_notified_at: Mapped[datetime | None]  # when it was told that it can't be seen; None while it can

    leased_by: Mapped[str | None]  # the worker that looks at it: as good as that worker's last sign of life


class SubscriptionRow(Table):
    """A channel or a person (`destination`, a Slack ID) that is told when a job changes."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("watched_job_id", "destination"),
        Index(None, "workspace", "destination"),  # serves subscriptions.watched_here
        Index(None, "pattern_id"),
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    watched_job_id: Mapped[int] = mapped_column(ForeignKey("watched_jobs.id", ondelete="CASCADE"))
    destination: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    wants: Mapped[str]  # what `When.text` wrote
    notified_status: Mapped[str]  # the last status that was told here, or waits in the outbox to be told
    # The pattern that brought the job here, and with which the subscription ends; None where somebody named the job.
    pattern_id: Mapped[int | None] = mapped_column(ForeignKey("patterns.id", ondelete="CASCADE"))

    paused_because: Mapped[str | None]  # Slack's own word, such as is_archived
    paused_at: Mapped[datetime | None]
    muted_until: Mapped[datetime | None]
    muted_at: Mapped[datetime | None]
    muted_by: Mapped[str | None]
    given_up_at: Mapped[datetime | None]  # when a message was given up after a day of tries
    given_up_because: Mapped[str | None]


class PatternRow(Table):
    """A destination's wish to be told of every job whose name matches a glob, of those to come too."""

    __tablename__ = "patterns"
    __table_args__ = (UniqueConstraint("workspace", "destination", "pattern"),)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    destination: Mapped[str]
    pattern: Mapped[str]  # casefolded; "*" is all jobs
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    wants: Mapped[str]  # what `When.text` wrote; that of its subscriptions, and of those to come

    paused_because: Mapped[str | None]  # while its destination can't be told, nothing is gathered
    paused_at: Mapped[datetime | None]
    discovered_at: Mapped[datetime | None]  # when a worker last took it in hand: nobody else does for an interval
    failure: Mapped[str | None]  # why new jobs can't be found now, in words for a person


class PatternMemberRow(Table):
    """A job of a pattern: it stands in the organisation's list and is not news any more. Its subscription is the
    pattern's or, where somebody watched the job there already, their own; it follows once the job could be seen."""

    __tablename__ = "members"

    pattern_id: Mapped[int] = mapped_column(ForeignKey("patterns.id", ondelete="CASCADE"), primary_key=True)
    dataflow: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    missing_since: Mapped[datetime | None]  # when the first list that lacks it was asked for; None if it is there


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


class DeliveryRow(Table):
    """One piece of news for one destination. It waits until `settled_at` says that it is over.

    A change and what concerns one job belong to a subscription, and end with it; an outage does not.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("change_id", "subscription_id"),  # nothing twice
        Index(None, "settled_at", "workspace", "destination", "id"),  # serves outbox.claim: who waits, oldest first?
        Index(None, "subscription_id"),
        Index(None, "leased_by"),
        {"sqlite_autoincrement": True},  # a delivery's ID stands in its message: it is never given to another one
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    workspace: Mapped[str]
    change_id: Mapped[int | None] = mapped_column(ForeignKey("changes.id", ondelete="CASCADE"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    destination: Mapped[str]
    news: Mapped[str]  # what is to be told, as JSON
    notified_before: Mapped[str | None]  # what `told_status` was before this; None where this does not tell a status
    created_at: Mapped[datetime]

    next_try_at: Mapped[datetime | None]  # None: at once
    tried_at: Mapped[datetime | None]
    attempts: Mapped[int]
    leased_by: Mapped[str | None]  # the worker that tells it: as good as that worker's last sign of life

    settled_at: Mapped[datetime | None]
    message_ts: Mapped[str | None]  # Slack's name of the message that told it; None where it was given up
    error: Mapped[str | None]  # why the last try failed


class OutageRow(Table):
    """Something is wrong with the jobs service, and a destination was told. The row is gone when it is over."""

    __tablename__ = "outages"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)  # see outages.Cause
    destination: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class WorkerRow(Table):
    """A process that watches and tells, and its last sign of life by the database's own clock. It serves every
    workspace, so it belongs to none."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    good_at: Mapped[datetime | None]  # when the jobs service last gave it a good answer


class HandledRequestRow(Table):
    """A request of Slack's that was taken in hand, so that its second delivery has no second effect."""

    __tablename__ = "handled_requests"
    __table_args__ = (Index(None, "at"),)

    workspace: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
