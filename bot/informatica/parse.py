"""Documents of the jobs service into the language of jobs. Pure, and tolerant: only a missing status is fatal.

Pages: "jobs resource" of the Mass Ingestion Streaming REST API; "Login" of the REST API version 3.
"""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from bot.informatica.errors import BadAnswer
from bot.informatica.values import LONGEST_TEXT, clean, load_json, parse_time, text, tidy, whole_number
from bot.jobs import Job, JobRef, Status

T = TypeVar("T")

_LONGEST_STATUS = 200
# Three hundred years: a longer life of a run is no duration, and dates would overflow with it.
_LONGEST_DURATION = 10_000_000_000
# The service documents up to 16,000 characters. All visible ASCII, or no HTTP header could carry it (and the
# refusal would quote it).
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,16000}", re.ASCII)
# What is read of a page of HTML; its title is near the start.
_PROSE = 4_000


def parse_job(body: bytes, ref: JobRef) -> Job:
    """The job that `body` describes, in answer to a request for `ref`.

    Raises BadAnswer when it is no JSON object, has no status, or is about another run.
    """
    left = _fields(body)
    status = left.pop("status", None)
    if not isinstance(status, str) or not clean(status, _LONGEST_STATUS):
        code, message, request_id = parse_error(body)  # the page speaks of "an error object", not of its HTTP status
        raise BadAnswer(status=200, code=code, request_id=request_id, detail=message or "the answer has no status")
    run = left.pop("runId", None)
    if run is not None and whole_number(run) != ref.run:
        raise BadAnswer(status=200, detail="the answer is about another run")
    if text(left.get("assetId")) == ref.dataflow:
        del left["assetId"]  # the reference already says it

    def take(name: str, read: Callable[[Any], T | None]) -> T | None:
        value = left.pop(name, None)
        found = read(value)
        if found is None and value:
            left[name] = value  # said, but not in a form that is known: kept as it came
        return found

    extra_data, extra_text = _extra(left.pop("extraData", None))
    return Job(
        ref=ref,
        status=Status.of(clean(status, _LONGEST_STATUS)),
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


def _fields(body: bytes) -> dict[str, Any]:
    try:
        document = load_json(body)
    except ValueError:
        raise BadAnswer(status=200, detail="the answer is not JSON") from None
    if not isinstance(document, dict):
        raise BadAnswer(status=200, detail="the answer is not a JSON object")
    return document


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


def parse_login(body: bytes) -> tuple[str, list[str]]:
    """The session ID, and the base addresses of the organisation's products in their order.

    Raises BadAnswer when there is no session ID that a header could carry.
    """
    fields = _fields(body)
    user, products = fields.get("userInfo"), fields.get("products")
    session_id = user.get("sessionId") if isinstance(user, dict) else None
    if not isinstance(session_id, str) or not _SESSION_ID.fullmatch(session_id):
        raise BadAnswer(status=200, detail="the answer to the log-in has no session ID")
    addresses = [p.get("baseApiUrl") for p in products if isinstance(p, dict)] if isinstance(products, list) else []
    return session_id, [address for address in addresses if isinstance(address, str)]


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
