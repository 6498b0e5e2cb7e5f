"""Where a digest is posted, and what becomes of the incidents."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.incident import Incident, Posted
from bot.domain.job import Dataflow, JobRef, Status, StatusClass
from bot.domain.notification.digest import Digest, DigestItem, Path, PendingNotification
from bot.domain.notification.jobs import JobAdded, JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.service import OutageEnded
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import Lasted
from bot.notify.digest import next_digest
from bot.notify.threads import Plan, plan
from tests.cast import (
    BEN,
    CLICKS,
    DEPLOYING,
    ENDED,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    STOPPED,
    UP,
    WARNING,
    WORKSPACE,
    change,
)

HERE = Destination(WORKSPACE, OPS)
STATUSES = (UP, WARNING, ERROR, STOPPED, DEPLOYING, ENDED, Status.of("in limbo"))


def incident(ref: JobRef = ORDERS, status: Status = ERROR, id: int = 1, thread: str | None = "1.0") -> Incident:
    message = Posted(OPS, thread) if thread else None
    opening = change(new=status, ref=ref)
    return Incident(id, HERE, ref, opening, status, NOON, NOON, thread=thread, message=message)


def path(old: Status, *new: Status, ref: JobRef = ORDERS) -> Path:
    return Path((old, *new), change(old, new[-1], NOON + MINUTE, ref))


def planned(*items: DigestItem, known: Sequence[Incident] = (), threads: bool = True) -> Plan:
    return plan(Digest(items, (1,)), known, threads=threads)


def test_an_incident_begins_with_the_first_problem_delivered() -> None:
    """A job that turns to a problem opens an incident, and the message that tells nothing else is kept up to date. A
    job that only redeploys or recovered meanwhile opens none."""
    begins = planned(path(UP, ERROR))
    assert (begins.thread, [one.new for one in begins.opened], begins.shows_incidents) == (None, [ERROR], True)
    for calm in (path(UP, DEPLOYING), path(DEPLOYING, UP), path(UP, ERROR, UP)):
        assert planned(calm) == Plan()
    mixed = planned(path(UP, ERROR), path(DEPLOYING, UP, ref=CLICKS))
    assert (len(mixed.opened), mixed.shows_incidents) == (1, False)
    ended = Path((UP, ENDED), replace(change(UP, ENDED), ends=True))
    assert planned(ended).opened == ()


def test_what_gets_worse_or_recovers_shows_in_the_channel() -> None:
    """A reply shows in the channel, too, if the job got worse, recovered or is watched no more; not otherwise."""
    removed = JobRemoved(ORDERS, "orders", WARNING, NOON, followed=False)
    unavailable = JobUnavailable(ORDERS, "orders", WARNING, "hangs", NOON)
    back = JobAvailableAgain(ORDERS, "orders", WARNING, NOON, NOON)
    still = StillFailing(ORDERS, "orders", WARNING, NOON, NOON, BEN, NOON)
    for item, is_loud, is_open in (
        (path(WARNING, ERROR), True, True),
        (path(WARNING, UP), True, False),
        (path(WARNING, UP, WARNING), False, True),
        (path(WARNING, STOPPED), False, True),
        (path(WARNING, DEPLOYING), False, True),
        (removed, True, False),
        (unavailable, False, True),
        (back, False, True),
        (still, False, True),
        (replace(still, status=ERROR), True, True),
    ):
        reply = planned(item, known=[incident(status=WARNING)])
        assert (reply.thread, reply.broadcast) == ("1.0", is_loud), item
        assert [one.is_open for one in reply.changed] == [is_open], item
    assert planned(path(DEPLOYING, ERROR), known=[incident(status=DEPLOYING)]).broadcast


def test_only_what_belongs_to_one_thread_goes_there() -> None:
    """A message about two incidents is a reply if both have the same first message; anything else is posted in the
    channel, and the incidents keep theirs."""
    orders, clicks = incident(), incident(CLICKS, id=2)
    both = [path(ERROR, UP), path(ERROR, UP, ref=CLICKS)]
    assert planned(*both, known=[orders, clicks]).thread == "1.0"
    others = [replace(clicks, thread="2.0"), replace(clicks, thread=None, message=None)]
    for other in others:
        apart = planned(*both, known=[orders, other])
        assert apart.thread is None
        assert [(one.thread, one.is_open) for one in apart.changed] == [("1.0", False), (other.thread, False)]
    for foreign in (OutageEnded(NOON, NOON), JobAdded(CLICKS, "clicks", UP, NOON), path(UP, ERROR, ref=CLICKS)):
        assert planned(path(ERROR, UP), foreign, known=[orders]).thread is None, foreign
    assert planned(*both, known=[orders, clicks], threads=False).thread is None


def test_an_incident_without_a_first_message_gets_the_next_one() -> None:
    """After its first message was deleted, an incident goes on with the next alert, which is kept up to date."""
    lost = incident(thread=None)
    assert planned(path(ERROR, WARNING), known=[lost]).shows_incidents
    assert not planned(path(ERROR, UP), known=[lost]).shows_incidents


def test_a_recovery_that_the_filter_excludes_ends_the_incident() -> None:
    """If a job that worked again in between fails once more, that is another incident with a message of its own."""
    again = planned(path(UP, ERROR), known=[incident()])
    assert (again.thread, [one.new for one in again.opened]) == (None, [ERROR])
    assert [(one.status, one.is_open) for one in again.changed] == [(UP, False)]


def test_how_long_an_incident_lasted_is_true_or_at_least() -> None:
    """It is exact if beginning and end were seen, else at least as long as the job was seen to fail."""
    later = NOON + 3 * HOUR
    for sentence, began_exactly, recovery, lasted in (
        ("both were seen", True, change(ERROR, UP, later), Lasted(3 * HOUR, is_exact=True)),
        ("nobody saw when it began", False, change(ERROR, UP, later), Lasted(3 * HOUR, is_exact=False)),
        (
            "nobody saw when it ended",
            True,
            replace(change(ERROR, UP, later), at_is_exact=False, old_seen_at=NOON + HOUR),
            Lasted(HOUR, is_exact=False),
        ),
    ):
        known = replace(incident(), opening=replace(change(), at_is_exact=began_exactly))
        (ended,) = planned(Path((ERROR, UP), recovery), known=[known]).changed
        assert ended.lasted == lasted, sentence


def test_a_mute_that_hid_the_beginning_opens_the_incident_at_its_end() -> None:
    """The reminder after a mute opens an incident if the job was well when last heard of; reminders that an earlier
    release queued don't say that, and open none."""
    still = StillFailing(ORDERS, "orders", ERROR, NOON, NOON, BEN, NOON)
    assert planned(still).opened == ()
    (opened,) = planned(replace(still, notified=UP)).opened
    assert (opened.old, opened.new, opened.at, opened.lasted) == (UP, ERROR, NOON, None)


