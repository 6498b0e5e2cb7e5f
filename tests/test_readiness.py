"""Readiness: what keeps a process from doing its part."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot import readiness as readiness_module
from bot.readiness import readiness
from bot.store.database import Database, opened


async def test_each_part_is_asked(tmp_path: Path) -> None:
    """Each problem is told as it is now, and none is left when it is over."""
    problems: list[str | None] = ["Slack refuses the bot", None]
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        present = readiness(database, *(lambda n=n: problems[n] for n in range(2)))
        assert await present() == ["Slack refuses the bot"]
        problems[0] = None
        assert await present() == []


async def test_a_database_that_cannot_be_used(unused_tcp_port: int) -> None:
    """It is named without the driver's words, in which the account has a name."""
    async with opened(f"postgresql://somebody:secret@127.0.0.1:{unused_tcp_port}/d") as database:
        assert await readiness(database)() == ["the database can't be used (DatabaseFault)"]


async def test_a_database_that_can_only_be_read(postgresql_url: str) -> None:
    """A standby answers questions, but a process that records nothing can't do its part."""
    url = make_url(postgresql_url).update_query_dict({"options": "-cdefault_transaction_read_only=on"})
    async with opened(url.render_as_string(hide_password=False)) as database:
        assert await readiness(database)() == ["the database can't be used (ReadOnly)"]


async def test_strangers_take_no_connection_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask, the database is asked once a second."""
    checks = 0
    check = Database.check

    async def counted(database: Database) -> None:
        nonlocal checks
        checks += 1
        await check(database)

    monkeypatch.setattr(Database, "check", counted)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        present = readiness(database)
        assert await asyncio.gather(*(present() for _ in range(100))) == [[]] * 100
        assert checks == 1
        monkeypatch.setattr(readiness_module, "_REMEMBERED_S", 0)
        await present()
        assert checks == 2


async def test_nobody_waits_for_the_check_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database hangs, one question waits for it; the others, which would fill all connections, get the last
    answer."""
    hangs = asyncio.Event()
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        present = readiness(database)
        assert await present() == []
        monkeypatch.setattr(readiness_module, "_REMEMBERED_S", 0)
        monkeypatch.setattr(Database, "check", lambda _: hangs.wait())
        waiting = asyncio.ensure_future(present())
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            assert await asyncio.gather(*(present() for _ in range(100))) == [[]] * 100
        assert not waiting.done()
        hangs.set()
        assert await waiting == []
