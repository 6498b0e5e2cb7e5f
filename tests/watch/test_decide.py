from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import Change, Job, Status
from bot.store.watches import Known
from bot.watch.decide import Decision, Unseen, decide
from tests.cast import ENDED, ERROR, MINUTE, NOON, ORDERS, SECOND, UP, WARNING, WORKSPACE, job

INTERVAL = 30 * SECOND
NOW = NOON + 60 * MINUTE
EARLIER = NOON + 50 * MINUTE

KNOWN = Known(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, seen_at=NOW - INTERVAL)
FAILING = replace(KNOWN, failure="busy", failing_since=EARLIER)


@dataclass(frozen=True)
class Case:
    sentence: str
    known: Known
    seen: Job | Unseen
    expected: Known
    told: tuple[Status, Status] | None = None
    again: timedelta = INTERVAL


CASES = [
    Case(
        "The same status is told to nobody, and its age remains.",
        KNOWN,
        job(UP),
        replace(KNOWN, seen_at=NOW),
    ),
    Case(
        "Another status is told, and is known since now.",
        KNOWN,
        job(ERROR),
        replace(KNOWN, status=ERROR, status_since=NOW, seen_at=NOW),
        told=(UP, ERROR),
    ),
    Case(
        "A better status is told just as a worse one is.",
        replace(KNOWN, status=ERROR),
        job(UP),
        replace(KNOWN, status_since=NOW, seen_at=NOW),
        told=(ERROR, UP),
    ),
    Case(
        "The same status in another spelling is no change.",
        KNOWN,
        job(Status.of("UP_AND_RUNNING")),
        replace(KNOWN, seen_at=NOW),
    ),
    Case(
        "A word that nobody knows is told as it is.",
        KNOWN,
        job(Status.of("Paused")),
        replace(KNOWN, status=Status.of("Paused"), status_since=NOW, seen_at=NOW),
        told=(UP, Status.of("Paused")),
    ),
    Case(
        "A job that has ended is looked at as ever: it may be deployed again.",
        replace(KNOWN, status=ENDED),
        job(ENDED),
        replace(KNOWN, status=ENDED, seen_at=NOW),
    ),
    Case(
        "A new name is remembered, and is no change.",
        KNOWN,
        job(UP, name="orders-to-lake"),
        replace(KNOWN, title="orders-to-lake", seen_at=NOW),
    ),
    Case(
        "A failed look changes nothing but that it failed.",
        KNOWN,
        Unseen("busy"),
        replace(KNOWN, failure="busy", failing_since=NOW),
    ),
    Case(
        "A further failure keeps when they began, and says the latest reason.",
        FAILING,
        Unseen("no answer"),
        replace(KNOWN, failure="no answer", failing_since=EARLIER),
    ),
    Case(
        "A good look ends the failures, in silence where the status is the same.",
        FAILING,
        job(UP),
        replace(KNOWN, seen_at=NOW),
    ),
    Case(
        "A status that changed while nobody could see is told with the first good look.",
        FAILING,
        job(ERROR),
        replace(KNOWN, status=ERROR, status_since=NOW, seen_at=NOW),
        told=(UP, ERROR),
    ),
    Case(
        "A service that asks for a longer pause than the interval gets it.",
        KNOWN,
        Unseen("busy", 2 * MINUTE),
        replace(KNOWN, failure="busy", failing_since=NOW),
        again=2 * MINUTE,
    ),
    Case(
        "A service that asks for a shorter pause is not asked more often than others.",
        KNOWN,
        Unseen("busy", SECOND),
        replace(KNOWN, failure="busy", failing_since=NOW),
    ),
    Case(
        "A service that asks for no pause at all is not asked at once.",
        KNOWN,
        Unseen("busy", timedelta(0)),
        replace(KNOWN, failure="busy", failing_since=NOW),
    ),
    Case(
        "A service that asks for a day is asked after ten minutes all the same.",
        KNOWN,
        Unseen("busy", timedelta(days=1)),
        replace(KNOWN, failure="busy", failing_since=NOW),
        again=10 * MINUTE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_what_follows_from_a_look(case: Case) -> None:
    """From what was known and what was seen follows what the row's sentence says, in every field."""
    decision = decide(case.known, case.seen, NOW, INTERVAL)
    assert decision.known == case.expected
    assert decision.next_look_at == NOW + case.again
    change = decision.change
    assert (change and (change.old, change.new)) == case.told
    if change is not None:
        assert (change.ref, change.at, change.old_since) == (ORDERS, NOW, case.known.status_since)
        assert (change.title, change.version, change.started_by) == ("orders", "3", "ann")


@pytest.mark.parametrize("name", [None, ""], ids=["not said", "empty"])
def test_an_answer_without_a_name(name: str | None) -> None:
    """Where the service leaves the name out, the job is still called, and told, by the name that it had."""
    decision = decide(KNOWN, job(ERROR, name=name), NOW, INTERVAL)
    assert decision.known.title == "orders"
    assert decision.change is not None
    assert decision.change.title == "orders"


def test_ten_minutes_are_the_longest_silence_but_not_the_longest_interval() -> None:
    """An interval of hours is kept, also when the service asks for a pause or looks fail."""
    for seen in (job(UP), Unseen("busy"), Unseen("busy", timedelta(days=1)), Unseen("busy", SECOND)):
        assert decide(KNOWN, seen, NOW, 180 * MINUTE).next_look_at == NOW + 180 * MINUTE


statuses = st.sampled_from([UP, Status.of("UP_AND_RUNNING"), WARNING, ERROR, ENDED]) | st.text(max_size=4).map(
    Status.of
)
jobs = st.builds(job, statuses, name=st.none() | st.sampled_from(["", "orders", "renamed"]))
waits = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1))
failures = st.builds(Unseen, st.sampled_from(["busy", "no answer"]), waits)
intervals = st.timedeltas(min_value=timedelta(seconds=0.1), max_value=timedelta(days=1))
late = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))
Looks = list[tuple[Job | Unseen, timedelta]]
looks = st.lists(st.tuples(jobs | failures, late), max_size=20)


