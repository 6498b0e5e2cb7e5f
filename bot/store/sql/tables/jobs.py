"""The tables of jobs and of what happened to them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.sql.tables.base import Number, Table, index_where


class TrackedJobRow(Table):
    """A job that somebody watches: one run, or a dataflow `followed` across redeployments; as last seen, and the worker
    that polls it."""

    __tablename__ = "watched_jobs"
    __table_args__ = (
        index_where("uq_watched_jobs_run", ("workspace", "dataflow", "run"), "NOT followed", unique=True),
        index_where("uq_watched_jobs_followed", ("workspace", "dataflow"), "followed", unique=True),
        Index(None, "leased_by"),  # serves tracked_jobs.claim and tracked_jobs.leased
        Index(None, "workspace", "dataflow"),  # serves subscriptions.find, history.of_job and same_job
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
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


class ChangeRow(Table):
    """A change of status, written in the transaction that changes the status."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "watched_job_id", "at"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
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


class GapRow(Table):
    """A time in which a tracked job couldn't be polled, or wasn't: its status then is unknown."""

    __tablename__ = "gaps"
    __table_args__ = (
        Index(None, "watched_job_id", "until"),
        Index(None, "until"),  # serves retention
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    workspace: Mapped[str]
    watched_job_id: Mapped[int] = mapped_column(ForeignKey("watched_jobs.id", ondelete="CASCADE"))
    since: Mapped[datetime]  # when the last successful poll before it began
    until: Mapped[datetime]  # when the first one after it did
