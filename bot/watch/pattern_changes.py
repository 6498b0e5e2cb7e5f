"""The decision of gathering: from the jobs that a pattern knows and a list, which came and which went. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.pattern import matches
from bot.informatica.job_list import JobList


@dataclass(frozen=True)
class PatternChanges:
    """By dataflow: jobs that are `new` to the pattern, those that the list lacks for the first time, those that it
    has again, and those that are `gone`. `left_out` is how many new ones there was no room for."""

    new: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    left_out: int = 0


def compare(
    key: str, tracked: Mapping[str, datetime | None], listing: JobList, interval: timedelta, *, most: int
) -> PatternChanges:
    """What a list says of the jobs that a pattern knows, each with the time since when lists lack it.

    An incomplete list says nothing, and neither does an empty one: rather than that all jobs went, the account sees
    none. Gone is what two complete lists in a row lack, asked for an interval apart. A job that was renamed stays, and
    so does one whose row has no status now.
    """
    if not listing.complete or not listing.jobs:
        return PatternChanges()
    listed = {job.ref.dataflow for job in listing.jobs}
    there = listed | listing.named
    absent = {flow: since for flow, since in tracked.items() if flow not in there}
    gone = sorted(flow for flow, since in absent.items() if since and abs(listing.asked_at - since) >= interval)
    new = sorted(flow for flow in listed - tracked.keys() if _is_meant(key, listing, flow))
    room = max(0, most - len(tracked) + len(gone))
    return PatternChanges(
        new=tuple(new[:room]),
        missing=tuple(sorted(flow for flow, since in absent.items() if since is None)),
        back=tuple(sorted(flow for flow, since in tracked.items() if since is not None and flow in there)),
        gone=tuple(gone),
        left_out=len(new[room:]),
    )


def _is_meant(key: str, listing: JobList, dataflow: str) -> bool:
    job = listing.newest(dataflow)
    return job is not None and matches(key, job.title)
