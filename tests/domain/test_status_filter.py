import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.job import Status, StatusClass
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter, is_problem

DEPLOYING, UP, WARNING, ERROR, UNDEPLOYED, STOPPED = DOCUMENTED = [
    Status.of(words)
    for words in ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
]
UNKNOWN = Status.of("Quiescing")

_UNKNOWN = st.text().map(Status.of).filter(lambda status: status.status_class is StatusClass.UNKNOWN)
_STATUSES = st.one_of(st.sampled_from(DOCUMENTED), _UNKNOWN)
_LISTS = st.lists(st.sampled_from(DOCUMENTED), min_size=1)
_FILTERS = st.one_of(
    st.sampled_from([StatusFilter(CHANGES), StatusFilter(PROBLEMS), StatusFilter(ERRORS)]), _LISTS.map(StatusFilter.of)
)


def notified(status_filter: StatusFilter, first: Status, *then: Status) -> list[Status]:
    """The statuses that a subscriber is notified of, who was notified of `first` before the job took the others."""
    last, found = first, []
    for new in then:
        if status_filter.matches(last, new):
            found.append(new)
            last = new
    return found


@pytest.mark.parametrize(
    ("word", "last", "new", "matches"),
    [
        (CHANGES, DEPLOYING, UP, True),
        (CHANGES, UP, STOPPED, True),
        (PROBLEMS, UP, WARNING, True),
        (PROBLEMS, UP, ERROR, True),
        (PROBLEMS, UP, UNKNOWN, True),
        (PROBLEMS, UP, STOPPED, True),
        (PROBLEMS, UP, UNDEPLOYED, True),
        (PROBLEMS, WARNING, ERROR, True),
        (PROBLEMS, ERROR, WARNING, True),
        (PROBLEMS, ERROR, UP, True),
        (PROBLEMS, UNKNOWN, UP, True),
        (PROBLEMS, STOPPED, UP, True),
        (PROBLEMS, UNDEPLOYED, UP, True),
        (PROBLEMS, ERROR, DEPLOYING, False),
        (PROBLEMS, DEPLOYING, UP, False),
        (PROBLEMS, UP, DEPLOYING, False),
        (ERRORS, UP, ERROR, True),
        (ERRORS, ERROR, UP, True),
        (ERRORS, ERROR, DEPLOYING, True),
        (ERRORS, ERROR, STOPPED, True),
        (ERRORS, WARNING, UNKNOWN, True),
        (ERRORS, UNKNOWN, WARNING, True),
        (ERRORS, UP, WARNING, False),
        (ERRORS, WARNING, UP, False),
        (ERRORS, UP, STOPPED, False),
        (ERRORS, STOPPED, DEPLOYING, False),
    ],
)
def test_a_word_matches_these_changes(word: str, last: Status, new: Status, matches: bool) -> None:
    """`problems` matches everything that keeps a job from working, and its recovery; `errors` matches errors and their
    end."""
    assert StatusFilter(word).matches(last, new) is matches


@pytest.mark.parametrize(
    ("status_filter", "path", "expected"),
    [
        (StatusFilter(PROBLEMS), [ERROR, DEPLOYING, UP], [UP]),
        (StatusFilter(PROBLEMS), [STOPPED, DEPLOYING, DEPLOYING, UP, DEPLOYING, UP], [UP]),
        (StatusFilter(PROBLEMS), [UP, DEPLOYING, UP], []),
        (StatusFilter(PROBLEMS), [DEPLOYING, UP, ERROR, DEPLOYING, ERROR], [ERROR, ERROR]),
        (StatusFilter(PROBLEMS), [UP, UNDEPLOYED, DEPLOYING, WARNING, UP], [UNDEPLOYED, WARNING, UP]),
        (StatusFilter(ERRORS), [UP, ERROR, DEPLOYING, UP], [ERROR, DEPLOYING]),
        (StatusFilter(ERRORS), [UP, WARNING, ERROR, UNKNOWN, UP, STOPPED], [ERROR, UNKNOWN, UP]),
        (StatusFilter.of([STOPPED]), [UP, ERROR, STOPPED, DEPLOYING, UP, STOPPED], [STOPPED, STOPPED]),
        (StatusFilter.of([UP, STOPPED]), [UP, DEPLOYING, UP, ERROR, STOPPED], [UP, STOPPED]),
        (StatusFilter(), [UP, ERROR, DEPLOYING, UP], [ERROR, DEPLOYING, UP]),
    ],
)
def test_a_path_of_statuses_gives_these_notifications(
    status_filter: StatusFilter, path: list[Status], expected: list[Status]
) -> None:
    """A recovery through Deploying is notified although the step between is filtered out."""
    assert notified(status_filter, *path) == expected


@given(_FILTERS)
def test_a_stored_filter_is_read_as_the_same_filter(status_filter: StatusFilter) -> None:
    """The stored text of a filter gives back the filter."""
    assert StatusFilter.read(status_filter.text) == status_filter


@given(_STATUSES, _STATUSES)
def test_changes_matches_every_change(last: Status, new: Status) -> None:
    """`changes`, the default, matches every change, undocumented statuses included."""
    assert StatusFilter().matches(last, new)
    assert StatusFilter.read(CHANGES).matches(last, new)


@given(_STATUSES, _UNKNOWN)
def test_an_undocumented_status_always_matches(last: Status, new: Status) -> None:
    """Nobody knows that an undocumented status is harmless, so `problems` and `errors` match it."""
    assert is_problem(new)
    assert StatusFilter(PROBLEMS).matches(last, new)
    assert StatusFilter(ERRORS).matches(last, new)


@given(_STATUSES, st.lists(st.one_of(st.just(DEPLOYING), _STATUSES), max_size=8))
def test_a_problem_and_its_end_are_never_missed(first: Status, path: list[Status]) -> None:
    """Subscribers to `problems` know at any time whether the job last had a problem or was up and running."""
    last = first
    for new in path:
        last = new if StatusFilter(PROBLEMS).matches(last, new) else last
        if new.status_class is not StatusClass.DEPLOYING:
            assert is_problem(last) == is_problem(new)


@given(_STATUSES, _STATUSES)
def test_errors_matches_the_way_in_and_the_way_out(last: Status, new: Status) -> None:
    """`errors` matches exactly if either side of the change is an error or an undocumented status."""
    failing = {StatusClass.ERROR, StatusClass.UNKNOWN}
    assert StatusFilter(ERRORS).matches(last, new) == bool({last.status_class, new.status_class} & failing)


@given(_LISTS, _STATUSES, _STATUSES)
def test_a_list_matches_the_way_in_only(statuses: list[Status], last: Status, new: Status) -> None:
    """A list matches a job that enters one of its statuses, from wherever, but not one that leaves them."""
    assert StatusFilter.of(statuses).matches(last, new) == (new in statuses)


@given(_LISTS, _LISTS)
def test_a_list_holds_each_status_once(some: list[Status], others: list[Status]) -> None:
    """A repeated status is kept once, in its first place."""
    status_filter = StatusFilter.of([*some, *others, *some])
    assert len(set(status_filter.statuses)) == len(status_filter.statuses)
    assert status_filter == StatusFilter.of([*some, *others])
    assume(set(some) != set(others))
    assert set(StatusFilter.of(some).statuses) != set(StatusFilter.of(others).statuses)


def test_only_deploying_and_healthy_jobs_have_no_problem() -> None:
    """A job that ended counts as a problem: its end may not have been planned."""
    assert [status for status in DOCUMENTED if not is_problem(status)] == [DEPLOYING, UP]
