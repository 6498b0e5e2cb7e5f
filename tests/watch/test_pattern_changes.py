"""The jobs added and removed, from any sequence of job lists."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Job, JobRef
from bot.informatica.job_list import JobList
from bot.watch.pattern_changes import PatternChanges, pattern_changes
from tests.cast import NOON, SECOND, UP

INTERVAL = 30 * SECOND
FLOWS = [f"flow-{number}" for number in range(4)]
names = st.sampled_from(["orders", "orders-eu", "Orders-US", "clicks", ""])


def job_list(at: datetime, *jobs: tuple[str, str], complete: bool = True) -> JobList:
    """A job list by dataflow and name."""
    rows = tuple(Job(JobRef(flow, 1), UP, name=name or None) for flow, name in jobs)
    return JobList(rows, complete, at)


@st.composite
def lists(draw: st.DrawFn) -> list[JobList]:
    """Job lists one after the other, some incomplete or empty, requested an interval apart or less."""
    at, made = NOON, []
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.integers(1, 60)) * SECOND
        jobs = draw(st.dictionaries(st.sampled_from(FLOWS), names))
        made.append(job_list(at, *jobs.items(), complete=draw(st.sampled_from([True, True, True, False]))))
    return made


def after(tracked: dict[str, datetime | None], changes: PatternChanges, at: datetime) -> dict[str, datetime | None]:
    """The pattern's jobs after changes were written."""
    kept = {flow: since for flow, since in tracked.items() if flow not in changes.removed}
    kept |= dict.fromkeys(changes.missing, at) | dict.fromkeys(changes.back, None)
    return kept | dict.fromkeys(changes.added, None)


@given(lists())
def test_each_job_is_added_once_and_removed_once(made: list[JobList]) -> None:
    """Over any lists, a job is added if it wasn't there and removed if two complete lists an interval apart lack it."""
    tracked: dict[str, datetime | None] = {}
    missing_since: dict[str, datetime] = {}
    balance: Counter[str] = Counter()
    for made_list in made:
        changes = pattern_changes("orders*", tracked, made_list, INTERVAL, max_jobs=99)
        if not made_list.complete or not made_list.jobs:
            assert changes == PatternChanges()
            continue
        listed = {job.ref.dataflow: job.title for job in made_list.jobs}
        fitting = {flow for flow, title in listed.items() if title.lower().startswith("orders")}
        assert set(changes.added) == fitting - tracked.keys()
        for flow in tracked:
            if flow in listed:
                missing_since.pop(flow, None)
                assert flow not in changes.removed
            else:
                first = missing_since.setdefault(flow, made_list.asked_at)
                assert (flow in changes.removed) == (made_list.asked_at - first >= INTERVAL)
        for flow in changes.removed:
            del missing_since[flow]
        balance.update(changes.added)
        balance.subtract(changes.removed)
        tracked = after(tracked, changes, made_list.asked_at)
        assert all(count in (0, 1) for count in balance.values())
    assert {flow for flow, count in balance.items() if count} == tracked.keys()


def test_two_lists_in_quick_succession_remove_nothing() -> None:
    """A row that is missing for a moment may be missing in two lists in quick succession."""
    absent = {"a": NOON}
    soon, later = (job_list(NOON + span, ("b", "x")) for span in (INTERVAL - SECOND, INTERVAL))
    assert pattern_changes("orders", absent, soon, INTERVAL, max_jobs=9).removed == ()
    assert pattern_changes("orders", absent, later, INTERVAL, max_jobs=9).removed == ("a",)


def test_case_and_spaces_of_a_name_do_not_matter() -> None:
    """A name matches a pattern regardless of case and spaces; a job without a name matches only all jobs."""
    made_list = job_list(NOON, ("a", "ORDERS  eu"), ("b", "orders"), ("c", ""))
    assert pattern_changes("orders eu", {}, made_list, INTERVAL, max_jobs=9).added == ("a",)
    assert pattern_changes("*", {}, made_list, INTERVAL, max_jobs=9).added == ("a", "b", "c")


def test_a_renamed_job_is_not_removed() -> None:
    """A job stays while it is listed, whatever its name."""
    changes = pattern_changes("orders*", {"a": None}, job_list(NOON, ("a", "payments")), INTERVAL, max_jobs=9)
    assert changes == PatternChanges()


def test_a_row_without_a_status_adds_and_removes_nothing() -> None:
    """A row without a status neither adds a job nor lets it be removed."""
    made_list = replace(job_list(NOON, ("a", "orders")), named=frozenset({"a", "b", "c"}))
    assert pattern_changes("*", {"b": NOON - INTERVAL}, made_list, INTERVAL, max_jobs=9) == PatternChanges(
        added=("a",), back=("b",)
    )


def test_a_clock_that_was_set_back_delays_nothing() -> None:
    """Two lists are apart by their distance in time, whichever a clock says was first."""
    absent = {"a": NOON + timedelta(days=1)}
    assert pattern_changes("*", absent, job_list(NOON, ("b", "x")), INTERVAL, max_jobs=9).removed == ("a",)


def test_a_pattern_has_a_limit() -> None:
    """A full pattern adds jobs only as others are removed."""
    made_list = job_list(NOON, *[(flow, "x") for flow in "abcdef"])
    full = dict.fromkeys("abc", None)
    assert pattern_changes("*", full, made_list, INTERVAL, max_jobs=4) == PatternChanges(added=("d",), left_out=2)
    assert pattern_changes("*", full, made_list, INTERVAL, max_jobs=2) == PatternChanges(left_out=3)
    removed = {"z": NOON - INTERVAL, **full}
    assert pattern_changes("*", removed, made_list, INTERVAL, max_jobs=4).added == ("d",)
