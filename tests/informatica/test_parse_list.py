"""A page of the organisation's job list, parsed."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.informatica.stand_in import DOCUMENTED_JOB
from bot.domain.job import Job
from bot.informatica.errors import BadAnswer
from bot.informatica.parse import parse_job
from bot.informatica.parse_list import KnownRows, ListPage, parse_page
from tests.informatica.conftest import DOCUMENTED
from tests.informatica.test_parse_job import VALUES


def page(*rows: Any, **fields: Any) -> ListPage:
    return parse_page(json.dumps({"value": list(rows), **fields}).encode())


def test_a_row_is_read_as_the_jobs_resource_is() -> None:
    """A row in the shape of the documented job gives the same job as the jobs resource, but for its duration."""
    job = parse_job(json.dumps(DOCUMENTED_JOB).encode(), DOCUMENTED)
    assert page(DOCUMENTED_JOB).jobs == (replace(job, duration=None),)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        "row",
        {},
        DOCUMENTED_JOB | {"status": None},
        DOCUMENTED_JOB | {"status": 3},
        DOCUMENTED_JOB | {"runId": None},
        DOCUMENTED_JOB | {"runId": "x"},
        DOCUMENTED_JOB | {"runId": 0},
        DOCUMENTED_JOB | {"runId": -5},
        DOCUMENTED_JOB | {"assetId": ""},
        DOCUMENTED_JOB | {"assetId": None},
        DOCUMENTED_JOB | {"assetType": "MI_TASK"},
    ],
)
def test_an_odd_row_hides_no_other(odd: object) -> None:
    """A row without a dataflow, run or status, or of another type, is counted and doesn't hide the others."""
    found = page(odd, DOCUMENTED_JOB, odd)
    assert (len(found.jobs), found.rows) == (1, 3)


@pytest.mark.parametrize("run", [42559, "42559", 42559.0])
def test_a_row_without_a_type(run: object) -> None:
    """A row without a type is taken for a streaming job; its run may come in any form."""
    row = {name: value for name, value in DOCUMENTED_JOB.items() if name != "assetType"} | {"runId": run}
    assert [job.ref for job in page(row).jobs] == [DOCUMENTED]


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        ({"@odata.count": 214}, 214),
        ({"@odata.count": "214"}, 214),
        ({"odata.count": 214.0}, 214),
        ({"count": 0}, 0),
        ({}, None),
        ({"@odata.count": None}, None),
        ({"@odata.count": -1}, None),
        ({"@odata.count": "many"}, None),
    ],
)
def test_the_count_in_any_form(fields: dict[str, Any], total: int | None) -> None:
    """The total is read in each spelling; if it is missing or absurd, it is unknown."""
    assert page(**fields).total == total


def test_rows_without_an_envelope() -> None:
    """A bare list of rows is a page without a total."""
    found = parse_page(json.dumps([DOCUMENTED_JOB]).encode())
    assert (len(found.jobs), found.rows, found.total) == (1, 1, None)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"<html>", "the answer is not JSON"),
        (b"", "the answer is not JSON"),
        (b"null", "the answer is not a list of jobs"),
        (b'"x"', "x"),
        (b"{}", "the answer is not a list of jobs"),
        (b'{"value": {}}', "the answer is not a list of jobs"),
        (b'{"error": {"code": "E1", "message": "not for you"}}', "not for you"),
    ],
)
def test_no_list(body: bytes, detail: str) -> None:
    """An answer without rows is a bad answer, in the service's own words if it has any."""
    with pytest.raises(BadAnswer) as caught:
        parse_page(body)
    assert caught.value.detail == detail


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    """Any bytes give a page or a bad answer, never another error."""
    with suppress(BadAnswer):
        assert isinstance(parse_page(body), ListPage)


@given(st.lists(st.dictionaries(st.sampled_from(list(DOCUMENTED_JOB)), VALUES) | VALUES, max_size=4), VALUES)
def test_any_rows(rows: list[Any], total: object) -> None:
    """Whatever the rows contain, each is counted, and each job has a dataflow and a run."""
    body = {"value": [DOCUMENTED_JOB | row if isinstance(row, dict) else row for row in rows], "@odata.count": total}
    try:
        found = parse_page(json.dumps(body).encode())
    except BadAnswer:
        return
    assert found.rows == len(rows) >= len(found.jobs)
    assert all(job.ref.dataflow and job.ref.run > 0 for job in found.jobs)
    repr(found).encode()


def test_rows_that_did_not_change_are_not_parsed_again() -> None:
    """A row that is as it was in the last list, but for its duration, is the same job; any other change makes another
    one, also in a row that can't be remembered. What only an older list had is forgotten."""
    known = KnownRows()

    def listed(*rows: object) -> tuple[Job, ...]:
        known.begin()
        return parse_page(json.dumps({"value": rows}).encode(), known).jobs

    odd = DOCUMENTED_JOB | {"runId": 7, "location": ["nested"]}
    first = listed(DOCUMENTED_JOB, odd)
    longer = DOCUMENTED_JOB | {"duration": 99_999}
    assert listed(longer)[0] is first[0]
    ended = listed(DOCUMENTED_JOB | {"status": "Stopped"}, odd | {"status": "Stopped"})
    assert [job.status.words for job in ended] == ["Stopped"] * 2
    assert listed(DOCUMENTED_JOB)[0] is not first[0]
    assert listed(odd) == first[1:]
