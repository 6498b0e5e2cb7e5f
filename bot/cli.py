"""The command line: run · web · worker · migrate · doctor · demo. Exit codes: 0 fine, 1 a fault, 2 a wrong setting."""

import asyncio
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

# Each command imports what it needs: the demo needs no settings and no database.

T = TypeVar("T")


@click.group(
    epilog="Settings come from the environment, or from a file .env in the working directory. README.md explains each, "
    "and .env.example is a file to fill in. The demo needs none."
)
@click.version_option(package_name="jobwatch")
def cli() -> None:
    """Jobwatch watches streaming jobs in Informatica Cloud and posts their status changes to Slack."""


@cli.command()
def run() -> None:
    """Answer Slack, poll jobs and deliver alerts, in one process. Migrates an SQLite database automatically."""
    _serve(web=True, worker=True)


@cli.command()
def web() -> None:
    """Only answer Slack. Needs at least one `worker` on the same database."""
    _serve(web=True, worker=False)


@cli.command()
def worker() -> None:
    """Only poll jobs and deliver alerts. Any number can run on one PostgreSQL database."""
    _serve(web=False, worker=True)


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from bot.logs import set_up_logging
    from bot.settings import read_store_settings
    from bot.store.database import DatabaseFault, SchemaTooNew, opened

    async def work() -> None:
        async with opened(settings.database_url.get_secret_value()) as database:
            await database.migrate()

    settings = _or_exit(read_store_settings)
    set_up_logging(settings.log_level, settings.log_format, settings.secrets)
    try:
        asyncio.run(work())
    except SchemaTooNew as newer:
        _exit(1, f"DATABASE_URL: {newer}.")
    except DatabaseFault as fault:
        _exit(1, f"DATABASE_URL: the database can't be migrated: {fault.driver_message}")
    click.echo("The database's schema is up to date.")


@cli.command()
def doctor() -> None:
    """Check the set-up and say how to fix each fault."""
    from bot.logs import set_up_logging
    from bot.settings import read_settings

    settings = _or_exit(read_settings)
    from bot.doctor.examination import examine  # not before: aiohttp makes use of the trust store as it is imported

    set_up_logging("CRITICAL", settings.log_format, settings.secrets)
    sys.exit(asyncio.run(examine(settings, click.echo)))


@cli.command()
@click.option(
    "--keep",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    help="Keep the demo's database in this folder.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port of the page. Default: any free port.")
@click.option("--pace", type=click.FloatRange(0), default=1.0, hidden=True)
def demo(keep: Path | None, port: int, pace: float) -> None:
    """Try the real bot in a browser.

    Stand-ins of Slack and of the jobs service run on this machine; nothing else is contacted.
    """
    try:
        from bot.demo.play import play
    except ModuleNotFoundError as missing:
        _exit(1, f"The demo needs a library that is missing ({missing.name}). Run: pip install 'jobwatch[demo]'")
    try:
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _exit(1, f"The folder {keep} can't be made: {error.strerror}.")
    sys.exit(asyncio.run(play(keep, port, pace)))


def _serve(*, web: bool, worker: bool) -> None:
    gc.disable()  # until the bot is ready: imports and set-up leave no garbage, and looking for some is 13 % of a start
    from bot.logs import set_up_logging
    from bot.settings import WrongSettings, read_settings

    settings = _or_exit(read_settings)
    from bot.app.running import StartFailed, serve  # not before: aiohttp makes use of the trust store as it is imported

    set_up_logging(settings.log_level, settings.log_format, settings.secrets)
    try:
        with asyncio.Runner(loop_factory=_event_loop) as runner:
            runner.run(serve(settings, web=web, worker=worker))
    except WrongSettings as wrong:
        _exit(2, str(wrong))
    except StartFailed as failed:
        _exit(1, str(failed))


def _event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where it exists: a request costs a third less CPU time on it."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _or_exit(read: Callable[[], T]) -> T:
    from bot.settings import WrongSettings

    try:
        return read()
    except WrongSettings as wrong:
        _exit(2, str(wrong))


def _exit(status: int, line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(status)


def main() -> None:
    """The command `jobwatch`."""
    cli(prog_name="jobwatch")
