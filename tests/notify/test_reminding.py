"""What is announced about a job that fails for long, and when."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.destination import Destination
from bot.domain.incident import Acknowledgement, DueIncident, Incident
from bot.domain.job import Status
from bot.domain.reminding import Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import Gap, TrackedJob
from bot.notify.reminding import Decision, announced, decide
from tests.cast import ANN, BEN, DEPLOYING, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, STOPPED, WARNING, WORKSPACE, change

EVERY, AFTER = 30 * MINUTE, 15 * MINUTE
BOTH = Reminding(Reminders(EVERY), Escalation(BEN, AFTER))
LONG_AGO = NOON - 24 * HOUR


@dataclass
class Story:
    """A job that fails at one destination, and what the store keeps of it, as time passes."""

    reminding: Reminding
    now: datetime = NOON
    status: Status = ERROR
    since: dict[Failing, datetime] = field(default_factory=dict)
    changed_at: datetime = NOON
    acknowledged_at: datetime | None = None
    escalated_at: datetime | None = None
    reminder_at: datetime | None = None
    escalation_at: datetime | None = None
    is_muted: bool = False
    failure: str | None = None
    announced: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.becomes(self.status)

    def becomes(self, status: Status) -> None:
        """The job changes, and an alert says so."""
        senses = [sense for sense in Failing if sense.includes(status)]
        self.since = {sense: self.since.get(sense, self.now) for sense in senses}
        self.status, self.changed_at = status, self.now
        self.reminder_at = self.reminding.next_reminder(status, self.now)
        self.escalation_at = self.reminding.next_escalation(status, self.now, self.escalation_at)

    def acknowledge(self) -> None:
        self.acknowledged_at, self.reminder_at, self.escalation_at = self.now, None, None

    @property
    def due(self) -> DueIncident:
        place = Destination(WORKSPACE, OPS)
        job = TrackedJob(1, WORKSPACE, ORDERS, "orders", self.status, self.changed_at, self.now, failure=self.failure)
        muted_until = self.now + HOUR if self.is_muted else None
        watch = Subscription(
            1, place, job, ANN, StatusFilter(), self.status, muted_until=muted_until, reminding=self.reminding
        )
        taken = Acknowledgement(ANN, self.acknowledged_at) if self.acknowledged_at else None
        incident = Incident(
            1, place, ORDERS, change(), self.status, NOON, NOON, acknowledged=taken, escalated_at=self.escalated_at
        )
        return DueIncident(incident, watch, self.since, self.reminder_at, self.escalation_at)

    def tick(self) -> Decision:
        """Decide as a worker does, and keep what it writes."""
        due = self.due
        decision = decide(due, self.now, polled_after=LONG_AGO)
        self.reminder_at, self.escalation_at = decision.reminder_at, decision.escalation_at
        self.escalated_at = self.now if decision.escalates else self.escalated_at
        self.announced += [(self.now, one.kind) for _, one in announced(due, decision, self.now)]
        return decision

    def passes(self, span: timedelta, *, ticking: bool = True) -> None:
        """Time passes, with a tick a minute or none."""
        end = self.now + span
        while ticking and self.now + MINUTE <= end:
            self.now += MINUTE
            self.tick()
        self.now = end

    def minutes(self) -> list[tuple[int, str]]:
        return [((at - NOON) // MINUTE, kind) for at, kind in self.announced]


def test_a_job_that_keeps_failing() -> None:
    """Somebody is told once, after a quarter of an hour; reminders follow each other in their rhythm."""
    story = Story(BOTH)
    story.passes(100 * MINUTE)
    assert story.minutes() == [(15, "escalated"), (30, "reminder"), (60, "reminder"), (90, "reminder")]


def test_after_a_downtime_there_is_one() -> None:
    """What wasn't posted for hours isn't made up for: one reminder, and the rhythm from there."""
    story = Story(Reminding(Reminders(EVERY)))
    story.passes(190 * MINUTE, ticking=False)
    story.passes(70 * MINUTE)
    assert story.minutes() == [(191, "reminder"), (221, "reminder"), (251, "reminder")]


def test_a_clock_that_is_set_back_delays_nothing_for_long() -> None:
    """What was planned by the time before comes when it would come after an alert that was delivered now."""
    story = Story(BOTH, now=NOON + 48 * HOUR)
    story.now, story.since = NOON, dict.fromkeys(Failing, NOON)
    story.passes(35 * MINUTE)
    assert story.minutes() == [(16, "escalated"), (31, "reminder")]


def test_an_acknowledgement_holds_until_the_job_changes() -> None:
    """Nothing follows until the job gets worse; then everything counts anew, and can be acknowledged again."""
    story = Story(Reminding(Reminders(EVERY, Failing.PROBLEM), Escalation(BEN, AFTER, Failing.PROBLEM)), status=WARNING)
    story.passes(10 * MINUTE)
    story.acknowledge()
    story.passes(50 * MINUTE)
    assert story.minutes() == []
    story.becomes(ERROR)
    story.passes(35 * MINUTE)
    assert story.minutes() == [(75, "escalated"), (90, "reminder")]
    story.acknowledge()
    story.passes(HOUR)
    assert len(story.announced) == 2


def test_what_lasts_is_counted_from_its_beginning() -> None:
    """A job that recovered in between hasn't failed for so long, even if nobody was told of that."""
    story = Story(Reminding(None, Escalation(BEN, AFTER)))
    story.passes(10 * MINUTE)
    story.since = dict.fromkeys(story.since, story.now)  # as the changes say that no alert told
    story.passes(20 * MINUTE)
    assert story.minutes() == [(25, "escalated")]


