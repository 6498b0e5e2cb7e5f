"""`jobwatch demo` as a process: one line, a page, a clean end."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.demo import play
from bot.demo.process import DidNotStart


@asynccontextmanager
async def a_demo(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", *arguments), env={"TMPDIR": str(folder)}, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def test_a_page_and_a_clean_end(tmp_path: Path) -> None:
    """It prints one line with the address of its page, and SIGTERM ends it with nothing left behind."""
    async with a_demo(tmp_path) as process:
        address = re.search(r"http://127\.0\.0\.1:\d+/", await line_of(process))
        assert address is not None
        async with aiohttp.ClientSession() as session, session.get(address[0]) as page:
            assert page.status == 200
            assert "data-ops" in await page.text()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
        assert (process.returncode, out, err) == (0, b"", b"")
    assert not os.listdir(tmp_path)


async def test_a_kept_database_and_a_taken_port(tmp_path: Path) -> None:
    """`--keep` keeps only the database, in a new folder of any name, past Ctrl-C. A taken `--port` is one line."""
    kept = tmp_path / "new" / "kept %41?"
    async with a_demo(tmp_path, "--keep", str(kept)) as process:
        port = re.findall(r":(\d+)/", await line_of(process))[0]
        async with a_demo(tmp_path, "--port", port) as second:
            assert f"The page can't have port {port}: Address already in use. " in await line_of(second)
            assert await second.wait() == 1
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    assert (kept / "jobwatch.db").exists()
    assert os.listdir(tmp_path) == ["new"]
    assert os.listdir(tmp_path / "new") == [kept.name]


async def test_a_bot_that_does_not_start_shows_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bot's log is printed, and the exit code is 1."""

    @asynccontextmanager
    async def never_running(*_: object, **__: object) -> AsyncIterator[None]:
        raise DidNotStart("PORT is wrong")
        yield

    monkeypatch.setattr("bot.demo.bot.bot_running", never_running)
    assert await play.play() == 1
    assert capsys.readouterr().out.endswith("The bot did not start. Its log:\nPORT is wrong\n")


def test_without_its_libraries_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the extra `demo`, the command says how to install it."""
    from click.testing import CliRunner

    from bot.cli import cli

    for name in [each for each in sys.modules if each.startswith(("bot.demo.play", "bot.demo.page", "jinja2"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = CliRunner().invoke(cli, ["demo"])
    assert result.exit_code == 1
    assert "pip install 'jobwatch[demo]'" in result.output


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    """`--keep` with a folder that can't be made ends with the system's words."""
    from click.testing import CliRunner

    from bot.cli import cli

    (tmp_path / "file").touch()
    result = CliRunner().invoke(cli, ["demo", "--keep", str(tmp_path / "file" / "kept")])
    said = f"The folder {tmp_path}/file/kept can't be made: Not a directory.\n"
    assert (result.exit_code, result.output) == (1, said)
