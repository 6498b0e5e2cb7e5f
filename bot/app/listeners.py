"""What answers Slack: every handler, and the modals."""

from collections.abc import Callable, Sequence
from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.destination import Destination
from bot.domain.job import JobLink, StatusClass
from bot.domain.job_search import NamedJob
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
from bot.slack.grammar.commands import OpenSettings, OpenWatch
from bot.slack.grammar.presses import AskToStop, ChangeWatch, ShowAll, ShowDetails
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.confirming import Confirmer
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.job_status import DetailsHandler
from bot.slack.handlers.registry import command_handlers
from bot.slack.home.acting import HomeActions
from bot.slack.home.opening import HomeOpener
from bot.slack.home.publishing import HomePublisher, Suggest
from bot.slack.home.stopping import StopQuestion
from bot.slack.listeners import Listeners
from bot.slack.messages.home.view import MOST_SUGGESTED
from bot.slack.permissions import Permissions
from bot.slack.replies import Replies
from bot.slack.settings_form.handlers import SettingsFormHandlers
from bot.slack.settings_form.opening import SettingsFormOpener
from bot.slack.settings_form.saving import SettingsSaver
from bot.slack.shortcuts.look_up import LookUpShortcut
from bot.slack.shortcuts.watching import WatchShortcut
from bot.slack.unfurling import Unfurling
from bot.slack.watch_form.checking import Checker
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.slack.watch_form.menu import JobMenu
from bot.slack.watch_form.opening import FormOpener
from bot.slack.watch_form.submission import Submitter
from bot.store.database import Database

_SUGGESTED_WITHIN_S = 0.8


def slack_listeners(
    database: Database,
    jobs: JobsService,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    identity: OwnIdentity,
    job_link: JobLink | None,
    on_recorded: Callable[[], None],
) -> Listeners:
    bot_name, directory = _name_of(identity), Directory(client)
    authorization, command_name = Authorization(directory, lambda: identity.known), CommandName(database)
    permissions, messenger = Permissions(database, authorization), SlackMessenger(client, job_link)
    views_api, job_search = ViewsApi(client, messenger), JobSearch(database, jobs.job_list.jobs)
    checker = Checker(job_search, messenger, authorization, permissions, bot_name=bot_name)
    opener = FormOpener(database, job_search, views_api, checker)
    replies = Replies(ResponseUrls(session, client.base_url), views_api, messenger)
    confirmer = Confirmer(database, messenger, replies, bot_name=bot_name)
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
        permissions=permissions,
        confirmer=confirmer,
        job_link=job_link,
        on_recorded=on_recorded,
    )
    details = DetailsHandler(jobs.look_up, views_api, job_link)
    menu, links = JobMenu(job_search, authorization), LinkReader(job_link) if job_link else None
    all_jobs = AllJobsModal(database, views_api, authorization)
    submitter = Submitter(handlers, views_api, database, opener.tasks, bot_name=bot_name)
    saver = SettingsSaver(database, views_api, confirmer, permissions, bot_name=bot_name, on_recorded=on_recorded)
    settings = SettingsFormOpener(database, views_api, authorization, permissions)
    handlers = {**handlers, OpenWatch: opener.open, **permissions.guarded({ChangeWatch: opener.change})}
    handlers |= {OpenSettings: settings.open, ShowDetails: details.show, ShowAll: all_jobs.open}
    publisher = HomePublisher(database, views_api, directory, command_name.of, _suggest(job_search))
    at_home = permissions.guarded({AskToStop: StopQuestion(database, views_api).ask})
    return Listeners(
        handlers,
        [
            HomeOpener(database, publisher, views_api, authorization),
            HomeActions(database, {**handlers, **at_home}, publisher, replies, authorization, command_name),
            WatchFormHandlers(menu, views_api, submitter, checker, authorization, opener.tasks),
            SettingsFormHandlers(views_api, saver, authorization),
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


def _name_of(identity: OwnIdentity) -> Callable[[], str]:
    return lambda: identity.user_name


def _suggest(job_search: JobSearch) -> Suggest:
    async def suggest(person: Destination) -> Sequence[NamedJob]:
        """The organisation's jobs, worst first, if the list is at hand: the tab is shown at once."""
        found, _ = await job_search.find_by_words("", {person}, within=_SUGGESTED_WITHIN_S)
        gone = StatusClass.UNDEPLOYED
        return [job for job in found if job.status is None or job.status.status_class is not gone][:MOST_SUGGESTED]

    return suggest
