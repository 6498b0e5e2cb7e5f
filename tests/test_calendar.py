"""When a digest comes next, whatever clocks do."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.calendar import next_digest
from bot.domain.channel.digest_schedule import DigestSchedule

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

_ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "UTC"]
).map(ZoneInfo)
_SCHEDULES = st.builds(
    DigestSchedule, st.builds(time, st.integers(0, 23), st.integers(0, 59)), st.none() | st.integers(0, 6)
)
_TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(_SCHEDULES, _ZONES, _TIMES)
@example(DigestSchedule(time(2, 30)), ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
@example(DigestSchedule(time(2, 30)), ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 1, 10, tzinfo=UTC))
@example(DigestSchedule(time(0, 0)), ZoneInfo("America/Havana"), datetime(2026, 3, 8, 4, 0, tzinfo=UTC))
def test_a_digest_comes_at_its_time_of_day(schedule: DigestSchedule, zone: ZoneInfo, after: datetime) -> None:
    """The next digest comes when clocks show its time on its weekday for the first time or, if that time is skipped,
    at the first moment after it; and none is left out before it."""
    due = next_digest(schedule, zone, after)
    shown = due.astimezone(zone)
    wanted = shown.replace(hour=schedule.at.hour, minute=schedule.at.minute, second=0, microsecond=0, fold=0)
    assert due > after
    assert schedule.weekday in (None, shown.weekday())
    if shown != wanted:  # then the minute before shows a time before the skipped ones
        before = (due - MINUTE).astimezone(zone)
        assert before.replace(tzinfo=None) < wanted.replace(tzinfo=None) < shown.replace(tzinfo=None)
    else:
        assert shown.fold == 0
    days = 1 if schedule.weekday is None else 7
    assert due - after <= days * DAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "schedule", "after", "times"),
    [  # the dates are those of 2026 and the following year, in UTC
        ("Europe/Berlin", "daily 09:00", "2026-03-28T00:00", ["2026-03-28T08:00", "2026-03-29T07:00"]),
        ("Europe/Berlin", "daily 02:30", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("Europe/Berlin", "daily 02:30", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("Europe/Berlin", "weekly mon 09:00", "2026-10-20T00:00", ["2026-10-26T08:00", "2026-11-02T08:00"]),
        ("America/New_York", "daily 23:30", "2026-12-30T12:00", ["2026-12-31T04:30", "2027-01-01T04:30"]),
        ("Asia/Kolkata", "daily 00:00", "2026-12-31T00:00", ["2026-12-31T18:30", "2027-01-01T18:30"]),
    ],
)
def test_a_digest_keeps_its_time_when_clocks_change(zone: str, schedule: str, after: str, times: list[str]) -> None:
    """Over both changes of the clock and the year's end, and in a zone that never changes its clock, a digest comes
    once a day, or once a week, at the same time of day."""
    read = DigestSchedule.read(schedule)
    assert read is not None

    def comes(at: datetime) -> Iterator[datetime]:
        while True:
            yield (at := next_digest(read, ZoneInfo(zone), at))

    begins = datetime.fromisoformat(f"{after}+00:00")
    assert [f"{at:%Y-%m-%dT%H:%M}" for at in islice(comes(begins), len(times))] == times
