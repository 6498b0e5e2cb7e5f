"""What waits for a destination as messages: complete, in order, worst first, and as few as can be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from bot.domain.change import Change
from hypothesis import event, given
from hypothesis import strategies as st

from bot.domain.job import JobRef, Status
from bot.domain.notification import (
    Digest,
    DigestItem,
    JobAdded,
    JobAvailableAgain,
    JobRemoved,
    JobUnavailable,
    LastStatus,
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
from bot.notify.digest import MOST_ITEMS, next_message
from tests.cast import ANN, CLICKS, DEV, ENDED, ERROR, MINUTE, NOON, OPS, ORDERS, UP, WARNING, change

STATUSES = [*(UP, WARNING, ERROR, ENDED), *map(Status.of, ("Stopped", "Deploying", "Paused by a comet"))]
WHOLE = (LoginRefused, Outage, OutageEnded, Resumed, Paused)  # what concerns more than a job, in its order
LATER = NOON + MINUTE


def ref(number: int) -> JobRef:
    return JobRef(ORDERS.dataflow, number)


def queue(*news: Notification) -> list[PendingNotification]:
    return [PendingNotification(id, one, NOON, 0, None) for id, one in enumerate(news, start=1)]


def messages(waiting: Sequence[PendingNotification]) -> list[Digest]:
    """All messages that a queue becomes while nothing is added to it."""
    told = []
    while waiting:
        told.append(next_message(waiting))
        assert told[-1].covers, "a message that tells nothing"
        waiting = [one for one in waiting if one.id not in told[-1].covers]
    return told


jobs = st.integers(min_value=1, max_value=100).map(ref)
some_status = st.sampled_from(STATUSES)
moments = st.integers(min_value=0, max_value=1_000).map(lambda minutes: NOON + minutes * MINUTE)
two_statuses = st.lists(some_status, min_size=2, max_size=2, unique=True)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    old, new = draw(two_statuses)
    job = draw(jobs)
    return Change(job, f"job {job.run % 7}", old, new, None, draw(moments))


news_of_any_kind = st.one_of(
    changes(),
    changes(),
    st.builds(JobUnavailable, jobs, st.just("lost"), some_status, st.just("not found"), moments),
    st.builds(JobAvailableAgain, jobs, st.just("found"), some_status, moments, moments),
    st.builds(StillFailing, jobs, st.just("bad"), some_status, moments, moments, st.just(ANN), moments),
    st.builds(JobAdded, jobs, st.just("new"), some_status, moments),
    st.builds(JobRemoved, jobs, st.just("gone"), some_status, moments),
    st.builds(Outage, st.just("503"), moments, st.just(1), st.just((LastStatus("orders", UP),))),
    st.builds(OutageEnded, moments, moments),
    st.builds(LoginRefused, st.just("refused"), st.just("ask"), moments),
    st.builds(Paused, st.sampled_from([OPS, DEV]), st.just("is_archived"), st.just(1), st.just(("orders",))),
    st.builds(Resumed, st.integers(1, 9), moments),
)
# Some that show what is wrong in few steps, and some that need several messages.
few = st.lists(news_of_any_kind, min_size=1, max_size=30)
many = st.tuples(st.lists(changes(), min_size=5, max_size=20), few, st.integers(30, 250)).map(
    lambda drawn: [*drawn[0], *(_more(drawn[2], drawn[0])), *drawn[1]]
)


def _more(count: int, like: list[Change]) -> list[Notification]:
    """The same changes of other jobs."""
    return [replace(like[number % len(like)], ref=ref(1_000 + number // 2)) for number in range(count)]


# As the store hands them over: oldest first, with gaps in the numbering.
queues = st.one_of(few, many).map(
    lambda news: [PendingNotification(3 * number, one, NOON, 0, None) for number, one in enumerate(news)]
)


@given(queues)
def test_everything_is_told_exactly_once(waiting: list[PendingNotification]) -> None:
    """Over successive messages every delivery is covered exactly once, and named oldest first."""
    told = messages(waiting)
    event(f"messages: {len(told)}")
    covered = [id for digest in told for id in digest.covers]
    assert sorted(covered) == [one.id for one in waiting]
    assert all(list(digest.covers) == sorted(digest.covers) for digest in told)


@given(queues)
def test_a_message_is_as_full_as_it_may_be(waiting: list[PendingNotification]) -> None:
    """Every message but the last is full, none is more than that, and each says how many items follow."""
    told = messages(waiting)
    sizes = [len(digest.items) for digest in told]
    assert sizes[:-1] == [MOST_ITEMS] * (len(told) - 1)
    assert 1 <= sizes[-1] <= MOST_ITEMS
    assert [digest.more for digest in told] == [sum(sizes[number + 1 :]) for number in range(len(told))]


@given(queues)
def test_a_jobs_changes_keep_together_and_in_order(waiting: list[PendingNotification]) -> None:
    """All changes of one job are one path, from what it was before the first of them to what it is after the last,
    by way of each status in turn."""
    paths = [item for digest in messages(waiting) for item in digest.items if isinstance(item, Path)]
    by_job: dict[JobRef, list[Change]] = {}
    for one in waiting:
        if isinstance(one.news, Change):
            by_job.setdefault(one.news.ref, []).append(one.news)
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
def test_the_worst_comes_first(waiting: list[PendingNotification]) -> None:
    """What concerns more than a job comes first, then changes from the worst status to the best, then what can't or
    can again be seen, the worst first too; over all messages."""
    items = [item for digest in messages(waiting) for item in digest.items]
    assert [place(item) for item in items] == sorted(place(item) for item in items)


def place(item: DigestItem) -> tuple[int, int]:
    if isinstance(item, Path | StillFailing | JobUnavailable | JobAvailableAgain | JobAdded | JobRemoved):
        return (1 if isinstance(item, Path | StillFailing) else 2), item.status.status_class.severity
    return 0, WHOLE.index(type(item))


@given(queues)
def test_the_same_queue_makes_the_same_message(waiting: list[PendingNotification]) -> None:
    """A message that is tried again is the same one, whether or not something was added to a full one's end."""
    assert next_message(waiting) == next_message(list(waiting))


