from collections.abc import AsyncIterator

import pytest

from bot.store.database import Database, opened


@pytest.fixture
async def postgresql(postgresql_url: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database, for what only a server can do: two transactions open at the same moment."""
    async with opened(postgresql_url) as database:
        yield database
