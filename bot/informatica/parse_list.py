"""Parse a page of the organisation's job list. Pure and tolerant: a malformed row doesn't hide the others.

The resource is MIJobs, an OData list whose rows have the shape of the jobs resource.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from bot.domain.job import Job, JobRef
from bot.informatica.parse import bad_answer, document_of, job_of
from bot.informatica.values import text, whole_number

STREAMING = "SI_DATAFLOW"
_COUNTS = ("@odata.count", "odata.count", "count")
# Parsing a thousand rows takes 60 ms. The event loop gets a turn after each batch (3 ms).
_BATCH = 50


class ListPage:
    """A page of the organisation's job list.

    `jobs` may lag behind the jobs resource. They may come from a generator, and are then parsed on demand.
    `rows` counts every row, also those of other asset types or without a run or a status. `total` is the service's own
    count of all rows, None if it gives none. `named` holds the dataflows of all rows.
    """

    def __init__(self, jobs: Iterable[Job], rows: int, total: int | None, named: Iterable[str] = ()) -> None:
        self.rows = rows
        self.total = total
        self.named = frozenset(named)
        self._unread = iter(jobs)
        self._read: list[Job] = []

    def __repr__(self) -> str:
        return f"ListPage(jobs={self.jobs!r}, rows={self.rows}, total={self.total})"

    @property
    def jobs(self) -> tuple[Job, ...]:
        self._read.extend(self._unread)
        return tuple(self._read)

    async def read(self) -> None:
        """Parse the jobs a few at a time, so that other tasks get their turn in between."""
        for job in self._unread:
            self._read.append(job)
            if len(self._read) % _BATCH == 0:
                await asyncio.sleep(0)


class KnownRows:
    """The jobs of the last list and of the one that is being read: most rows are as they were, and aren't parsed again.

    Without their duration, which grows while nothing else changes.
    """

    def __init__(self) -> None:
        self._last: dict[int, Job] = {}
        self._now: dict[int, Job] = {}

    def begin(self) -> None:
        """A new list is being read from now on."""
        self._last, self._now = self._now, {}

    def job(self, row: dict[str, Any]) -> Job | None:
        """The job of a row; None as `_job` says."""
        row.pop("duration", None)
        try:
            key = hash(tuple(row.items()))
        except TypeError:  # a list or an object among its values
            return _job(row)
        job = self._last.get(key) or _job(row)
        if job is not None:
            self._now[key] = job
        return job


def parse_page(body: bytes, known: KnownRows | None = None) -> ListPage:
    """The rows in `body`. Raises BadAnswer if it holds no list of rows."""
    document = document_of(body)
    fields = document if isinstance(document, dict) else {}
    rows = fields.get("value") if fields else document
    if not isinstance(rows, list):
        raise bad_answer(body, "the answer is not a list of jobs")
    total = next((count for name in _COUNTS if (count := whole_number(fields.get(name))) is not None), None)
    known = known or KnownRows()
    jobs = (job for row in rows if isinstance(row, dict) and (job := known.job(row)) is not None)
    named = (flow for row in rows if isinstance(row, dict) and (flow := text(row.get("assetId"))))
    return ListPage(jobs, len(rows), total if total is not None and total >= 0 else None, named)


def _job(row: dict[str, Any]) -> Job | None:
    """The job of a row; None without a dataflow, run or status, or for another asset type."""
    dataflow, run = text(row.get("assetId")), whole_number(row.get("runId"))
    if dataflow is None or run is None or run <= 0:
        return None
    kind = text(row.get("assetType"))
    return job_of(row, JobRef(dataflow, run)) if kind in (None, STREAMING) else None
