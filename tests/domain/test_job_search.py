"""Which job a name means."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from bot.domain.job import Dataflow, JobRef
from bot.domain.job_search import JobIndex, NamedJob
from bot.domain.names import loose_key, search_key
from tests.cast import ERROR, UP, WARNING
from tests.effort import effort

JOBS = [
    NamedJob("d1", "Orders", UP),
    NamedJob("d2", "orders", WARNING),
    NamedJob("d3", "orders-to-lake", UP),
    NamedJob("d4", "Clicks to Lake", ERROR),
    NamedJob("d5", "payments"),
]
INDEX = JobIndex(JOBS)
NAMES = st.text(st.sampled_from("abA -"), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Orders", ["d1"]),
        ("orders", ["d2"]),
        ("ORDERS", ["d1", "d2"]),
        ("orders-to-lake", ["d3"]),
        ("clicks  TO lake", ["d4"]),
        ("lake", ["d4", "d3"]),
        ("pay", ["d5"]),
        ("orders—to–lake", ["d3"]),
        ("pay\u200bments", ["d5"]),
        ("d4", ["d4"]),
        ("orders_to_lake", ["d3"]),
        ("Orders to lake", ["d3"]),
        ("clicks-to", ["d4"]),
        ("nothing", []),
    ],
)
def test_a_name_means_the_nearest(name: str, found: list[str]) -> None:
    """An exact match wins, then one that ignores case and spaces, then one that ignores what separates words, then
    names that contain it; each dataflow once."""
    assert [job.dataflow for job in JobIndex([*JOBS, *JOBS]).find_by_name(name)] == found


@given(st.lists(NAMES, max_size=8), NAMES)
def test_an_exact_name_hides_no_other_of_the_same_name(titles: list[str], name: str) -> None:
    """Every match fits in the same one of the three ways, and all that fit in that way are found."""
    jobs = [NamedJob(str(number), title) for number, title in enumerate(titles)]
    found = {job.title for job in JobIndex(jobs).find_by_name(name)}
    if name in titles:
        assert found == {name}
    for title in found:
        assert loose_key(search_key(name)) in loose_key(search_key(title)) or search_key(name) in search_key(title)
    assert len(JobIndex(jobs).find_by_name(name)) == sum(title in found for title in titles)


def test_a_whole_name_wins_over_a_part_of_one_whatever_separates_its_words() -> None:
    """Who types a whole name with other separators isn't asked which of the longer names they mean."""
    index = JobIndex([*JOBS, NamedJob("d6", "new-orders-to-lake")])
    assert [job.dataflow for job in index.find_by_name("orders_to lake")] == ["d3"]


def test_words_find_jobs_worst_first() -> None:
    """All of the words are in the name, in any order; the worst job comes first, after those without a status."""
    assert [job.dataflow for job in INDEX.find_by_words("LAKE to")] == ["d4", "d3"]
    assert [job.dataflow for job in INDEX.find_by_words("to_lake")] == ["d4", "d3"]
    assert [job.dataflow for job in INDEX.find_by_words("")] == ["d5", "d4", "d2", "d1", "d3"]


def test_a_mistyped_name_finds_the_nearest() -> None:
    """A name with a typo finds the jobs that are most like it, whatever their case; nonsense finds none."""
    for typed, first in {
        "Order-to-lake": "d3",
        "order to lake": "d3",
        "ordes_to_lake": "d3",
        "click lake": "d4",
        "lake clicks": "d4",
        "paymnts": "d5",
        "lake to clickz": "d4",
    }.items():
        assert [job.dataflow for job in INDEX.find_similar(typed)][:1] == [first], typed
    assert INDEX.find_similar("xyzzy") == []


def test_the_work_is_bounded_whatever_is_typed(mocker: MockerFixture) -> None:
    """Words that are repeated, and very many words, are looked for a few times only, and nothing is compared with a
    text that is too long to be a mistyped name: nobody can stall the bot, however many jobs there are."""
    longest = JobIndex([NamedJob("d", " ".join(map(str, range(100, 500))))])
    for words in ("100 " * 400, " ".join(map(str, range(100, 500)))):
        assert effort(lambda words=words: longest.find_by_words(words)) < 150, words[:9]  # type: ignore[misc]
    close = mocker.spy(difflib, "get_close_matches")
    for typed in ("ordrs " * 9, "o" * 201):
        assert INDEX.find_similar(typed) == []
    assert close.call_count == 0
    assert INDEX.find_similar("ordrs tolake")
    assert close.call_count > 0


def test_a_name_that_cannot_be_seen_is_found_as_it_is_shown() -> None:
    """A name of invisible characters alone is found by its placeholder, which finds nothing else."""
    index = JobIndex([*JOBS, NamedJob("d6", "\u3164\u3164"), NamedJob("d7", "or\u200bders x")])
    assert [job.dataflow for job in index.find_by_name("▯")] == ["d6"]
    assert [job.dataflow for job in index.find_by_name("orders x")] == ["d7"]


def test_runs_of_one_name() -> None:
    """A name that is known of runs alone means each of them; the dataflow, once it is known, stands for its runs."""
    runs = [NamedJob("d9", "night", UP, run=run) for run in (2, 1)]
    assert [job.target for job in JobIndex(runs).find_by_name("night")] == [JobRef("d9", 1), JobRef("d9", 2)]
    assert [job.target for job in JobIndex([*runs, NamedJob("d9", "night")]).find_by_name("night")] == [Dataflow("d9")]


@given(st.lists(st.tuples(st.sampled_from("abcd"), NAMES)), st.lists(st.tuples(st.sampled_from("abcd"), NAMES)), NAMES)
def test_two_indexes_are_searched_as_one(
    watched: list[tuple[str, str]], listed: list[tuple[str, str]], name: str
) -> None:
    """An index with another one below it finds what one of both finds, in the same order; the listed job counts."""
    ours, theirs = ([NamedJob(*one) for one in jobs] for jobs in (watched, listed))
    together, one = JobIndex(ours, JobIndex(theirs)), JobIndex([*ours, *theirs])
    assert together.find_by_name(name) == one.find_by_name(name)
    assert together.find_by_words(name) == one.find_by_words(name)
    assert together.find_by_words("") == one.find_by_words("")
