"""Measures what people wait for, and what it costs: `python -m tests.benchmarks [NAME …]`.

Prints a table of figures beside their goals; asserts nothing. Ratios are within one run. Linux only: it reads /proc.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bot.demo.slack.stand_in import Fault
from tests.benchmarks import answers, database, delivery, home, memory, polling, workers
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import Bench, running_bench

Measurement = Callable[[Bench], Awaitable[Sequence[Figure]]]

MEASUREMENTS: Mapping[str, Measurement] = {
    "bare-loop": polling.against_bare_loop,
    "list": polling.by_list,
    "growing": polling.growing,
    "lag": delivery.lag,
    "acknowledgements": answers.while_polling,
    "answers": answers.with_many_jobs,
    "home": home.opened,
    "memory": memory.over_time,
    "writes": database.writes,
    "start": database.start,
    "errors-first": delivery.errors_first,
    "outage": delivery.after_outage,
    "rate-limited": partial(delivery.refused, fault=Fault.RATE_LIMITED),
    "server-errors": partial(delivery.refused, fault=Fault.HTTP_500),
    "slow-slack": delivery.slow_slack,
    "two-workers": workers.two_workers,
    "four-workers": workers.four_workers,
}


async def measured(name: str, scale: float) -> Sequence[Figure]:
    """The figures of one measurement; one that fails is a figure, too, so that the others are still measured."""
    try:
        async with running_bench(scale) as bench:
            return await MEASUREMENTS[name](bench)
    except Exception as error:
        return [Figure(name, "", f"failed: {error!r:.300}", met=False)]


def line(figure: Figure) -> str:
    met = {True: "met", False: "not met", None: ""}[figure.met]
    return f"| {figure.what} | {figure.goal} | {figure.figure} | {met} |\n"


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to measure: {', '.join(MEASUREMENTS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="the share of the full size, to try a measurement")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(MEASUREMENTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    sys.stdout.write(f"{os.cpu_count()} cores, Python {platform.python_version()}\n\n")
    sys.stdout.write("| what | goal | figure | |\n|---|---|---|---|\n")
    found: dict[str, Sequence[Figure]] = {}
    for name in arguments.names or MEASUREMENTS:
        found[name] = await measured(name, arguments.scale)
        sys.stdout.writelines(map(line, found[name]))
        sys.stdout.flush()
    if arguments.json:
        figures = {name: [asdict(figure) for figure in figures] for name, figures in found.items()}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
