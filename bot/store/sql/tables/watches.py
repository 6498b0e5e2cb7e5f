"""The tables of who watches what."""

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.sql.tables.base import Number, Table, index_where


class SubscriptionRow(Table):
    """A channel or a person (`destination`, a Slack ID) that is notified when a job changes."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("watched_job_id", "destination"),
        Index(None, "workspace", "destination"),  # serves the list, pauses and outages
        index_where("ix_subscriptions_muted_until", ("muted_until",), "muted_until IS NOT NULL"),  # serves end_mutes
        Index(None, "pattern_id"),
        index_where("ix_subscriptions_silence_id", ("silence_id",), "silence_id IS NOT NULL"),
        index_where(  # serves reconcile
            "ix_subscriptions_unconsidered",
            ("watched_job_id", "id"),
            "considered IS NULL AND paused_because IS NULL AND muted_until IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
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
    remind_while: Mapped[str | None]  # reminding.Failing; None for errors
    escalate_to: Mapped[str | None]  # who is notified if it fails for long: the Slack ID of a person or a user group
    escalate_after: Mapped[int | None]  # seconds
    escalate_while: Mapped[str | None]  # reminding.Failing; None for errors
    silence_id: Mapped[int | None] = mapped_column(Number)  # the silence that mutes it; None if a person does


class PatternRow(Table):
    """A destination's watch of every job whose name matches a glob, later ones included."""

    __tablename__ = "patterns"
    __table_args__ = (UniqueConstraint("workspace", "destination", "pattern"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
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
    remind_while: Mapped[str | None]
    escalate_to: Mapped[str | None]
    escalate_after: Mapped[int | None]
    escalate_while: Mapped[str | None]


class PatternMemberRow(Table):
    """A job of a pattern that needs no more announcement. Its subscription is made once the job has been looked up; it
    belongs to the pattern or, if somebody watched the job there before, to that person."""

    __tablename__ = "members"

    pattern_id: Mapped[int] = mapped_column(ForeignKey("patterns.id", ondelete="CASCADE"), primary_key=True)
    dataflow: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    missing_since: Mapped[datetime | None]  # when the first job list without it was requested; None while it is listed
