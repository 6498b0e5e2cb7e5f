"""The digest: pending notifications of one destination become the next message. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.job import Status, Target
from bot.domain.notification import (
    Digest,
    DigestItem,
    JobAdded,
    JobAvailableAgain,
    JobRemoved,
    JobUnavailable,
    LoginRefused,
    Notification,
    Outage,
    OutageEnded,
    Path,
    Paused,
    PendingNotification,
    Resumed,
    StillFailing,
)
from bot.domain.status_filter import is_problem

# With the longest names an item takes 150 characters; a message takes 10,000 of them at most.
MAX_ITEMS = 60

# These come before the jobs, in this order: first what affects all jobs, then what explains the rest.
_FIRST = (LoginRefused, Outage, OutageEnded, Resumed, Paused)


@dataclass(frozen=True)
class _Entry:
    """An item, and the deliveries that it settles."""

    item: DigestItem
    deliveries: tuple[int, ...]


def next_digest(pending: Sequence[PendingNotification]) -> Digest:
    """Build the next message from pending notifications (oldest first, at least one): the worst first, as many as fit.

    All changes of a job stay together, as a path, so that what is left for further messages keeps its order.
    """
    entries = sorted(_entries(pending), key=lambda entry: _rank(entry.item))
    now, later = entries[:MAX_ITEMS], entries[MAX_ITEMS:]
    deliveries = sorted(id for entry in now for id in entry.deliveries)
    return Digest(tuple(entry.item for entry in now), tuple(deliveries), more=len(later))


def turns_worse(notifications: Iterable[Notification]) -> bool:
    """Whether what waits for a destination (oldest first) is urgent: a job there has turned to a problem that is worse
    than what was last delivered. A job that failed and recovered meanwhile can wait."""
    delivered: dict[Target, Status] = {}
    present: dict[Target, Status] = {}
    for one in notifications:
        if isinstance(one, Change):
            delivered.setdefault(one.target, one.old)
            present[one.target] = one.new
    return any(is_problem(now) and _severity(now) < _severity(delivered[job]) for job, now in present.items())


def _entries(pending: Sequence[PendingNotification]) -> Iterable[_Entry]:
    by_topic: dict[object, list[PendingNotification]] = {}
    for one in pending:
        by_topic.setdefault(_topic(one.notification), []).append(one)
    for group in by_topic.values():
        yield _Entry(_merge([one.notification for one in group]), tuple(one.id for one in group))


def _topic(notification: Notification) -> object:
    """Notifications of one topic become one item."""
    match notification:
        case Change():
            return "path", notification.target
        case JobUnavailable() | JobAvailableAgain():
            return "availability", notification.target
        case StillFailing():
            return "still failing", notification.target
        case JobAdded() | JobRemoved():
            return "job list", notification.target
        case Outage() | OutageEnded():
            return "outage"
        case Paused(destination=destination):
            return "paused", destination
    return notification.kind


def _merge(notifications: Sequence[Notification]) -> DigestItem:
    """The newest notification replaces the older ones: unavailable and available again is available again. Changes
    become a path."""
    last = notifications[-1]
    if isinstance(last, Change):
        changes = [one for one in notifications if isinstance(one, Change)]
        return Path(tuple(_statuses(changes)), last, next((one for one in changes if one.old_run is not None), None))
    if isinstance(last, OutageEnded):
        since = [one.since for one in notifications if isinstance(one, Outage | OutageEnded)]
        return OutageEnded(min(since), last.at)
    return last


def _statuses(changes: Sequence[Change]) -> Iterable[Status]:
    """The statuses along the path. A change that was filtered out or muted shows as a jump."""
    yield changes[0].old
    at = changes[0].old
    for change in changes:
        if change.old != at:
            yield change.old
        yield change.new
        at = change.new


def _severity(status: Status) -> int:
    return status.status_class.severity


def _rank(item: DigestItem) -> tuple[int, int, str, str]:
    if isinstance(item, _FIRST):
        return 0, _FIRST.index(type(item)), "", ""
    group = 1 if isinstance(item, Path | StillFailing) else 2
    return group, _severity(item.status), item.title.casefold(), str(item.ref)
