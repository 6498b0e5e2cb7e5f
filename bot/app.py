"""The composition root: makes every part in the order of the flow, and ends them in reverse."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol
from uuid import uuid4

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.job import JobLink
from bot.informatica.circumstances.asking import ask_circumstances
from bot.informatica.client import REQUEST_TIMEOUT, JobsService, connected
from bot.metrics import CONTENT_TYPE, Readings
from bot.notify.dispatcher import Dispatcher
from bot.notify.maintenance import Maintenance
from bot.readiness import readiness
from bot.schedule import Tick, ticking
from bot.server import listening
from bot.settings import Settings, WrongSettings
from bot.slack.all_jobs import AllJobsModal
from bot.slack.api.app import bolt_app
from bot.slack.api.calls import WebApiError
from bot.slack.api.client import OwnIdentity, http_session, web_client
from bot.slack.api.directory import Directory
from bot.slack.api.messenger import SlackMessenger
from bot.slack.api.receiver import Receiver
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.api.socket_mode import SocketMode, check_app_token
from bot.slack.api.views import ViewsApi
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.grammar.commands import OpenWatch
from bot.slack.grammar.presses import ChangeWatch, ShowAll, ShowDetails
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.job_status import DetailsHandler
from bot.slack.handlers.registry import command_handlers
from bot.slack.listeners import Listeners
from bot.slack.replies import Replies
from bot.slack.watch_form.checking import Checker
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.slack.watch_form.opening import FormOpener
from bot.slack.watch_form.submission import Submitter
from bot.store import workers
from bot.store.database import Database, DatabaseFault, SchemaTooNew, opened
from bot.tasks import Tasks
from bot.watch.discovery import Discovery
from bot.watch.poller import Poller, PollSettings
from bot.watch.run_follower import RunFollower
from bot.web import application

log = structlog.get_logger(__name__)

_MESSAGES_AT_ONCE = 10
# People's look-ups find a free connection even while as many polls hang as may be under way.
_SPARE_CONNECTIONS = 4
_DEREGISTER_LIMIT_S = 1


class StartFailed(Exception):
    """The bot can't start, and no setting is wrong. The text says what to do."""


async def serve(settings: Settings, *, web: bool, worker: bool) -> None:
    """Run until SIGTERM or SIGINT. Raises `WrongSettings` or `StartFailed` if the bot can't start."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings, web=web, worker=worker):
        gc.freeze()  # what the start made lives as long as the process: the collector need not look at it
        gc.enable()
        if worker:  # a process that only answers Slack holds little, and no night gives it back to the collector
            gc.callbacks.append(freeze_survivors)
        log.info("ready to work", web=web, worker=worker)
        await stop.wait()
        log.info("stopping: finishing what is under way")
    log.info("stopped")


def freeze_survivors(phase: str, info: Mapping[str, int]) -> None:
    """After each full collection, let the collector look no more at what survived it: with 20,000 jobs in memory, the
    event loop would stand still for a tenth of a second each time. What isn't used any more is freed all the same,
    unless it refers to itself: that waits for `thaw_survivors`."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


def thaw_survivors() -> None:
    """Let the collector look through everything once more."""
    gc.unfreeze()
    gc.collect()


