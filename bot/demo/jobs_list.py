"""The organisation's list of the stand-in: MIJobs, an OData list of all runs."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from aiohttp import web

from bot.demo.jobs_faults import Fault, Refused
from bot.demo.jobs_filter import matching, ordered
from bot.demo.jobs_runs import DOCUMENTED_JOB, Row, Runs, as_of_now

_A_LOT = 1_000_000


class JobsList:
    """What the list answers.

    `cap` is the most rows that it gives at once (None: as many as asked for), `lag` how many seconds it is late;
    `missing` are dataflows that it lacks, `statusless` those whose rows have no status; with `current_only` it lacks
    each dataflow's earlier runs.
    """

    def __init__(self, runs: Runs) -> None:
        self.cap: int | None = None
        self.lag = 0.0
        self.missing: set[str] = set()
        self.statusless: set[str] = set()
        self.current_only = False
        self._runs = runs
        self._kept: tuple[object, list[Row]] = (None, [])

    def page(self, request: web.Request, oddity: Fault | None) -> dict[str, Any]:
        """The rows that a request is for, oddly where `oddity` says how."""
        query = request.query
        skip, top = _number(query, "$skip", 0), _number(query, "$top", 1000)
        if oddity is Fault.LIST_TAKES_NO_FILTER and ("$filter" in query or "$orderby" in query):
            raise Refused(400, "BAD_REQUEST", "Query options are not supported")
        most = min(top, self.cap or top)
        rows = self._rows(query.get("$filter", ""), query.get("$orderby", ""))
        count = len(rows)
        if oddity is Fault.LIST_ENDLESS:
            page, count = [_invented(skip + number) for number in range(most)], _A_LOT
        elif oddity is Fault.LIST_STUCK:
            page, count = rows[:most], _A_LOT
        elif oddity is Fault.LIST_REPEATS:
            page, count = [rows[place // 2] for place in range(skip, min(skip + most, 2 * count))], 2 * count
        else:
            page = rows[skip : skip + most]
        value = [self._shown(row, without_status=oddity is Fault.LIST_WITHOUT_STATUS) for row in page]
        counted = query.get("$count") == "true" and oddity is not Fault.LIST_WITHOUT_COUNT
        return ({"@odata.count": count} if counted else {}) | {"value": value}

    def _rows(self, filter: str, by: str) -> list[Row]:
        """All rows that fit, in their order; kept until something changes, since a list is read page by page."""
        wanted = (filter, by, self._runs.revision, copy(self.missing), self.current_only)
        if self.lag <= 0 and self._kept[0] == wanted:
            return self._kept[1]
        fits = matching(filter) if filter else lambda row: True
        rows = [row for row in self._runs.as_they_were(self.lag) if row["assetId"] not in self.missing and fits(row)]
        if self.current_only:
            rows = [row for row in rows if row["runId"] == self._runs.of(row["assetId"])[-1]["runId"]]
        rows = ordered(rows, by) if by else rows
        self._kept = (wanted, rows) if self.lag <= 0 else (None, [])
        return rows

    def _shown(self, row: Row, *, without_status: bool) -> Row:
        if without_status or row["assetId"] in self.statusless:
            return as_of_now(row) | {"status": None}
        return as_of_now(row)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise Refused(400, "BAD_REQUEST", f"{name} takes a number")
    return int(text)


def _invented(number: int) -> Row:
    return DOCUMENTED_JOB | {"assetName": f"invented-{number:06}", "assetId": f"invented-{number}", "runId": number + 1}
