"""The composition root: makes every part in the order of the flow, and ends them in reverse."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.collector import freeze_survivors
from bot.app.listeners import slack_listeners
from bot.app.worker import Part, Watch, watch_and_notify
from bot.domain.job import JobLink
from bot.informatica.client import JobsService, connected
from bot.metrics import CONTENT_TYPE, Readings
from bot.readiness import readiness
from bot.schedule import ticking
from bot.server import listening
from bot.settings import DEFAULT_PORT, Settings, WrongSettings
from bot.slack.api.app import bolt_app
from bot.slack.api.calls import WebApiError
from bot.slack.api.client import OwnIdentity, http_session, web_client
from bot.slack.api.directory import Directory
from bot.slack.api.messenger import SlackMessenger
from bot.slack.api.receiver import Receiver
from bot.slack.api.socket_mode import SocketMode, check_app_token
from bot.slack.api.views import ViewsApi
from bot.slack.command_name import CommandName
from bot.slack.home.publishing import HomePublisher
from bot.store import workers
from bot.store.database import Database, DatabaseFault, SchemaTooNew, opened
from bot.tasks import Tasks
from bot.web import application

log = structlog.get_logger(__name__)

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
        job_link = JobLink(settings.informatica_job_url) if settings.informatica_job_url else None
        messenger = SlackMessenger(client, job_link)

        jobs = await stack.enter_async_context(_jobs_service(settings))

        # It suggests nothing: the tab of somebody who watches nothing stays as it is until they open it again.
        publisher = HomePublisher(database, ViewsApi(client, messenger), Directory(client), CommandName(database).of)
        watch = watch_and_notify(settings, database, jobs, messenger, publisher) if worker else None
        if watch:
            stack.push_async_callback(_deregister, database, watch.worker)
        # A process that only answers Slack leaves delivery to the workers, which look every second.
        on_recorded = watch.dispatcher.wake if watch else _nothing
        listeners = slack_listeners(database, jobs, client, session, identity, job_link, on_recorded) if web else None
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
        port = settings.port or (DEFAULT_PORT if web else None)
        if settings.metrics_port not in (None, port):
            metrics_at = settings.host, settings.metrics_port, "METRICS_PORT"
            await stack.enter_async_context(listening(pages(), *metrics_at))
            pages = partial(application)
        if port:
            await stack.enter_async_context(listening(pages(receive=receiver), settings.host, port))

        if watch:  # nothing ticks before everything has started
            await stack.enter_async_context(ticking(watch.ticks, nightly=watch.nightly))
        yield


def _readings(watch: Watch | None, jobs: JobsService, identity: OwnIdentity) -> Readings:
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


async def _drain(*parts: Part) -> None:
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
