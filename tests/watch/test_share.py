from dataclasses import replace

import pytest

from bot.jobs import JobRef
from bot.store.watches import Known
from bot.watch.share import Share, Watched
from tests.cast import MINUTE, NOON, UP, WORKSPACE, change

NOW = 1000.0


def known(id: int) -> Known:
    return Known(id, WORKSPACE, JobRef("d", id), f"job-{id}", UP, status_since=NOON, seen_at=NOON)


@pytest.fixture
def share() -> Share:
    """Jobs 1 to 5, the later ones due sooner; 4 and 5 are due now."""
    share = Share()
    for id in range(1, 6):
        share.take(known(id), due=NOW + 35 - 10 * id, now=NOW)
    return share


def ids(some: object) -> list[int]:
    assert isinstance(some, list)
    return [watched.known.id for watched in some]


def get(share: Share, id: int) -> Watched:
    (watched,) = [watched for watched in share.due(NOW + 9999) if watched.known.id == id]
    return watched


def test_the_longest_overdue_comes_first(share: Share) -> None:
    """What is due comes in the order in which it became due, and nothing before its time."""
    assert ids(share.due(NOW)) == [5, 4]
    assert ids(share.due(NOW + 9999)) == [5, 4, 3, 2, 1]
    assert ids(share.due(NOW - 20)) == []


def test_what_is_looked_at_is_not_due(share: Share) -> None:
    """A job is never looked at twice at the same time."""
    get(share, 5).looking = True
    assert ids(share.due(NOW)) == [4]


def test_what_was_dropped_is_not_held(share: Share) -> None:
    """A job that was dropped is held no more, not when it was taken again either: that is another lease."""
    before = get(share, 3)
    assert share.holds(before)
    share.drop({3, 99})
    assert not share.holds(before)
    share.take(known(3), due=NOW, now=NOW)
    assert not share.holds(before)
    assert share.holds(get(share, 3))
    assert share.ids == {1, 2, 3, 4, 5}
    assert len(share) == 5


def test_what_is_unchanged_is_written_once_a_minute(share: Share) -> None:
    """That a job was seen again waits until a minute after it was written last."""
    watched = get(share, 2)
    watched.known = replace(watched.known, seen_at=NOON + MINUTE)
    assert ids(share.unwritten(NOW + 59)) == []
    assert ids(share.unwritten(NOW + 60)) == [2]
    watched.written = NOW + 60
    assert ids(share.unwritten(NOW + 119)) == []


def test_what_was_not_seen_since_is_not_written(share: Share) -> None:
    """Without a look since the last time there is nothing to write, however long ago that was."""
    assert ids(share.unwritten(NOW + 9999)) == []


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        pytest.param({}, {"failure": "busy"}, id="it can't be seen"),
        pytest.param({"failure": "busy"}, {"failure": "no answer"}, id="for another reason"),
        pytest.param({"failure": "busy"}, {}, id="it can be seen again"),
        pytest.param({}, {"unseen_told_at": NOON}, id="it was told"),
    ],
)
def test_a_failure_and_its_end_are_written_at_once(share: Share, stored: dict[str, str], seen: dict[str, str]) -> None:
    """Whether a job can be seen, and why not, is written without waiting for a minute to pass."""
    watched = get(share, 2)
    watched.stored = replace(watched.stored, **stored)  # type: ignore[arg-type]
    watched.known = replace(watched.known, **seen)  # type: ignore[arg-type]
    assert ids(share.unwritten(NOW)) == [2]


def test_news_is_written_at_once(share: Share) -> None:
    """News that could not be recorded waits for nothing, not for a look under way either."""
    get(share, 2).news.append(change())
    assert ids(share.unwritten(NOW)) == [2]
    get(share, 2).looking = True
    assert ids(share.unwritten(NOW)) == [2]


def test_what_is_being_written_is_not_written_twice(share: Share) -> None:
    """What somebody is writing this moment is not to be written by another."""
    watched = get(share, 2)
    watched.news.append(change())
    watched.writing = True
    assert ids(share.unwritten(NOW)) == []


@pytest.mark.parametrize("hung", [False, True])
def test_without_news_a_look_under_way_is_waited_for(share: Share, hung: bool) -> None:
    """A look that is about to end may have news, which is not to wait for a writing that has none; but a job that
    hangs at every look is written all the same."""
    watched = get(share, 2)
    watched.known = replace(watched.known, failure="no answer")
    watched.hung = hung
    watched.looking = True
    assert ids(share.unwritten(NOW)) == ([2] if hung else [])


def test_what_can_be_spared(share: Share) -> None:
    """What exceeds a fair share can go, except what is being looked at or written, or has news that nobody else has."""
    assert len(share.spare(3)) == 2
    assert share.spare(5) == share.spare(9) == share.spare(3, besides={1, 2}) == []
    assert len(share.spare(2, besides={1, 2})) == 1
    get(share, 1).looking = True
    get(share, 2).writing = True
    get(share, 3).news.append(change())
    assert sorted(share.spare(4)) == [4]
    assert sorted(share.spare(0)) == [4, 5]


def test_after_an_outage_what_can_not_be_seen_is_due_soon(share: Share) -> None:
    """Jobs that can't be seen become due within the time given, none later than it was; the others stay as they are."""
    for id in (1, 2, 5):
        get(share, id).failing = NOW - 60
    share.look_soon(NOW, within=2.0)
    assert get(share, 5).due == NOW - 15
    assert get(share, 3).due == NOW + 5
    assert get(share, 4).due == NOW - 5
    for id in (1, 2):
        assert NOW <= get(share, id).due <= NOW + 2.0
