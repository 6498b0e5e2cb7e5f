"""Quiet hours on the clocks of a place: over midnight, changes of clocks, and the end of the year."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.channel.quiet_hours import NOTHING, QuietHours, lets_errors_through, read_exceptions
from bot.domain.job import DOCUMENTED, Status
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
_ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"),
        *("Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Atlantic/Azores"),
    ]
).map(ZoneInfo)
_TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
_HOURS = st.builds(QuietHours, _TIMES, _TIMES).filter(lambda hours: hours.start != hours.end)
_NOW = st.integers(1_262_304_000, 2_114_380_800).map(lambda second: datetime.fromtimestamp(second, UTC))  # to 2037
_NIGHT, _TO_HALF_PAST_TWO = QuietHours(time(22), time(7)), QuietHours(time(22), time(2, 30))


def _utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time of 2026; its 13th month is the next January."""
    return datetime(2026 + month // 13, (month - 1) % 12 + 1, day, hour, minute, tzinfo=UTC)


def _shown(hours: QuietHours, at: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks show a time that is quiet."""
    shown = at.astimezone(zone).time()
    if hours.start < hours.end:
        return hours.start <= shown < hours.end
    return shown >= hours.start or shown < hours.end


def _changes_clocks(at: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks were or are changed within a day."""
    around = (at + timedelta(hours=each) for each in range(-26, 27))
    return len({each.astimezone(zone).utcoffset() for each in around}) > 1


@given(_HOURS, _NOW, _ZONES)
@example(_NIGHT, datetime(2026, 12, 31, 23, 30, tzinfo=UTC), ZoneInfo("Asia/Kolkata"))
@example(_NIGHT, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), BERLIN)
@example(_NIGHT, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN)
@example(QuietHours(time(2, 15), time(2, 20)), datetime(2026, 10, 3, 16, tzinfo=UTC), LORD_HOWE)
def test_quiet_hours_are_in_force_as_clocks_show(hours: QuietHours, now: datetime, zone: ZoneInfo) -> None:
    """They are in force just while clocks show a time that is quiet; whoever waits for each turn sees all of them, and
    nothing turns in between. On days on which clocks are changed, each turn still comes, at most a day and an hour
    later."""
    window, turn = hours.window_at(now, zone), hours.next_turn(now, zone)
    assert now < turn <= now + timedelta(hours=49 if "Apia" in str(zone) else 26)
    assert window is None or (window.begin <= now < window.end == turn)
    almost, after = turn - timedelta(seconds=1), hours.window_at(turn, zone)
    assert (hours.window_at(almost, zone) is None) == (window is None)
    if not _changes_clocks(now, zone):
        assert (window is not None) == _shown(hours, now, zone)
        assert (after is not None) == (window is None)
        assert turn.astimezone(zone).time() == (hours.start if window is None else hours.end)


@pytest.mark.parametrize(
    ("hours", "begin", "end", "lasting"),
    [
        (_NIGHT, _utc(3, 28, 21), _utc(3, 29, 5), 8),  # an hour is left out
        (_NIGHT, _utc(10, 24, 20), _utc(10, 25, 6), 10),  # an hour is repeated
        (_NIGHT, _utc(12, 31, 21), _utc(13, 1, 6), 9),
        (_TO_HALF_PAST_TWO, _utc(3, 28, 21), _utc(3, 29, 1, 30), 4.5),  # which is left out: as if it weren't
        (_TO_HALF_PAST_TWO, _utc(10, 24, 20), _utc(10, 25, 1, 30), 5.5),  # which comes twice: the second time
        (QuietHours(time(2, 30), time(5)), _utc(10, 25, 0, 30), _utc(10, 25, 4), 3.5),  # the first time
    ],
)
def test_quiet_hours_over_a_change_of_clocks(hours: QuietHours, begin: datetime, end: datetime, lasting: float) -> None:
    """In Berlin, where clocks are set forward on 29 March 2026, and back on 25 October."""
    assert hours.next_turn(begin - timedelta(minutes=1), BERLIN) == begin
    window = hours.window_at(begin, BERLIN)
    assert window is not None
    assert (window.begin, window.end) == (begin, end)
    assert window.end - window.begin == timedelta(hours=lasting)


@given(
    st.one_of(
        st.sampled_from([CHANGES, PROBLEMS, ERRORS]).map(StatusFilter),
        st.lists(st.sampled_from(DOCUMENTED), unique=True).map(StatusFilter.of),
    )
)
def test_what_breaks_through_is_read_as_it_was_written(breaks_through: StatusFilter) -> None:
    """Whatever was chosen, nothing included; by default errors break through, and with them that nobody sees any."""
    assert read_exceptions(QuietHours(time(22), time(7), breaks_through).exceptions) == breaks_through
    assert read_exceptions(None) == StatusFilter(ERRORS)
    assert lets_errors_through(read_exceptions(None))
    assert not lets_errors_through(NOTHING)
    assert not NOTHING.matches(Status.of("Up and Running"), Status.of("Running with Error"))
