"""How soon people are told: of a change, of an error behind others, and when Slack is slow, refuses or is away."""

import asyncio
import statistics
import time
from collections.abc import Sequence

from bot.demo.process import BotProcess
from bot.demo.slack.stand_in import Fault
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.filling import all_told, fill, fill_queues
from tests.benchmarks.polling import INTERVAL, until_polled
from tests.benchmarks.processes import Bench
from tests.benchmarks.services import (
    add_jobs,
    change,
    change_between_polls,
    connect,
    heal,
    most_posts_in_a_second,
    one_a_second,
    posts,
    refuse,
    run_of,
    serve_list,
    until_named,
)

_BURST, _PER_S = 20, 5  # Slack's pace for all channels together, see bot/notify/pace.py
_ERROR = "Running with Error"


async def prepare(bench: Bench, jobs: int, channels: Sequence[str], alone: str = "") -> None:
    """So many healthy jobs, each watched in one of the channels by turns; the last one in a channel `alone`, if any."""

    def channels_of(number: int) -> Sequence[str]:
        return [alone if alone and number == jobs - 1 else channels[number % len(channels)]]

    await bench.jobs.do(add_jobs, jobs)
    await bench.jobs.do(serve_list, None)
    await bench.slack.do(connect, bench.port, [*channels, alone])
    await fill(bench.settings["DATABASE_URL"], jobs, channels_of)


def _channels(count: int) -> list[str]:
    return [f"C0BENCH{number:04}" for number in range(count)]


def _names(numbers: Sequence[int]) -> set[str]:
    return {run_of(number).name for number in numbers}


async def lag(bench: Bench) -> list[Figure]:
    """The time from a change at the service to the acceptance of its alert."""
    jobs, changes = bench.scaled(2_000), bench.scaled(100, 10)
    await prepare(bench, jobs, _channels(changes))
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)):
        await until_polled(bench, jobs)
        numbers = range(changes)
        changed = await bench.jobs.do(change_between_polls, numbers, _ERROR, INTERVAL)
        named = await bench.slack.do(until_named, _names(numbers), 30)
    lags = [named[name] - changed[name] for name in named]
    middle, worst = statistics.median(lags), percentile(lags, 0.99)
    return [
        Figure(
            f"from a change to its alert, {jobs:,} jobs, interval {INTERVAL} s",
            f"median at most {INTERVAL / 2 + 0.3} s, 99th percentile at most {INTERVAL + 0.7} s",
            f"{middle:.1f} s, {worst:.1f} s ({len(lags)} of {changes} changes)",
            len(lags) == changes and middle <= INTERVAL / 2 + 0.3 and worst <= INTERVAL + 0.7,
            {"median": middle, "p99": worst, "delivered": len(lags)},
        )
    ]


async def errors_first(bench: Bench) -> list[Figure]:
    """The time until an error is told while other notifications wait for Slack's pace."""
    waiting, channels = bench.scaled(5_000, 100), _channels(bench.scaled(200, 40))
    await prepare(bench, waiting + 1, channels, alone="C0BENCHERR")
    await fill_queues(bench.settings["DATABASE_URL"], range(waiting), channels)
    await bench.jobs.do(change, [waiting], _ERROR)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)) as bot:
        recorded = await _time_of(bot, '"new": "Running with Error"')
        named = await bench.slack.do(until_named, _names([waiting]), 60)
        done, _ = await bench.slack.do(posts)
    took = named.get(run_of(waiting).name, float("inf")) - recorded
    figure = f"{took:.1f} s after it was seen (as message {done})"
    what = f"an error alert while {waiting:,} other notifications wait in {len(channels)} channels"
    return [Figure(what, "within 2 s", figure, took <= 2, {"seconds": took})]


async def _time_of(bot: BotProcess, words: str) -> float:
    await bot.wait_for_log(words, 60)
    return time.time()


async def refused(bench: Bench, fault: Fault) -> list[Figure]:
    """The time until what changed is told once Slack refuses no more, and how often it had to refuse."""
    jobs, seconds = 5, 30 if bench.scale == 1 else 10
    await prepare(bench, jobs, _channels(jobs))
    async with bench.bot(POLL_INTERVAL="1"):
        await until_polled(bench, jobs)
        await bench.slack.do(refuse, fault)
        await bench.jobs.do(change, range(jobs), _ERROR)
        await asyncio.sleep(seconds)
        healed = await bench.slack.do(heal)
        named = await bench.slack.do(until_named, _names(range(jobs)), 120)
    took = max(named.values(), default=float("inf")) - healed
    _, refused = await bench.slack.do(posts)
    return [
        Figure(
            f"Slack refuses for {seconds} s ({fault.name.lower()}), {jobs} jobs stay bad: told after it ends",
            "at most 4 s, at most 15 refused tries",
            f"{took:.1f} s, {refused} refused ({len(named)} of {jobs} told)",
            len(named) == jobs and took <= 4 and refused <= 15,
            {"seconds": took, "refused": refused},
        )
    ]


async def slow_slack(bench: Bench) -> list[Figure]:
    """The time until all changes are told while Slack takes one message a second in all."""
    jobs, channels = bench.scaled(300, 20), _channels(20)
    await prepare(bench, jobs, channels)
    await bench.slack.do(one_a_second)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)):
        await until_polled(bench, jobs)
        began = await bench.jobs.do(change, range(jobs), _ERROR)
        named = await bench.slack.do(until_named, _names(range(jobs)), 60)
    took = max(named.values(), default=float("inf")) - began
    told = await all_told(bench.settings["DATABASE_URL"]) - began
    accepted, refused = await bench.slack.do(posts)
    return [
        Figure(
            f"{jobs} changes in {len(channels)} channels while Slack takes one post a second in all",
            "at most 40 s, at most 15 refused tries",
            f"{told:.0f} s (with the lists that name every job {took:.0f} s), {refused} refused, {accepted} messages"
            f" ({len(named)} of {jobs} named)",
            len(named) == jobs and told <= 40 and refused <= 15,
            {"seconds": told, "named": took, "refused": refused, "messages": accepted},
        )
    ]


async def after_outage(bench: Bench) -> list[Figure]:
    """The time until everything that changed while Slack was away is told."""
    jobs, channels, seconds = bench.scaled(2_000, 50), _channels(bench.scaled(50, 5)), 45
    await prepare(bench, jobs, channels)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)):
        await until_polled(bench, jobs)
        await bench.slack.do(refuse, Fault.HTTP_503)
        await bench.jobs.do(change, range(jobs), _ERROR)
        await asyncio.sleep(seconds)
        healed = await bench.slack.do(heal)
        named = await bench.slack.do(until_named, _names(range(jobs)), 120)
    took = max(named.values(), default=float("inf")) - healed
    accepted, refused = await bench.slack.do(posts)
    allowed = max(0, accepted - _BURST) / _PER_S + 5
    busiest = await bench.slack.do(most_posts_in_a_second)
    return [
        Figure(
            f"{jobs:,} changes in {len(channels)} channels after {seconds} s without Slack (not ten minutes)",
            f"all, within what Slack's pace allows for {accepted} messages + 5 s ({allowed:.0f} s)",
            f"{len(named):,} in {took:.0f} s, {refused} refused, at most {busiest} posts in a second",
            len(named) == jobs and took <= allowed,
            {"seconds": took, "allowed": allowed, "refused": refused, "messages": accepted},
        )
    ]
