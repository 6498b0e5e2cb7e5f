from dataclasses import replace

import pytest

from bot.domain.job import JobRef
from bot.domain.tracked_job import TrackedJob
from bot.watch.assignment import AssignedJob, Assignment
from tests.cast import MINUTE, NOON, UP, WORKSPACE, change

NOW = 1000.0


def tracked(id: int) -> TrackedJob:
    return TrackedJob(id, WORKSPACE, JobRef("d", id), f"job-{id}", UP, status_since=NOON, polled_at=NOON)


@pytest.fixture
def assignment() -> Assignment:
    """Jobs 1 to 5, the later ones due sooner; 4 and 5 are due now."""
    assignment = Assignment()
    for id in range(1, 6):
        assignment.add(tracked(id), due=NOW + 35 - 10 * id, now=NOW)
    return assignment


def ids(some: object) -> list[int]:
    assert isinstance(some, list)
    return [assigned.tracked.id for assigned in some]


def get(assignment: Assignment, id: int) -> AssignedJob:
    (assigned,) = [assigned for assigned in assignment.due(NOW + 9999) if assigned.tracked.id == id]
    return assigned


def test_the_longest_overdue_comes_first(assignment: Assignment) -> None:
    """Due jobs come in the order in which they became due, and none before its time."""
    assert ids(assignment.due(NOW)) == [5, 4]
    assert ids(assignment.due(NOW + 9999)) == [5, 4, 3, 2, 1]
    assert ids(assignment.due(NOW - 20)) == []


def test_a_job_being_polled_is_not_due(assignment: Assignment) -> None:
    """A job is never polled twice at the same time."""
    get(assignment, 5).polling = True
    assert ids(assignment.due(NOW)) == [4]


def test_a_removed_job_is_not_held(assignment: Assignment) -> None:
    """A removed job isn't held any more, even if it was added again: that is another lease."""
    before = get(assignment, 3)
    assert assignment.holds(before)
    assignment.remove({3, 99})
    assert not assignment.holds(before)
    assignment.add(tracked(3), due=NOW, now=NOW)
    assert not assignment.holds(before)
    assert assignment.holds(get(assignment, 3))
    assert assignment.ids == {1, 2, 3, 4, 5}
    assert len(assignment) == 5


def test_an_unchanged_job_is_written_once_a_minute(assignment: Assignment) -> None:
    """A poll without a change is written a minute after the job was last written."""
    assigned = get(assignment, 2)
    assigned.tracked = replace(assigned.tracked, polled_at=NOON + MINUTE)
    assert ids(assignment.unwritten(NOW + 59)) == []
    assert ids(assignment.unwritten(NOW + 60)) == [2]
    assigned.written = NOW + 60
    assert ids(assignment.unwritten(NOW + 119)) == []


def test_a_job_that_was_not_polled_is_not_written(assignment: Assignment) -> None:
    """Without a poll since the last write there is nothing to write, however long ago that was."""
    assert ids(assignment.unwritten(NOW + 9999)) == []


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        pytest.param({}, {"failure": "busy"}, id="it fails"),
        pytest.param({"failure": "busy"}, {"failure": "no answer"}, id="for another reason"),
        pytest.param({"failure": "busy"}, {}, id="it no longer fails"),
        pytest.param({}, {"unavailable_notified_at": NOON}, id="subscribers were notified"),
    ],
)
def test_a_failure_and_its_end_are_written_at_once(
    assignment: Assignment, stored: dict[str, str], now: dict[str, str]
) -> None:
    """Whether a job can be polled, and why not, is written without waiting for a minute."""
    assigned = get(assignment, 2)
    assigned.stored = replace(assigned.stored, **stored)  # type: ignore[arg-type]
    assigned.tracked = replace(assigned.tracked, **now)  # type: ignore[arg-type]
    assert ids(assignment.unwritten(NOW)) == [2]


def test_notifications_are_written_at_once(assignment: Assignment) -> None:
    """Notifications that couldn't be recorded are due at once, even during a poll."""
    get(assignment, 2).notifications.append(change())
    assert ids(assignment.unwritten(NOW)) == [2]
    get(assignment, 2).polling = True
    assert ids(assignment.unwritten(NOW)) == [2]


def test_a_job_being_written_is_not_written_twice(assignment: Assignment) -> None:
    """A job that is being written isn't to be written."""
    assigned = get(assignment, 2)
    assigned.notifications.append(change())
    assigned.writing = True
    assert ids(assignment.unwritten(NOW)) == []


@pytest.mark.parametrize("timed_out", [False, True])
def test_a_job_without_notifications_waits_for_its_poll(assignment: Assignment, timed_out: bool) -> None:
    """A job without notifications is written after the poll under way, unless its last poll timed out."""
    assigned = get(assignment, 2)
    assigned.tracked = replace(assigned.tracked, failure="no answer")
    assigned.timed_out = timed_out
    assigned.polling = True
    assert ids(assignment.unwritten(NOW)) == ([2] if timed_out else [])


def test_the_surplus_beyond_a_fair_share(assignment: Assignment) -> None:
    """The surplus over a fair share is released, except jobs that are being polled or written or have notifications."""
    assert len(assignment.surplus(3)) == 2
    assert assignment.surplus(5) == assignment.surplus(9) == assignment.surplus(3, leaving={1, 2}) == []
    assert len(assignment.surplus(2, leaving={1, 2})) == 1
    get(assignment, 1).polling = True
    get(assignment, 2).writing = True
    get(assignment, 3).notifications.append(change())
    assert sorted(assignment.surplus(4)) == [4]
    assert sorted(assignment.surplus(0)) == [4, 5]


def test_failing_jobs_are_due_soon_after_an_outage(assignment: Assignment) -> None:
    """Failing jobs become due within the given time, none later than before; the others keep their times."""
    for id in (1, 2, 5):
        get(assignment, id).failing_since = NOW - 60
    assignment.poll_failing_soon(NOW, within=2.0)
    assert get(assignment, 5).due == NOW - 15
    assert get(assignment, 3).due == NOW + 5
    assert get(assignment, 4).due == NOW - 5
    for id in (1, 2):
        assert NOW <= get(assignment, id).due <= NOW + 2.0
