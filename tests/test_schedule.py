import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot import schedule
from bot.schedule import _Every, ticking


class Ticks:
    """Counts its ticks."""

    def __init__(self) -> None:
        self.count = 0
        self._ticked = asyncio.Condition()

    async def tick(self) -> None:
        async with self._ticked:
            self.count += 1
            self._ticked.notify_all()

    async def reach(self, count: int) -> None:
        """Until so many came."""
        async with asyncio.timeout(10), self._ticked:
            await self._ticked.wait_for(lambda: self.count >= count)


async def never() -> None:
    pytest.fail("the nightly job ran")


async def test_ticks_come_at_once_and_again() -> None:
    """Each tick comes at the start, whatever its interval, and then at its own interval; the nightly job does not."""
    often, seldom = Ticks(), Ticks()
    async with ticking([(often.tick, 0.02), (seldom.tick, 3600.0)], nightly=never):
        await often.reach(5)
        await seldom.reach(1)
    assert seldom.count == 1


async def test_nothing_ticks_after_the_end() -> None:
    """Whoever leaves gets no tick any more."""
    ticks = Ticks()
    async with ticking([(ticks.tick, 0.01)], nightly=never):
        await ticks.reach(2)
    count, other = ticks.count, Ticks()
    async with ticking([(other.tick, 0.01)], nightly=never):
        await other.reach(5)
    assert ticks.count == count


async def test_a_tick_that_fails_comes_again() -> None:
    """An error that leaves a tick ends neither it nor the others."""
    ticks = Ticks()

    async def fail() -> None:
        await ticks.tick()
        raise RuntimeError("boom")

    async with ticking([(fail, 0.01)], nightly=never):
        await ticks.reach(3)


async def test_a_late_tick_is_not_dropped() -> None:
    """The first tick comes although the loop was blocked for longer than the scheduler's own grace of one second; the
    next one is a quarter of a minute away, so no other tick can be taken for it."""
    one, other = Ticks(), Ticks()
    async with ticking([(one.tick, 15), (other.tick, 15)], nightly=never):
        time.sleep(1.2)  # noqa: ASYNC251 - blocking the loop is what this is about
        await asyncio.gather(one.reach(1), other.reach(1))


@pytest.mark.parametrize("hours", [-1, 1], ids=["back", "forward"])
async def test_the_clock_is_set(hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the machine's clock is set by an hour, either way, the ticks go on at once."""
    monkeypatch.setattr(schedule, "_CLOCK_CHECK_S", 0.02)
    ticks = Ticks()
    async with ticking([(ticks.tick, 0.02)], nightly=never):
        await ticks.reach(3)
        before = time.monotonic()
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            assert time.monotonic() - before < 600  # the clock that only goes forward is left alone
            await ticks.reach(ticks.count + 3)


def test_what_was_missed_is_not_made_up_for() -> None:
    """A tick keeps its beat and, when the clock is set forward by decades, comes once instead of a billion times."""
    at, second = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
    every = _Every(1)
    assert every.get_next_fire_time(at, at + second / 4) == at + second
    now = datetime(2026, 2, 14, tzinfo=UTC)
    assert every.get_next_fire_time(at, now) == now + second


async def test_the_nightly_job_comes_at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nightly job runs once around three in the morning, Coordinated Universal Time, and not before."""
    monkeypatch.setattr(schedule, "_CLOCK_CHECK_S", 0.02)
    ticks, night = Ticks(), Ticks()
    with time_machine.travel(datetime(2026, 2, 14, 12, tzinfo=UTC), tick=True) as clock:
        async with ticking([(ticks.tick, 0.02)], nightly=night.tick):
            await ticks.reach(3)
            clock.move_to(datetime(2026, 2, 15, 2, 29, tzinfo=UTC))
            await ticks.reach(ticks.count + 3)
            assert night.count == 0
            clock.move_to(datetime(2026, 2, 15, 3, 31, tzinfo=UTC))
            await night.reach(1)
            await ticks.reach(ticks.count + 3)
    assert night.count == 1


async def test_the_clock_is_set_forward_and_back_between_two_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks and the nightly job that ran while the clock was ahead come again at their time, although no check saw the
    clock ahead."""
    monkeypatch.setattr(schedule, "_CLOCK_CHECK_S", 0.3)
    ticks, night = Ticks(), Ticks()
    noon = datetime(2026, 2, 14, 12, tzinfo=UTC)
    with time_machine.travel(noon, tick=True) as clock:
        async with ticking([(ticks.tick, 0.02)], nightly=night.tick):
            await ticks.reach(3)
            clock.move_to(noon + timedelta(days=1))
            await night.reach(1)
            await ticks.reach(ticks.count + 1)
            clock.move_to(noon)
            await ticks.reach(ticks.count + 3)
            clock.move_to(noon + timedelta(hours=15, minutes=31))
            await night.reach(2)


async def test_a_tick_that_is_due_at_the_end_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever leaves while a tick is about to run finds no error in the log."""
    ended, other = Ticks(), Ticks()
    async with ticking([(ended.tick, 3600)], nightly=never):
        pass
    async with ticking([(other.tick, 0.01)], nightly=never):
        await other.reach(3)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
