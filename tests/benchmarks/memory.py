"""What a process holds while it polls."""

from tests.benchmarks.figures import Figure, resident_mib
from tests.benchmarks.polling import INTERVAL, prepare, until_polled
from tests.benchmarks.processes import Bench

_CHANNELS = 5  # for each job: five subscriptions


async def over_time(bench: Bench) -> list[Figure]:
    """The memory with many jobs and subscriptions, and how it grows over many polls."""
    jobs, polls = bench.scaled(10_000, 200), bench.scaled(100_000, 2_000)
    await prepare(bench, jobs, channels=_CHANNELS)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)) as bot:
        await until_polled(bench, 2 * jobs)
        before = resident_mib(bot.pid)
        await until_polled(bench, polls, timeout=300)
        after = resident_mib(bot.pid)
    grown = after - before
    return [
        Figure(
            f"memory with {jobs:,} jobs and {_CHANNELS * jobs:,} subscriptions",
            "at most 150 MiB",
            f"{after:.0f} MiB",
            after <= 150,
            {"mib": after},
        ),
        Figure(f"its growth over {polls:,} polls", "at most 5 MiB", f"{grown:.1f} MiB", grown <= 5, {"mib": grown}),
    ]