@given(queues, news_of_any_kind)
def test_what_is_added_is_never_told_instead(waiting: list[PendingNotification], added: Notification) -> None:
    """News that arrive while a queue is told are told too, once, and nothing that waited before is lost by them."""
    first = next_message(waiting)
    left = [one for one in waiting if one.id not in first.covers]
    left.append(PendingNotification(10_000, added, NOON, 0, None))
    covered = [*first.covers, *(id for digest in messages(left) for id in digest.covers)]
    assert sorted(covered) == [*(one.id for one in waiting), 10_000]


PATHS = [
    ("one change", [(UP, ERROR)], [UP, ERROR]),
    ("several", [(UP, WARNING), (WARNING, ERROR)], [UP, WARNING, ERROR]),
    ("there and back", [(UP, ERROR), (ERROR, UP)], [UP, ERROR, UP]),
    ("a step that was left out shows as a jump", [(UP, WARNING), (ERROR, UP)], [UP, WARNING, ERROR, UP]),
    ("also when it went back to where it had been", [(UP, ERROR), (WARNING, ERROR)], [UP, ERROR, WARNING, ERROR]),
]


@pytest.mark.parametrize(("steps", "path"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS])
def test_the_path_of_a_job(steps: list[tuple[Status, Status]], path: list[Status]) -> None:
    """Changes of one job that wait together are one item with the way it took."""
    facts = [change(old, new, NOON + number * MINUTE) for number, (old, new) in enumerate(steps)]
    digest = next_message(queue(*facts))
    assert digest == Digest((Path(tuple(path), facts[-1]),), tuple(range(1, len(facts) + 1)))


OUTAGE = Outage("503", NOON, 1, (LastStatus("orders", UP),))
SECOND_OUTAGE = Outage("503", NOON + 5 * MINUTE, 1, (LastStatus("orders", UP),))
OVER = OutageEnded(NOON + 2 * MINUTE, NOON + 3 * MINUTE)
LOST = JobUnavailable(ORDERS, "orders", UP, "not found", NOON)
NEW, GONE = JobAdded(ORDERS, "orders", UP, NOON), JobRemoved(ORDERS, "orders", UP, LATER)
FOUND = JobAvailableAgain(ORDERS, "orders", ERROR, NOON, LATER)
ARCHIVED = Paused(OPS, "is_archived", 1, ("orders",))
THROWN_OUT = Paused(OPS, "not_in_channel", 2, ("clicks", "orders"))

