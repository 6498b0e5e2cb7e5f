"""What waits for one destination → the message that goes out next. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.job import Status
from bot.domain.notification import (
    Digest,
    DigestItem,
    JobAdded,
    JobAvailableAgain,
    JobRemoved,
    JobUnavailable,
    LoginRefused,
    Outage,
    OutageEnded,
    Path,
    Paused,
    PendingNotification,
    Resumed,
    StillFailing,
)

# With the longest names an item takes 150 characters; a message takes 10,000 of them at most.
MOST_ITEMS = 60

# What comes before the jobs, in this order: what is wrong with the whole, and what explains the rest.
_FIRST = (LoginRefused, Outage, OutageEnded, Resumed, Paused)


@dataclass(frozen=True)
class _Entry:
    """An item, and the deliveries that it tells."""

    item: DigestItem
    deliveries: tuple[int, ...]


def next_message(waiting: Sequence[PendingNotification]) -> Digest:
    """The message that tells as much as one can hold of what waits (oldest first, at least one), the worst first.

    All of a job's changes go together, as a path, so that whatever is left for further messages keeps its order.
    """
    entries = sorted(_entries(waiting), key=lambda entry: _rank(entry.item))
    now, later = entries[:MOST_ITEMS], entries[MOST_ITEMS:]
    deliveries = sorted(id for entry in now for id in entry.deliveries)
    return Digest(tuple(entry.item for entry in now), tuple(deliveries), more=len(later))


def _entries(waiting: Sequence[PendingNotification]) -> Iterable[_Entry]:
    by_topic: dict[object, list[PendingNotification]] = {}
    for one in waiting:
        by_topic.setdefault(_topic(one), []).append(one)
    for together in by_topic.values():
        yield _Entry(_together([one.notification for one in together]), tuple(one.id for one in together))


def _topic(one: PendingNotification) -> object:
    """News of one topic becomes one item."""
    match one.notification:
        case Change() as change:
            return "path", change.target
        case JobUnavailable() | JobAvailableAgain() as seen:
            return "sight", seen.target
        case StillFailing() as still:
            return "still bad", still.target
        case JobAdded() | JobRemoved() as listed:
            return "listed", listed.target
        case Outage() | OutageEnded():
            return "outage"
        case Paused(destination=destination):
            return "paused", destination
    return one.notification.kind


def _together(notification: Sequence[object]) -> DigestItem:
    """The newest says it all: out of sight and back again is back again, new and gone again is gone. Changes are a
    path."""
    last = notification[-1]
    if isinstance(last, Change):
        changes = [one for one in notification if isinstance(one, Change)]
        return Path(tuple(_steps(changes)), last, next((one for one in changes if one.old_run is not None), None))
    since = [one.since for one in notification if isinstance(one, Outage | OutageEnded)]
    if isinstance(last, OutageEnded):
        return OutageEnded(min(since), last.at)
    assert isinstance(last, DigestItem)  # noqa: S101 - said to the type checker
    return last


def _steps(changes: Sequence[Change]) -> Iterable[Status]:
    """The statuses along the way. A step that was left out (it was not wanted, or muted) shows as a jump."""
    yield changes[0].old
    at = changes[0].old
    for change in changes:
        if change.old != at:
            yield change.old
        yield change.new
        at = change.new


def _rank(item: DigestItem) -> tuple[int, int, str, str]:
    if isinstance(item, _FIRST):
        return 0, _FIRST.index(type(item)), "", ""
    kind = 1 if isinstance(item, Path | StillFailing) else 2
    title = item.last.title if isinstance(item, Path) else item.title
    return kind, item.status.status_class.severity, title.casefold(), str(item.ref)
