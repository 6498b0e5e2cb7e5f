"""The resources about one run or one dataflow: jobs, status, history, statistics."""

import time
from typing import Any, Literal

from aiohttp import web

from bot.demo.informatica.faults import Fault, Refused
from bot.demo.informatica.runs import Row, Runs, as_of_now, milliseconds
from bot.demo.informatica.throughput import BYTES_A_MESSAGE


class DataflowResources:
    """The documented answers, in each form that the documentation leaves open.

    In a history, `run_spelling` is the name of the run's field, and `while_up` the `undeployedAt` of a run that is up.
    `status_names_run` says whether a status contains the run. `no_figures` is the HTTP status without statistics.
    """

    def __init__(self, runs: Runs) -> None:
        self.history_order: Literal["newest first", "oldest first"] = "newest first"
        self.run_spelling: Literal["runId", "runID"] = "runId"
        self.while_up: Literal["absent", 0] | None = None
        self.status_names_run = True
        self.no_figures = 400
        self._runs = runs

    def job(self, request: web.Request, _: Fault | None = None) -> Row:
        """Page: "jobs resource"."""
        dataflow, run = request.match_info["dataflow"], request.match_info["run"]
        row = self._runs.get((dataflow, int(run))) if run.isdecimal() else None
        if row is None:
            raise Refused(404, "NOT_FOUND", f"No job with dataflow ID {dataflow} and run ID {run}")
        return as_of_now(row)

    def status(self, request: web.Request, _: Fault | None = None) -> dict[str, Any]:
        """Page: "status resource"."""
        row = self._deployments(request)[-1]
        said = {"dataflowName": row["assetName"], "dataflowId": row["assetId"], "status": row["status"]}
        said |= {"timestamp": _now(), "reports": self.reports(row["status"]), "graph": {}}
        return said | ({"runId": row["runId"]} if self.status_names_run else {})

    @staticmethod
    def reports(status: str) -> list[dict[str, Any]]:
        """The status of each node. The page leaves the shape open; a failing run fails at its target here."""
        fails = status == "Running with Error"
        return [
            {"nodeName": "source", "status": "Up and Running" if fails else status},
            {"nodeName": "target", "status": status},
        ]

    def history(self, request: web.Request, _: Fault | None = None) -> list[dict[str, Any]]:
        """Page: "history resource"."""
        rows = self._deployments(request)
        return [self._entry(row) for row in (rows[::-1] if self.history_order == "newest first" else rows)]

    def statistics(self, request: web.Request, _: Fault | None = None) -> dict[str, Any]:
        """Page: "statistics resource"."""
        if not request.query.get("intervals", "").isdecimal():
            raise Refused(400, "BAD_REQUEST", "Required request parameter 'intervals' is not present")
        row = self._deployments(request)[-1]
        if row["status"] == "Undeployed":
            raise Refused(self.no_figures, "NO_STATISTICS", "The dataflow is not deployed")
        count = self._runs.throughput.messages((row["assetId"], row["runId"]))
        source, target = {"nodeName": "source", **_counts(0, count)}, {"nodeName": "target", **_counts(count, 0)}
        return _counts(count, count) | {
            "dataflowId": row["assetId"],
            "dataflowRunId": row["runId"],
            "startTime": milliseconds(row["startTime"]),
            "stopTime": milliseconds(row["endTime"]) or _now(),
            "nodes": [source, target],
            "intervals": [],
        }

    def _deployments(self, request: web.Request) -> list[Row]:
        dataflow = request.match_info["dataflow"]
        rows = self._runs.of(dataflow)
        if not rows:
            raise Refused(404, "NOT_FOUND", f"No dataflow with ID {dataflow}")
        return rows

    def _entry(self, row: Row) -> dict[str, Any]:
        ended = milliseconds(row["endTime"])
        entry = {
            "dataflowId": row["assetId"],
            "dataflowName": row["assetName"],
            "deployedAt": milliseconds(row["startTime"]),
            "dataflowVersion": row["deployedVersion"],
            self.run_spelling: row["runId"],
        }
        if ended is None and self.while_up == "absent":
            return entry
        return entry | {"undeployedAt": self.while_up if ended is None else ended}


def _counts(inward: int, outward: int) -> dict[str, int]:
    messages = {"inMessages": inward, "outMessages": outward}
    return messages | {"inBytes": inward * BYTES_A_MESSAGE, "outBytes": outward * BYTES_A_MESSAGE}


def _now() -> int:
    return round(time.time() * 1000)