MERGED: list[tuple[str, list[Notification], list[DigestItem]]] = [
    ("an outage", [OUTAGE], [OUTAGE]),
    ("an outage that is over, since it began", [OUTAGE, OVER], [OutageEnded(NOON, OVER.at)]),
    ("two outages that are over", [OUTAGE, OVER, SECOND_OUTAGE, OVER], [OutageEnded(NOON, OVER.at)]),
    ("an outage that began anew", [OVER, SECOND_OUTAGE], [SECOND_OUTAGE]),
    ("out of sight and back", [LOST, FOUND], [FOUND]),
    ("back in sight and out again", [FOUND, LOST], [LOST]),
    ("new and gone again", [NEW, GONE], [GONE]),
    ("gone and back again", [GONE, NEW], [NEW]),
    ("what a new job became since", [NEW, change(UP, ERROR)], [NEW, Path((UP, ERROR), change(UP, ERROR))]),
    ("each job by itself", [LOST, JobAvailableAgain(CLICKS, "clicks", UP, NOON, LATER)], []),
    ("a channel that was paused twice", [ARCHIVED, THROWN_OUT], [THROWN_OUT]),
    ("each channel by itself", [ARCHIVED, Paused(DEV, "is_archived", 1, ("orders",))], []),
]


@pytest.mark.parametrize(("news", "items"), [row[1:] for row in MERGED], ids=[row[0] for row in MERGED])
def test_the_newest_says_it_all(news: list[Notification], items: list[DigestItem]) -> None:
    """What a later piece of news has made old is not told, but counts as told; what stands for itself is kept."""
    digest = next_message(queue(*news))
    assert set(digest.items) == set(items or news)
    assert len(digest.items) == len(items or news)
    assert digest.covers == tuple(range(1, len(news) + 1))


@pytest.mark.parametrize(
    "first",
    [LoginRefused("refused", "ask", NOON), OUTAGE, OVER, Resumed(2, NOON), ARCHIVED],
    ids=lambda news: news.kind,
)
def test_what_concerns_more_than_a_job_comes_first(first: Notification) -> None:
    """It stands before all jobs, however bad they are and however late it came, and is not pushed out of the first
    message by them."""
    facts = [change(UP, ERROR, ref=ref(number)) for number in range(MOST_ITEMS + 5)]
    digest = next_message(queue(*facts, LOST, first))
    assert digest.items[0] == first
    assert all(isinstance(item, Path) for item in digest.items[1:])


def test_a_lost_job_and_its_change_are_two_things() -> None:
    """That a job changed, that it can't be seen and that its mute ended are each told, the change before the rest."""
    still_bad = StillFailing(ORDERS, "orders", ERROR, NOON, NOON, ANN, LATER)
    kinds = [type(item) for item in next_message(queue(LOST, change(UP, WARNING), still_bad)).items]
    assert kinds == [StillFailing, Path, JobUnavailable]


def test_jobs_of_one_status_are_listed_by_name() -> None:
    """Within a status the names' order helps to find one, capitals or not."""
    facts = [
        Change(ref(number), title, UP, ERROR, None, NOON) for number, title in enumerate(["delta", "Alpha", "Charlie"])
    ]
    items = next_message(queue(*facts)).items
    assert [item.last.title for item in items if isinstance(item, Path)] == ["Alpha", "Charlie", "delta"]


def test_a_thousand_new_jobs_are_messages_of_sixty() -> None:
    """However many come at once, each is named once, in as few messages as hold their names."""
    jobs = [JobAdded(JobRef(f"flow {number}", 1), f"job {number:04}", UP, NOON) for number in range(1_000)]
    told = messages(queue(*jobs))
    assert len(told) == -(-1_000 // MOST_ITEMS)
    names = [item.title for digest in told for item in digest.items if isinstance(item, JobAdded)]
    assert names == [f"job {number:04}" for number in range(1_000)]


def test_three_hundred_jobs_that_change_at_once() -> None:
    """They fit into under ten messages, each job once, and the last of the messages says that nothing follows."""
    facts = [
        Change(ref(number), f"job {number}", UP, STATUSES[1 + number % 6], None, NOON + timedelta(seconds=number))
        for number in range(300)
    ]
    told = messages(queue(*facts))
    assert [len(digest.items) for digest in told] == [MOST_ITEMS] * (300 // MOST_ITEMS)
    assert len(told) < 10
    assert sorted(item.ref for digest in told for item in digest.items if isinstance(item, Path)) == [
        ref(number) for number in range(300)
    ]
    assert told[-1].more == 0
