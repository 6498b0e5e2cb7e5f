"""What a dataflow's own resources say of its runs: status, history, statistics. Pure and tolerant.

Pages: "status resource", "history resource" and "statistics resource" of the Mass Ingestion Streaming REST API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.throughput import Statistics
from bot.informatica.errors import BadAnswer
from bot.informatica.parse import document_of, fields_of, parse_error
from bot.informatica.values import amount, parse_time, whole_number

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Deployment:
    """An entry of a dataflow's history: one run, and from when to when it was deployed (aware UTC, None: unknown).

    `undeployed_at` is None while it is up.
    """

    run: int
    deployed_at: datetime | None
    undeployed_at: datetime | None


def parse_status(body: bytes) -> int | None:
    """The run ID that the status resource names; None where it names none. Raises BadAnswer for no JSON object."""
    return _run(fields_of(body))


def parse_history(body: bytes) -> tuple[Deployment, ...]:
    """The entries that name a run, in the order in which they came. Raises BadAnswer for no JSON array."""
    document = document_of(body)
    if not isinstance(document, list):
        code, message, request_id = parse_error(body)
        raise BadAnswer(status=200, code=code, request_id=request_id, detail=message or "the answer is no list of runs")
    return tuple(found for entry in document if (found := _deployment(entry)) is not None)


def newest(deployments: Iterable[Deployment]) -> Deployment | None:
    """The one deployed last; of equals the one that is up, then the one with the larger run ID; None for none."""
    return max(
        deployments,
        key=lambda one: (one.deployed_at or _LONG_AGO, one.undeployed_at is None, one.run),
        default=None,
    )


def parse_statistics(body: bytes, at: datetime) -> Statistics:
    """What went through the run, as asked `at` (aware UTC). Raises BadAnswer for what has no figures in it."""
    said = fields_of(body)
    figures = [amount(said.get(name)) for name in ("inMessages", "outMessages", "inBytes", "outBytes")]
    run = whole_number(said.get("dataflowRunId"))
    if all(figure is None for figure in figures):
        code, message, request_id = parse_error(body)
        if run is None or code or message:
            detail = message or "the answer has no figures"
            raise BadAnswer(status=200, code=code, request_id=request_id, detail=detail)
    in_messages, out_messages, in_bytes, out_bytes = figures
    return Statistics(
        run=run,
        in_messages=in_messages,
        out_messages=out_messages,
        in_bytes=in_bytes,
        out_bytes=out_bytes,
        start=parse_time(said.get("startTime")),
        stop=parse_time(said.get("stopTime")),
        at=at,
    )


def _deployment(entry: Any) -> Deployment | None:
    run = _run(entry) if isinstance(entry, dict) else None
    if run is None:
        return None
    return Deployment(run, parse_time(entry.get("deployedAt")), parse_time(entry.get("undeployedAt")))


def _run(said: dict[str, Any]) -> int | None:
    """The run ID, which the pages spell in two ways."""
    runs = (whole_number(said.get(name)) for name in ("runId", "runID"))
    return next((run for run in runs if run is not None and run > 0), None)
