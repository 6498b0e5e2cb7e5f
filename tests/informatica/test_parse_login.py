"""The answers to a login, parsed."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.informatica.errors import BadAnswer
from bot.informatica.parse_login import life_of, parse_login
from tests.informatica.test_parse_job import VALUES

NOW = 1_700_000_000.0


def jwt(claims: Any) -> str:
    parts = (b'{"alg":"RS256"}', claims if isinstance(claims, bytes) else json.dumps(claims).encode(), b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_both_versions_are_understood() -> None:
    """Version 3 has the session with the user and names a server; version 1 has it at the top level and names none."""
    third = {"userInfo": {"sessionId": "S"}, "products": [{"name": "P", "baseApiUrl": "https://pod.x.test/saas"}]}
    assert parse_login(json.dumps(third).encode()) == ("S", [("P", "https://pod.x.test/saas")])
    first = {"sessionId": "S", "sessionExpireTime": "2026-03-01T12:00:00.000Z", "orgId": "O"}
    assert parse_login(json.dumps(first).encode()) == ("S", [])


@pytest.mark.parametrize(
    ("claims", "life"),
    [
        ({"exp": NOW + 1800}, 1800),
        ({"exp": NOW + 1800, "iat": NOW}, 1800),
        ({"exp": NOW + 1800, "iat": NOW - 7200}, 9000),
        ({"exp": NOW - 7200 + 1800, "iat": NOW - 7200}, 1800),
        ({"exp": str(int(NOW + 1800))}, 1800),
        ({"exp": NOW + 1800, "iat": "soon"}, 1800),
        ({"exp": NOW + 0.5}, None),
        ({"exp": NOW - 5}, None),
        ({"exp": None}, None),
        ({"iat": NOW}, None),
        ([1], None),
        (b"{", None),
        (b"\xff", None),
    ],
)
def test_the_life_of_a_jwt(claims: object, life: float | None) -> None:
    """A JWT's lifetime comes from its own two times, even if this machine's clock is wrong."""
    assert life_of(jwt(claims), NOW) == life


@pytest.mark.parametrize("session_id", ["2l0oeVx22Rujiej7yTokmT", "a.b", "a.b.c.d", "..", "a.b c.d", "a.!!.c", "é.é.é"])
def test_any_other_session_id_has_no_end(session_id: str) -> None:
    """An ID that is not a JWT has no known end: it lives for as long as it is used."""
    assert life_of(session_id, NOW) is None


@given(st.text() | st.text("abc.=-_", max_size=30) | VALUES.map(jwt) | st.binary().map(jwt))
def test_any_session_id(session_id: str) -> None:
    """Any ID has a lifetime or no known end, and is never an error."""
    life = life_of(session_id, NOW)
    assert life is None or life > 0


@given(st.dictionaries(st.sampled_from(["exp", "iat"]), VALUES | st.integers(0, 10**11) | st.floats()))
def test_any_claims(claims: dict[str, Any]) -> None:
    """Any claims give a lifetime in seconds or none."""
    life = life_of(jwt(claims), NOW)
    assert life is None or life > 0


@given(st.binary(max_size=300) | VALUES.map(lambda value: json.dumps({"userInfo": value, "sessionId": value}).encode()))
def test_any_answer(body: bytes) -> None:
    """Any answer gives a session ID that fits into a header, or a bad answer."""
    with suppress(BadAnswer):
        session_id, _ = parse_login(body)
        assert session_id.isascii()
        assert session_id.isprintable()
