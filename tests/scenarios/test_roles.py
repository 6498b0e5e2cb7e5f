import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.demo.process import DidNotStart, free_port
from bot.settings import WrongSettings
from tests.scenarios.world import DATAFLOW, JOB, RUN, World, a_world


async def test_web_and_worker_share_a_postgresql_database(tmp_path: Path, empty_postgresql_url: str) -> None:
    """`migrate`, then `web` answers Slack while two `worker` processes watch and tell, each change once."""
    async with a_world(tmp_path, empty_postgresql_url) as world:
        with pytest.raises(DidNotStart, match="jobwatch migrate"):
            async with world.process("web"):
                pass
        assert await _exit_code(world, "migrate") == 0
        worker = {"PORT": ""}
        async with world.process("web"), world.process("worker", **worker), world.process("worker", **worker):
            await world.asks(f"watch {JOB}")
            for status in ("Running with Error", "Up and Running"):
                world.jobs.set_status(DATAFLOW, RUN, status)
                await world.alert(status)
            await world.jobs.asked_again(4)
        assert len(world.alerts()) == 2


async def test_a_worker_serves_http_only_when_it_has_a_port(world: World) -> None:
    """`worker` opens no port by itself; with PORT it has its health pages and no door for Slack."""
    async with world.bot("worker", PORT=""):
        with pytest.raises(aiohttp.ClientConnectionError):
            await world.get("/healthz")
    async with world.bot("worker"):
        assert (await world.get("/healthz"))[0] == 200
        assert (await world.get("/readyz"))[0] == 200
        assert (await world.get("/slack/events"))[0] == 404


async def test_metrics_have_a_port_of_their_own(world: World) -> None:
    """With METRICS_PORT the public port has no page for operators, and a worker needs no other."""
    metrics = replace(world, port=free_port())
    for role, port in (("run", str(world.port)), ("worker", "")):
        async with world.bot(role, PORT=port, METRICS_PORT=str(metrics.port)):
            await metrics.ready(200)
            assert await metrics.figure("jobwatch_login_refused") == 0
            if port:
                assert (await world.get("/healthz"))[0] == 200
                assert [(await world.get(path))[0] for path in ("/readyz", "/metrics")] == [404, 404]
                await world.asks("list")


_WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"SLACK_SIGNING_SECRET": ""}, 2, "SLACK_SIGNING_SECRET is missing"),
    ({"SLACK_BOT_TOKEN": "xoxb-made-up"}, 2, "SLACK_BOT_TOKEN is wrong: Slack refuses it (invalid_auth)"),
    ({"DATABASE_URL": "sqlite:////made-up/nowhere/x.db"}, 1, "the database can't be used"),
]


async def test_a_wrong_setting_ends_the_start(world: World) -> None:
    """One line names the variable and what is wrong, never its value, and the exit code says which kind it is."""
    ends = await asyncio.gather(*(_run(world, "run", **settings) for settings, _, _ in _WRONG))
    for (settings, exit_code, line), (code, said) in zip(_WRONG, ends, strict=True):
        assert code == exit_code, (settings, said)
        assert line in said
        assert "made-up" not in said
        assert len(said.strip().splitlines()) == 1, said


async def test_an_app_token_that_is_refused_ends_the_start(world: World) -> None:
    """It names the variable: the library would try for ever, without a word."""
    with pytest.raises(WrongSettings, match=r"SLACK_APP_TOKEN is wrong: Slack refuses it \(invalid_auth\)"):
        async with world.bot(SLACK_APP_TOKEN="xapp-made-up"):
            pass


async def test_a_port_that_is_taken_ends_the_start(world: World) -> None:
    """A second bot on the same port says so and ends."""
    async with world.bot():
        with pytest.raises(WrongSettings, match="PORT is wrong"):
            async with world.bot("web"):
                pass


async def test_a_slack_that_is_out_of_reach_does_not_keep_the_bot_from_starting(world: World) -> None:
    """The bot starts, says in `/readyz` what is missing, and is ready by itself when Slack is back."""
    world.slack.fail("internal_error", method="auth.test", times=1)
    async with world.bot():
        status, body = await world.get("/readyz")
        assert (status, "Slack can't be asked" in body) == (503, True)
        await world.slack.wait_for_call(lambda c: c.method == "auth.test" and c.error is None)
        async with asyncio.timeout(5):
            while (await world.get("/readyz"))[0] != 200:
                pass


async def test_the_doctor_finds_what_is_wrong(world: World) -> None:
    """`doctor` checks database, Slack and jobs service; each fault comes with its remedy and makes the exit code 1."""
    code, said = await _run(world, "doctor")
    assert code == 0, said
    assert [line[0] for line in said.splitlines()] == ["✓"] * 6
    code, said = await _run(
        world, "doctor", SLACK_BOT_TOKEN="xoxb-wrong", INFORMATICA_PASSWORD="wrong", SLACK_APP_TOKEN="xapp-wrong"
    )
    assert code == 1
    assert [line[0] for line in said.splitlines()] == ["✓", "✗", " ", "✗", " ", "✗", " "]
    for remedy in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "INFORMATICA_PASSWORD"):
        assert remedy in said


async def _exit_code(world: World, role: str) -> int:
    return (await _run(world, role))[0]


async def _run(world: World, role: str, **settings: str) -> tuple[int, str]:
    """Run a command to its end; its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", role,
        env=world.settings | settings | {"PORT": settings.get("PORT", str(world.port))},
        cwd=world.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(120):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
