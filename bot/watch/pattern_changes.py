"""The decision of discovery: a pattern's jobs and a job list give the jobs that were added and removed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.pattern import matches_key
from bot.informatica.job_list import JobList


@dataclass(frozen=True)
class PatternChanges:
    """Dataflows, by what a job list says of them. `missing` ones are absent for the first time, `back` ones are listed
    again. `left_out` counts the added ones for which the pattern has no room."""

    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    left_out: int = 0


def pattern_changes(
    key: str, missing_since: Mapping[str, datetime | None], job_list: JobList, interval: timedelta, *, max_jobs: int
) -> PatternChanges:
    """Compare a pattern's jobs, each with the time since when job lists lack it, with a new job list.

    An incomplete list says nothing. Neither does an empty one: more likely the account lost its permissions than the
    organisation all its jobs. A job is removed if two complete lists in a row lack it, requested an interval apart. A
    renamed job stays, and so does one whose row has no status at the moment.
    """
    if not job_list.complete or not job_list.jobs:
        return PatternChanges()
    with_status = {job.ref.dataflow for job in job_list.jobs}
    listed = with_status | job_list.named
    absent = {flow: since for flow, since in missing_since.items() if flow not in listed}
    removed = sorted(flow for flow, since in absent.items() if since and abs(job_list.asked_at - since) >= interval)
    keys = job_list.index.keys
    added = sorted(flow for flow in with_status - missing_since.keys() if matches_key(key, keys[flow]))
    room = max(0, max_jobs - len(missing_since) + len(removed))
    return PatternChanges(
        added=tuple(added[:room]),
        missing=tuple(sorted(flow for flow, since in absent.items() if since is None)),
        back=tuple(sorted(flow for flow, since in missing_since.items() if since is not None and flow in listed)),
        removed=tuple(removed),
        left_out=len(added[room:]),
    )
