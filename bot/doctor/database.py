"""The database: whether it can be used, and whether its schema fits this version."""

from collections.abc import AsyncIterator

from bot.doctor.finding import Finding
from bot.settings import Settings
from bot.store import workers
from bot.store.database import Database, DatabaseFault, ForeignSchema, SchemaTooNew, WrongEncoding, opened

_NOBODY = "doctor"  # a worker's name that is gone when the transaction ends


async def database(settings: Settings) -> AsyncIterator[Finding]:
    async with opened(settings.database_url.get_secret_value()) as opened_database:
        try:
            current = await opened_database.schema_is_current()
        except SchemaTooNew as newer:
            yield Finding("database", str(newer), "Or restore the copy of the database from before the upgrade.")
            return
        except ForeignSchema as foreign:
            yield Finding("database", f"can't be used: {foreign}", "Set DATABASE_URL to a database of the bot's own.")
            return
        except WrongEncoding as wrong:
            remedy = "Create another one: CREATE DATABASE jobwatch ENCODING 'UTF8' TEMPLATE template0."
            yield Finding("database", f"can't be used: {wrong}", remedy)
            return
        except DatabaseFault as fault:
            what_to_ask = "Is the database running, and does it accept this user?"
            if opened_database.is_sqlite:
                what_to_ask = "Does the folder exist, and may this user write the file and its folder?"
            yield Finding("database", f"can't be used: {fault.driver_message}", f"Check DATABASE_URL. {what_to_ask}")
            return
        if current:
            yield await _writing(opened_database)
        elif opened_database.is_sqlite:
            yield Finding("database", "reachable; `jobwatch run` will migrate its schema")
        else:
            yield Finding("database", "reachable, but its schema is outdated", "Run `jobwatch migrate`.")


async def _writing(opened_database: Database) -> Finding:
    """Whether the bot may write: it reads a standby, or as a user who may only read, without a fault."""
    try:
        async with opened_database.writing() as session:
            await workers.register(session, _NOBODY)
            await workers.deregister(session, _NOBODY)
    except DatabaseFault as fault:
        result = f"can be read, but not written: {fault.driver_message}"
        return Finding("database", result, "Let the user in DATABASE_URL write to it, and name no read-only copy.")
    return Finding("database", "reachable, schema up to date")
