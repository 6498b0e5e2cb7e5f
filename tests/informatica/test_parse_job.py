"""An answer of the jobs resource, parsed."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.informatica.stand_in import DOCUMENTED_JOB
from bot.domain.job import Job, JobRef, Status, StatusClass
from bot.informatica.errors import BadAnswer
from bot.informatica.parse import parse_job
from tests.informatica.conftest import DOCUMENTED

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)


def answer(**fields: Any) -> bytes:
    return json.dumps(DOCUMENTED_JOB | fields).encode()


def parsed(**fields: Any) -> Job:
    return parse_job(answer(**fields), DOCUMENTED)


def test_documented_example() -> None:
    """Each field of the documented example has its exact value, and none is left over."""
    assert parsed() == Job(
        ref=JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559),
        status=Status.of("Undeployed"),
        name="testmonitor",
        asset_type="SI_DATAFLOW",
        correlation_id=None,
        duration=timedelta(seconds=1543),
        start_time=datetime(2022, 2, 14, 3, 38, 30, tzinfo=UTC),
        end_time=datetime(2022, 2, 14, 4, 4, 13, tzinfo=UTC),
        extra_data={"id": "0RwiUUb9bVwjL67dWOKjoI", "version": 1, "agentGroupId": None},
        extra_text=None,
        location="Default",
        org_id="2lFy0UUNnlnbjhaoT3TSqw",
        runtime_env="011ZFB2500000000000N",
        started_by="siqa_new",
        deployed_version="1",
        unknown={},
    )


def test_status_alone_is_enough() -> None:
    """An answer with only a status is a job whose other fields are unknown."""
    assert parse_job(b'{"status": "Stopped"}', DOCUMENTED) == Job(ref=DOCUMENTED, status=Status.of("Stopped"))


def test_unknown_fields_are_kept() -> None:
    """An undocumented field is kept, and so is a documented one in an unknown form."""
    job = parsed(lag={"rows": [1, "two"]}, startTime="soon", duration=-1)

    assert job.unknown == {"lag": {"rows": [1, "two"]}, "startTime": "soon", "duration": -1}
    assert (job.start_time, job.duration) == (None, None)


def test_unknown_status_word() -> None:
    """An undocumented status is shown as itself and is of the unknown class."""
    status = parsed(status="Throttled").status

    assert (status.words, status.status_class) == ("Throttled", StatusClass.UNKNOWN)


@pytest.mark.parametrize("run", [42559, "42559", 42559.0, None])
def test_run_in_any_form(run: object) -> None:
    """The run ID may come as a number, in digits, or not at all."""
    assert parsed(runId=run).ref.run == 42559


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": None}, "the answer has no status"),
        ({"status": " \x00 "}, "the answer has no status"),
        ({"status": 3}, "the answer has no status"),
        ({"status": ["Stopped"]}, "the answer has no status"),
        ({"status": None, "error": {"code": "SI_1", "message": "gone"}}, "gone"),
        ({"runId": 42560}, "the answer is about another run"),
        ({"runId": "x"}, "the answer is about another run"),
        ({"runId": True}, "the answer is about another run"),
    ],
)
def test_no_job(fields: dict[str, Any], words: str) -> None:
    """An answer without a status, or about another run, is a bad answer that says which."""
    with pytest.raises(BadAnswer) as caught:
        parsed(**fields)

    assert caught.value.detail == words


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'"Stopped"',
        b'{"status": "Stopped"',
        b'{"status": "Stopped", "status": "Up and Running"}',
        b'{"status": "\xff"}',
        b'{"x": ' + b"[" * 100_000,
        b'{"x": ' + b'{"x": ' * 100_000,
    ],
)
def test_no_json_object(body: bytes) -> None:
    """Anything but a JSON object, or an object with two different statuses, is a bad answer."""
    with pytest.raises(BadAnswer):
        parse_job(body, DOCUMENTED)


def test_byte_order_mark() -> None:
    """A byte order mark before the answer does not matter."""
    assert parse_job(b"\xef\xbb\xbf" + answer(), DOCUMENTED) == parsed()


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e400", b"9" * 5000])
def test_absurd_numbers(number: bytes) -> None:
    """A number that can't be represented doesn't hide the job."""
    body = b'{"status": "Stopped", "duration": N, "startTime": N, "lag": N}'.replace(b"N", number)

    assert parse_job(body, DOCUMENTED) == Job(ref=DOCUMENTED, status=Status.of("Stopped"), unknown={"lag": None})


def test_text_is_made_harmless() -> None:
    """Control characters, lone surrogates and endless texts are removed; the rest of the text is kept."""
    job = parsed(assetName="a\x00b\ud800c\u202ed", startedBy="x" * 5000, status="y" * 5000, lag={"k\x00": "\x1b[31m"})

    assert job.name == "a b c d"
    assert job.started_by == "x" * 1000
    assert job.status.raw == "y" * 200
    assert job.unknown == {"lag": {"k": "[31m"}}


def test_astral_characters_stay() -> None:
    """An emoji, which JSON spells as a pair of surrogates, stays intact."""
    assert parsed(assetName="orders 🚀").name == "orders 🚀"


@pytest.mark.parametrize(
    ("extra", "data", "text"),
    [
        (None, {}, None),
        ("", {}, None),
        ("{}", {}, None),
        ('{"version": 3}', {"version": 3}, None),
        ({"version": 3}, {"version": 3}, None),
        ("{broken", {}, "{broken"),
        ("[1]", {}, "[1]"),
        (7, {}, "7"),
        ("[" * 100_000, {}, "[" * 1000),
        ('{"a":' * 100_000, {}, ('{"a":' * 200)),
    ],
)
def test_extra_data(extra: object, data: dict[str, Any], text: str | None) -> None:
    """`extraData` is decoded if possible, otherwise kept as text, and never an error."""
    job = parsed(extraData=extra)

    assert (job.extra_data, job.extra_text) == (data, text)


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ({"deployedVersion": 4}, "4"),
        ({"deployedVersion": "4b"}, "4b"),
        ({"deployedVersion": None}, "1"),
        ({"deployedVersion": None, "extraData": None}, None),
    ],
)
def test_deployed_version(fields: dict[str, Any], version: str | None) -> None:
    """The version is text; if the field is missing, it comes from `extraData`."""
    assert parsed(**fields).deployed_version == version


def test_deep_nesting_is_cut() -> None:
    """A field nested hundreds of levels deep is cut to a depth that any database can hold."""
    job = parse_job(b'{"status": "Stopped", "deep": ' + b"[" * 500 + b"]" * 500 + b"}", DOCUMENTED)

    assert str(job.unknown["deep"]).count("[") < 20


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    """Any bytes give a job or a bad answer, never another error."""
    with suppress(BadAnswer):
        assert isinstance(parse_job(body, DOCUMENTED), Job)


@given(st.dictionaries(st.sampled_from(list(DOCUMENTED_JOB)), VALUES), st.dictionaries(st.text(), VALUES, max_size=3))
def test_any_fields(documented: dict[str, Any], other: dict[str, Any]) -> None:
    """Any fields give a job or a bad answer, and any database can hold the job's texts."""
    try:
        job = parse_job(json.dumps(DOCUMENTED_JOB | other | documented).encode(), DOCUMENTED)
    except BadAnswer:
        return

    assert "\x00" not in json.dumps([job.unknown, job.extra_data, job.name], allow_nan=False, ensure_ascii=False)
    repr(job).encode()