def test_a_job_watched_by_its_name_and_by_its_run_has_one_incident() -> None:
    """What opens as the job of a name ends with the notification of its run, and the other way round."""
    by_name = replace(incident(), target=Dataflow(ORDERS.dataflow))
    assert planned(path(ERROR, UP), known=[by_name]).thread == "1.0"
    followed = Path((ERROR, UP), replace(change(ERROR, UP), followed=True))
    assert planned(followed, known=[incident()]).thread == "1.0"
    other_run = JobRef(ORDERS.dataflow, 1)
    assert planned(path(ERROR, UP, ref=other_run), known=[by_name]).thread is None


# ── whatever happens ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Channel:
    """A channel that watches three jobs: what was delivered, and the incidents as the store would keep them."""

    status: dict[JobRef, Status] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    posts: int = 0
    now: datetime = NOON

    def deliver(self, steps: Sequence[tuple[JobRef, Status]], *, threads: bool) -> tuple[Digest, Plan]:
        pending = [self._pending(number, ref, new) for number, (ref, new) in enumerate(steps, 1)]
        digest = next_digest(pending)
        known = [one for one in self.incidents.values() if one.is_open]
        made = plan(digest, known, threads=threads)
        self.posts += 1
        name = f"{self.posts}.0"
        for one in made.changed:
            if one.thread is None and one.is_open and made.thread is None:
                one = replace(one, thread=name, message=Posted(OPS, name) if made.shows_incidents else None)
            self.incidents[one.id] = one
        for opening in made.opened:
            id, message = len(self.incidents) + 1, Posted(OPS, name) if made.shows_incidents else None
            self.incidents[id] = Incident(
                id, HERE, opening.target, opening, opening.new, NOON, NOON, thread=name, message=message
            )
        return digest, made

    def _pending(self, number: int, ref: JobRef, new: Status) -> PendingNotification:
        old, self.now = self.status.get(ref, UP), self.now + MINUTE
        self.status[ref] = new
        return PendingNotification(number, Change(ref, str(ref), old, new, None, self.now), NOON, 0, None)


