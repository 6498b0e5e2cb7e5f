"""A job's timeline: its status from when to when, the times when nobody could tell, and the figures. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

from bot.domain.change import Change
from bot.domain.job import Status, StatusClass
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import Gap, TrackedJob

_NOTHING = timedelta()


@dataclass(frozen=True)
class Span:
    """A part of a timeline (aware UTC) with one status; None for a blind time, in which it is unknown. `seen` is the
    status that the last poll before a blind time showed, at its very beginning."""

    since: datetime
    until: datetime
    status: Status | None
    seen: Status | None = None

    @property
    def length(self) -> timedelta:
        return self.until - self.since


@dataclass(frozen=True)
class Recovery:
    """A problem that began and ended within the timeline. It isn't exact if one of them fell into a blind time."""

    began: datetime
    ended: datetime
    is_exact: bool

    @property
    def length(self) -> timedelta:
        return self.ended - self.began


@dataclass(frozen=True)
class Figures:
    """What a timeline comes to.

    `known` is the time with a status, `healthy` that with *Up and Running*, `blind` the time without a status.
    An incident lasts from the first problem until the job is healthy again; `incidents` counts those that were seen in
    the timeline, `is_open` says that the last one isn't over, `recoveries` are those whose two ends were seen.
    """

    known: timedelta
    healthy: timedelta
    blind: timedelta
    incidents: int
    is_open: bool
    recoveries: tuple[Recovery, ...]

    @property
    def healthy_share(self) -> float | None:
        """The healthy part of the known time, from 0 to 1; None if nothing is known."""
        return self.healthy / self.known if self.known else None

    @property
    def mean_recovery(self) -> timedelta | None:
        """The mean time to recovery; None if nothing recovered."""
        lengths = [one.length for one in self.recoveries]
        return sum(lengths, _NOTHING) / len(lengths) if lengths else None

    @property
    def longest_recovery(self) -> timedelta | None:
        return max((one.length for one in self.recoveries), default=None)

    @property
    def recoveries_are_exact(self) -> bool:
        return all(one.is_exact for one in self.recoveries)


@dataclass(frozen=True)
class Timeline:
    """A job between two times. `spans` have no holes and cover the time from `since` to `until`; neighbours differ,
    but for blind times with one poll between them.

    `since` is later than what was `asked_since` if the job wasn't watched yet then or, if it `is_cut`, had more changes
    than were read. `last_change` is the latest change
    before `until`, however long ago; None if no change is recorded.
    """

    asked_since: datetime
    since: datetime
    until: datetime
    spans: tuple[Span, ...]
    last_change: Change | None = None
    is_cut: bool = False

    @property
    def shown_since(self) -> datetime:
        """Where a picture begins: at `since` if nothing is known of most of the time that was asked for."""
        known, before = self.until - self.since, self.since - self.asked_since
        return self.since if _NOTHING < known < before else self.asked_since

    @cached_property
    def figures(self) -> Figures:
        """What the timeline comes to."""
        recoveries, incidents, is_open = _incidents(self.spans)
        known = [span for span in self.spans if span.status is not None]
        healthy = [span for span in known if _is_healthy(span.status)]
        return Figures(
            known=sum((span.length for span in known), _NOTHING),
            healthy=sum((span.length for span in healthy), _NOTHING),
            blind=sum((span.length for span in self.spans if span.status is None), _NOTHING),
            incidents=incidents,
            is_open=is_open,
            recoveries=tuple(recoveries),
        )


def timeline(
    tracked: TrackedJob,
    changes: Sequence[Change],
    gaps: Sequence[Gap],
    since: datetime,
    until: datetime,
    *,
    watched_since: datetime | None = None,
) -> Timeline:
    """The timeline of a job as it is `tracked` now, from its `changes` (newest first) and `gaps` in that time.

    It begins no earlier than `watched_since`, and not before what is known of its first status. Changes and gaps
    outside the time do no harm.
    """
    start = min(max(since, watched_since or since), until)
    ordered = sorted(changes, key=lambda change: change.at, reverse=True)[::-1]  # the latest comes last
    pieces = list(_statuses(tracked, ordered, start, until))
    start = min(max(start, pieces[0].since if pieces else until), until)
    before = [change for change in ordered if change.at <= until]
    blind = _merged(_blind(tracked, ordered, gaps, until))
    return Timeline(since, start, until, tuple(_cut(pieces, blind, start, until)), before[-1] if before else None)


