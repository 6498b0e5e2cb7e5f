"""The digest: pending notifications of one destination become the next message. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from bot.domain.change import Change
from bot.domain.job import Status, Target, target_of
from bot.domain.notification.confirmations import (
    Confirmation,
    JobConfirmation,
    PatternConfirmation,
    SettingsConfirmation,
    SilenceConfirmation,
)
from bot.domain.notification.digest import (
    MOST_NAMED,
    Digest,
    DigestItem,
    ListPart,
    Notification,
    Path,
    PendingNotification,
)
from bot.domain.notification.jobs import (
    JobAdded,
    JobAvailableAgain,
    JobNotification,
    JobRemoved,
    JobUnavailable,
    StillFailing,
)
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.service import LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.notification.silences import QuietHoursEnded, SilenceEnded
from bot.domain.notification.summaries import Summary
from bot.domain.reminding import Reminding
from bot.domain.status_filter import is_problem
from bot.domain.subscription import Contact
from bot.notify.pace import Urgency

# With the longest names an item of a list takes 150 characters; a message takes 10,000 of them at most.
LISTED = 60

_JOB_LIST, _STATUS, _AVAILABILITY, _ESCALATION = "job list", "status", "availability", "escalation"

# These come before the jobs, in this order: first what affects all jobs, then what explains the rest.
_FIRST = (LoginRefused, Outage, OutageEnded, Resumed, SilenceEnded, QuietHoursEnded, Paused)


@dataclass(frozen=True)
class _Entry:
    """An item, and the deliveries that it settles."""

    item: DigestItem
    deliveries: tuple[int, ...]


def next_digest(pending: Sequence[PendingNotification]) -> Digest:
    """Build the next message from pending notifications (oldest first, at least one): all jobs in one, the worst first,
    with as much of the rest as fits.

    Summaries follow one by one, once nothing else waits, and then parts of lists: nobody waits for the former, and who
    reads the latter has already been notified.
    """
    news = [one for one in pending if not isinstance(one.notification, Summary | ListPart)]
    if not news:
        first = next((one for one in pending if isinstance(one.notification, Summary)), pending[0])
        return Digest((_merge([first.notification]),), (first.id,))
    found = sorted(_entries(news), key=lambda entry: _rank(entry.item))
    others = [entry for entry in found if not isinstance(entry.item, Path | JobNotification)]
    late = others[LISTED:]
    entries = [entry for entry in found if entry not in late] if late else found
    deliveries = sorted(id for entry in entries for id in entry.deliveries)
    return Digest(tuple(entry.item for entry in entries), tuple(deliveries))


def list_behind(digest: Digest, thread: str | None = None) -> Sequence[ListPart]:
    """The list of all jobs behind a message that doesn't name them all, in parts of one message each, as replies in a
    thread or else by themselves; empty if the message names all."""
    jobs = digest.jobs
    if len(jobs) <= MOST_NAMED:
        return []
    return [
        ListPart(jobs[start : start + LISTED], start + 1, len(jobs), thread) for start in range(0, len(jobs), LISTED)
    ]


def urgency_of(notifications: Sequence[Notification]) -> Urgency:
    """How soon what waits for a destination (oldest first) goes out.

    It is urgent if a job there has turned to a problem that is worse than what was last delivered, or somebody is to be
    notified that it lasts. A job that failed and recovered meanwhile can wait.
    """
    if all(isinstance(one, ListPart) for one in notifications):
        return Urgency.LIST
    if _turns_worse(notifications) or any(isinstance(one, Escalated) for one in notifications):
        return Urgency.URGENT
    return Urgency.NEWS


def _turns_worse(notifications: Iterable[Notification]) -> bool:
    delivered: dict[Target, Status] = {}
    present: dict[Target, Status] = {}
    for one in notifications:
        if isinstance(one, Change):
            delivered.setdefault(one.target, one.old)
            present[one.target] = one.new
    return any(is_problem(now) and _severity(now) < _severity(delivered[job]) for job, now in present.items())


def _entries(pending: Sequence[PendingNotification]) -> Iterable[_Entry]:
    # A destination may watch a job by its name and by its run: the run's notifications are about the same job.
    followed = {_topic(one.notification, by_run=True) for one in pending if _is_about_followed(one.notification)}
    by_topic: dict[object, list[PendingNotification]] = {}
    removed = {_topic(one.notification) for one in pending if isinstance(one.notification, JobRemoved)}
    for one in pending:
        topic = _topic(one.notification)
        if (in_list := _removal_of(one.notification)) in removed:
            topic = in_list
        elif topic in followed:
            topic = _topic(one.notification, by_name=True)
        by_topic.setdefault(topic, []).append(one)
    _join_availability(by_topic)
    _drop_outdated(by_topic)
    for group in by_topic.values():
        yield _Entry(_with_contact(_merge([one.notification for one in group]), group), tuple(one.id for one in group))


def _join_availability(by_topic: dict[object, list[PendingNotification]]) -> None:
    """A job that can be checked again and has changed is in the message once: its change shows that it was checked."""
    for topic, group in [*by_topic.items()]:
        match topic, group[-1].notification:
            case (kind, target), JobAvailableAgain() if kind == _AVAILABILITY:
                changes = by_topic.get((_STATUS, target), [])
                if any(isinstance(one.notification, Change) for one in changes):
                    changes += by_topic.pop(topic)


def _drop_outdated(by_topic: dict[object, list[PendingNotification]]) -> None:
    """Nobody is notified of a job that has recovered meanwhile: its recovery settles both."""
    for topic in [*by_topic]:
        match topic:
            case (kind, target) if kind == _ESCALATION:
                changes = [one.notification for one in by_topic.get((_STATUS, target), [])]
                if changes and isinstance(changes[-1], Change) and not is_problem(changes[-1].new):
                    by_topic[_STATUS, target] += by_topic.pop(topic)


def _removal_of(notification: Notification) -> object:
    """The topic of a job's removal, for what says that the job is unavailable: removed, it is that alone."""
    if isinstance(notification, JobUnavailable | JobAvailableAgain):
        return _JOB_LIST, notification.target
    return None


