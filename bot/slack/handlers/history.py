"""`history`."""

from datetime import UTC, datetime

from bot.domain.job import Target
from bot.slack.grammar.commands import History
from bot.slack.messages import job_history
from bot.slack.request import Reply, Request
from bot.store.database import Database
from bot.store.lists import history


class HistoryHandler:
    """Shows the recorded changes of a job. Needs no answer from the jobs service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def show(self, command: History, target: Target, request: Request) -> Reply:
        """Handle `history`."""
        async with self._database.reading() as session:
            found = await history.of_job(session, request.asking, target, limit=job_history.CHANGES_SHOWN)
        if found is None:
            return Reply(job_history.no_history(command.ref, to_person=request.is_direct, command=request.command))
        return Reply(job_history.job_history(found, now=datetime.now(UTC)))