def _cut(pieces: Sequence[Span], blind: Sequence[Span], start: datetime, until: datetime) -> list[Span]:
    """The spans from `start` to `until`: blind where nobody could tell, or where no piece says what the status was."""
    polls = {span.since for span in blind}
    edges = {start, until} | {edge for span in (*pieces, *blind) for edge in (span.since, span.until)}
    inside = sorted(edge for edge in edges if start <= edge <= until)
    spans: list[Span] = []
    for begin, end in pairwise(inside):
        piece = _at(pieces, begin)
        shown = piece.status if piece else None
        status = None if _at(blind, begin) else shown
        if spans and spans[-1].status == status and begin not in polls:
            spans[-1] = replace(spans[-1], until=end)
        else:
            spans.append(Span(begin, end, status, seen=shown if status is None and begin in polls else None))
    return spans


def _at(spans: Sequence[Span], moment: datetime) -> Span | None:
    """The one of several spans, in order and apart from each other, that covers a moment."""
    number = bisect_right(spans, moment, key=lambda span: span.since) - 1
    return spans[number] if number >= 0 and moment < spans[number].until else None


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Blind spans in order, without overlaps."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.since):
        if merged and span.since < merged[-1].until:
            merged[-1] = Span(merged[-1].since, max(merged[-1].until, span.until), None)
        else:
            merged.append(span)
    return merged


def _statuses(tracked: TrackedJob, changes: Sequence[Change], start: datetime, until: datetime) -> Iterator[Span]:
    """The status between two changes, as far as both agree on it; else only as far as the second one says."""
    before: Change | None = None
    for change in changes:
        known_since = change.old_since or (start if before is None else before.at)
        yield from _between(before, change.old, known_since, change.at)
        before = change
    yield from _between(before, tracked.status, tracked.status_since, until)


def _between(before: Change | None, status: Status, known_since: datetime, until: datetime) -> Iterator[Span]:
    agreed = before is not None and before.new == status
    since = before.at if before is not None and (agreed or known_since < before.at) else known_since
    if since < until:
        yield Span(since, until, status)


def _blind(tracked: TrackedJob, changes: Sequence[Change], gaps: Sequence[Gap], until: datetime) -> Iterator[Span]:
    exact = [change.at for change in changes if change.at_is_exact]
    for gap in gaps:  # a change whose time is proven ends it: the service said when the status began
        number = bisect_right(exact, gap.since)
        yield Span(gap.since, min([*exact[number : number + 1], gap.until]), None)
    for change in changes:
        if change.old_seen_at is not None and not change.at_is_exact:
            yield Span(change.old_seen_at, change.at, None)
    if tracked.is_overdue(until):
        yield Span(tracked.polled_at, until, None)


def _incidents(spans: Sequence[Span]) -> tuple[list[Recovery], int, bool]:
    """The recoveries, the number of incidents, and whether the last one is open."""
    recoveries: list[Recovery] = []
    count, began, was_seen, is_open = 0, None, True, False
    blind_before = False
    for number, span in enumerate(spans):
        status = span.status or span.seen
        if status is not None and is_problem(status) and not is_open:
            count, is_open = count + 1, True
            began, was_seen = span.since if number else None, not blind_before
        elif _is_healthy(status) and is_open:
            is_open = False
            if began is not None:
                recoveries.append(Recovery(began, span.since, is_exact=was_seen and not blind_before))
        blind_before = span.status is None
    return recoveries, count, is_open


def _is_healthy(status: Status | None) -> bool:
    return status is not None and status.status_class is StatusClass.HEALTHY
