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
from bot.slack.grammar.commands import OpenSettings, OpenWatch
from bot.slack.grammar.presses import ChangeWatch, ShowAll, ShowDetails
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.confirming import Confirmer
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.job_status import DetailsHandler
from bot.slack.handlers.registry import command_handlers
from bot.slack.listeners import Listeners
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

# Seconds: so old may be the list whose jobs a pattern begins with. Who asks again and again gets the same one.
_LIST_AGE_S = 10.0


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
        fetch_job_list=partial(jobs.job_list.jobs, max_age=_LIST_AGE_S),
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
    at_home = home_parts(
        database, handlers, job_search, views_api, directory, replies, authorization, permissions, command_name
    )
    return Listeners(
        handlers,
        [
            *at_home,
            WatchFormHandlers(menu, views_api, submitter, checker, authorization, opener.tasks),
            SettingsFormHandlers(views_api, saver, authorization),
            all_jobs,
            LookUpShortcut(menu, handlers, details, opener, views_api, authorization, command_name),
            WatchShortcut(job_search, opener, views_api, authorization, command_name, links),
            Unfurling(database, jobs.look_up, messenger, authorization, links),
        ],
        ChannelEvents(database, on_recorded=on_recorded, on_access_lost=identity.invalidate),
        replies,
        authorization,
        command_name=command_name,
    )


def _name_of(identity: OwnIdentity) -> Callable[[], str]:
    return lambda: identity.user_name