def test_what_is_not_known_is_not_said() -> None:
    """A job that can't be polled, wasn't polled since the worker began, or of which an alert still waits isn't said to
    fail, nor one in quiet hours; each is looked at again soon."""
    story = Story(BOTH, now=NOON)
    story.now += 40 * MINUTE
    unpolled = decide(story.due, story.now, polled_after=story.now + MINUTE)
    behind = decide(replace(story.due, is_behind=True), story.now, polled_after=LONG_AGO)
    story.failure = "it hangs"
    unavailable = decide(story.due, story.now, polled_after=LONG_AGO)
    quiet = decide(replace(story.due, is_quiet=True), story.now, polled_after=LONG_AGO)
    for decision, soon in ((unpolled, MINUTE), (behind, MINUTE), (unavailable, 10 * MINUTE), (quiet, 10 * MINUTE)):
        assert (decision.reminds, decision.escalates) == (False, False)
        assert decision.reminder_at is not None
        assert story.now < decision.reminder_at < story.now + soon


def test_of_a_persons_own_watch_somebody_else_is_told_directly() -> None:
    """Who is told isn't in the direct messages of the person who watches; that person is told in them."""
    story = Story(Reminding(None, Escalation(BEN, AFTER)))
    due, decision = story.due, Decision(escalates=True)
    for place, to, watched_by in ((OPS, OPS, None), (ANN, BEN, ANN), (BEN, BEN, None)):
        watch = replace(due.watch, destination=Destination(WORKSPACE, place))
        ((where, told),) = announced(replace(due, watch=watch), decision, NOON)
        assert (where.id, getattr(told, "watched_by", "")) == (to, watched_by)


def test_how_long_it_fails_is_counted_since_the_last_gap() -> None:
    """It may have recovered and failed again while nobody could look, so it fails since then at least. Who is to be
    told is told all the same; a gap from before it failed is no matter."""
    story = Story(BOTH)
    story.now += 15 * MINUTE
    for since, until, expected in ((-30, 0, (NOON, True)), (0, 14, (NOON + 14 * MINUTE, False))):
        due = replace(story.due, exact=frozenset(Failing), gap=Gap(NOON + since * MINUTE, NOON + until * MINUTE))
        for when in ({"reminder_at": story.now, "escalation_at": None}, {"escalation_at": story.now}):
            due = replace(due, **when)
            decision = decide(due, story.now, polled_after=LONG_AGO)
            ((_, told),) = announced(due, decision, story.now)
            assert (told.failing_since, told.failing_is_exact) == expected


STEPS = st.one_of(
    st.tuples(st.just("passes"), st.integers(1, 90)),
    st.tuples(st.just("is down"), st.integers(1, 300)),
    st.tuples(st.just("becomes"), st.sampled_from([ERROR, WARNING, STOPPED, DEPLOYING])),
    st.tuples(st.sampled_from(["is acknowledged", "is muted", "is unmuted"]), st.none()),
)


@given(st.sampled_from(Failing), st.lists(STEPS, max_size=12))
@example(Failing.PROBLEM, [("passes", 20), ("becomes", STOPPED), ("passes", 60)])
@example(Failing.ERROR, [("is muted", None), ("passes", 60)])
@example(Failing.ERROR, [("passes", 20), ("becomes", WARNING), ("passes", 60), ("becomes", ERROR), ("passes", 60)])
def test_nothing_is_announced_twice_or_in_vain(during: Failing, steps: list[tuple[str, object]]) -> None:
    """Whatever happens: reminders keep their distance, somebody is told once for each time that it begins to fail or
    changes after an acknowledgement, and nothing comes while the job doesn't fail, is muted or is taken care of."""
    story = Story(Reminding(Reminders(EVERY, during), Escalation(BEN, AFTER, during)))
    last_reminder, told_for = NOON - HOUR, set[tuple[datetime, datetime | None]]()
    for what, how in steps:
        match what, how:
            case "is down", int(minutes):
                story.passes(minutes * MINUTE, ticking=False)
            case "becomes", Status():
                story.becomes(how)
            case "is acknowledged", _:
                story.acknowledge()
            case "is muted", _:
                story.is_muted = True
            case "is unmuted", _:
                story.is_muted = False
            case _, int(minutes):
                for _ in range(minutes):
                    story.now += MINUTE
                    decision = story.tick()
                    assert not (decision.reminds and decision.escalates)
                    if decision.reminds or decision.escalates:
                        assert during.includes(story.status)
                        assert not story.is_muted
                        assert story.acknowledged_at is None or story.acknowledged_at <= story.changed_at
                    if decision.reminds:
                        assert story.now - max(last_reminder, story.changed_at) >= EVERY
                        last_reminder = story.now
                    if decision.escalates:
                        cause = story.since[during], story.acknowledged_at
                        assert cause not in told_for
                        told_for.add(cause)
                        assert story.now - story.since[during] >= AFTER
