"""The resources about a dataflow's runs, parsed."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.throughput import Statistics
from bot.informatica.errors import BadAnswer
from bot.informatica.parse_runs import Deployment, newest, parse_history, parse_statistics, parse_status
from tests.informatica.test_parse_job import VALUES

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
T1, T2 = 1_700_000_000_000, 1_700_000_900_000
FIGURES = {"inMessages": 10, "outMessages": 9, "inBytes": 1000, "outBytes": 900}
NAMES = [*FIGURES, "dataflowRunId", "startTime", "stopTime", "runId", "runID", "deployedAt", "undeployedAt"]


def history(*entries: Any) -> tuple[Deployment, ...]:
    return parse_history(json.dumps(list(entries)).encode())


def statistics(**fields: Any) -> Statistics:
    return parse_statistics(json.dumps(FIGURES | {"dataflowRunId": 7} | fields).encode(), AT)


@pytest.mark.parametrize(
    ("fields", "run"),
    [
        ({"runId": 7}, 7),
        ({"runID": 7}, 7),
        ({"runId": "7"}, 7),
        ({"runId": None, "runID": 7}, 7),
        ({"runId": 0}, None),
        ({"runId": -7}, None),
        ({"runId": "x"}, None),
        ({"status": "Undeployed"}, None),
    ],
)
def test_the_run_that_the_status_names(fields: dict[str, Any], run: int | None) -> None:
    """The status names a run in either spelling and any form, or none."""
    assert parse_status(json.dumps(fields).encode()) == run


@pytest.mark.parametrize(
    ("entries", "run"),
    [
        ([], None),
        ([{"runId": 1, "deployedAt": T1}, {"runId": 2, "deployedAt": T2}], 2),
        ([{"runId": 2, "deployedAt": T2}, {"runId": 1, "deployedAt": T1}], 2),
        ([{"runId": 9, "deployedAt": T1}, {"runID": 2, "deployedAt": T2}], 2),
        ([{"runId": 2, "deployedAt": T2, "undeployedAt": T2}, {"runId": 9, "deployedAt": T1}], 2),
        ([{"runId": 2, "deployedAt": T1, "undeployedAt": 0}, {"runId": 9, "deployedAt": T1, "undeployedAt": T2}], 2),
        ([{"runId": 2, "deployedAt": T1, "undeployedAt": None}, {"runId": 3, "deployedAt": T1}], 3),
        ([{"runId": 1}, {"runId": 2, "deployedAt": 0}, {"runId": 3, "deployedAt": "soon"}], 3),
        ([{"runId": 5}, {"runId": 1, "deployedAt": str(T1)}], 1),
        ([None, "x", {}, {"deployedAt": T2}, {"runId": 4}], 4),
    ],
)
def test_the_newest_entry(entries: list[Any], run: int | None) -> None:
    """The run deployed last is found in any order, spelling and form; if equal, the one still deployed."""
    last = newest(history(*entries))
    assert (last.run if last else None) == run


def test_an_entry_in_full() -> None:
    """An entry's times are aware UTC; one that is still deployed has no end."""
    assert history({"runId": 1, "deployedAt": T1, "undeployedAt": T2}, {"runID": 2, "deployedAt": T2}) == (
        Deployment(1, datetime.fromtimestamp(T1 / 1000, UTC), datetime.fromtimestamp(T2 / 1000, UTC)),
        Deployment(2, datetime.fromtimestamp(T2 / 1000, UTC), None),
    )


def test_statistics_in_full() -> None:
    """Each figure, the run and the times have their exact values."""
    fields = {"startTime": T1, "stopTime": T2, "nodes": [{"inMessages": 0}], "intervals": []}
    assert statistics(**fields) == Statistics(
        run=7,
        in_messages=10,
        out_messages=9,
        in_bytes=1000,
        out_bytes=900,
        start=datetime.fromtimestamp(T1 / 1000, UTC),
        stop=datetime.fromtimestamp(T2 / 1000, UTC),
        at=AT,
    )


@pytest.mark.parametrize(
    ("figure", "meant"),
    [
        (0, 0),
        ("12", 12),
        (" 12 ", 12),
        (12.9, 12),
        ("12.9", 12),
        ("1e3", 1000),
        (2**62 + 1, 2**62 + 1),
        (str(2**62 + 1), 2**62 + 1),
        (2**63, None),
        (-1, None),
        (-0.5, None),
        ("-1", None),
        ("", None),
        ("many", None),
        ("inf", None),
        ("nan", None),
        (True, None),
        (None, None),
        ([1], None),
        ({}, None),
        ("9" * 5000, None),
    ],
)
def test_a_figure_in_any_form(figure: object, meant: int | None) -> None:
    """A figure may be a number, text or a fraction; anything else is unknown and doesn't hide the others."""
    found = statistics(inMessages=figure)
    assert (found.in_messages, found.out_messages) == (meant, 9)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{}", "the answer has no figures"),
        (b'{"nodes": []}', "the answer has no figures"),
        (b'{"error": {"code": "SI_1", "message": "not deployed"}}', "not deployed"),
        (b'{"code": "SI_1", "description": "not deployed", "dataflowRunId": 7}', "not deployed"),
        (b'{"successful": false, "errorMessage": "not deployed"}', "not deployed"),
        (b"[]", "the answer is not a JSON object"),
        (b"<html>", "the answer is not JSON"),
    ],
)
def test_no_statistics(body: bytes, detail: str) -> None:
    """An answer without figures is a bad answer, in the service's own words if it has any."""
    with pytest.raises(BadAnswer) as caught:
        parse_statistics(body, AT)
    assert caught.value.detail == detail


def test_a_run_without_figures() -> None:
    """A run without figures yet has statistics whose figures are unknown."""
    found = parse_statistics(b'{"dataflowRunId": 7}', AT)
    assert (found.run, found.in_messages) == (7, None)


def test_a_history_that_is_none() -> None:
    """An error object instead of entries is a bad answer that quotes it."""
    with pytest.raises(BadAnswer) as caught:
        parse_history(b'{"error": {"code": "E", "message": "no history"}}')
    assert (caught.value.code, caught.value.detail) == ("E", "no history")


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    """Any bytes give an answer or a bad answer, never another error."""
    for parse in (parse_status, parse_history, lambda body: parse_statistics(body, AT)):
        with suppress(BadAnswer):
            parse(body)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES | st.integers(0, 10**13)) | VALUES, max_size=4))
def test_any_fields(entries: list[Any]) -> None:
    """Whatever the fields contain, a run is above 0, a figure at least 0 and a time aware UTC, or unknown."""
    last = newest(history(*entries))
    assert last is None or last.run > 0
    for entry in entries:
        body = json.dumps(entry).encode()
        with suppress(BadAnswer):
            run = parse_status(body)
            assert run is None or run > 0
        with suppress(BadAnswer):
            found = parse_statistics(body, AT)
            figures = (found.in_messages, found.out_messages, found.in_bytes, found.out_bytes)
            assert all(figure is None or 0 <= figure < 2**63 for figure in figures)
            assert all(moment is None or moment.tzinfo is UTC for moment in (found.start, found.stop))
