"""The clock of a reader: where days and hours begin between two times. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo


def clock_times(since: datetime, until: datetime, zone: tzinfo, every: int) -> Iterator[datetime]:
    """The moments (in the zone) from `since` to before `until` at which clocks there show a multiple of so many hours.

    A day on which clocks change is an hour shorter or longer. An hour that they skip isn't there; of one that they
    repeat, only the first is.
    """
    day, last = since.astimezone(zone).date(), None
    while True:
        for hour in range(0, 24, every):
            moment = datetime.combine(day, time(hour), zone)
            at = moment.astimezone(UTC)
            shown = at.astimezone(zone)
            if (shown.hour != hour and hour) or at == last:  # a day begins later if midnight is skipped
                continue
            if at >= until:
                return
            if at >= since:
                last = at
                yield shown
        day += timedelta(days=1)
