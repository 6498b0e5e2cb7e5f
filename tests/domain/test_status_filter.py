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
_WHENS = st.one_of(
    st.sampled_from([StatusFilter(CHANGES), StatusFilter(PROBLEMS), StatusFilter(ERRORS)]), _LISTS.map(StatusFilter.of)
)


def told(status_filter: StatusFilter, first: Status, *then: Status) -> list[Status]:
    """What is told of a job that was told to be in `first` and goes through the others: told stays the last told."""
    last, heard = first, []
    for new in then:
        if status_filter.matches(last, new):
            heard.append(new)
            last = new
    return heard


@pytest.mark.parametrize(
    ("word", "last", "new", "wanted"),
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
def test_a_word_wants_what_it_says(word: str, last: Status, new: Status, wanted: bool) -> None:
    """Problems are what keeps a job from its work, and the recovery; errors are the ways into and out of them."""
    assert StatusFilter(word).matches(last, new) is wanted


@pytest.mark.parametrize(
    ("when", "path", "heard"),
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
def test_what_is_heard_of_a_job_over_time(status_filter: StatusFilter, path: list[Status], heard: list[Status]) -> None:
    """A recovery by way of Deploying is heard though the step between is not; a status in a list at every return."""
    assert told(status_filter, *path) == heard


@given(_WHENS)
def test_what_is_written_is_read_as_the_same(status_filter: StatusFilter) -> None:
    """What the store keeps of a subscription is what was wanted."""
    assert StatusFilter.read(status_filter.text) == status_filter


@given(_STATUSES, _STATUSES)
def test_changes_are_all_changes(last: Status, new: Status) -> None:
    """Who says nothing, or “changes”, hears of every one, of unknown words too."""
    assert StatusFilter().matches(last, new)
    assert StatusFilter(CHANGES).matches(last, new)
    assert StatusFilter.read(CHANGES).matches(last, new)


@given(_STATUSES, _UNKNOWN)
def test_an_unknown_status_is_never_ignored(last: Status, new: Status) -> None:
    """Nobody can say that a word which is not documented is harmless: problems and errors tell it."""
    assert is_problem(new)
    assert StatusFilter(PROBLEMS).matches(last, new)
    assert StatusFilter(ERRORS).matches(last, new)


@given(_STATUSES, st.lists(st.one_of(st.just(DEPLOYING), _STATUSES), max_size=8))
def test_a_trouble_and_its_end_are_never_missed(first: Status, path: list[Status]) -> None:
    """Whoever hears of problems knows at any time whether the job last was in trouble or up and running."""
    last = first
    for new in path:
        last = new if StatusFilter(PROBLEMS).matches(last, new) else last
        if new.status_class is not StatusClass.DEPLOYING:
            assert is_problem(last) == is_problem(new)


@given(_STATUSES, _STATUSES)
def test_errors_are_told_in_and_out(last: Status, new: Status) -> None:
    """Errors are told exactly where one side of the change is an error or an unknown word."""
    alarming = {StatusClass.ERROR, StatusClass.UNKNOWN}
    assert StatusFilter(ERRORS).matches(last, new) == bool({last.status_class, new.status_class} & alarming)


@given(_LISTS, _STATUSES, _STATUSES)
def test_a_list_tells_the_way_in_only(statuses: list[Status], last: Status, new: Status) -> None:
    """A job that gets into one of the statuses is told, wherever it comes from; one that leaves them is not."""
    assert StatusFilter.of(statuses).matches(last, new) == (new in statuses)


@given(_LISTS, _LISTS)
def test_a_list_names_each_status_once(some: list[Status], others: list[Status]) -> None:
    """A status that is named twice is kept once, in the order of the first naming."""
    status_filter = StatusFilter.of([*some, *others, *some])
    assert len(set(status_filter.statuses)) == len(status_filter.statuses)
    assert status_filter == StatusFilter.of([*some, *others])
    assume(set(some) != set(others))
    assert set(StatusFilter.of(some).statuses) != set(StatusFilter.of(others).statuses)


def test_only_deploying_and_running_well_are_no_trouble() -> None:
    """A job that ended or that nobody can judge is in trouble as well: it may not have been meant to."""
    assert [status for status in DOCUMENTED if not is_problem(status)] == [DEPLOYING, UP]
