"""What polling costs by itself: a loop with httpx, twenty clients of one connection each, and nothing around it."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

_CLIENTS = 20


async def _poll(url: str, session_id: str, paths: Sequence[str], interval: float) -> None:
    async with httpx.AsyncClient(
        base_url=url,
        headers={"IDS-SESSION-ID": session_id},
        limits=httpx.Limits(max_connections=1, keepalive_expiry=2 * interval),
        trust_env=False,
    ) as client:
        began = time.monotonic()
        for round in range(1_000):
            for place, path in enumerate(paths):
                due = began + interval * (round + place / len(paths))
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                (await client.get(path)).raise_for_status().json()


async def _loop(url: str, session_id: str, paths: Sequence[str], interval: float) -> None:
    await asyncio.gather(*(_poll(url, session_id, paths[n::_CLIENTS], interval) for n in range(_CLIENTS)))


def _run(*args: object) -> None:
    asyncio.run(_loop(*args))  # type: ignore[arg-type]


@contextmanager
def polling(url: str, session_id: str, paths: Sequence[str], interval: float) -> Iterator[int]:
    """Poll all paths once an interval, in a process of its own; yield its ID."""
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(url, session_id, paths, interval), daemon=True
    )
    process.start()
    try:
        yield process.pid or 0
    finally:
        process.kill()
        process.join()