def watched(looks: Looks, interval: timedelta) -> list[tuple[Known, Job | Unseen, Decision]]:
    """Look after look, each no sooner than the one before it decided: what was known, seen and decided."""
    known, now, story = KNOWN, NOW, []
    for seen, late in looks:
        decision = decide(known, seen, now, interval)
        story.append((known, seen, decision))
        known, now = decision.known, decision.next_look_at + late
    return story


def changes(looks: Looks, interval: timedelta) -> list[Change]:
    return [decision.change for *_, decision in watched(looks, interval) if decision.change]


@given(looks, intervals)
def test_who_hears_every_change_knows_the_status(looks: Looks, interval: timedelta) -> None:
    """The changes told, in order, lead from the baseline to the last status seen, each one from where the one before
    it led, and none from a status to itself."""
    heard = KNOWN.status
    since = KNOWN.status_since
    for change in changes(looks, interval):
        assert change.old == heard
        assert change.new != heard
        assert change.old_since == since
        assert change.at > since
        heard, since = change.new, change.at
    assert heard == ([KNOWN.status] + [seen.status for seen, _ in looks if isinstance(seen, Job)])[-1]


@given(looks, intervals)
def test_no_change_is_missed_and_none_invented(looks: Looks, interval: timedelta) -> None:
    """Exactly the good looks that differ from the good look before them are told, with what they saw."""
    seen = [KNOWN.status] + [seen.status for seen, _ in looks if isinstance(seen, Job)]
    expected = [(old, new) for old, new in pairwise(seen) if old != new]
    assert [(change.old, change.new) for change in changes(looks, interval)] == expected


@given(st.lists(st.tuples(st.just(job(UP)) | failures, late), max_size=20), intervals)
def test_silence_while_nothing_changes(looks: Looks, interval: timedelta) -> None:
    """However often looks fail and succeed again: while the status is the same, nobody hears a thing."""
    assert changes(looks, interval) == []


@given(looks, intervals)
def test_a_failure_says_nothing_of_the_job(looks: Looks, interval: timedelta) -> None:
    """A failed look is never told and changes neither status nor its age, title or when the job was last seen."""
    for before, seen, decision in watched(looks, interval):
        if isinstance(seen, Unseen):
            assert decision.change is None
            assert replace(decision.known, failure=before.failure, failing_since=before.failing_since) == before
            assert decision.known.status.raw == before.status.raw
            assert decision.known.failure == seen.reason


@given(looks, intervals)
def test_how_long_it_could_not_be_seen(looks: Looks, interval: timedelta) -> None:
    """`failing_since` is when the first failure in a row began, and a good look clears it."""
    began, now = None, NOW
    for (seen, late), (*_, decision) in zip(looks, watched(looks, interval), strict=True):
        began = (began or now) if isinstance(seen, Unseen) else None
        assert decision.known.failing_since == began
        assert (decision.known.failure is None) == (began is None)
        assert (decision.known.seen_at == now) == isinstance(seen, Job)
        now = decision.next_look_at + late


@given(jobs | failures, intervals)
def test_when_to_look_again(seen: Job | Unseen, interval: timedelta) -> None:
    """Never sooner than the interval, never later than ten minutes or the interval, whichever is longer."""
    wait = decide(KNOWN, seen, NOW, interval).next_look_at - NOW
    assert interval <= wait <= max(interval, 10 * MINUTE)
    if isinstance(seen, Job) or seen.retry_after is None:
        assert wait == interval
    elif seen.retry_after <= 10 * MINUTE:
        assert wait == max(interval, seen.retry_after)


@given(jobs | failures, intervals)
def test_a_decision_touches_nothing(seen: Job | Unseen, interval: timedelta) -> None:
    """Deciding twice from the same gives the same, and which job it is never changes."""
    first = decide(FAILING, seen, NOW, interval)
    assert decide(FAILING, seen, NOW, interval) == first
    known = first.known
    assert (known.id, known.workspace, known.ref) == (FAILING.id, FAILING.workspace, FAILING.ref)
