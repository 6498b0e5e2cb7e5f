"""What goes on in a job that has just failed, and what the status resource says of its nodes."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from bot.demo.informatica.faults import Resource
from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.domain.incident import Circumstances
from bot.domain.job import JobRef
from bot.domain.throughput import Statistics
from bot.informatica.circumstances import asking
from bot.informatica.circumstances.asking import ask_circumstances, circumstances
from bot.informatica.circumstances.reports import parse_failing_nodes
from bot.informatica.errors import BadAnswer
from tests.informatica.conftest import Connect
from tests.informatica.test_parse_job import VALUES

JOB = JobRef("live-dataflow", 7)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
READ = Statistics(7, 36_000, 18_000, None, None, AT - timedelta(hours=1), None, AT)
READ_AGAIN = replace(READ, in_messages=36_020, at=AT + timedelta(seconds=2))
NODES = (("target", "FAILED"),)


def nodes(reports: Any) -> tuple[tuple[str, str], ...]:
    return parse_failing_nodes(json.dumps({"reports": reports}).encode())


def test_failing_nodes_are_found_in_any_shape() -> None:
    """A node that an object names and calls failing is found, in a list, in an object and within; nothing else is."""
    target = {"nodeName": "target", "status": "FAILED"}
    for reports in ([target], {"target": target}, [{"nodes": [target, target]}], {"a": {"b": target}}):
        assert nodes(reports) == NODES, reports
    assert nodes([{"name": "x", "state": "Running with Error"}, target]) == (("x", "Running with Error"), *NODES)
    for unknown in ("target: FAILED", [], None, 7, ["FAILED"], [{"status": "FAILED"}], [{"nodeName": "target"}]):
        assert nodes(unknown) == (), unknown
    for well in ("Up and Running", "RUNNING", "OK", "in_limbo", ""):
        assert nodes([{"nodeName": "target", "status": well}]) == (), well
    assert len(nodes([{"nodeName": f"n{number}", "status": "error"} for number in range(1_000)])) == 20


REPORTS = st.recursive(
    VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "status", "x"]), inner)
)


@given(REPORTS)
def test_any_reports_are_read(reports: Any) -> None:
    """Whatever the service reports of its nodes, some nodes are found or none."""
    with suppress(BadAnswer):
        assert all(name and word and len(name + word) <= 400 for name, word in nodes(reports))


def test_only_what_is_known_is_told() -> None:
    """The rate is that between two readings of this run, the average that since its deployment; without either, and
    without a failing node, nothing is told."""
    told = Circumstances(AT, 10, 0, 10, 5, NODES)
    assert circumstances(JOB, READ, READ_AGAIN, NODES, AT) == told
    assert circumstances(JOB, READ, None, (), AT) == replace(told, in_rate=None, out_rate=None, failing_nodes=())
    assert circumstances(JOB, None, READ_AGAIN, NODES, AT) == Circumstances(AT, failing_nodes=NODES)
    for reading in (replace(READ, run=8), replace(READ, start=None)):
        assert circumstances(JOB, reading, None, (), AT) is None
    assert circumstances(JOB, None, None, (), AT) is None


async def test_a_failing_job_is_asked_about(
    connect: Connect, standin: JobsServiceStandIn, mocker: MockerFixture
) -> None:
    """Its throughput and its failing nodes are told; if the optional resources fail or hang, what is left is."""
    mocker.patch.object(asking, "_BETWEEN_S", 1.0)
    mocker.patch.object(asking, "_LIMIT_S", 0.3)
    standin.add("live", *(JOB.dataflow, JOB.run))
    standin.set_status(JOB.dataflow, JOB.run, "Running with Error")
    standin.throughput.set_rate(0)
    async with connect(connections=8) as service:
        found = await ask_circumstances(service, JOB)
        assert found is not None
        assert (found.in_rate, found.out_rate) == (0, 0)
        assert found.failing_nodes == (("target", "Running with Error"),)
        standin.fail(Fault.HANG, resource=Resource.STATISTICS)
        found = await ask_circumstances(service, JOB)
        assert found is not None
        assert found == Circumstances(found.at, failing_nodes=(("target", "Running with Error"),))
        standin.fail(Fault.FORBIDDEN, resource=Resource.STATUS)
        assert await ask_circumstances(service, JOB) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense"])
def test_no_object_is_a_bad_answer(body: bytes) -> None:
    """An answer that isn't an object says nothing of nodes."""
    with pytest.raises(BadAnswer):
        parse_failing_nodes(body)
