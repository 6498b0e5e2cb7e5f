"""What polling costs: singly against a bare loop, by the job list, and as the jobs become many."""

import asyncio
from dataclasses import dataclass

from bot.demo.process import BotProcess
from tests.benchmarks.bare_loop import polling
from tests.benchmarks.figures import Figure, cpu_seconds, resident_mib
from tests.benchmarks.filling import fill
from tests.benchmarks.processes import Bench
from tests.benchmarks.services import add_jobs, connect, request_count, requests, run_of, serve_list, session_id

INTERVAL = 10
_MEASURED_S = 20
_PAGE = 100
CHANNEL = "C0DEMOOPS1"


async def prepare(bench: Bench, count: int, *, page: int | None = None, channels: int = 1) -> None:
    """So many healthy jobs, watched in these channels each, and the bot's address."""
    names = channel_names(channels)
    await bench.jobs.do(add_jobs, count)
    await bench.jobs.do(serve_list, page)
    await bench.slack.do(connect, bench.port, names)
    await fill(bench.settings["DATABASE_URL"], count, lambda _: names)


def channel_names(count: int) -> list[str]:
    return [CHANNEL, *(f"C0BENCH{number:04}" for number in range(1, count))]


@dataclass(frozen=True)
class Cost:
    """Of a while: CPU seconds per ten seconds, the bot's polls, its requests for jobs and for pages, a second each."""

    cpu: float
    polls: float
    jobs: float
    pages: float


async def cost(bench: Bench, bot: BotProcess, seconds: float = _MEASURED_S) -> Cost:
    polls, (jobs, pages), used = (
        await bench.metric("jobwatch_polls_total"),
        await bench.jobs.do(requests),
        cpu_seconds(bot.pid),
    )
    await asyncio.sleep(seconds)
    cpu = cpu_seconds(bot.pid) - used
    (jobs_then, pages_then), polls_then = await bench.jobs.do(requests), await bench.metric("jobwatch_polls_total")
    return Cost(
        cpu * 10 / seconds, (polls_then - polls) / seconds, (jobs_then - jobs) / seconds, (pages_then - pages) / seconds
    )


async def until_polled(bench: Bench, count: int, timeout: float = 120) -> None:
    """Wait until the bot has polled so many times more, by its own count."""
    enough = count + await bench.metric("jobwatch_polls_total")
    async with asyncio.timeout(timeout):
        while await bench.metric("jobwatch_polls_total") < enough:
            await asyncio.sleep(0.2)


async def against_bare_loop(bench: Bench) -> list[Figure]:
    """The CPU time of unchanged jobs, one request a job, against the bare loop on the same server."""
    count = bench.scaled(2_000)
    await prepare(bench, count)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)) as bot:
        await until_polled(bench, count)
        ours, session = await cost(bench, bot), await bench.jobs.do(session_id)
    with polling(bench.jobs.url, session, [run_of(number).path for number in range(count)], INTERVAL) as pid:
        await asyncio.sleep(INTERVAL)
        used, before = cpu_seconds(pid), await bench.jobs.do(request_count)
        await asyncio.sleep(_MEASURED_S)
        bare = (cpu_seconds(pid) - used) * 10 / _MEASURED_S
        asked = (await bench.jobs.do(request_count) - before) / _MEASURED_S
    ratio = (ours.cpu / ours.jobs) / (bare / asked)
    figure = f"{ratio:.2f} a request (CPU s per 10 s: {ours.cpu:.2f} against {bare:.2f}, {10 * ours.jobs:.0f} requests)"
    values = {"ratio": ratio, "cpu": ours.cpu, "bare_cpu": bare, "requests": ours.jobs, "bare_requests": asked}
    what = f"CPU of {count:,} unchanged jobs, one request a job, against a bare httpx loop"
    return [Figure(what, "at most 0.6", figure, ratio <= 0.6, values)]


async def by_list(bench: Bench) -> list[Figure]:
    """The CPU time and requests of unchanged jobs by the job list, against single requests."""
    count = bench.scaled(10_000, 200)
    await prepare(bench, count)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)) as bot:
        await until_polled(bench, count)
        singly = await cost(bench, bot)
    await bench.jobs.do(serve_list, _PAGE)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)) as bot:
        await bot.wait_for_log("jobs are polled in bulk", 240)
        await asyncio.sleep(INTERVAL)
        listed = await cost(bench, bot)
    ratio = (listed.cpu / singly.cpu) * (10 * singly.jobs / count)  # singly as many requests as there are jobs
    pages, allowed = -(-count // _PAGE), -(-count // _PAGE) + 0.05 * count
    asked = INTERVAL * (listed.jobs + listed.pages)
    return [
        Figure(
            f"CPU of {count:,} unchanged jobs by the job list, against single requests",
            "at most 1/20",
            f"1/{1 / ratio:.1f} (CPU s per 10 s: {listed.cpu:.2f} against {singly.cpu:.2f})",
            ratio <= 1 / 20,
            {"ratio": ratio, "list_cpu": listed.cpu, "single_cpu": singly.cpu, "single_requests": singly.jobs},
        ),
        Figure(
            f"requests an interval for {count:,} jobs by the list, {_PAGE} a page",
            f"at most {pages} pages + 5 % of the jobs ({allowed:.0f})",
            f"{asked:.0f} ({INTERVAL * listed.pages:.0f} pages + {INTERVAL * listed.jobs:.0f} jobs)",
            asked <= allowed,
            {"requests": asked, "pages": INTERVAL * listed.pages},
        ),
    ]


_POLLS_PER_S = 500


async def _size(bench: Bench, count: int) -> tuple[float, float]:
    """The CPU seconds a poll and the memory (MiB) of so many jobs, always as many polls a second."""
    interval = count / _POLLS_PER_S
    async with bench.bot(POLL_INTERVAL=str(interval)) as bot:
        await until_polled(bench, count + _POLLS_PER_S)
        some = await cost(bench, bot, 20)
        return some.cpu / 10 / some.polls, resident_mib(bot.pid)


async def growing(bench: Bench) -> list[Figure]:
    """The CPU time a poll and the memory a job, from a thousand jobs to sixteen thousand."""
    counts = [bench.scaled(count, 100) for count in (1_000, 4_000, 16_000)]
    await prepare(bench, counts[-1])
    found = []
    for count in counts:
        smaller = bench.with_database(f"sqlite:///{bench.folder}/{count}.db")
        await fill(smaller.settings["DATABASE_URL"], count, lambda _: [CHANNEL])
        found.append(await _size(smaller, count))
    cpu = [1e6 * each[0] for each in found]
    first, second = (1024 * (found[n + 1][1] - found[n][1]) / (counts[n + 1] - counts[n]) for n in range(2))
    spread, memory = max(cpu) / min(cpu) - 1, second / first - 1
    sizes = f"{counts[0]:,} to {counts[-1]:,} jobs"
    return [
        Figure(
            f"CPU a poll, from {sizes}",
            "constant within 15 %",
            f"{' · '.join(f'{each:.0f}' for each in cpu)} µs ({100 * spread:+.0f} %)",
            spread <= 0.15,
            {f"us_{count}": each for count, each in zip(counts, cpu, strict=True)},
        ),
        Figure(
            f"memory a job, from {sizes}",
            "constant within 15 %",
            f"{first:.1f} KiB up to {counts[1]:,}, {second:.1f} KiB beyond ({100 * memory:+.0f} %)",
            memory <= 0.15,
            {"first_kib": first, "second_kib": second},
        ),
    ]
