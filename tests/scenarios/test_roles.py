import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.app.running import StartFailed
from bot.settings import WrongSettings
from tests.ports import reserved_port
from tests.scenarios.world import DATAFLOW, JOB, RUN, World, running_world


async def test_web_and_worker_need_a_migrated_database(tmp_path: Path, empty_postgresql_url: str) -> None:
    """`web` and `worker` refuse an empty database and name the remedy; after `migrate` one answers commands and the
    other delivers alerts."""
    async with running_world(tmp_path, empty_postgresql_url) as world:
        for role in ("web", "worker"):
            with pytest.raises(StartFailed, match="jobwatch migrate"):
                async with world.bot(role):
                    pass
        assert (await _run(world, "migrate"))[0] == 0
        async with world.bot("web"), world.bot("worker", PORT=""):
            await world.reply(f"watch {JOB}")
            world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
            await world.alert("Running with Error")


async def test_a_worker_serves_http_only_if_it_has_a_port(world: World) -> None:
    """`worker` opens no port by itself; with PORT it has its health pages and doesn't accept Slack's requests."""
    async with world.bot("worker", PORT=""):
        with pytest.raises(aiohttp.ClientConnectionError):
            await world.get("/healthz")
    async with world.bot("worker"):
        assert (await world.get("/healthz"))[0] == 200
        assert (await world.get("/readyz"))[0] == 200
        assert (await world.get("/slack/events"))[0] == 404


async def test_metrics_have_a_port_of_their_own(world: World) -> None:
    """With METRICS_PORT the public port has no page for operators, and a worker needs no other; the same port for both
    is what there is without it."""
    async with world.bot(METRICS_PORT=str(world.port)):
        await world.until_ready()
    with reserved_port() as metrics_port:
        metrics = replace(world, port=metrics_port)
        for role, port in (("run", str(world.port)), ("worker", "")):
            async with world.bot(role, PORT=port, METRICS_PORT=str(metrics.port)):
                await metrics.until_ready(200)
                assert await metrics.metric("jobwatch_login_refused") == 0
                if port:
                    assert (await world.get("/healthz"))[0] == 200
                    assert [(await world.get(path))[0] for path in ("/readyz", "/metrics")] == [404, 404]
                    await world.reply("list")


_WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"SLACK_SIGNING_SECRET": ""}, 2, "SLACK_SIGNING_SECRET is missing"),
    ({"SLACK_BOT_TOKEN": "xoxb-made-up"}, 2, "SLACK_BOT_TOKEN is wrong: Slack refuses it (invalid_auth)"),
    ({"DATABASE_URL": "sqlite:////made-up/nowhere/x.db"}, 1, "the database can't be used"),
]


async def test_a_wrong_setting_ends_the_start(world: World) -> None:
    """One line names the variable and what is wrong, never its value, and the exit code says which kind it is."""
    ends = await asyncio.gather(*(_run(world, "run", **settings) for settings, _, _ in _WRONG))
    for (settings, exit_code, line), (code, output) in zip(_WRONG, ends, strict=True):
        assert code == exit_code, (settings, output)
        assert line in output
        assert "made-up" not in output
        assert len(output.strip().splitlines()) == 1, output


async def test_a_refused_app_token_ends_the_start(world: World) -> None:
    """The start fails and names the variable: the library would try for ever, without a word."""
    with pytest.raises(WrongSettings, match=r"SLACK_APP_TOKEN is wrong: Slack refuses it \(invalid_auth\)"):
        async with world.bot(SLACK_APP_TOKEN="xapp-made-up"):
            pass


async def test_a_port_that_is_taken_ends_the_start(world: World) -> None:
    """The start of a second bot on the same port fails and names the variable."""
    async with world.bot():
        with pytest.raises(WrongSettings, match="PORT is wrong"):
            async with world.bot("web"):
                pass


async def test_the_bot_starts_while_slack_is_out(world: World) -> None:
    """The bot starts, says on `/readyz` what is missing, and is ready by itself when Slack is back."""
    world.slack.fail("internal_error", method="auth.test", times=1)
    async with world.bot():
        status, body = await world.get("/readyz")
        assert (status, "Slack can't be asked" in body) == (503, True)
        await world.slack.wait_for_call(lambda c: c.method == "auth.test" and c.error is None)
        await world.until_ready()


async def test_the_doctor_finds_what_is_wrong(world: World) -> None:
    """`doctor` checks database, Slack and jobs service; each fault comes with its remedy and makes the exit code 1."""
    wrong = {"SLACK_BOT_TOKEN": "xoxb-wrong", "INFORMATICA_PASSWORD": "wrong", "SLACK_APP_TOKEN": "xapp-wrong"}
    (code, output), (wrong_code, wrong_output) = await asyncio.gather(
        _run(world, "doctor"), _run(world, "doctor", **wrong)
    )
    assert code == 0, output
    assert {line[0] for line in output.splitlines()} == {"✓"}
    assert wrong_code == 1
    assert [line[0] for line in wrong_output.splitlines()] == ["✓"] * 3 + ["✗", " "] * 3
    assert all(variable in wrong_output for variable in wrong)


async def _run(world: World, command: str, **settings: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", command,
        env=world.settings | settings, cwd=world.folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(120):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()
