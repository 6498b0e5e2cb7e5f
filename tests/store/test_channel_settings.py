"""What a channel or a person chose for all alerts."""

from datetime import time

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.destination import Destination
from bot.domain.status_filter import ERRORS, PROBLEMS, StatusFilter
from bot.store.channels import settings
from bot.store.database import Database
from tests.cast import ERROR

_HERE = Destination("T0", "C0HERE")

_TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
_FILTERS = st.sampled_from([StatusFilter(), StatusFilter(PROBLEMS), StatusFilter(ERRORS), StatusFilter.of([ERROR])])
_DIGESTS = st.builds(DigestSchedule, _TIMES, st.none() | st.integers(0, 6))
_QUIET_HOURS = st.builds(QuietHours, _TIMES, _TIMES, _FILTERS).filter(lambda quiet: quiet.start != quiet.end)
_SETTINGS = st.builds(
    ChannelSettings,
    threads=st.booleans(),
    default_filter=_FILTERS,
    time_zone=st.none() | st.sampled_from(["Europe/Berlin", "Asia/Kolkata"]),
    digest=st.none() | _DIGESTS,
    quiet_hours=st.none() | _QUIET_HOURS,
    changes_by=st.sampled_from(ChangesBy),
    guests_may_change=st.booleans(),
)


@given(_SETTINGS)
@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_was_chosen_is_read_again(database: Database, chosen: ChannelSettings) -> None:
    """Whatever is chosen is read again as it was chosen, and choosing returns what was chosen before."""
    async with database.writing() as session:
        before = await settings.read(session, _HERE)
        assert await settings.change(session, _HERE, lambda _: chosen) == before
    async with database.reading() as session:
        assert await settings.read(session, _HERE) == chosen
