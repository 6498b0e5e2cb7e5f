"""Digests of a queue: complete, in order, the worst first, and as few as possible."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.history.period import Period
from bot.domain.job import Dataflow, JobRef, Status
from bot.domain.notification.confirmations import Deed, JobConfirmation, PatternConfirmation
from bot.domain.notification.digest import Digest, DigestItem, ListPart, Notification, Path, PendingNotification
from bot.domain.notification.jobs import (
    JobAdded,
    JobAvailableAgain,
    JobNotification,
    JobRemoved,
    JobUnavailable,
    StillFailing,
)
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.notification.summaries import ScheduledDigest
from bot.domain.subscription import Contact
from bot.notify.digest import LISTED, list_behind, next_digest, urgency_of
from bot.notify.pace import Urgency
from tests.cast import ANN, CLICKS, DEPLOYING, DEV, ENDED, ERROR, MINUTE, NOON, OPS, ORDERS, UP, WARNING, change

STATUSES = [*(UP, WARNING, ERROR, ENDED), *map(Status.of, ("Stopped", "Deploying", "Paused by a comet"))]
WHOLE = (LoginRefused, Outage, OutageEnded, Resumed, Paused)  # about the whole service, in their order
LATER = NOON + MINUTE


def ref(number: int) -> JobRef:
    return JobRef(ORDERS.dataflow, number)


def queue(*notifications: Notification) -> list[PendingNotification]:
    return [PendingNotification(id, one, NOON, 0, None) for id, one in enumerate(notifications, start=1)]


def digests(pending: Sequence[PendingNotification]) -> list[Digest]:
    """All digests of a queue while nothing is added to it."""
    digests_made = []
    while pending:
        digests_made.append(next_digest(pending))
        assert digests_made[-1].deliveries, "a digest that settles nothing"
        pending = [one for one in pending if one.id not in digests_made[-1].deliveries]
    return digests_made


jobs = st.integers(min_value=1, max_value=100).map(ref)
some_status = st.sampled_from(STATUSES)
moments = st.integers(min_value=0, max_value=1_000).map(lambda minutes: NOON + minutes * MINUTE)
two_statuses = st.lists(some_status, min_size=2, max_size=2, unique=True)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    old, new = draw(two_statuses)
    job = draw(jobs)
    return Change(job, f"job {job.run % 7}", old, new, None, draw(moments))


any_notification = st.one_of(
    changes(),
    changes(),
    st.builds(JobUnavailable, jobs, st.just("lost"), some_status, st.just("not found"), moments),
    st.builds(JobAvailableAgain, jobs, st.just("found"), some_status, moments, moments),
    st.builds(StillFailing, jobs, st.just("bad"), some_status, moments, moments, st.just(ANN), moments),
    st.builds(Reminder, jobs, st.just("bad"), some_status, moments, moments, moments),
    st.builds(Escalated, jobs, st.just("bad"), some_status, moments, moments, moments, st.just(ANN)),
    st.builds(JobAdded, jobs, st.just("new"), some_status, moments),
    st.builds(JobRemoved, jobs, st.just("gone"), some_status, moments),
    st.builds(Outage, st.just("503"), moments, st.just(1), st.just((LastStatus("orders", UP),))),
    st.builds(OutageEnded, moments, moments),
    st.builds(LoginRefused, st.just("refused"), st.just("ask"), moments),
    st.builds(Paused, st.sampled_from([OPS, DEV]), st.just("is_archived"), st.just(1), st.just(("orders",))),
    st.builds(Resumed, st.integers(1, 9), moments),
    st.builds(ListPart, st.just((JobAdded(JobRef("d", 1), "new", UP, NOON),)), st.integers(1, 900), st.just(900)),
    st.builds(ScheduledDigest, st.just(DigestSchedule(time(9))), moments, st.just(Period(NOON, NOON))),
    st.builds(JobConfirmation, st.sampled_from(Deed), jobs, st.just("done"), some_status, st.just(ANN), moments),
    st.builds(PatternConfirmation, st.sampled_from(Deed), st.sampled_from(["*", "a*"]), st.just(ANN), moments),
)
# Some that show what is wrong in few steps, and some that need several messages.
few = st.lists(any_notification, min_size=1, max_size=30)
many = st.tuples(st.lists(changes(), min_size=5, max_size=20), few, st.integers(30, 250)).map(
    lambda drawn: [*drawn[0], *(_more(drawn[2], drawn[0])), *drawn[1]]
)


def _more(count: int, like: list[Change]) -> list[Notification]:
    """The same changes of other jobs."""
    return [replace(like[number % len(like)], ref=ref(1_000 + number // 2)) for number in range(count)]


# As the store hands them over: oldest first, with gaps in the numbering.
queues = st.one_of(few, many).map(
    lambda notifications: [
        PendingNotification(3 * number, one, NOON, 0, None) for number, one in enumerate(notifications)
    ]
)


@given(queues)
def test_every_delivery_is_in_one_digest(pending: list[PendingNotification]) -> None:
    """Every delivery is settled by exactly one digest, and named oldest first."""
    digests_made = digests(pending)
    event(f"messages: {len(digests_made)}")
    settled = [id for digest in digests_made for id in digest.deliveries]
    assert sorted(settled) == [one.id for one in pending]
    assert all(list(digest.deliveries) == sorted(digest.deliveries) for digest in digests_made)


@given(queues)
def test_all_that_waits_is_one_message(pending: list[PendingNotification]) -> None:
    """However much waits, it is one message; scheduled digests and then parts of earlier lists follow, each by
    itself."""
    shown = [digest.items for digest in digests(pending)]
    notifications = [one.notification for one in pending]
    alone = [(one,) for kind in (ScheduledDigest, ListPart) for one in notifications if isinstance(one, kind)]
    assert shown[len(shown) - len(alone) :] == alone
    assert len(shown) == len(alone) + (len(alone) < len(pending))


@given(queues)
def test_the_list_names_every_job_behind_a_message(pending: list[PendingNotification]) -> None:
    """The list behind a message that names five jobs at most has every job once, in the order of the digest."""
    digest = next_digest(pending)
    parts = list_behind(digest, "1.2")
    assert tuple(item for part in parts for item in part.items) == (digest.jobs if len(digest.jobs) > 5 else ())
    assert all(
        1 <= len(part.items) <= LISTED and (part.total, part.thread) == (len(digest.jobs), "1.2") for part in parts
    )
    assert [part.first for part in parts] == [1 + LISTED * number for number in range(len(parts))]


@given(queues)
def test_all_changes_of_a_job_are_one_path(pending: list[PendingNotification]) -> None:
    """All changes of a job are one path, from the status before the first to the one after the last, through each in
    turn. (The end of a mute among them is another test's.)"""
    pending = [one for one in pending if not isinstance(one.notification, StillFailing)]
    paths = [item for digest in digests(pending) for item in digest.items if isinstance(item, Path)]
    by_job: dict[JobRef, list[Change]] = {}
    for one in pending:
        if isinstance(one.notification, Change):
            by_job.setdefault(one.notification.ref, []).append(one.notification)
    assert sorted(path.ref for path in paths) == sorted(by_job)
    for path in paths:
        of_job = by_job[path.ref]
        assert (path.statuses[0], path.statuses[-1]) == (of_job[0].old, of_job[-1].new)
        assert path.last is of_job[-1]
        steps = list(zip(path.statuses, path.statuses[1:], strict=False))
        assert all(old != new for old, new in steps)
        for fact in of_job:  # each change is a step, after those before it
            steps = steps[steps.index((fact.old, fact.new)) + 1 :]


@given(queues)
def test_the_worst_comes_first(pending: list[PendingNotification]) -> None:
    """Notifications about the whole service come first, then changes, then availability, each from worst to best; what
    people did comes last."""
    items = [item for digest in digests(pending) for item in digest.items]
    assert [rank(item) for item in items] == sorted(rank(item) for item in items)


def rank(item: DigestItem) -> tuple[int, int]:
    if isinstance(item, Path | JobNotification):
        told = isinstance(item, Path | StillFailing | Reminder | Escalated)
        return (1 if told else 2), item.status.status_class.severity
    if isinstance(item, JobConfirmation | PatternConfirmation):
        return 3, 0
    if isinstance(item, ScheduledDigest):
        return 4, 0
    return (5, 0) if isinstance(item, ListPart) else (0, WHOLE.index(type(item)))


@given(queues)
def test_the_same_queue_makes_the_same_digest(pending: list[PendingNotification]) -> None:
    """A digest that is tried again is the same."""
    assert next_digest(pending) == next_digest(list(pending))


@given(queues, any_notification)
def test_an_added_notification_replaces_no_other(pending: list[PendingNotification], added: Notification) -> None:
    """A notification that is queued meanwhile is delivered once, and none that waited before is lost."""
    first = next_digest(pending)
    left = [one for one in pending if one.id not in first.deliveries]
    left.append(PendingNotification(10_000, added, NOON, 0, None))
    settled = [*first.deliveries, *(id for digest in digests(left) for id in digest.deliveries)]
    assert sorted(settled) == [*(one.id for one in pending), 10_000]


PATHS = [
    ("one change", [(UP, ERROR)], [UP, ERROR]),
    ("several", [(UP, WARNING), (WARNING, ERROR)], [UP, WARNING, ERROR]),
    ("there and back", [(UP, ERROR), (ERROR, UP)], [UP, ERROR, UP]),
    ("a filtered step shows as a jump", [(UP, WARNING), (ERROR, UP)], [UP, WARNING, ERROR, UP]),
    ("even back to the same status", [(UP, ERROR), (WARNING, ERROR)], [UP, ERROR, WARNING, ERROR]),
]


@pytest.mark.parametrize(("steps", "path"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS])
def test_the_path_of_a_job(steps: list[tuple[Status, Status]], path: list[Status]) -> None:
    """Several changes of a job become one path; a filtered step shows as a jump."""
    facts = [change(old, new, NOON + number * MINUTE) for number, (old, new) in enumerate(steps)]
    digest = next_digest(queue(*facts))
    assert digest == Digest((Path(tuple(path), facts[-1]),), tuple(range(1, len(facts) + 1)))


OUTAGE = Outage("503", NOON, 1, (LastStatus("orders", UP),))
SECOND_OUTAGE = Outage("503", NOON + 5 * MINUTE, 1, (LastStatus("orders", UP),))
ENDED_OUTAGE = OutageEnded(NOON + 2 * MINUTE, NOON + 3 * MINUTE)
UNAVAILABLE = JobUnavailable(ORDERS, "orders", UP, "not found", NOON)
ADDED, REMOVED = JobAdded(ORDERS, "orders", UP, NOON), JobRemoved(ORDERS, "orders", UP, LATER)
AVAILABLE_AGAIN = JobAvailableAgain(ORDERS, "orders", ERROR, NOON, LATER)
ARCHIVED = Paused(OPS, "is_archived", 1, ("orders",))
NOT_IN_CHANNEL = Paused(OPS, "not_in_channel", 2, ("clicks", "orders"))

MERGED: list[tuple[str, list[Notification], list[DigestItem]]] = [
    ("an outage", [OUTAGE], [OUTAGE]),
    ("an outage that is over, since it began", [OUTAGE, ENDED_OUTAGE], [OutageEnded(NOON, ENDED_OUTAGE.at)]),
    (
        "two outages that are over",
        [OUTAGE, ENDED_OUTAGE, SECOND_OUTAGE, ENDED_OUTAGE],
        [OutageEnded(NOON, ENDED_OUTAGE.at)],
    ),
    ("an outage that began anew", [ENDED_OUTAGE, SECOND_OUTAGE], [SECOND_OUTAGE]),
    ("unavailable and available again", [UNAVAILABLE, AVAILABLE_AGAIN], [AVAILABLE_AGAIN]),
    (
        "available again, and changed",
        [UNAVAILABLE, AVAILABLE_AGAIN, change(UP, ERROR)],
        [Path((UP, ERROR), change(UP, ERROR))],
    ),
    ("available again and unavailable", [AVAILABLE_AGAIN, UNAVAILABLE], [UNAVAILABLE]),
    ("added and removed again", [ADDED, REMOVED], [REMOVED]),
    ("removed and added again", [REMOVED, ADDED], [ADDED]),
    ("an added job and its change", [ADDED, change(UP, ERROR)], [ADDED, Path((UP, ERROR), change(UP, ERROR))]),
    ("each job by itself", [UNAVAILABLE, JobAvailableAgain(CLICKS, "clicks", UP, NOON, LATER)], []),
    ("a channel that was paused twice", [ARCHIVED, NOT_IN_CHANNEL], [NOT_IN_CHANNEL]),
    ("each channel by itself", [ARCHIVED, Paused(DEV, "is_archived", 1, ("orders",))], []),
]


@pytest.mark.parametrize(("notifications", "items"), [row[1:] for row in MERGED], ids=[row[0] for row in MERGED])
def test_the_newest_notification_replaces_older_ones(
    notifications: list[Notification], items: list[DigestItem]
) -> None:
    """A notification that a newer one makes obsolete isn't shown but settled; independent ones are kept."""
    digest = next_digest(queue(*notifications))
    assert set(digest.items) == set(items or notifications)
    assert len(digest.items) == len(items or notifications)
    assert digest.deliveries == tuple(range(1, len(notifications) + 1))


@pytest.mark.parametrize(
    "first",
    [LoginRefused("refused", "ask", NOON), OUTAGE, ENDED_OUTAGE, Resumed(2, NOON), ARCHIVED],
    ids=lambda notification: notification.kind,
)
def test_notifications_about_the_service_come_first(first: Notification) -> None:
    """They come before all jobs, however late."""
    facts = [change(UP, ERROR, ref=ref(number)) for number in range(LISTED + 5)]
    digest = next_digest(queue(*facts, UNAVAILABLE, first))
    assert digest.items[0] == first
    assert len(digest.items) == LISTED + 7


def test_an_unavailable_job_and_its_change_are_two_items() -> None:
    """A job's change and its unavailability are separate items, the change first."""
    kinds = [type(item) for item in next_digest(queue(UNAVAILABLE, change(UP, WARNING))).items]
    assert kinds == [Path, JobUnavailable]


def test_the_end_of_a_mute_is_a_part_of_the_changes() -> None:
    """A job whose mute ends is in a message once, whether it changed before or after; and the message never says that
    it still has an older status."""

    def still(status: Status, notified: Status | None) -> StillFailing:
        return StillFailing(ORDERS, "orders", status, NOON, NOON, ANN, LATER, notified=notified)

    cases: list[tuple[list[Notification], tuple[Status, ...]]] = [
        ([change(UP, WARNING), still(ERROR, WARNING)], (UP, WARNING, ERROR)),
        ([change(UP, WARNING), still(WARNING, WARNING)], (UP, WARNING)),
        ([change(UP, WARNING), still(ERROR, None)], (UP, WARNING, ERROR)),
        ([still(ERROR, None), change(ERROR, UP)], (ERROR, UP)),
        ([still(ERROR, ERROR), change(ERROR, UP)], (ERROR, UP)),
        ([still(WARNING, UP), change(WARNING, ERROR)], (UP, WARNING, ERROR)),
    ]
    for waiting, statuses in cases:
        digest = next_digest(queue(*waiting))
        (item,) = digest.items
        assert isinstance(item, Path)
        assert (item.statuses, item.last.new) == (statuses, statuses[-1])
        assert len(digest.deliveries) == len(waiting)


def test_the_owner_of_a_job_is_known_after_a_mute() -> None:
    """The reminder at the end of a mute has the owner of its watch."""
    reminder = StillFailing(ORDERS, "orders", ERROR, NOON, NOON, ANN, LATER)
    waiting = queue(reminder)
    (item,) = next_digest([replace(waiting[0], contact=Contact(DEV))]).items
    assert item == replace(reminder, contact=Contact(DEV))


def test_jobs_of_one_status_are_listed_by_name() -> None:
    """Jobs with the same status are sorted by name, regardless of case."""
    facts = [
        Change(ref(number), title, UP, ERROR, None, NOON) for number, title in enumerate(["delta", "Alpha", "Charlie"])
    ]
    items = next_digest(queue(*facts)).items
    assert [item.last.title for item in items if isinstance(item, Path)] == ["Alpha", "Charlie", "delta"]


def test_a_thousand_jobs_are_one_message_and_a_list() -> None:
    """Each of a thousand added jobs is named once in the list, in as few messages as hold the names."""
    jobs = [JobAdded(JobRef(f"flow {number}", 1), f"job {number:04}", UP, NOON) for number in range(1_000)]
    (digest,) = digests(queue(*jobs))
    parts = list_behind(digest, None)
    assert len(parts) == -(-1_000 // LISTED)
    assert [item.title for part in parts for item in part.items] == [f"job {number:04}" for number in range(1_000)]


LIST = ListPart((Path((UP, ERROR), change(UP, ERROR)),), 1, 1)

URGENCIES: list[tuple[str, list[Notification], Urgency]] = [
    ("healthy to a problem", [change(UP, WARNING)], Urgency.URGENT),
    ("a problem to a worse one", [change(WARNING, ERROR)], Urgency.URGENT),
    ("a problem to a lesser one", [change(ERROR, WARNING)], Urgency.NEWS),
    ("a redeployment of a healthy job", [change(UP, DEPLOYING)], Urgency.NEWS),
    ("it failed and recovered", [change(UP, ERROR), change(ERROR, UP)], Urgency.NEWS),
    (
        "it recovered and fails again, as its channel believes",
        [change(ERROR, UP), change(UP, ERROR)],
        Urgency.NEWS,
    ),
    ("it recovered and fails worse", [change(WARNING, UP), change(UP, ERROR)], Urgency.URGENT),
    ("one of two jobs", [change(ERROR, UP), change(UP, ERROR, ref=CLICKS)], Urgency.URGENT),
    ("no change at all", [UNAVAILABLE, OUTAGE], Urgency.NEWS),
    ("it still fails", [Reminder(ORDERS, "orders", ERROR, NOON, NOON, NOON)], Urgency.NEWS),
    ("somebody is told that it does", [Escalated(ORDERS, "orders", ERROR, NOON, NOON, NOON, ANN)], Urgency.URGENT),
    ("a list", [LIST, LIST], Urgency.LIST),
    ("a list and a recovery", [LIST, change(ERROR, UP)], Urgency.NEWS),
    ("a list and a failure", [LIST, change(UP, ERROR)], Urgency.URGENT),
]


def test_only_a_turn_to_a_worse_problem_is_urgent() -> None:
    """What waits is urgent if a job is in a problem worse than the status last delivered, or if it's escalated. Lists
    that nothing else waits with are told apart."""
    for sentence, notifications, urgency in URGENCIES:
        assert urgency_of(notifications) is urgency, sentence


TWICE = [
    (
        "each change seen twice",
        [(True, UP, ERROR), (False, UP, ERROR), (False, ERROR, UP), (True, ERROR, UP)],
        [UP, ERROR, UP],
    ),
    (
        "a step that one of them missed",
        [(True, UP, WARNING), (True, WARNING, ERROR), (False, UP, ERROR)],
        [UP, WARNING, ERROR],
    ),
    ("a step that only the run has", [(True, UP, WARNING), (False, WARNING, ERROR)], [UP, WARNING, ERROR]),
]


def test_a_job_watched_by_its_name_and_its_run_is_one_item() -> None:
    """A change that was seen by both watches of a job is one step, and the item is about the followed job."""
    for sentence, seen, path in TWICE:
        changes = [
            replace(change(old, new, NOON + number * MINUTE), followed=followed, ends=not followed)
            for number, (followed, old, new) in enumerate(seen)
        ]
        digest = next_digest(queue(*changes, replace(changes[0], ref=ref(7), followed=False)))
        assert [item.statuses for item in digest.items if isinstance(item, Path) and item.ref == ORDERS] == [
            tuple(path)
        ]
        assert len(digest.items) == 2, sentence
        assert len(digest.deliveries) == len(changes) + 1, sentence
        (item,) = [item for item in digest.items if isinstance(item, Path) and item.ref == ORDERS]
        assert (item.target, item.last.ends) == (Dataflow(ORDERS.dataflow), False), sentence
    both = [replace(UNAVAILABLE, followed=followed) for followed in (False, True)]
    assert next_digest(queue(*both)).items == (both[1],)


def test_a_removed_job_is_not_unavailable_as_well() -> None:
    """What waits about a job that can't be polled is left out if its removal waits too, but settled along with it."""
    unavailable = JobUnavailable(ORDERS, "orders", UP, "it is gone", NOON, followed=True)
    removed = JobRemoved(ORDERS, "orders", UP, NOON)
    other = JobUnavailable(CLICKS, "clicks", UP, "it is gone", NOON, followed=True)
    digest = next_digest(queue(unavailable, other, removed))
    assert set(digest.items) == {other, removed}
    assert digest.deliveries == (1, 2, 3)


def test_the_latest_confirmation_about_a_watch_is_shown() -> None:
    """Of several confirmations about one watch the last one counts; a mute, and a watch of many, is another matter."""
    begun = JobConfirmation(Deed.WATCHED, ORDERS, "orders", UP, ANN, NOON)
    changed = replace(begun, deed=Deed.CHANGED, at=LATER)
    muted, many = replace(begun, deed=Deed.MUTED), PatternConfirmation(Deed.WATCHED, "*", ANN, NOON)
    other = replace(begun, ref=CLICKS)
    digest = next_digest(queue(begun, muted, many, changed, other))
    assert set(digest.items) == {changed, muted, many, other}
    assert digest.deliveries == (1, 2, 3, 4, 5)


def test_a_change_makes_reminders_needless() -> None:
    """Reminders that wait together are one; a change that waits, too, tells what they would. Somebody is told that a
    job lasts unless it has recovered by then."""
    reminders = [Reminder(ORDERS, "orders", ERROR, NOON, NOON, at) for at in (NOON, LATER)]
    told = Escalated(ORDERS, "orders", ERROR, NOON, NOON, NOON, ANN)
    assert next_digest(queue(*reminders)).items == (reminders[1],)
    worse, well = change(WARNING, ERROR, LATER), change(ERROR, UP, LATER)
    (item,) = next_digest(queue(worse, reminders[1])).items
    assert isinstance(item, Path)
    assert set(map(type, next_digest(queue(told, worse)).items)) == {Path, Escalated}
    recovered = next_digest(queue(told, reminders[0], well))
    assert [type(one) for one in recovered.items] == [Path]
    assert recovered.deliveries == (1, 2, 3)
