from dataclasses import replace

import pytest

from bot.domain.job import JobRef
from bot.domain.tracked_job import TrackedJob
from bot.watch.assignment import AssignedJob, Assignment
from tests.cast import MINUTE, NOON, UP, WORKSPACE, change

NOW = 1000.0


def tracked_job(id: int) -> TrackedJob:
    return TrackedJob(id, WORKSPACE, JobRef("d", id), f"job-{id}", UP, status_since=NOON, polled_at=NOON)


@pytest.fixture
def assignment() -> Assignment:
    """Jobs 1 to 5, the later ones due sooner; 4 and 5 are due now."""
    assignment = Assignment()
    for id in range(1, 6):
        assignment.take(tracked(id), due=NOW + 35 - 10 * id, now=NOW)
    return assignment


def ids(some: object) -> list[int]:
    assert isinstance(some, list)
    return [assigned.tracked.id for assigned in some]


def get(assignment: Assignment, id: int) -> AssignedJob:
    (assigned,) = [assigned for assigned in assignment.due(NOW + 9999) if assigned.tracked.id == id]
    return assigned


def test_the_longest_overdue_comes_first(assignment: Assignment) -> None:
    """What is due comes in the order in which it became due, and nothing before its time."""
    assert ids(assignment.due(NOW)) == [5, 4]
    assert ids(assignment.due(NOW + 9999)) == [5, 4, 3, 2, 1]
    assert ids(assignment.due(NOW - 20)) == []


def test_what_is_looked_at_is_not_due(assignment: Assignment) -> None:
    """A job is never looked at twice at the same time."""
    get(assignment, 5).polling = True
    assert ids(assignment.due(NOW)) == [4]


def test_what_was_dropped_is_not_held(assignment: Assignment) -> None:
    """A job that was dropped is held no more, not when it was taken again either: that is another lease."""
    before = get(assignment, 3)
    assert assignment.holds(before)
    assignment.drop({3, 99})
    assert not assignment.holds(before)
    assignment.take(tracked(3), due=NOW, now=NOW)
    assert not assignment.holds(before)
    assert assignment.holds(get(assignment, 3))
    assert assignment.ids == {1, 2, 3, 4, 5}
    assert len(assignment) == 5


def test_what_is_unchanged_is_written_once_a_minute(assignment: Assignment) -> None:
    """That a job was seen again waits until a minute after it was written last."""
    assigned = get(assignment, 2)
    assigned.tracked = replace(assigned.tracked, polled_at=NOON + MINUTE)
    assert ids(assignment.unwritten(NOW + 59)) == []
    assert ids(assignment.unwritten(NOW + 60)) == [2]
    assigned.written = NOW + 60
    assert ids(assignment.unwritten(NOW + 119)) == []


def test_what_was_not_seen_since_is_not_written(assignment: Assignment) -> None:
    """Without a look since the last time there is nothing to write, however long ago that was."""
    assert ids(assignment.unwritten(NOW + 9999)) == []


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        pytest.param({}, {"failure": "busy"}, id="it can't be seen"),
        pytest.param({"failure": "busy"}, {"failure": "no answer"}, id="for another reason"),
        pytest.param({"failure": "busy"}, {}, id="it can be seen again"),
        pytest.param({}, {"unseen_told_at": NOON}, id="it was told"),
    ],
)
def test_a_failure_and_its_end_are_written_at_once(
    assignment: Assignment, stored: dict[str, str], seen: dict[str, str]
) -> None:
    """Whether a job can be seen, and why not, is written without waiting for a minute to pass."""
    assigned = get(assignment, 2)
    assigned.stored = replace(assigned.stored, **stored)  # type: ignore[arg-type]
    assigned.tracked = replace(assigned.tracked, **seen)  # type: ignore[arg-type]
    assert ids(assignment.unwritten(NOW)) == [2]


def test_news_is_written_at_once(assignment: Assignment) -> None:
    """News that could not be recorded waits for nothing, not for a look under way either."""
    get(assignment, 2).notification.append(change())
    assert ids(assignment.unwritten(NOW)) == [2]
    get(assignment, 2).polling = True
    assert ids(assignment.unwritten(NOW)) == [2]


def test_what_is_being_written_is_not_written_twice(assignment: Assignment) -> None:
    """What somebody is writing this moment is not to be written by another."""
    assigned = get(assignment, 2)
    assigned.notification.append(change())
    assigned.writing = True
    assert ids(assignment.unwritten(NOW)) == []


@pytest.mark.parametrize("hung", [False, True])
def test_without_news_a_look_under_way_is_waited_for(assignment: Assignment, hung: bool) -> None:
    """A look that is about to end may have news, which is not to wait for a writing that has none; but a job that
    hangs at every look is written all the same."""
    assigned = get(assignment, 2)
    assigned.tracked = replace(assigned.tracked, failure="no answer")
    assigned.hung = hung
    assigned.polling = True
    assert ids(assignment.unwritten(NOW)) == ([2] if hung else [])


def test_what_can_be_spared(assignment: Assignment) -> None:
    """What exceeds a fair share can go, except what is being looked at or written, or has news that nobody else has."""
    assert len(assignment.spare(3)) == 2
    assert assignment.spare(5) == assignment.spare(9) == assignment.spare(3, besides={1, 2}) == []
    assert len(assignment.spare(2, besides={1, 2})) == 1
    get(assignment, 1).polling = True
    get(assignment, 2).writing = True
    get(assignment, 3).notification.append(change())
    assert sorted(assignment.spare(4)) == [4]
    assert sorted(assignment.spare(0)) == [4, 5]


def test_after_an_outage_what_can_not_be_seen_is_due_soon(assignment: Assignment) -> None:
    """Jobs that can't be seen become due within the time given, none later than it was; the others stay as they are."""
    for id in (1, 2, 5):
        get(assignment, id).failing = NOW - 60
    assignment.poll_soon(NOW, within=2.0)
    assert get(assignment, 5).due == NOW - 15
    assert get(assignment, 3).due == NOW + 5
    assert get(assignment, 4).due == NOW - 5
    for id in (1, 2):
        assert NOW <= get(assignment, id).due <= NOW + 2.0
