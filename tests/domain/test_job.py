import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.job import JobRef, Status, StatusClass
from tests.cast import ORDERS, job

_DOCUMENTED = {
    "Deploying": StatusClass.DEPLOYING,
    "Up and Running": StatusClass.HEALTHY,
    "Running with Warning": StatusClass.WARNING,
    "Running with Error": StatusClass.ERROR,
    "Undeployed": StatusClass.UNDEPLOYED,
    "Stopped": StatusClass.STOPPED,
}

_BLANKS = st.text(" \t\n\u00a0_-", max_size=3)


@given(st.sampled_from(sorted(_DOCUMENTED)), st.data())
def test_a_documented_status_is_recognised_in_every_spelling(words: str, data: st.DataObject) -> None:
    """Case, spaces, underscores and hyphens don't matter: the status stays the same, in the documented words."""
    parts = [data.draw(st.sampled_from([word, word.upper(), word.lower()])) for word in words.split()]
    joints = st.text(" \t\u00a0_-", max_size=3)
    raw = data.draw(_BLANKS) + parts[0] + "".join(data.draw(joints) + p for p in parts[1:]) + data.draw(_BLANKS)
    status = Status.of(raw)
    assert status == Status.of(words)
    assert hash(status) == hash(Status.of(words))
    assert (status.words, status.status_class) == (words, _DOCUMENTED[words])


@pytest.mark.parametrize("raw", ["UP_AND_RUNNING", "Up-and-running", "upandrunning", "_Up and Running-"])
def test_common_spellings_of_one_status_are_equal(raw: str) -> None:
    """The spellings that an API may use mean the same status as its page."""
    assert Status.of(raw) == Status.of("Up and Running")


@given(st.text())
def test_an_undocumented_status_is_unknown_and_shown_as_itself(raw: str) -> None:
    """An undocumented status is never taken for a healthy one, and people see the service's own word."""
    status = Status.of(raw)
    assume(status not in map(Status.of, _DOCUMENTED))
    assert status.status_class is StatusClass.UNKNOWN
    assert status.words == raw.strip()
    assert Status.of(status.raw) == status


@pytest.mark.parametrize("raw", ["Up and Running!", "Running", "Up", "Running with Errors", "", "Stoppedx"])
def test_a_similar_status_is_unknown(raw: str) -> None:
    """A status that only resembles a documented one is not guessed."""
    assert Status.of(raw).status_class is StatusClass.UNKNOWN


def test_errors_come_first_and_healthy_jobs_last() -> None:
    """Status classes are ordered by how much they need a person, without ties."""
    worst_first = sorted(StatusClass, key=lambda status_class: status_class.severity)
    assert worst_first[0] is StatusClass.ERROR
    assert worst_first[-1] is StatusClass.HEALTHY
    assert len({status_class.severity for status_class in StatusClass}) == len(StatusClass)


def test_a_job_without_a_name_is_shown_by_its_reference() -> None:
    """A job's title is its name, or its reference if the service gave no name."""
    assert job().title == "orders"
    assert job(name=None).title == str(ORDERS) == "1948938e-3923-4602-aba8-f122e3d66faf/42559"
    assert job(name="").title == str(ORDERS)


def test_runs_are_ordered_by_number() -> None:
    """Runs of a dataflow are listed in the order of their numbers, not of their digits."""
    assert JobRef("a", 2) < JobRef("a", 10) < JobRef("b", 1)