@asynccontextmanager
async def running(settings: Settings, *, web: bool, worker: bool) -> AsyncIterator[None]:
    """Run the bot with the parts that the process's role needs."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened(settings.database_url.get_secret_value()))
        await _prepare(database, migrate=web and worker, alone=worker)

        session = await stack.enter_async_context(http_session(settings.proxies))
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        identity = OwnIdentity(client)
        stack.push_async_callback(identity.drain)
        await _identify(identity)
        messenger = SlackMessenger(client, _job_link(settings))

        jobs = await stack.enter_async_context(_jobs_service(settings))

        watch = _watch_and_notify(settings, database, jobs, messenger) if worker else None
        if watch:
            stack.push_async_callback(_deregister, database, watch.worker)
        # A process that only answers Slack leaves delivery to the workers, which look every second.
        on_recorded = watch.dispatcher.wake if watch else _nothing
        listeners = _listeners(settings, database, jobs, client, session, identity, on_recorded) if web else None
        stack.push_async_callback(_drain, *([listeners] if listeners else []), *(watch.parts if watch else []))

        receiver, socket_mode = None, None
        if listeners:
            signing_secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
            bolt = bolt_app(client, signing_secret, lambda: identity.known)
            listeners.register(bolt)
            if settings.slack_app_token:
                token = settings.slack_app_token.get_secret_value()
                await _check_app_token(client, token)
                socket_mode = SocketMode(bolt, client, token, proxies=settings.proxies)
                sockets = Tasks("sockets", limit=1)
                stack.push_async_callback(sockets.drain, grace=0, last_words=2.5)
                sockets.start(socket_mode.run())
            else:
                receiver = Receiver(bolt, signing_secret)

        problems = readiness(
            database,
            lambda: identity.problem,
            lambda: "Socket Mode is not connected" if socket_mode and not socket_mode.connected else None,
            lambda: watch.poller.problem if watch else None,
            lambda: watch.dispatcher.problem if watch else None,
        )
        pages = partial(application, problems=problems, metrics=(_readings(watch, jobs, identity).page, CONTENT_TYPE))
        if settings.metrics_port:
            metrics_at = settings.host, settings.metrics_port, "METRICS_PORT"
            await stack.enter_async_context(listening(pages(), *metrics_at))
            pages = partial(application)
        if port := settings.port or (3000 if web else None):
            await stack.enter_async_context(listening(pages(receive=receiver), settings.host, port))

        if watch:  # nothing ticks before everything has started
            await stack.enter_async_context(ticking(watch.ticks, nightly=watch.nightly))
        yield


class _Part(Protocol):
    async def drain(self) -> None: ...


@dataclass(frozen=True)
class _Watch:
    """The parts of a worker."""

    worker: str
    poller: Poller
    dispatcher: Dispatcher
    maintenance: Maintenance
    discovery: Discovery
    ticks: Sequence[tuple[Tick, float]]

    async def nightly(self) -> None:
        """What is done once a night."""
        thaw_survivors()
        await self.maintenance.nightly()

    @property
    def parts(self) -> Sequence[_Part]:
        return self.poller, self.dispatcher, self.maintenance, self.discovery


def _watch_and_notify(settings: Settings, database: Database, jobs: JobsService, messenger: SlackMessenger) -> _Watch:
    worker, interval = uuid4().hex, timedelta(seconds=settings.poll_interval)
    fetch_job_list = partial(jobs.job_list.jobs, fresh=True)
    dispatcher = Dispatcher(
        database,
        messenger,
        worker=worker,
        concurrency=_MESSAGES_AT_ONCE,
        ask_circumstances=partial(ask_circumstances, jobs),
    )
    poller = Poller(
        database,
        RunFollower(jobs.job, jobs.current_run).poll,
        PollSettings(worker, interval, _poll_timeout(interval), settings.poll_concurrency),
        on_recorded=dispatcher.wake,
        fetch_job_list=fetch_job_list,
    )
    keep_history = timedelta(days=settings.history_days)
    maintenance = Maintenance(database, keep_history=keep_history, on_recorded=dispatcher.wake)
    # Bulk polling fetches the list every interval: discovery takes the same one.
    recent_list = partial(jobs.job_list.jobs, max_age=settings.poll_interval)
    discovery = Discovery(database, recent_list, jobs.look_up, interval=interval, on_recorded=dispatcher.wake)
    tick, slow_tick = max(0.05, min(1.0, settings.poll_interval / 10)), min(5.0, settings.poll_interval)
    # A job is polled once an interval, and a message sent once Slack's pace allows it, at most so much late.
    fast_tick = min(0.25, tick)
    ticks = [
        (poller.tick, fast_tick),
        (dispatcher.tick, tick),
        (dispatcher.paced_tick, fast_tick),
        (maintenance.tick, slow_tick),
        (discovery.tick, slow_tick),
    ]
    return _Watch(worker, poller, dispatcher, maintenance, discovery, ticks)


def _listeners(
    settings: Settings,
    database: Database,
    jobs: JobsService,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    identity: OwnIdentity,
    on_recorded: Callable[[], None],
) -> Listeners:
    def bot_name() -> str:
        return identity.user_name

    job_link, authorization = _job_link(settings), Authorization(Directory(client), lambda: identity.known)
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
        replies=replies,
        authorization=authorization,
        bot_name=bot_name,
        job_link=job_link,
        on_recorded=on_recorded,
    )
    all_jobs = AllJobsModal(database, views_api, authorization)
    submitter = Submitter(handlers, views_api, database, opener.tasks, bot_name=bot_name)
    return Listeners(
        {
            **handlers,
            OpenWatch: opener.open,
            ChangeWatch: opener.change,
            ShowDetails: details.show,
            ShowAll: all_jobs.open,
        },
        [WatchFormHandlers(job_search, views_api, submitter, checker, authorization, opener.tasks), all_jobs],
        ChannelEvents(database, on_recorded=on_recorded, on_access_lost=identity.invalidate),
        replies,
        authorization,
        command_name=CommandName(database),
    )


def _job_link(settings: Settings) -> JobLink | None:
    return JobLink(settings.informatica_job_url) if settings.informatica_job_url else None


def _readings(watch: _Watch | None, jobs: JobsService, identity: OwnIdentity) -> Readings:
    return Readings(
        assigned=lambda: watch.poller.assigned if watch else 0,
        bulk_polling=lambda: watch.poller.is_bulk_polling if watch else False,
        polls=lambda: watch.poller.polls if watch else 0,
        job_list_requests=lambda: jobs.job_list.pages_asked,
        jobs_service_up=lambda: not (watch and watch.poller.outage),
        login_refused=lambda: jobs.refused is not None,
        slack_up=lambda: identity.problem is None and not (watch and watch.dispatcher.outage),
    )


def _nothing() -> None:
    pass


def _poll_timeout(interval: timedelta) -> timedelta:
    """How long a poll may take: the shorter the interval, the less a job that hangs is waited for."""
    return min(timedelta(seconds=REQUEST_TIMEOUT), max(timedelta(seconds=3), interval / 3))


async def _prepare(database: Database, *, migrate: bool, alone: bool) -> None:
    """Make sure that the schema fits. SQLite belongs to one machine: `run` migrates it, and a worker on it is alone."""
    try:
        current = await database.schema_is_current()
        if not current and database.is_sqlite and migrate:
            await database.migrate()
        elif not current:
            raise StartFailed("The database's schema is not up to date: run `jobwatch migrate` first.")
        if database.is_sqlite and alone:
            async with database.writing() as session:
                await workers.deregister_all(session)
    except SchemaTooNew as newer:
        raise StartFailed(f"DATABASE_URL: {newer}.") from newer
    except DatabaseFault as fault:
        raise StartFailed(f"DATABASE_URL: the database can't be used: {fault.driver_message}") from fault


async def _identify(identity: OwnIdentity) -> None:
    try:
        await identity.ask()
    except WebApiError as error:
        raise WrongSettings(f"SLACK_BOT_TOKEN is wrong: Slack refuses it ({error.code})") from error
    identity.refresh()


async def _check_app_token(client: AsyncWebClient, token: str) -> None:
    try:
        await check_app_token(client, token)
    except WebApiError as error:
        if error.is_refusal:
            raise WrongSettings(f"SLACK_APP_TOKEN is wrong: Slack refuses it ({error.code})") from error
        log.warning("Slack can't be asked for a socket now; retrying", code=error.code)


def _jobs_service(settings: Settings) -> AbstractAsyncContextManager[JobsService]:
    return connected(
        settings.informatica_login_url,
        settings.informatica_username,
        settings.informatica_password.get_secret_value(),
        settings.informatica_server_uri,
        proxies=settings.proxies,
        connections=settings.poll_concurrency + _SPARE_CONNECTIONS,
        keepalive=2 * settings.poll_interval + 30,  # seconds: a connection outlives the pause between two polls
    )


async def _drain(*parts: _Part) -> None:
    """End what is under way, in all parts at the same time: the process has ten seconds in all."""
    results = await asyncio.gather(*(part.drain() for part in parts), return_exceptions=True)
    for error in results:
        if isinstance(error, BaseException):
            log.error("a part didn't end well; its leases are free in a few seconds", fault=repr(error))


async def _deregister(database: Database, worker: str) -> None:
    """Free this worker's leases, once nothing of it is under way."""
    try:
        async with asyncio.timeout(_DEREGISTER_LIMIT_S), database.writing() as session:
            await workers.deregister(session, worker)
    except (DatabaseFault, TimeoutError) as fault:
        log.error("can't free the worker's leases; they are free in a few seconds", fault=repr(fault))
