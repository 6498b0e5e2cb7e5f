import asyncio
import time
from functools import partial

import pytest

from bot.app import running
from bot.demo.informatica.faults import AT_HOME, Fault
from bot.demo.slack.stand_in import GUEST
from bot.informatica.client import REQUEST_TIMEOUT, connected
from tests.scenarios.world import ADMIN, JOB, MEMBER, World

_UNREADABLE = "the jobs service sent an answer that the bot can't read"
# What the reply says about each fault after "Can't check … now: ".
_REASONS = {
    Fault.UNAUTHORISED_ALWAYS: "the jobs service doesn't accept the bot's session",
    Fault.FORBIDDEN: "the jobs service doesn't let the bot's account view it",
    Fault.NOT_FOUND: "the jobs service says there is no such job",
    Fault.METHOD: _UNREADABLE,
    Fault.BUSY: "the jobs service is busy",
    Fault.SERVER_ERROR: "the jobs service failed (HTTP 500)",
    Fault.UNAVAILABLE: "the jobs service is unavailable",
    Fault.HTML: _UNREADABLE,
    Fault.HTML_502: "the jobs service failed (HTTP 502)",
    Fault.TRUNCATED_JSON: _UNREADABLE,
    Fault.NULL_STATUS: _UNREADABLE,
    Fault.LIST: _UNREADABLE,
    Fault.HUGE: _UNREADABLE,
    Fault.HANG: "the jobs service didn't answer in time",
    Fault.DRIP: "the jobs service didn't answer in time",
    Fault.DROP: "the jobs service can't be reached",
    Fault.REDIRECT: _UNREADABLE,
    Fault.BAD_REQUEST: _UNREADABLE,
    Fault.NOT_IMPLEMENTED: "the jobs service failed (HTTP 501)",
    Fault.ERROR_UNDER_200: _UNREADABLE,
}
# Here the job is shown all the same: the bot logs in once more, or uses the other HTTP method.
_OVERCOME = (Fault.UNAUTHORISED_ONCE, Fault.METHOD_NOT_ALLOWED)

_REQUEST_TIMEOUT = 3.0  # instead of the usual one


async def test_every_fault_gets_a_short_true_reply(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the jobs service does to a look-up, the reply says what is known within 20 seconds, and the bot
    continues to serve. All faults at once, each on a job of its own."""
    monkeypatch.setattr(running, "connected", partial(connected, request_timeout=_REQUEST_TIMEOUT))
    faults = [*_OVERCOME, *_REASONS]
    assert {*faults, *AT_HOME} == set(Fault)  # the faults of the login and the list are tested elsewhere
    people = [(MEMBER, ADMIN, GUEST)[number % 3].id for number in range(len(faults))]
    flows = [f"00000000-0000-4000-8000-{number:012}" for number in range(len(faults))]
    for number, fault in enumerate(faults):
        world.jobs.add(f"job-{fault.name}", flows[number], 100 + number)
        world.jobs.fail(fault, dataflow=flows[number])
    world.jobs.faults.retry_after = "0"  # a look-up that begins after that of a busy service isn't held back

    async with world.bot() as bot:
        for number, fault in enumerate(_OVERCOME):  # before a session is refused for good: it is renewed once a minute
            assert "Up and Running" in (await world.reply(f"status {flows[number]} {100 + number}")).text, fault
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(len(_OVERCOME), len(faults)):  # ten requests of one are under way at most
                group.create_task(world.send(f"status {flows[number]} {100 + number}", user=people[number]))
        for number in range(len(_OVERCOME), len(faults)):
            reply = await world.private_reply(f"{flows[number]} ", user=people[number])
            assert _REASONS[faults[number]] in reply.text, (faults[number], reply.text)
            assert len(reply.text) < 600, faults[number]
        assert time.monotonic() - started + REQUEST_TIMEOUT - _REQUEST_TIMEOUT < 20
        assert "Up and Running" in (await world.reply(f"status {JOB}")).text
        assert "Traceback" not in "\n".join(bot.log)


async def test_a_refused_login_is_never_repeated(world: World) -> None:
    """Wrong credentials are tried once, however many requests there are; replies and the log say what to do.
    The bot stays ready, since people ask it now."""
    async with world.bot(INFORMATICA_PASSWORD="wrong") as bot:
        for _ in range(3):
            reply = await world.reply(f"watch {JOB}")
            assert "refused the bot's login" in reply.text
            assert "Ask whoever runs the bot to correct its Informatica login" in reply.text
        assert "wrong passwords" not in "\n".join(bot.log)
        assert "INFORMATICA_PASSWORD" in await bot.wait_for_log("login refused, not retrying")
        await world.until_ready()
        assert await world.metric("jobwatch_login_refused") == 1
    assert len(world.jobs.logins) == 1


async def test_an_expired_session_costs_one_login(world: World) -> None:
    """When the session expires, one new login serves all jobs, and nobody is alerted."""
    runs = await world.watched_jobs(50)
    async with world.bot(POLL_INTERVAL="1"):
        await world.until_polled(runs)
        assert len(world.jobs.logins) == 1
        world.jobs.expire_sessions()
        await world.until_polled(runs, 2)
        assert len(world.jobs.logins) == 2
    assert world.alerts() == []
