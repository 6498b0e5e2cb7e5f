"""Single values on the wire, parsed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.informatica.parse import parse_error
from bot.informatica.values import parse_retry_after, parse_time

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
START = datetime(2022, 2, 14, 3, 38, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2022-02-14T03:38:30.000+0000",
        "2022-02-14T03:38:30Z",
        "2022-02-14T03:38:30",
        "2022-02-14T05:38:30.000+02:00",
        " 2022-02-14 03:38:30+0000 ",
        1644809910,
        1644809910.0,
        1644809910000,
        "1644809910",
        "1644809910000",
    ],
)
def test_every_form_of_a_time(value: object) -> None:
    """A time is the same in each form that the pages declare or show."""
    assert parse_time(value) == START


def test_milliseconds_are_kept() -> None:
    """Milliseconds are not lost."""
    assert parse_time(1644809910123) == START + timedelta(milliseconds=123)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        0,
        -1,
        True,
        [],
        {},
        "soon",
        "2022-13-45",
        1e400,
        float("nan"),
        10**400,
        10**18,
        "9" * 5000,
        "0001-01-01T00:00:00+14:00",
        "²",
    ],
)
def test_no_time(value: object) -> None:
    """Anything but a time is None, however hostile."""
    assert parse_time(value) is None


@given(st.text() | st.integers() | st.floats() | st.none() | st.datetimes().map(str) | st.lists(st.integers()))
def test_any_time(value: object) -> None:
    """Any value gives aware UTC or None."""
    moment = parse_time(value)

    assert moment is None or moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("99999999999", 86400.0),
        ("9" * 500, 86400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Retry-After is read in both its forms, up to a day; anything else is None."""
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_any_retry_after(value: str) -> None:
    """Any header gives a wait of at most a day, or None."""
    wait = parse_retry_after(value, NOW)

    assert wait is None or 0 <= wait <= 86400


@pytest.mark.parametrize(
    ("body", "code", "message", "request_id"),
    [
        (b'{"error":{"code":"C","message":"m","requestId":"r","details":null}}', "C", "m", "r"),
        (b'{"@type":"error","code":"C","description":"m","statusCode":404}', "C", "m", None),
        (b'[{"code":"C","message":"m"}]', "C", "m", None),
        (b'{"successful":false,"code":12,"errorMessage":"m"}', "12", "m", None),
        (b'{"error":"m"}', None, "m", None),
        (b'"m"', None, "m", None),
        (b"<html><title>502 Bad\nGateway</title><body>x</body></html>", None, "502 Bad Gateway", None),
        (b"<p>Come &amp; go</p>", None, "Come & go", None),
        (b"plain\x00text\xff", None, "plain text\ufffd", None),
        (b"", None, None, None),
        (b"[]", None, None, None),
        (b"{}", None, None, None),
    ],
)
def test_bodies_of_errors(body: bytes, code: str | None, message: str | None, request_id: str | None) -> None:
    """Code, message and request ID are found in each format that related services and gateways use."""
    assert parse_error(body) == (code, message, request_id)


@given(st.binary())
def test_any_body_of_an_error(body: bytes) -> None:
    """No body of an error causes another error."""
    assert len(parse_error(body)) == 3


def test_huge_body_of_an_error_is_quick() -> None:
    """A megabyte of opening brackets is parsed quickly: nothing is quadratic."""
    parse_error(b"<" * (1 << 20))