def _is_about_followed(notification: Notification) -> bool:
    return isinstance(notification, Change | JobNotification) and notification.followed


def _topic(notification: Notification, *, by_name: bool = False, by_run: bool = False) -> object:
    """Notifications of one topic become one item. Those about a job are told apart as its watchers name it, unless
    `by_name` or `by_run` says how."""
    match notification:
        case Change() | StillFailing() | Reminder():
            kind = _STATUS
        case Escalated():
            kind = _ESCALATION
        case JobUnavailable() | JobAvailableAgain():
            kind = _AVAILABILITY
        case JobAdded() | JobRemoved():
            kind = _JOB_LIST
        case Outage() | OutageEnded():
            return "outage"
        case Paused(destination=destination):
            return "paused", destination
        case SilenceEnded() | QuietHoursEnded():
            return notification  # each is shown
        case JobConfirmation() | PatternConfirmation() | SilenceConfirmation() | SettingsConfirmation():
            return notification.subject
        case _:
            return notification.kind
    followed = by_name or (notification.followed and not by_run)
    return kind, target_of(notification.ref, followed=followed)


def _merge(notifications: Sequence[Notification]) -> DigestItem:
    """The newest notification replaces the older ones: unavailable and available again is available again. Changes
    become a path, and the end of a mute among them is a part of it; either makes a reminder needless."""
    last = next((one for one in reversed(notifications) if not isinstance(one, Reminder)), notifications[-1])
    if isinstance(last, Change) or any(isinstance(one, Change) for one in notifications):
        changes = _once([*_changes(notifications)])
        redeployed = next((one for one in changes if one.old_run is not None), None)
        return Path(tuple(_statuses(changes)), changes[-1], redeployed)
    if isinstance(last, OutageEnded):
        since = [one.since for one in notifications if isinstance(one, Outage | OutageEnded)]
        return OutageEnded(min(since), last.at)
    return last


def _with_contact(item: DigestItem, group: Sequence[PendingNotification]) -> DigestItem:
    """The job with whom its alerts call and what follows them: the first there are, if it's watched in two ways."""
    if not isinstance(item, Path | StillFailing | Reminder | Escalated):
        return item
    item = replace(item, contact=reduce(Contact.completed_by, (one.contact for one in group), item.contact))
    if isinstance(item, Path):
        return replace(item, reminding=reduce(Reminding.completed_by, (one.reminding for one in group)))
    return item


def _changes(notifications: Iterable[Notification]) -> Iterable[Change]:
    """The changes of one job, those that the end of a mute delivers included."""
    before: Status | None = None
    for one in notifications:
        if isinstance(one, StillFailing):
            change, before = replace(one, notified=one.notified or before).change, one.status
        elif isinstance(one, Change):
            change, before = one, one.new
        else:
            continue
        if change is not None:
            yield change


def _once(changes: Sequence[Change]) -> Sequence[Change]:
    """The changes of one job, each once even if it was seen twice: the job by its name, and its run by itself."""
    if len({change.followed for change in changes}) == 1:
        return changes
    once: list[Change] = []
    for change in sorted(changes, key=lambda change: change.at):
        if not once or once[-1].followed == change.followed:
            once.append(change)
        elif (once[-1].ref, once[-1].new) != (change.ref, change.new):
            once.append(replace(change, old=once[-1].new))
    return [*once[:-1], replace(once[-1], followed=True, ends=False)]  # it is still watched by its name


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
    if isinstance(item, Summary):
        return 4, 0, "", ""
    if isinstance(item, ListPart):
        return 5, item.first, "", ""
    if isinstance(item, Confirmation):  # people know what they did; they don't know what happened to a job
        return 3, 0, item.at.isoformat(), ""
    group = 1 if isinstance(item, Path | StillFailing | Reminder | Escalated) else 2
    return group, _severity(item.status), item.title.casefold(), str(item.ref)
