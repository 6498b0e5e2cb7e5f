"""The composition root: every part is made here, in the order of the flow, and ended here, in the reverse."""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog
import uvicorn
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.informatica.client import REQUEST_TIMEOUT, JobsService, connected
from bot.metrics import CONTENT_TYPE, Readings
from bot.notify.dispatcher import AccessRevoked, Dispatcher, RetryLater
from bot.notify.maintenance import Maintenance
from bot.schedule import ticking
from bot.settings import Settings, WrongSettings
from bot.slack.api.app import bolt_app
from bot.slack.api.client import OwnIdentity, http_session, web_client
from bot.slack.api.messenger import Answers, SlackMessenger
from bot.slack.api.receiver import Receiver
from bot.slack.api.socket_mode import SocketMode, may_connect
from bot.slack.api.views import ViewsApi
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.commands import CommandHandlers
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.mute import MuteHandler
from bot.slack.handlers.throughput import ThroughputReader
from bot.slack.handlers.watch import WatchHandler
from bot.slack.handlers.watch_all import PatternWatchHandler
from bot.slack.listeners import Listeners
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.slack.watch_form.opening import FormOpener
from bot.store import workers
from bot.store.database import Database, DatabaseFault, opened
from bot.tasks import Full, Tasks
from bot.watch.discovery import Discovery
from bot.watch.poller import Poller
from bot.watch.run_follower import RunFollower
from bot.web import application

log = structlog.get_logger(__name__)

_MESSAGES_AT_ONCE = 10
# People's own look-ups find a free connection even while as many looks hang as may be under way.
_SPARE_CONNECTIONS = 4
_DATABASE_LIMIT_S = 3
_LEAVE_LIMIT_S = 1


class StartFailed(Exception):
    """The bot can't start, for a reason that is no setting. Its text says what to do."""


async def serve(settings: Settings, *, web: bool, worker: bool) -> None:
    """Run until SIGTERM or SIGINT. Raises `WrongSettings` or `StartFailed` when it can't start."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings, web=web, worker=worker):
        gc.freeze()  # what the start made lives as long as the process: the collector need not look at it
        gc.enable()
        log.info("ready to work", web=web, worker=worker)
        await stop.wait()
        log.info("stopping: nothing new is taken in hand, what is under way ends")
    log.info("stopped")


@asynccontextmanager
async def running(settings: Settings, *, web: bool, worker: bool) -> AsyncIterator[None]:
    """The bot, with the parts that the process's role needs. One straight line, so that it reads as the flow does."""
    me = uuid4().hex
    interval = timedelta(seconds=settings.poll_interval)
    async with AsyncExitStack() as stack:
        # The database, with its schema up to date.
        database = await stack.enter_async_context(opened(settings.database_url.get_secret_value()))
        await _prepare(database, migrate=web and worker, alone=worker)

        # Slack, and who the bot is there.
        session = await stack.enter_async_context(http_session())
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        identity = OwnIdentity(client)
        await _ask_who(identity)
        chores = Tasks("chores", limit=1)
        stack.push_async_callback(chores.drain, grace=0)
        chores.start(identity.insist())
        messenger = SlackMessenger(client)

        # The jobs service.
        jobs = await stack.enter_async_context(_jobs_service(settings))

        # Whoever asks, whoever looks, whoever tells; all of them drained at the same time.
        dispatcher = Dispatcher(database, messenger, worker=me, concurrency=_MESSAGES_AT_ONCE)
        poller = Poller(
            database,
            RunFollower(jobs.job, jobs.current_run).look,
            worker=me,
            interval=interval,
            look_limit=_look_limit(interval),
            concurrency=settings.poll_concurrency,
            on_recorded=dispatcher.wake,
            fetch_list=partial(jobs.job_list.jobs, fresh=True),
        )
        # A process that only answers leaves the telling to the workers, who look every second.
        wake = dispatcher.wake if worker else _nothing
        views_api = ViewsApi(client, messenger)
        listeners = _listeners(database, jobs, messenger, views_api, Answers(session), identity, chores, wake)
        keep_history = timedelta(days=settings.history_days)
        maintenance = Maintenance(database, keep_history=keep_history, on_recorded=dispatcher.wake)
        whole_list = partial(jobs.job_list.jobs, fresh=True)
        discovery = Discovery(database, whole_list, jobs.look, interval=interval, on_recorded=dispatcher.wake)
        if worker:
            stack.push_async_callback(_leave, database, me)
        stack.push_async_callback(_drain, listeners, poller, dispatcher, maintenance, discovery)

        # The door: Slack's requests by HTTP or by a socket, and what an operator asks.
        signing_secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
        app = bolt_app(client, signing_secret, lambda: identity.known)
        listeners.register(app)
        socket_mode = await _socket_mode(settings, app, client) if web and settings.slack_app_token else None
        if socket_mode is not None:
            sockets = Tasks("sockets", limit=1)
            stack.push_async_callback(sockets.drain, grace=0, last_words=2.5)
            sockets.start(socket_mode.run())
        if port := settings.port or (3000 if web else None):

            async def troubles() -> Sequence[str]:
                return await _troubles(database, identity, jobs, poller, dispatcher, socket_mode)

            receive = Receiver(app, signing_secret) if web and socket_mode is None else None
            readings = _readings(poller, jobs)
            pages = application(receive=receive, troubles=troubles, metrics=(readings.page, CONTENT_TYPE))
            await stack.enter_async_context(_listening(pages, port))

        # Nothing ticks before all of it could start.
        if worker:
            # A job is looked at every interval plus at most one tick.
            tick = max(0.05, min(1.0, settings.poll_interval / 10))
            upkeep_tick = min(5.0, settings.poll_interval)
            ticks = [
                (poller.tick, tick),
                (dispatcher.tick, tick),
                (maintenance.tick, upkeep_tick),
                (discovery.tick, upkeep_tick),
            ]
            await stack.enter_async_context(ticking(ticks, nightly=maintenance.nightly))
        yield


