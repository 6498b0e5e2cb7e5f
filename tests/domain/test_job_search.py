"""Which job a name means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job_search import NamedJob, find_by_name, find_by_words, find_similar
from tests.cast import ERROR, UP, WARNING

JOBS = [
    NamedJob("d1", "Orders", UP),
    NamedJob("d2", "orders", WARNING),
    NamedJob("d3", "orders-to-lake", UP),
    NamedJob("d4", "Clicks to Lake", ERROR),
    NamedJob("d5", "payments"),
]
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
        ("nothing", []),
    ],
)
def test_a_name_means_the_nearest(name: str, found: list[str]) -> None:
    """An exact match wins, then one that ignores case and spaces, then names that contain it; each dataflow once."""
    assert [job.dataflow for job in find_by_name(name, [*JOBS, *JOBS])] == found


@given(st.lists(NAMES, max_size=8), NAMES)
def test_an_exact_name_hides_no_other_of_the_same_name(titles: list[str], name: str) -> None:
    """Every match fits in the same one of the three ways, and all that fit in that way are found."""
    jobs = [NamedJob(str(number), title) for number, title in enumerate(titles)]
    found = {job.title for job in find_by_name(name, jobs)}
    if name in titles:
        assert found == {name}
    for title in found:
        assert " ".join(name.casefold().split()) in " ".join(title.casefold().split())
    assert len(find_by_name(name, jobs)) == sum(title in found for title in titles)


def test_words_find_jobs_worst_first() -> None:
    """All of the words are in the name, in any order; the worst job comes first, after those without a status."""
    assert [job.dataflow for job in find_by_words("LAKE to", JOBS)] == ["d4", "d3"]
    assert [job.dataflow for job in find_by_words("", JOBS)] == ["d5", "d4", "d2", "d1", "d3"]


def test_a_mistyped_name_finds_the_nearest() -> None:
    """A name with a typo finds the jobs that are most like it, whatever their case; nonsense finds none."""
    assert [job.dataflow for job in find_similar("Order-to-lake", JOBS)][:1] == ["d3"]
    assert find_similar("xyzzy", JOBS) == []
