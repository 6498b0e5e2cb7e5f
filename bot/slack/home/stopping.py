"""The question before a watch ends, in a modal: an entry of a menu has no confirmation of its own."""

from datetime import UTC, datetime

from bot.slack.api.views import ViewsApi
from bot.slack.grammar.presses import AskToStop
from bot.slack.grammar.references import Name
from bot.slack.messages import confirmations
from bot.slack.messages.modals.from_home import cannot_ask, stop_question
from bot.slack.request import Reply, Request
from bot.store.database import Database
from bot.store.lists import names, watch_list
from bot.store.patterns import watches


class StopQuestion:
    """Asks the person. Their agreement is a form that they send: see `HomeActions`."""

    def __init__(self, database: Database, views_api: ViewsApi) -> None:
        self._database = database
        self._views_api = views_api

    async def ask(self, press: AskToStop, request: Request) -> Reply | None:
        """Open the question. Raises `DatabaseFault`."""
        async with self._database.reading() as session:
            found = await watch_list.find(session, request.destination(), press.ref)
            others = await watches.others(session, request.destination(), found.job.target) if found else None
            title = None if found else await names.title_of(session, request.asking, press.ref)
        if found is None or others is None:
            ref = Name(title) if title else press.ref
            to_person = request.is_direct
            return Reply(confirmations.was_not_watching(ref, to_person=to_person, command=request.command))
        opened = await self._views_api.open(
            request.trigger or "", stop_question(found.job, request.channel, datetime.now(UTC), others)
        )
        if isinstance(opened, str) and opened != "exchanged_trigger_id":  # that is the same press, delivered twice
            return Reply(cannot_ask(opened))
        return None
