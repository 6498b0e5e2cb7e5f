"""The bot's command as the manifest names it. A slash command tells it; a button that is pressed doesn't."""

import asyncio

import structlog

from bot.store import installation
from bot.store.database import Database, DatabaseFault

log = structlog.get_logger(__name__)

_DEFAULT = "/job"
_LIMIT_S = 1  # a button that opens a form is valid for three


class CommandName:
    """Remembers the command of each workspace, over restarts. Never raises: a wrong name only misnames a command in a
    reply."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: dict[str, str] = {}

    def knows(self, workspace: str, name: str) -> bool:
        """Whether this is the command that was last used in a workspace."""
        return self._names.get(workspace) == name

    async def heard(self, workspace: str, name: str) -> None:
        """Note the command that somebody used."""
        self._names[workspace] = name
        try:
            async with self._database.writing() as session:
                await installation.remember_command(session, workspace, name)
        except DatabaseFault as fault:
            self._names.pop(workspace, None)  # the next command writes it
            log.warning("the command's name can't be remembered", fault=repr(fault))

    async def of(self, workspace: str) -> str:
        """The command of a workspace; the usual one if nobody has used it yet."""
        if workspace not in self._names:
            try:
                async with asyncio.timeout(_LIMIT_S), self._database.reading() as session:
                    known = await installation.command(session, workspace)
            except (DatabaseFault, TimeoutError) as fault:
                log.warning("the command's name can't be read", fault=repr(fault))
                return _DEFAULT
            if known is None:
                return _DEFAULT
            self._names.setdefault(workspace, known)
        return self._names[workspace]
