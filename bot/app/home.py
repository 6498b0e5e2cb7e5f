"""The Home tab: what shows and uses it, in processes that answer Slack."""

from collections.abc import Sequence

from bot.domain.destination import Destination
from bot.domain.job import StatusClass
from bot.domain.job_search import NamedJob
from bot.slack.api.directory import Directory
from bot.slack.api.views import ViewsApi
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.grammar.presses import AskToStop
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.registry import Handlers
from bot.slack.home.acting import HomeActions
from bot.slack.home.opening import HomeOpener
from bot.slack.home.publishing import HomePublisher, Suggest
from bot.slack.home.stopping import StopQuestion
from bot.slack.listeners import Modal
from bot.slack.messages.home.view import MOST_SUGGESTED
from bot.slack.permissions import Permissions
from bot.slack.replies import Replies
from bot.store.database import Database

_SUGGESTED_WITHIN_S = 0.8


def home_parts(
    database: Database,
    handlers: Handlers,
    job_search: JobSearch,
    views_api: ViewsApi,
    directory: Directory,
    replies: Replies,
    authorization: Authorization,
    permissions: Permissions,
    command_name: CommandName,
) -> Sequence[Modal]:
    publisher = HomePublisher(database, views_api, directory, command_name.of, _suggest(job_search))
    at_home: Handlers = {**handlers, **permissions.guarded({AskToStop: StopQuestion(database, views_api).ask})}
    return [
        HomeOpener(database, publisher, views_api, authorization),
        HomeActions(database, at_home, publisher, replies, authorization, command_name),
    ]


def _suggest(job_search: JobSearch) -> Suggest:
    async def suggest(person: Destination) -> Sequence[NamedJob]:
        """The organisation's jobs, worst first, if the list is at hand: the tab is shown at once."""
        found, _ = await job_search.find_by_words("", {person}, within=_SUGGESTED_WITHIN_S)
        gone = StatusClass.UNDEPLOYED
        return [job for job in found if job.status is None or job.status.status_class is not gone][:MOST_SUGGESTED]

    return suggest
