"""The command line: exit codes and last words."""

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import alembic.config
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text

from bot import logs
from bot.cli import cli

ROOT = Path(__file__).parent.parent
SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "signing",
    "SLACK_API_URL": "http://127.0.0.1:1/api/",
    "INFORMATICA_LOGIN_URL": "http://127.0.0.1:1",
    "INFORMATICA_USERNAME": "bot",
    "INFORMATICA_PASSWORD": "hunter22",
}
NEWER = "this database was written by a newer version (0099); install that one"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command sets up the logging and the garbage collector of its process, which here is the tests'."""
    monkeypatch.setattr(logs, "set_up_logging", lambda *_: None)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    yield
    gc.enable()


def ended(command: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(cli, [command])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output.splitlines()


def ended_alembic(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        alembic.config.main([*arguments])
    code: Any = ended.value.code
    return int(code)


@pytest.fixture(params=["sqlite", "postgresql"])
def newer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """DATABASE_URL is of a database that a newer release has migrated."""
    if request.param == "sqlite":
        url = make_url(f"sqlite:///{tmp_path}/test.db")
    else:
        url = make_url(request.getfixturevalue("empty_postgresql_url")).set(drivername="postgresql+psycopg")
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    assert ended("migrate")[0] == 0
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    engine.dispose()


@pytest.mark.usefixtures("newer")
def test_a_newer_schema_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a rollback every command says that the database is a newer version's, and ends with exit code 1."""
    for command in ("run", "web", "worker", "migrate"):
        assert ended(command) == (1, [f"DATABASE_URL: {NEWER}."]), command
    code, said = ended("doctor")
    assert (code, said[0]) == (1, f"✗ database: {NEWER}")
    monkeypatch.chdir(ROOT)
    for arguments in (("upgrade", "head"), ("current",)):
        assert ended_alembic(*arguments) == 1, arguments
        assert capsys.readouterr().err.splitlines()[-1] == f"DATABASE_URL: {NEWER}"


def test_another_programs_schema_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command says that a database is another program's, and ends with exit code 1."""
    with closing(sqlite3.connect(tmp_path / "test.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('f3a2b1c4d5e6')")
        connection.commit()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    foreign = "it belongs to another program, whose schema has the revision f3a2b1c4d5e6"
    for command in ("run", "web", "worker"):
        assert ended(command) == (1, [f"DATABASE_URL: the database can't be used: {foreign}"]), command
    assert ended("migrate") == (1, [f"DATABASE_URL: the database can't be migrated: {foreign}"])
    said = ended("doctor")[1][:2]
    assert said == [f"✗ database: can't be used: {foreign}", "  → Set DATABASE_URL to a database of the bot's own."]
    monkeypatch.chdir(ROOT)
    assert ended_alembic("upgrade", "head") == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"DATABASE_URL: {foreign}"


def test_a_database_that_cannot_be_used_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command says what the driver says, without the password, and ends with exit code 1."""
    monkeypatch.chdir(ROOT)
    for url, says, remedy in (
        (f"sqlite:///{tmp_path}/nowhere/x.db", "No such file or directory", "Does the folder exist"),
        (f"postgresql://u:s3cr3t-word@127.0.0.1:{unused_tcp_port}/d", "Connection refused", "Is the database running"),
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        for command in ("run", "web", "worker", "migrate"):
            code, said = ended(command)
            assert (code, len(said)) == (1, 1), (command, said)
            assert said[0].startswith("DATABASE_URL: the database can't be "), command
            assert says in said[0], command
            assert "s3cr3t-word" not in said[0]
        code, said = ended("doctor")
        assert (code, said[0].startswith("✗ database: can't be used: "), says in said[0]) == (1, True, True), said
        assert remedy in said[1]
        assert ended_alembic("upgrade", "head") == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert says in line
        assert "s3cr3t-word" not in line


def test_alembics_command_reads_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It migrates the database of DATABASE_URL with its quotes taken off, and names a URL that it can't use."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", f'"sqlite:///{tmp_path}/test.db"')
    alembic.config.main(["upgrade", "head"])
    assert (tmp_path / "test.db").stat().st_size > 0
    monkeypatch.setenv("DATABASE_URL", "mysql://u:s3cr3t-word@h/d")
    assert ended_alembic("upgrade", "head") == 2
    assert capsys.readouterr().err.startswith("DATABASE_URL is wrong: mysql databases aren't supported")
