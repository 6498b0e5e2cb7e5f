"""The organisation's job list: MIJobs, an OData list of all runs."""

import re
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from aiohttp import web

from bot.demo.informatica.faults import Fault, Refused
from bot.demo.informatica.runs import DOCUMENTED_JOB, Row, Runs, as_of_now

FILTERED = ("assetName", "assetType", "startedBy", "status")
ORDERED = ("assetName", "assetType", "status", "runtimeEnv", "startTime")
_EQUALS = re.compile(rf"({'|'.join(FILTERED)}) eq '((?:[^']|'')*)'")
_A_LOT = 1_000_000


class JobList:
    """What the list answers.

    `cap` is the most rows that it gives at once (None: as many as asked for), `lag` how many seconds it is late;
    `missing` are dataflows that it lacks, `statusless` those whose rows have no status.
    """

    def __init__(self, runs: Runs) -> None:
        self.cap: int | None = None
        self.lag = 0.0
        self.missing: set[str] = set()
        self.statusless: set[str] = set()
        self._runs = runs
        self._cached: tuple[object, list[Row]] = (None, [])

    def page(self, request: web.Request, oddity: Fault | None) -> dict[str, Any]:
        """The rows that a request is for, oddly where `oddity` says how."""
        query = request.query
        skip, top = _number(query, "$skip", 0), _number(query, "$top", 1000)
        if oddity is Fault.LIST_TAKES_NO_FILTER and ("$filter" in query or "$orderby" in query):
            raise Refused(400, "BAD_REQUEST", "Query options are not supported")
        most = min(top, self.cap or top)
        rows = self._rows(query.get("$filter", ""), query.get("$orderby", ""))
        count, page = len(rows), rows[skip : skip + most]
        match oddity:
            case Fault.LIST_ENDLESS:
                page, count = [_invented(skip + number) for number in range(most)], _A_LOT
            case Fault.LIST_STUCK:
                page, count = rows[:most], _A_LOT
            case Fault.LIST_REPEATS:
                page, count = [rows[place // 2] for place in range(skip, min(skip + most, 2 * count))], 2 * count
        value = [self._shown(row, without_status=oddity is Fault.LIST_WITHOUT_STATUS) for row in page]
        counted = query.get("$count") == "true" and oddity is not Fault.LIST_WITHOUT_COUNT
        return ({"@odata.count": count} if counted else {}) | {"value": value}

    def _rows(self, filter: str, by: str) -> list[Row]:
        """All rows that fit, in order; kept until something changes, since a list is read page by page."""
        wanted = (filter, by, self._runs.revision, copy(self.missing))
        if self.lag <= 0 and self._cached[0] == wanted:
            return self._cached[1]
        fits = _matching(filter) if filter else lambda row: True
        rows = [row for row in self._runs.as_they_were(self.lag) if row["assetId"] not in self.missing and fits(row)]
        rows = _ordered(rows, by) if by else rows
        self._cached = (wanted, rows) if self.lag <= 0 else (None, [])
        return rows

    def _shown(self, row: Row, *, without_status: bool) -> Row:
        hides_status = without_status or row["assetId"] in self.statusless
        return as_of_now(row) | ({"status": None} if hides_status else {})


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise Refused(400, "BAD_REQUEST", f"{name} takes a number")
    return int(text)


def _invented(number: int) -> Row:
    return DOCUMENTED_JOB | {"assetName": f"invented-{number:06}", "assetId": f"invented-{number}", "runId": number + 1}


def _matching(filter: str) -> Callable[[Row], bool]:
    """Whether a row fits a filter such as `status eq 'Stopped'`. Raises Refused (400).

    The service also takes `and`, `or` and parentheses; the bot sends none.
    """
    found = _EQUALS.fullmatch(filter)
    if found is None:
        raise _not_understood("$filter", filter)
    return lambda row: row.get(found[1]) == found[2].replace("''", "'")


def _ordered(rows: list[Row], by: str) -> list[Row]:
    """The rows in the order of one field, upwards. Raises Refused (400)."""
    if by not in ORDERED:
        raise _not_understood("$orderby", by)
    return sorted(rows, key=lambda row: str(row.get(by) or ""))


def _not_understood(parameter: str, text: str) -> Refused:
    return Refused(400, "BAD_REQUEST", f"The value of {parameter} is not understood: {text[:100]}")
