"""The database: whether it can be used, and whether its schema fits this version."""

from collections.abc import AsyncIterator

from bot.doctor.finding import Finding
from bot.settings import Settings
from bot.store.database import DatabaseFault, SchemaTooNew, opened


async def database(settings: Settings) -> AsyncIterator[Finding]:
    async with opened(settings.database_url.get_secret_value()) as opened_database:
        try:
            current = await opened_database.schema_is_current()
        except SchemaTooNew as newer:
            yield Finding("database", str(newer), "Or restore the copy of the database from before the upgrade.")
            return
        except DatabaseFault as fault:
            yield Finding(
                "database",
                f"can't be used: {fault.driver_message}",
                "Check DATABASE_URL. Is the database running, and does it accept this user?",
            )
            return
        if current:
            yield Finding("database", "reachable, schema up to date")
        elif opened_database.is_sqlite:
            yield Finding("database", "reachable; `jobwatch run` will migrate its schema")
        else:
            yield Finding("database", "reachable, but its schema is outdated", "Run `jobwatch migrate`.")