def _listeners(
    database: Database,
    jobs: JobsService,
    messenger: SlackMessenger,
    views_api: ViewsApi,
    answers: Answers,
    identity: OwnIdentity,
    chores: Tasks,
    wake: Callable[[], None],
) -> Listeners:
    """Whoever asks: the verbs, the form, and what follows from events."""

    def bot_name() -> str:
        return _bot_name(identity)

    watching = WatchHandler(database, jobs.look, messenger, bot_name=bot_name)
    mute_handler = MuteHandler(database, messenger, on_recorded=wake)
    figures, job_search = ThroughputReader(jobs.statistics), JobSearch(database, jobs.job_list.jobs)
    opening = FormOpener(database, job_search, views_api)
    many = PatternWatchHandler(
        database, partial(jobs.job_list.jobs, fresh=True), jobs.look, messenger, bot_name=bot_name
    )
    verbs = CommandHandlers(database, jobs.look, figures, job_search, messenger, watching, mute_handler, opening, many)
    modals = WatchFormHandlers(verbs, job_search, opening, views_api, database, bot_name=bot_name)

    def doubt(why: str) -> None:
        identity.doubt(why)
        with suppress(Full):  # it is being asked already
            chores.start(identity.insist())

    places = ChannelEvents(database, on_recorded=wake, doubt=doubt)
    return Listeners(verbs, places, answers, modals, me=lambda: identity.known.user_id if identity.known else None)


def _readings(poller: Poller, jobs: JobsService) -> Readings:
    return Readings(
        watched=lambda: poller.watched,
        by_list=lambda: poller.by_list,
        looks=lambda: poller.looked,
        list_requests=lambda: jobs.job_list.pages_asked,
    )


def _nothing() -> None:
    pass


def _look_limit(interval: timedelta) -> timedelta:
    """How long a look of the watcher may take: with a short interval a job that hangs is not waited for as long."""
    return min(timedelta(seconds=REQUEST_TIMEOUT), max(timedelta(seconds=3), interval / 3))


