"""Rows to domain types."""

import sys
from datetime import timedelta

from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.pattern import Pattern
from bot.domain.reminding import Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Contact, Subscription
from bot.domain.tracked_job import TrackedJob
from bot.store.sql.tables import PatternRow, SilenceRow, SubscriptionRow, TrackedJobRow


def to_tracked_job(row: TrackedJobRow) -> TrackedJob:
    """A tracked job from its row."""
    return TrackedJob(
        id=row.id,
        workspace=sys.intern(row.workspace),  # the same for all: kept once
        ref=JobRef(row.dataflow, row.run),
        title=row.title,
        status=Status.of(row.status),
        status_since=row.status_since,
        polled_at=row.polled_at,
        followed=row.followed,
        version=row.version,
        failure=row.failure,
        failing_since=row.failing_since,
        unavailable_notified_at=row.unavailable_notified_at,
        since_is_exact=bool(row.since_is_exact),
    )


def to_subscription(row: SubscriptionRow, job: TrackedJob) -> Subscription:
    """A subscription from its row and its job."""
    return Subscription(
        id=row.id,
        destination=Destination(row.workspace, row.destination),
        job=job,
        created_by=row.created_by,
        status_filter=StatusFilter.read(row.status_filter),
        notified_status=Status.of(row.notified_status),
        pattern_id=row.pattern_id,
        paused_because=row.paused_because,
        paused_at=row.paused_at,
        muted_until=row.muted_until,
        muted_at=row.muted_at,
        muted_by=row.muted_by,
        muted_until_change=bool(row.muted_until_change),
        given_up_because=row.given_up_because,
        given_up_at=row.given_up_at,
        contact=to_contact(row),
        silence_id=row.silence_id,
        reminding=to_reminding(row),
    )


def to_contact(row: SubscriptionRow | PatternRow) -> Contact:
    """The contact of a subscription or a pattern."""
    return Contact(row.owner, row.runbook)


def to_silence(row: SilenceRow) -> Silence:
    """A silence from its row."""
    return Silence(
        id=row.id,
        destination=Destination(row.workspace, row.destination),
        key=row.pattern,
        created_by=row.created_by,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        reason=row.reason,
    )


def to_reminding(row: SubscriptionRow | PatternRow) -> Reminding:
    """The reminders and the escalation of a subscription or a pattern."""
    reminders = escalation = None
    if row.remind_every is not None and row.remind_every > 0:
        reminders = Reminders(timedelta(seconds=row.remind_every), _failing(row.remind_while))
    if row.escalate_to is not None and row.escalate_after is not None and row.escalate_after > 0:
        escalation = Escalation(row.escalate_to, timedelta(seconds=row.escalate_after), _failing(row.escalate_while))
    return Reminding(reminders, escalation)


def _failing(text: str | None) -> Failing:
    return Failing(text) if text in tuple(Failing) else Failing.ERROR


def to_pattern(row: PatternRow, jobs: int) -> Pattern:
    """A pattern from its row and the number of its jobs."""
    return Pattern(
        id=row.id,
        destination=Destination(row.workspace, row.destination),
        key=row.pattern,
        created_by=row.created_by,
        status_filter=StatusFilter.read(row.status_filter),
        jobs=jobs,
        paused_because=row.paused_because,
        failure=row.failure,
        contact=to_contact(row),
        reminding=to_reminding(row),
    )
