import asyncio
import time
from typing import cast

from bot.app import _ticking
from bot.notify.teller import Teller
from bot.watch.watcher import Watcher


class Ticks:
    """Counts its ticks."""

    def __init__(self) -> None:
        self.count = 0
        self.ticked = asyncio.Event()

    async def tick(self) -> None:
        self.count += 1
        self.ticked.set()


async def test_a_late_tick_is_not_dropped() -> None:
    """The scheduler's first tick comes although the loop was blocked for longer than its grace of one second; the next
    one is a quarter of a minute away, so no other tick can be taken for it."""
    watcher, teller = Ticks(), Ticks()
    with _ticking(cast(Watcher, watcher), cast(Teller, teller), every=15):
        time.sleep(1.2)  # noqa: ASYNC251 - blocking the loop is what this is about
        async with asyncio.timeout(5):
            await asyncio.gather(watcher.ticked.wait(), teller.ticked.wait())
