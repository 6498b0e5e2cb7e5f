import pytest

from bot.watch.service_health import ServiceHealth

INTERVAL = 30.0
START = 1000.0


def health(*answers: tuple[str, float]) -> ServiceHealth:
    """After answers of a kind ("good", "bad"), each so many seconds after the start."""
    health = ServiceHealth(good_at=START)
    for kind, at in answers:
        if kind == "good":
            health.good(START + at)
        else:
            health.bad("busy", START + at)
    return health


THREE_BAD = (("bad", 10.0), ("bad", 40.0), ("bad", 70.0))


@pytest.mark.parametrize(
    ("answers", "at", "others_good_ago", "is_out"),
    [
        pytest.param((), 9999, None, False, id="nobody asked"),
        pytest.param(THREE_BAD, 89, None, False, id="three bad answers, not yet three intervals since the start"),
        pytest.param(THREE_BAD, 90, None, True, id="three bad answers and three intervals"),
        pytest.param(THREE_BAD[:2], 9999, None, False, id="two bad answers are a hiccup, however long ago"),
        pytest.param((*THREE_BAD, ("good", 80.0)), 9999, None, False, id="a good answer after them"),
        pytest.param(
            (("good", 5.0), *THREE_BAD), 94, None, False, id="not yet three intervals since the last good one"
        ),
        pytest.param((("good", 5.0), *THREE_BAD), 95, None, True, id="three intervals since the last good one"),
        pytest.param(
            (*THREE_BAD, ("good", 80.0), ("bad", 90.0)), 9999, None, False, id="counted anew after a good one"
        ),
        pytest.param(THREE_BAD, 500, 89, False, id="another worker got a good answer meanwhile"),
        pytest.param(THREE_BAD, 500, 90, True, id="another worker got none for three intervals either"),
        pytest.param(THREE_BAD, 89, 9999, False, id="the others' silence is no reason of ours"),
    ],
)
def test_when_the_service_is_out(
    answers: tuple[tuple[str, float], ...], at: float, others_good_ago: float | None, is_out: bool
) -> None:
    """It is out after three bad answers in a row and three intervals without a good one, to whichever worker."""
    assert health(*answers).is_out(START + at, INTERVAL, others_good_ago) == is_out


@pytest.mark.parametrize(("at", "is_out"), [(30, False), (59, False), (60, True)])
def test_when_nobody_had_asked_for_long(at: float, is_out: bool) -> None:
    """Where only jobs are watched that are over, and so are looked at every ten intervals, a hiccup in which all of
    them fail is no outage, though the last good answer is long ago."""
    failing = health(("good", 0.0), *[("bad", 300.0)] * 3)
    assert failing.is_out(START + 300.0 + at, INTERVAL, None) == is_out


@pytest.mark.parametrize(
    ("answers", "at", "is_well"),
    [
        pytest.param((), 1, False, id="nobody asked yet"),
        pytest.param((("good", 10.0),), 11, True, id="a good answer"),
        pytest.param((("good", 10.0),), 99, True, id="a good answer, not yet three intervals ago"),
        pytest.param((("good", 10.0),), 100, False, id="a good answer too long ago to be sure"),
        pytest.param((("good", 10.0), ("bad", 20.0)), 21, False, id="a bad answer since"),
        pytest.param((("bad", 10.0), ("good", 20.0)), 21, True, id="a good answer after a bad one"),
        pytest.param(THREE_BAD, 71, False, id="bad answers only"),
    ],
)
def test_when_the_service_is_well(answers: tuple[tuple[str, float], ...], at: float, is_well: bool) -> None:
    """It is well after a good answer of late that no bad one followed."""
    assert health(*answers).is_well(START + at, INTERVAL) == is_well


def test_the_latest_reason_is_kept() -> None:
    """What is told of an outage is the reason of the latest bad answer."""
    health = ServiceHealth(good_at=START)
    health.bad("busy", START)
    health.bad("no answer", START)
    assert health.reason == "no answer"
