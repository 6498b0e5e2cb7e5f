"""How far back a history looks."""

from datetime import timedelta
from enum import StrEnum


class Lookback(StrEnum):
    """As people type it."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        return timedelta(days={Lookback.DAY: 1, Lookback.WEEK: 7, Lookback.MONTH: 30}[self])

    @property
    def words(self) -> str:
        """Such as `24 hours`."""
        return {Lookback.DAY: "24 hours", Lookback.WEEK: "7 days", Lookback.MONTH: "30 days"}[self]