async def _prepare(database: Database, *, migrate: bool, alone: bool) -> None:
    """See that the schema fits. SQLite belongs to one machine, so `run` migrates it and a worker on it is alone."""
    try:
        current = await database.schema_is_current()
        if not current and database.is_sqlite and migrate:
            await database.migrate()
        elif not current:
            raise StartFailed("The database's schema is not up to date: run `jobwatch migrate` first.")
        if database.is_sqlite and alone:
            async with database.writing() as session:
                await workers.leave_all(session)
    except DatabaseFault as fault:
        raise StartFailed(f"DATABASE_URL: the database can't be used ({type(fault).__name__}).") from fault


async def _ask_who(identity: OwnIdentity) -> None:
    try:
        await identity.ask()
    except AccessRevoked as out:
        raise WrongSettings(f"SLACK_BOT_TOKEN is wrong: Slack refuses it ({out.why})") from out


async def _socket_mode(settings: Settings, app: AsyncApp, client: AsyncWebClient) -> SocketMode:
    assert settings.slack_app_token is not None  # noqa: S101 - said to the type checker
    token = settings.slack_app_token.get_secret_value()
    try:
        await may_connect(client, token)
    except AccessRevoked as out:
        raise WrongSettings(f"SLACK_APP_TOKEN is wrong: Slack refuses it ({out.why})") from out
    except RetryLater as later:
        log.warning("Slack can't be asked for a socket now; trying on", why=later.why)
    return SocketMode(app, client, token)


def _jobs_service(settings: Settings) -> AbstractAsyncContextManager[JobsService]:
    return connected(
        settings.informatica_login_url,
        settings.informatica_username,
        settings.informatica_password.get_secret_value(),
        settings.informatica_server_uri,
        connections=settings.poll_concurrency + _SPARE_CONNECTIONS,
        keepalive=2 * settings.poll_interval + 30,  # seconds: a connection outlives the pause between two looks
    )


def _bot_name(identity: OwnIdentity) -> str:
    return identity.known.user_name if identity.known else "jobwatch"


async def _drain(*parts: Listeners | Poller | Dispatcher | Maintenance | Discovery) -> None:
    """End what is under way, all at the same time: the process has ten seconds in all."""
    ended = await asyncio.gather(*(part.drain() for part in parts), return_exceptions=True)
    for error in ended:
        if isinstance(error, BaseException):
            log.error("a part did not end well; what it held is free in a few seconds", fault=repr(error))


async def _leave(database: Database, me: str) -> None:
    """Free what this worker held, once none of it is under way any more."""
    try:
        async with asyncio.timeout(_LEAVE_LIMIT_S), database.writing() as session:
            await workers.leave(session, me)
    except DatabaseFault as fault:
        log.error("can't hand back what was held; it is free in a few seconds", fault=repr(fault))


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _listening(application: Starlette, port: int) -> AsyncIterator[None]:
    """Serve HTTP on all of this machine's addresses. At the end what is being answered gets a second."""
    config = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[_bound(port)]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server(("", port), backlog=2048)
    except OSError as error:
        raise WrongSettings(f"PORT is wrong: {port} can't be used ({error.strerror})") from error


async def _troubles(
    database: Database,
    identity: OwnIdentity,
    jobs: JobsService,
    poller: Poller,
    dispatcher: Dispatcher,
    socket_mode: SocketMode | None,
) -> Sequence[str]:
    """Why the process can't do its work now, in words for an operator."""
    found = []
    try:
        async with asyncio.timeout(_DATABASE_LIMIT_S):
            await database.check()
    except DatabaseFault as fault:
        found.append(f"the database can't be used ({type(fault).__name__})")
    if identity.trouble:
        found.append(identity.trouble)
    if socket_mode is not None and not socket_mode.connected:
        found.append("Socket Mode is not connected")
    if jobs.refused is not None:
        found.append(f"{jobs.refused.reason}: {jobs.refused.remedy}")
    return found + [part.trouble for part in (poller, dispatcher) if part.trouble]
