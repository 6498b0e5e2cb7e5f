"""Which jobs came and which went: from lists as they may come."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Job, JobRef
from bot.informatica.job_list import JobList
from bot.watch.pattern_changes import PatternChanges, compare
from tests.cast import NOON, SECOND, UP

INTERVAL = 30 * SECOND
FLOWS = [f"flow-{number}" for number in range(4)]
names = st.sampled_from(["orders", "orders-eu", "Orders-US", "clicks", ""])


def listed(at: datetime, *jobs: tuple[str, str], complete: bool = True) -> JobList:
    """A list of jobs by dataflow and name."""
    rows = tuple(Job(JobRef(flow, 1), UP, name=name or None) for flow, name in jobs)
    return JobList(rows, complete, at)


@st.composite
def lists(draw: st.DrawFn) -> list[JobList]:
    """Lists one after the other, some incomplete or empty, asked for an interval apart or less."""
    at, made = NOON, []
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.integers(1, 60)) * SECOND
        jobs = draw(st.dictionaries(st.sampled_from(FLOWS), names))
        made.append(listed(at, *jobs.items(), complete=draw(st.sampled_from([True, True, True, False]))))
    return made


def after(tracked: dict[str, datetime | None], verdict: PatternChanges, at: datetime) -> dict[str, datetime | None]:
    """What is known when a verdict was written."""
    kept = {flow: since for flow, since in tracked.items() if flow not in verdict.gone}
    kept |= dict.fromkeys(verdict.missing, at) | dict.fromkeys(verdict.back, None)
    return kept | dict.fromkeys(verdict.new, None)


@given(lists())
def test_each_comes_once_and_goes_once(made: list[JobList]) -> None:
    """Over any lists a job is new when it was not known, gone when two complete lists in a row, an interval apart, lack
    it, and neither twice; what is incomplete or empty says nothing."""
    tracked: dict[str, datetime | None] = {}
    lacking: dict[str, datetime] = {}
    balance: Counter[str] = Counter()
    for listing in made:
        verdict = compare("orders*", tracked, listing, INTERVAL, most=99)
        if not listing.complete or not listing.jobs:
            assert verdict == PatternChanges()
            continue
        there = {job.ref.dataflow: job.title for job in listing.jobs}
        fitting = {flow for flow, title in there.items() if title.lower().startswith("orders")}
        assert set(verdict.new) == fitting - tracked.keys()
        for flow in tracked:
            if flow in there:
                lacking.pop(flow, None)
                assert flow not in verdict.gone
            else:
                first = lacking.setdefault(flow, listing.asked_at)
                assert (flow in verdict.gone) == (listing.asked_at - first >= INTERVAL)
        for flow in verdict.gone:
            del lacking[flow]
        balance.update(verdict.new)
        balance.subtract(verdict.gone)
        tracked = after(tracked, verdict, listing.asked_at)
        assert all(count in (0, 1) for count in balance.values())
    assert {flow for flow, count in balance.items() if count} == tracked.keys()


def test_two_lists_that_follow_at_once_are_no_end() -> None:
    """A service that has lost a row for a moment has lost it in both."""
    absent = {"a": NOON}
    soon, later = (listed(NOON + span, ("b", "x")) for span in (INTERVAL - SECOND, INTERVAL))
    assert compare("orders", absent, soon, INTERVAL, most=9).gone == ()
    assert compare("orders", absent, later, INTERVAL, most=9).gone == ("a",)


def test_capitals_and_spaces_of_a_name_dont_matter() -> None:
    """A job belongs to a pattern however its name is written, and one without a name only to “all”."""
    listing = listed(NOON, ("a", "ORDERS  eu"), ("b", "orders"), ("c", ""))
    assert compare("orders eu", {}, listing, INTERVAL, most=9).new == ("a",)
    assert compare("*", {}, listing, INTERVAL, most=9).new == ("a", "b", "c")


def test_a_job_that_was_renamed_is_not_gone() -> None:
    """What stands in the list is there, whatever it is called by now."""
    verdict = compare("orders*", {"a": None}, listed(NOON, ("a", "payments")), INTERVAL, most=9)
    assert verdict == PatternChanges()


def test_a_job_whose_row_shows_nothing_is_not_gone() -> None:
    """A row without a status is no job to be told of, and no end of one either."""
    listing = replace(listed(NOON, ("a", "orders")), named=frozenset({"a", "b", "c"}))
    assert compare("*", {"b": NOON - INTERVAL}, listing, INTERVAL, most=9) == PatternChanges(new=("a",), back=("b",))


def test_a_clock_that_was_set_back_delays_nothing() -> None:
    """A list is another one than the last, whichever of them a clock says was first."""
    absent = {"a": NOON + timedelta(days=1)}
    assert compare("*", absent, listed(NOON, ("b", "x")), INTERVAL, most=9).gone == ("a",)


def test_there_is_room_for_so_many_and_no_more() -> None:
    """A pattern that has as many jobs as one may have takes others in as soon as some went."""
    listing = listed(NOON, *[(flow, "x") for flow in "abcdef"])
    full = dict.fromkeys("abc", None)
    assert compare("*", full, listing, INTERVAL, most=4) == PatternChanges(new=("d",), left_out=2)
    assert compare("*", full, listing, INTERVAL, most=2) == PatternChanges(left_out=3)
    gone = {"z": NOON - INTERVAL, **full}
    assert compare("*", gone, listing, INTERVAL, most=4).new == ("d",)
