"""Parse the resources about a dataflow's runs: status, history, statistics. Pure and tolerant.

Pages: "status resource", "history resource" and "statistics resource" of the Mass Ingestion Streaming REST API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.throughput import Statistics
from bot.informatica.parse import bad_answer, document_of, fields_of, parse_error
from bot.informatica.values import amount, parse_time, whole_number

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Deployment:
    """An entry of a dataflow's history: a run, and when it was deployed and undeployed (aware UTC, None if unknown).

    `undeployed_at` is also None while it is deployed.
    """

    run: int
    deployed_at: datetime | None
    undeployed_at: datetime | None


def parse_status(body: bytes) -> int | None:
    """The run ID in an answer of the status resource, or None. Raises BadAnswer if it is not a JSON object."""
    return _run(fields_of(body))


def parse_history(body: bytes) -> tuple[Deployment, ...]:
    """The entries that name a run, in their order. Raises BadAnswer if the answer is not a JSON array."""
    document = document_of(body)
    if not isinstance(document, list):
        raise bad_answer(body, "the answer is not a list of runs")
    return tuple(found for entry in document if (found := _deployment(entry)) is not None)


def newest(deployments: Iterable[Deployment]) -> Deployment | None:
    """The one deployed last; if equal, the one still deployed, then the larger run ID. None if there are none."""
    return max(
        deployments,
        key=lambda one: (one.deployed_at or _LONG_AGO, one.undeployed_at is None, one.run),
        default=None,
    )


def parse_statistics(body: bytes, at: datetime) -> Statistics:
    """What went through the run, requested `at` (aware UTC). Raises BadAnswer if the answer has no figures."""
    fields = fields_of(body)
    figures = [amount(fields.get(name)) for name in ("inMessages", "outMessages", "inBytes", "outBytes")]
    run = whole_number(fields.get("dataflowRunId"))
    if all(figure is None for figure in figures):
        code, message, _ = parse_error(body)
        if run is None or code or message:
            raise bad_answer(body, "the answer has no figures")
    in_messages, out_messages, in_bytes, out_bytes = figures
    return Statistics(
        run=run,
        in_messages=in_messages,
        out_messages=out_messages,
        in_bytes=in_bytes,
        out_bytes=out_bytes,
        start=parse_time(fields.get("startTime")),
        stop=parse_time(fields.get("stopTime")),
        at=at,
    )


def _deployment(entry: Any) -> Deployment | None:
    run = _run(entry) if isinstance(entry, dict) else None
    if run is None:
        return None
    return Deployment(run, parse_time(entry.get("deployedAt")), parse_time(entry.get("undeployedAt")))


def _run(fields: dict[str, Any]) -> int | None:
    """The run ID, whose name the pages spell in two ways."""
    runs = (whole_number(fields.get(name)) for name in ("runId", "runID"))
    return next((run for run in runs if run is not None and run > 0), None)
