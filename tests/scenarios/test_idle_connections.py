import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from bot.demo.slack.stand_in import signed_headers
from tests.scenarios.world import DATAFLOW, JOB, RUN, World

# More connections than the process may have descriptors.
_CONNECTIONS, _DESCRIPTORS = 200, 128
_HALF_A_BODY = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 5000\r\n%s\r\nx"


async def test_idle_connections_starve_nobody(world: World) -> None:
    """While strangers hold as many connections as they like, idle or with half a request, jobs are polled, Slack is
    answered and alerts are delivered."""
    async with AsyncExitStack() as stack:
        with _few_descriptors():
            await stack.enter_async_context(world.process())
        await world.reply(f"watch {JOB}")
        forged = signed_headers("another", b"x" * 5000, int(time.time()))
        headers = "".join(f"{name}: {value}\r\n" for name, value in forged.items()).encode()
        for sent in (b"", _HALF_A_BODY % headers):
            for _ in range(_CONNECTIONS):
                stack.callback((await _connect(world, sent)).close)
        await world.jobs.asked_again(3)
        await world.reply("list")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.alert("Running with Error")
        assert len(world.alerts()) == 1


async def _connect(world: World, sent: bytes) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(sent)
    return writer


@contextmanager
def _few_descriptors() -> Iterator[None]:
    """What is started now gets few descriptors; this process keeps its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
