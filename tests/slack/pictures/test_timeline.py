"""The picture of a timeline."""

from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.history.timeline import Span, Timeline
from bot.domain.job import DOCUMENTED, Status, StatusClass
from bot.slack.pictures.patterns import BLIND, LOOKS, UNWATCHED, Look
from bot.slack.pictures.timeline import draw_timeline
from tests.cast import ERROR, HOUR, NOON, UP
from tests.slack.messages.reading import HOSTILE

BERLIN = ZoneInfo("Europe/Berlin")
STATUSES = st.one_of(st.none(), st.sampled_from(DOCUMENTED), st.sampled_from(list(HOSTILE.values())).map(Status.of))


def line(*spans: tuple[Status | None, timedelta], unwatched: timedelta = timedelta()) -> Timeline:
    asked_since, made = NOON, list[Span]()
    at = since = asked_since + unwatched
    for status, length in spans:
        made.append(Span(at, at + length, status))
        at += length
    return Timeline(asked_since, since, at, tuple(made))


def drawn(timeline: Timeline, title: str = "orders") -> Image.Image:
    return Image.open(BytesIO(draw_timeline(title, timeline, BERLIN, BERLIN.key))).convert("RGB")


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(STATUSES, st.integers(0, 10**6).map(lambda s: timedelta(seconds=s))), max_size=40),
    st.integers(0, 40 * 24).map(lambda hours: timedelta(hours=hours)),
    st.sampled_from(list(HOSTILE.values())),
)
def test_any_timeline_makes_a_picture_of_bounded_size(
    spans: list[tuple[Status | None, timedelta]], unwatched: timedelta, title: str
) -> None:
    """Whatever happened and whatever the job is called, there is a picture, and Slack takes it."""
    png = draw_timeline(title, line(*spans, unwatched=unwatched), BERLIN, BERLIN.key)
    picture = Image.open(BytesIO(png))
    assert picture.format == "PNG"
    assert picture.width == 1_080
    assert picture.height < 700
    assert len(png) < 200_000


def test_a_short_problem_is_seen() -> None:
    """A minute of errors in a month is a line in the colour of errors, and stands out above the bar."""
    picture = drawn(line((UP, 360 * HOUR), (ERROR, HOUR / 60), (UP, 360 * HOUR)))
    red = [x for x in range(picture.width) if is_near(picture, x, 145, LOOKS[StatusClass.ERROR])]
    assert 3 <= len(red) <= 8
    assert all(abs(x - 540) < 6 for x in red)


def is_near(picture: Image.Image, x: int, y: int, look: Look) -> bool:
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return all(abs(each - wanted) < 12 for each, wanted in zip(found, look.colour, strict=True))


def test_looks_differ_without_colours() -> None:
    """No two classes of statuses look the same to somebody who sees no colours: they differ in pattern or clearly in
    brightness. Errors differ from a healthy time in both, and so does a blind one in its pattern."""
    looks = [*LOOKS.values(), BLIND, UNWATCHED]
    for number, one in enumerate(looks):
        for other in looks[:number]:
            assert one.marks is not other.marks or abs(grey(one) - grey(other)) > 50, (one, other)
    healthy, error = LOOKS[StatusClass.HEALTHY], LOOKS[StatusClass.ERROR]
    assert grey(healthy) - grey(error) > 100
    assert set(LOOKS) == set(StatusClass)
    assert {healthy.marks, error.marks, BLIND.marks, UNWATCHED.marks} == {
        None,
        error.marks,
        BLIND.marks,
        UNWATCHED.marks,
    }


def grey(look: Look) -> float:
    red, green, blue = look.colour
    return 0.213 * red + 0.715 * green + 0.072 * blue


def test_what_nobody_watched_takes_half_at_most() -> None:
    """The picture of a day in which a job was watched for a minute shows that minute; of one that was watched for most
    of the day, all of it."""
    for watched, share in ((HOUR / 60, 1.0), (11 * HOUR, 1.0), (13 * HOUR, 13 / 24)):
        picture = drawn(line((UP, watched), unwatched=24 * HOUR - watched))
        healthy = [x for x in range(picture.width) if is_near(picture, x, 200, LOOKS[StatusClass.HEALTHY])]
        assert abs(len(healthy) - share * 1_000) < 10, watched
