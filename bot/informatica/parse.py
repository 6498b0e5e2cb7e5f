"""Parse the jobs resource and error bodies. Pure and tolerant: only a missing status is fatal.

Page: "jobs resource" of the Mass Ingestion Streaming REST API. See also `parse_list` for the job list, `parse_runs` for
a dataflow's status, history and statistics, and `parse_login` for the login.
"""

import html
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from bot.domain.job import Job, JobRef, Status
from bot.informatica.errors import BadAnswer
from bot.informatica.values import MAX_TEXT, clean, load_json, parse_time, text, tidy, whole_number

T = TypeVar("T")

_MAX_STATUS = 200
# Seconds: three hundred years. Adding more to a date could overflow.
_MAX_DURATION = 10_000_000_000
# The bytes of an HTML page that are searched for its title.
_MAX_PROSE = 4_000


def parse_job(body: bytes, ref: JobRef) -> Job:
    """The job in an answer to a request for `ref`.

    Raises BadAnswer if it is not a JSON object, has no status, or is about another run.
    """
    fields = fields_of(body)
    if status_of(fields) is None:
        # The page says "an error object" without an HTTP status, so it may come with a 200.
        raise bad_answer(body, "the answer has no status")
    run = fields.get("runId")
    if run is not None and whole_number(run) != ref.run:
        raise BadAnswer(status=200, detail="the answer is about another run")
    job = job_of(fields, ref)
    assert job is not None  # noqa: S101 - it has a status
    return job


def status_of(fields: dict[str, Any]) -> Status | None:
    """The status in a job's fields; None if it is missing or not a string."""
    status = fields.get("status")
    words = clean(status, _MAX_STATUS) if isinstance(status, str) else ""
    return Status.of(words) if words else None


def job_of(fields: dict[str, Any], ref: JobRef) -> Job | None:
    """The job with these fields, named as in the jobs resource; None without a status. Never raises."""
    status = status_of(fields)
    if status is None:
        return None
    left = {name: value for name, value in fields.items() if name not in ("status", "runId", "extraData")}
    if text(left.get("assetId")) == ref.dataflow:
        del left["assetId"]  # the same as in the reference

    def take(name: str, read: Callable[[Any], T | None]) -> T | None:
        value = left.pop(name, None)
        found = read(value)
        if found is None and value:
            left[name] = value  # in an unknown form: kept as it is
        return found

    extra_data, extra_text = _extra(fields.get("extraData"))
    return Job(
        ref=ref,
        status=status,
        name=take("assetName", text),
        asset_type=take("assetType", _shared),
        correlation_id=take("correlationId", text),
        duration=take("duration", _duration),
        start_time=take("startTime", parse_time),
        end_time=take("endTime", parse_time),
        extra_data=extra_data,
        extra_text=extra_text,
        location=take("location", _shared),
        org_id=take("orgId", _shared),
        runtime_env=take("runtimeEnv", _shared),
        started_by=take("startedBy", _shared),
        deployed_version=take("deployedVersion", text) or text(extra_data.get("version")),
        unknown=tidy(left),
    )


def fields_of(body: bytes) -> dict[str, Any]:
    """The answer as a JSON object. Raises BadAnswer for anything else."""
    document = document_of(body)
    if not isinstance(document, dict):
        raise BadAnswer(status=200, detail="the answer is not a JSON object")
    return document


def document_of(body: bytes) -> Any:
    """The answer as a JSON document. Raises BadAnswer if it is not JSON."""
    try:
        return load_json(body)
    except ValueError:
        raise BadAnswer(status=200, detail="the answer is not JSON") from None


def bad_answer(body: bytes, problem: str) -> BadAnswer:
    """The error for a 200 answer that can't be used, in the service's own words if it has any."""
    code, message, request_id = parse_error(body)
    return BadAnswer(status=200, code=code, request_id=request_id, detail=message or problem)


def _shared(value: object) -> str | None:
    """A text that thousands of jobs have in common: kept once, it saves half a kilobyte a job."""
    found = text(value)
    return None if found is None else sys.intern(found)


def _duration(value: object) -> timedelta | None:
    seconds = whole_number(value)
    return None if seconds is None or not 0 <= seconds <= _MAX_DURATION else timedelta(seconds=seconds)


def _extra(value: object) -> tuple[dict[str, Any], str | None]:
    """The content of `extraData` (a string of JSON, says its page), or its text if that is not JSON."""
    document = value
    if isinstance(value, str):
        try:
            document = load_json(value)
        except ValueError:
            document = None
    return (tidy(document), None) if isinstance(document, dict) else ({}, text(value))


def parse_error(body: bytes) -> tuple[str | None, str | None, str | None]:
    """Code, message and request ID in the body of an error, each None if missing. Never raises.

    No page documents the errors of these resources. Understood are `{"error": {"code", "message", "requestId"}}` and
    `{"@type": "error", "code", "description"}` of related resources, the first of a list of either, and the HTML or
    plain text of gateways.
    """
    try:
        document = _first_of(load_json(body))
    except ValueError:
        return None, _prose(body), None
    if not isinstance(document, dict):
        return None, text(document), None
    inner = _first_of(document.get("error", document.get("errors")))
    fields = {**document, **inner} if isinstance(inner, dict) else document
    message = _first(fields, "message", "description", "errorMessage", "error_description", "error")
    return _first(fields, "code", "errorCode"), message, _first(fields, "requestId", "requestID", "request_id")


def _first_of(value: Any) -> Any:
    return next(iter(value), None) if isinstance(value, list) else value


def _first(fields: dict[str, Any], *names: str) -> str | None:
    return next((found for name in names if (found := text(fields.get(name)))), None)


def _prose(body: bytes) -> str | None:
    page = body[:_MAX_PROSE].decode(errors="replace")
    title = re.search(r"<title[^>]*>([^<]*)", page, re.IGNORECASE)
    words = title[1] if title else re.sub(r"<[^>]*>", " ", page)
    return clean(" ".join(html.unescape(words).split()), MAX_TEXT) or None