REFS = [JobRef(f"flow-{number}", number) for number in range(3)]
STEPS = st.lists(st.tuples(st.sampled_from(REFS), st.sampled_from(STATUSES)), min_size=1, max_size=4)


@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=12), st.data())
def test_threads_and_incidents_fit_whatever_happens(
    story: Sequence[tuple[Sequence[tuple[JobRef, Status]], bool]], data: st.DataObject
) -> None:
    """Whatever jobs do and whichever messages are deleted: a job that fails has exactly one open incident and one that
    works has none; a reply is only about jobs whose incidents have that first message; and a message that is kept up to
    date tells of nothing else."""
    channel = Channel()
    for steps, threads in story:
        if channel.posts and data.draw(st.booleans()):
            gone = f"{data.draw(st.integers(1, channel.posts))}.0"
            channel.incidents = {
                id: replace(one, thread=None, message=None) if one.thread == gone else one
                for id, one in channel.incidents.items()
            }
        before = {one.opening.ref: one for one in channel.incidents.values() if one.is_open}
        digest, made = channel.deliver(list(steps), threads=threads)
        told = {item.ref for item in digest.items if isinstance(item, Path)}
        if made.thread is not None:
            assert threads
            assert {before[ref].thread for ref in told} == {made.thread}
            assert not made.opened
        assert made.thread is not None or not made.broadcast
        still_open = [one for one in channel.incidents.values() if one.is_open]
        failing = {ref for ref, status in channel.status.items() if is_problem(status)}
        working = {ref for ref, status in channel.status.items() if status.status_class is StatusClass.HEALTHY}
        assert len({one.opening.ref for one in still_open}) == len(still_open)
        assert failing <= {one.opening.ref for one in still_open}
        assert not working & {one.opening.ref for one in still_open}
        kept = {
            one.opening.ref for one in channel.incidents.values() if one.message == Posted(OPS, f"{channel.posts}.0")
        }
        assert kept == (told if made.shows_incidents else set())


def test_a_reminder_belongs_to_the_thread() -> None:
    """A reminder is a reply, and changes nothing of the incident; that somebody is told shows in the channel, too.
    Without a first message either takes its place."""
    reminder = Reminder(ORDERS, "orders", ERROR, NOON, NOON, NOON + MINUTE)
    told = Escalated(ORDERS, "orders", ERROR, NOON, NOON, NOON + MINUTE, BEN)
    known = [incident()]
    for item, broadcast in ((reminder, False), (told, True)):
        found = planned(item, known=known)
        assert (found.thread, found.broadcast, found.changed, found.opened) == ("1.0", broadcast, (known[0],), ())
        lost = planned(item, known=[incident(thread=None)])
        assert (lost.thread, lost.shows_incidents) == (None, True)
    several = planned(reminder, replace(reminder, ref=CLICKS), known=[incident(), incident(CLICKS, id=2, thread="2.0")])
    assert (several.thread, several.shows_incidents) == (None, False)
    assert planned(reminder, known=known, threads=False).thread is None
