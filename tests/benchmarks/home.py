"""How soon the Home tab is shown to somebody who opens it."""

import statistics
import time

from bot.demo.slack.stand_in import MEMBER, Channel
from tests.benchmarks.figures import Figure, milliseconds
from tests.benchmarks.filling import fill
from tests.benchmarks.polling import CHANNEL
from tests.benchmarks.processes import Bench, ObservedSlack
from tests.benchmarks.services import add_jobs, connect

_OPENED = 20


async def opened(bench: Bench) -> list[Figure]:
    """From the event until Slack gets the tab, with five hundred watches of twenty thousand tracked jobs."""
    tracked, shown = bench.scaled(20_000, 200), bench.scaled(500, 50)
    await bench.jobs.do(add_jobs, tracked)
    await bench.slack.do(connect, bench.port)
    await bench.slack.do(_hidden_channel)
    mine = (MEMBER.id, CHANNEL)
    await fill(
        bench.settings["DATABASE_URL"],
        tracked,
        lambda number: ["C0BENCHALL1", *([mine[number % 2]] if number < shown else [])],
    )
    async with bench.bot(POLL_INTERVAL="600"):
        took = await bench.slack.do(_open_home, _OPENED)
    middle = statistics.median(took)
    return [
        Figure(
            f"the Home tab with {shown:,} watches of {tracked:,} tracked jobs",
            "at most 300 ms",
            f"{milliseconds(middle)} (at most {milliseconds(max(took))})",
            middle <= 0.3,
            {"median": middle, "max": max(took)},
        )
    ]


async def _hidden_channel(slack: ObservedSlack) -> None:
    """One that watches everything, without the person."""
    slack.standin.channels["C0BENCHALL1"] = Channel("C0BENCHALL1", "all", members={slack.standin.app.bot_user_id})


async def _open_home(slack: ObservedSlack, times: int) -> list[float]:
    """Open the tab so many times; the seconds until each was published."""
    took = []
    for _ in range(times):
        before, began = _published(slack), time.monotonic()
        await slack.standin.open_home(MEMBER.id)
        await slack.standin.until(lambda before=before: _published(slack) > before, 20, [])  # type: ignore[misc]
        took.append(time.monotonic() - began)
    return took


def _published(slack: ObservedSlack) -> int:
    return sum(call.method == "views.publish" and call.error is None for call in slack.standin.calls)
