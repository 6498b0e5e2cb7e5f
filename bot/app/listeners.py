"""What answers Slack: every handler, and the modals."""

from collections.abc import Callable
from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.home import home_parts
from bot.domain.job import JobLink
from bot.domain.links.reading import LinkReader
from bot.informatica.client import JobsService
from bot.slack.all_jobs import AllJobsModal
from bot.slack.api.client import OwnIdentity
from bot.slack.api.directory import Directory
from bot.slack.api.files import FilesApi
from bot.slack.api.messenger import SlackMessenger
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.api.views import ViewsApi
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.grammar.commands import OpenWatch
from bot.slack.grammar.presses import ChangeWatch, ShowAll, ShowDetails
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.job_status import DetailsHandler
from bot.slack.handlers.registry import Handlers, command_handlers
from bot.slack.listeners import Listeners
from bot.slack.replies import Replies
from bot.slack.shortcuts.look_up import LookUpShortcut
from bot.slack.shortcuts.watching import WatchShortcut
from bot.slack.unfurling import Unfurling
from bot.slack.watch_form.checking import Checker
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.slack.watch_form.menu import JobMenu
from bot.slack.watch_form.opening import FormOpener
from bot.slack.watch_form.submission import Submitter
from bot.store.database import Database


def slack_listeners(
    database: Database,
    jobs: JobsService,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    identity: OwnIdentity,
    job_link: JobLink | None,
    on_recorded: Callable[[], None],
) -> Listeners:
    def bot_name() -> str:
        return identity.user_name

    directory = Directory(client)
    authorization, command_name = Authorization(directory, lambda: identity.known), CommandName(database)
    messenger = SlackMessenger(client, job_link)
    views_api, job_search = ViewsApi(client, messenger), JobSearch(database, jobs.job_list.jobs)
    checker = Checker(job_search, messenger, authorization, bot_name=bot_name)
    opener = FormOpener(database, job_search, views_api, checker)
    replies = Replies(ResponseUrls(session, client.base_url), views_api, messenger)
    details = DetailsHandler(jobs.look_up, views_api, job_link)
    handlers = command_handlers(
        database=database,
        look_up=jobs.look_up,
        statistics=jobs.statistics,
        fetch_job_list=partial(jobs.job_list.jobs, fresh=True),
        job_search=job_search,
        messenger=messenger,
        files=FilesApi(client, session),
        replies=replies,
        authorization=authorization,
        bot_name=bot_name,
        job_link=job_link,
        on_recorded=on_recorded,
    )
    menu = JobMenu(job_search, authorization)
    links = LinkReader(job_link) if job_link else None
    all_jobs = AllJobsModal(database, views_api, authorization)
    submitter = Submitter(handlers, views_api, database, opener.tasks, bot_name=bot_name)
    of_modals: Handlers = {
        OpenWatch: opener.open,
        ChangeWatch: opener.change,
        ShowDetails: details.show,
        ShowAll: all_jobs.open,
    }
    handlers = {**handlers, **of_modals}
    return Listeners(
        handlers,
        [
            *home_parts(database, handlers, job_search, views_api, directory, replies, authorization, command_name),
            WatchFormHandlers(menu, views_api, submitter, checker, authorization, opener.tasks),
            all_jobs,
            LookUpShortcut(menu, handlers, details, opener, views_api, authorization, command_name),
            WatchShortcut(job_search, opener, views_api, authorization, command_name, links),
            Unfurling(jobs.look_up, messenger, authorization, links),
        ],
        ChannelEvents(database, on_recorded=on_recorded, on_access_lost=identity.invalidate),
        replies,
        authorization,
        command_name=command_name,
    )
