"""A page of the organisation's list into the language of jobs. Pure, and tolerant: one odd row hides no other.

The resource is MIJobs, an OData list; its rows have the shape of the jobs resource.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from bot.domain.job import Job, JobRef
from bot.informatica.errors import BadAnswer
from bot.informatica.parse import document_of, job_of, parse_error
from bot.informatica.values import text, whole_number

STREAMING = "SI_DATAFLOW"
_COUNTS = ("@odata.count", "odata.count", "count")


# A thousand rows are 60 ms of work: so many are read at a time, which is 3 ms.
_SLICE = 50


class ListPage:
    """Some rows of the organisation's list.

    `jobs` are as the list says: it may be late, so what counts is what the jobs resource says of each. They may
    come from a generator, and are then read when they are asked for.
    `rows` is how many rows came, those that are no streaming job or lack a run or a status among them;
    `total` how many the service says there are in all, None where it does not. `named` are the dataflows of all rows.
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
        """Read the jobs a few at a time, so that whatever else waits for this thread has its turn in between."""
        for job in self._unread:
            self._read.append(job)
            if len(self._read) % _SLICE == 0:
                await asyncio.sleep(0)


def parse_page(body: bytes) -> ListPage:
    """The rows that `body` holds. Raises BadAnswer when it holds no list of rows."""
    document = document_of(body)
    said = document if isinstance(document, dict) else {}
    rows = said.get("value") if said else document
    if not isinstance(rows, list):
        code, message, request_id = parse_error(body)
        raise BadAnswer(status=200, code=code, request_id=request_id, detail=message or "the answer is no list of jobs")
    total = next((count for name in _COUNTS if (count := whole_number(said.get(name))) is not None), None)
    jobs = (job for row in rows if (job := _job(row)) is not None)
    named = (flow for row in rows if isinstance(row, dict) and (flow := text(row.get("assetId"))))
    return ListPage(jobs, len(rows), total if total is not None and total >= 0 else None, named)


def _job(row: Any) -> Job | None:
    """The job of a row; None for one that can't be asked for, has no status, or says that it is something else."""
    if not isinstance(row, dict):
        return None
    dataflow, run = text(row.get("assetId")), whole_number(row.get("runId"))
    if dataflow is None or run is None or run <= 0:
        return None
    kind = text(row.get("assetType"))
    return job_of(row, JobRef(dataflow, run)) if kind in (None, STREAMING) else None
