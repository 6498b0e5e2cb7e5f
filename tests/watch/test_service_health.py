import pytest

from bot.watch.service_health import ServiceHealth

INTERVAL = 30.0
START = 1000.0


def health(*answers: tuple[str, float]) -> ServiceHealth:
    """The health after answers ("answered" or "failed"), each so many seconds after the start."""
    health = ServiceHealth(last_answer_at=START)
    for kind, at in answers:
        if kind == "answered":
            health.answered(START + at)
        else:
            health.failed("busy", START + at)
    return health


THREE_FAILURES = (("failed", 10.0), ("failed", 40.0), ("failed", 70.0))


@pytest.mark.parametrize(
    ("answers", "at", "others_last_answer_ago", "is_out"),
    [
        pytest.param((), 9999, None, False, id="nobody asked"),
        pytest.param(THREE_FAILURES, 89, None, False, id="three failures, not yet three intervals since the start"),
        pytest.param(THREE_FAILURES, 90, None, True, id="three failures and three intervals"),
        pytest.param(THREE_FAILURES[:2], 9999, None, False, id="two failures are a hiccup, however long ago"),
        pytest.param((*THREE_FAILURES, ("answered", 80.0)), 9999, None, False, id="a good answer after them"),
        pytest.param(
            (("answered", 5.0), *THREE_FAILURES), 94, None, False, id="not yet three intervals since the last good one"
        ),
        pytest.param(
            (("answered", 5.0), *THREE_FAILURES), 95, None, True, id="three intervals since the last good one"
        ),
        pytest.param(
            (*THREE_FAILURES, ("answered", 80.0), ("failed", 90.0)),
            9999,
            None,
            False,
            id="counted anew after a good one",
        ),
        pytest.param(THREE_FAILURES, 500, 89, False, id="another worker got a good answer meanwhile"),
        pytest.param(THREE_FAILURES, 500, 90, True, id="another worker got none for three intervals either"),
        pytest.param(THREE_FAILURES, 89, 9999, False, id="the others' silence is no reason of ours"),
    ],
)
def test_when_the_service_is_out(
    answers: tuple[tuple[str, float], ...], at: float, others_last_answer_ago: float | None, is_out: bool
) -> None:
    """The service is out after three failures in a row and three intervals without a good answer to any worker."""
    assert health(*answers).is_out(START + at, INTERVAL, others_last_answer_ago) == is_out


@pytest.mark.parametrize(("at", "is_out"), [(30, False), (59, False), (60, True)])
def test_a_time_without_requests_is_no_silence(at: float, is_out: bool) -> None:
    """If only ended jobs are watched, and so polled rarely, a hiccup of all their polls is no outage."""
    failing = health(("answered", 0.0), *[("failed", 300.0)] * 3)
    assert failing.is_out(START + 300.0 + at, INTERVAL, None) == is_out


@pytest.mark.parametrize(
    ("answers", "at", "is_healthy"),
    [
        pytest.param((), 1, False, id="nobody asked yet"),
        pytest.param((("answered", 10.0),), 11, True, id="a good answer"),
        pytest.param((("answered", 10.0),), 99, True, id="a good answer, not yet three intervals ago"),
        pytest.param((("answered", 10.0),), 100, False, id="a good answer too long ago to be sure"),
        pytest.param((("answered", 10.0), ("failed", 20.0)), 21, False, id="a failure since"),
        pytest.param((("failed", 10.0), ("answered", 20.0)), 21, True, id="a good answer after a failure"),
        pytest.param(THREE_FAILURES, 71, False, id="failures only"),
    ],
)
def test_when_the_service_is_healthy(answers: tuple[tuple[str, float], ...], at: float, is_healthy: bool) -> None:
    """The service is healthy after a recent good answer without a failure since."""
    assert health(*answers).is_healthy(START + at, INTERVAL) == is_healthy


def test_the_latest_reason_is_kept() -> None:
    """An outage has the reason of the latest failure."""
    health = ServiceHealth(last_answer_at=START)
    health.failed("busy", START)
    health.failed("no answer", START)
    assert health.reason == "no answer"
