"""Documents of the jobs service into the language of jobs. Pure, and tolerant: only a missing status is fatal.

Page: "jobs resource" of the Mass Ingestion Streaming REST API. Beside it: `parse_list` the organisation's list,
`parse_runs` status, history and statistics of a dataflow, `parse_login` the log-ins.
"""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from bot.domain.job import Job, JobRef, Status
from bot.informatica.errors import BadAnswer
from bot.informatica.values import LONGEST_TEXT, clean, load_json, parse_time, text, tidy, whole_number

T = TypeVar("T")

_LONGEST_STATUS = 200
# Three hundred years: a longer life of a run is no duration, and dates would overflow with it.
_LONGEST_DURATION = 10_000_000_000
# What is read of a page of HTML; its title is near the start.
_PROSE = 4_000


def parse_job(body: bytes, ref: JobRef) -> Job:
    """The job that `body` describes, in answer to a request for `ref`.

    Raises BadAnswer when it is no JSON object, has no status, or is about another run.
    """
    said = fields_of(body)
    if status_of(said) is None:
        code, message, request_id = parse_error(body)  # the page speaks of "an error object", not of its HTTP status
        raise BadAnswer(status=200, code=code, request_id=request_id, detail=message or "the answer has no status")
    run = said.get("runId")
    if run is not None and whole_number(run) != ref.run:
        raise BadAnswer(status=200, detail="the answer is about another run")
    job = job_of(said, ref)
    assert job is not None  # noqa: S101 - it has a status
    return job


def status_of(said: dict[str, Any]) -> Status | None:
    """The status that a job's fields say; None for none, or one that is no text."""
    status = said.get("status")
    words = clean(status, _LONGEST_STATUS) if isinstance(status, str) else ""
    return Status.of(words) if words else None


def job_of(said: dict[str, Any], ref: JobRef) -> Job | None:
    """The job whose fields these are, as the jobs resource names them; None without a status. Never raises."""
    status = status_of(said)
    if status is None:
        return None
    left = {name: value for name, value in said.items() if name not in ("status", "runId", "extraData")}
    if text(left.get("assetId")) == ref.dataflow:
        del left["assetId"]  # the reference already says it

    def take(name: str, read: Callable[[Any], T | None]) -> T | None:
        value = left.pop(name, None)
        found = read(value)
        if found is None and value:
            left[name] = value  # said, but not in a form that is known: kept as it came
        return found

    extra_data, extra_text = _extra(said.get("extraData"))
    return Job(
        ref=ref,
        status=status,
        name=take("assetName", text),
        asset_type=take("assetType", text),
        correlation_id=take("correlationId", text),
        duration=take("duration", _duration),
        start_time=take("startTime", parse_time),
        end_time=take("endTime", parse_time),
        extra_data=extra_data,
        extra_text=extra_text,
        location=take("location", text),
        org_id=take("orgId", text),
        runtime_env=take("runtimeEnv", text),
        started_by=take("startedBy", text),
        deployed_version=take("deployedVersion", text) or text(extra_data.get("version")),
        unknown=tidy(left),
    )


def fields_of(body: bytes) -> dict[str, Any]:
    """The JSON object that an answer is. Raises BadAnswer for anything else."""
    document = document_of(body)
    if not isinstance(document, dict):
        raise BadAnswer(status=200, detail="the answer is not a JSON object")
    return document


def document_of(body: bytes) -> Any:
    """The JSON document that an answer is. Raises BadAnswer for what is none."""
    try:
        return load_json(body)
    except ValueError:
        raise BadAnswer(status=200, detail="the answer is not JSON") from None


def _duration(value: object) -> timedelta | None:
    seconds = whole_number(value)
    return None if seconds is None or not 0 <= seconds <= _LONGEST_DURATION else timedelta(seconds=seconds)


def _extra(value: object) -> tuple[dict[str, Any], str | None]:
    """What `extraData` says (JSON inside a string, by its page), or its text where that is not JSON."""
    document = value
    if isinstance(value, str):
        try:
            document = load_json(value)
        except ValueError:
            document = None
    return (tidy(document), None) if isinstance(document, dict) else ({}, text(value))


def parse_error(body: bytes) -> tuple[str | None, str | None, str | None]:
    """Code, message and request ID of an error's body, each None where it does not say. Never raises.

    No page documents these resources' errors: it knows `{"error": {"code", "message", "requestId"}}` and
    `{"@type": "error", "code", "description"}` of their sisters, and the HTML or plain text of gateways.
    """
    try:
        document = load_json(body)
    except ValueError:
        return None, _prose(body), None
    if isinstance(document, list):
        document = next(iter(document), None)
    if not isinstance(document, dict):
        return None, text(document), None
    inner = document.get("error")
    said = {**document, **inner} if isinstance(inner, dict) else document
    message = _first(said, "message", "description", "errorMessage", "error_description", "error")
    return _first(said, "code", "errorCode"), message, _first(said, "requestId", "requestID", "request_id")


def _first(said: dict[str, Any], *names: str) -> str | None:
    return next((found for name in names if (found := text(said.get(name)))), None)


def _prose(body: bytes) -> str | None:
    page = body[:_PROSE].decode(errors="replace")
    title = re.search(r"<title[^>]*>([^<]*)", page, re.IGNORECASE)
    words = title[1] if title else re.sub(r"<[^>]*>", " ", page)
    return clean(" ".join(html.unescape(words).split()), LONGEST_TEXT) or None
