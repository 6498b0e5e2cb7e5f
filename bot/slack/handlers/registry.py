"""Which handler carries out which command or press."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.domain.job import Job, JobLink, Target
from bot.domain.throughput import Statistics
from bot.informatica.job_list import JobList
from bot.slack.api.files import FilesApi
from bot.slack.api.messenger import SlackMessenger
from bot.slack.authorization import Authorization
from bot.slack.grammar.commands import (
    Acknowledge,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    MuteAll,
    PreviewDigest,
    Quiet,
    ScheduleDigest,
    ShowStatus,
    Threads,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.presses import (
    AskToStop,
    Press,
    ResumeAlerts,
    ShareHistory,
    ShareJob,
    TurnHistory,
    TurnJobsPage,
    TurnListPage,
)
from bot.slack.handlers.channel.digests import DigestHandler
from bot.slack.handlers.channel.maintenance import MaintenanceHandler
from bot.slack.handlers.channel.quiet_hours import QuietHoursHandler
from bot.slack.handlers.confirming import Confirmer
from bot.slack.handlers.history.pictures import Pictures
from bot.slack.handlers.history.showing import HistoryHandler
from bot.slack.handlers.incidents.acknowledging import AcknowledgeHandler
from bot.slack.handlers.incidents.threads import ThreadsHandler
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.job_status import JobStatusHandler
from bot.slack.handlers.mute import MuteHandler
from bot.slack.handlers.resolver import JobResolver
from bot.slack.handlers.throughput import ThroughputReader
from bot.slack.handlers.watch import WatchHandler
from bot.slack.handlers.watch_all import PatternWatchHandler
from bot.slack.handlers.watch_list import WatchListHandler
from bot.slack.permissions import Permissions
from bot.slack.replies import Replies
from bot.slack.request import Reply, Request
from bot.store.database import Database

# The first argument is of the type under which the handler is registered.
Handler = Callable[[Any, Request], Awaitable[Reply | None]]
Handlers = Mapping[type[Press], Handler]


async def handle(handlers: Handlers, press: Press, request: Request) -> Reply | None:
    """Carry out a command or a press; None if there is nothing (more) to say.

    Raises `JobsServiceError` if a job can't be looked up, and what the database raises.
    """
    return await handlers[type(press)](press, request)


def command_handlers(
    *,
    database: Database,
    look_up: Callable[[Target], Awaitable[Job]],
    statistics: Callable[[str], Awaitable[Statistics]],
    fetch_job_list: Callable[[], Awaitable[JobList]],
    job_search: JobSearch,
    messenger: SlackMessenger,
    files: FilesApi,
    replies: Replies,
    authorization: Authorization,
    permissions: Permissions,
    confirmer: Confirmer,
    job_link: JobLink | None,
    on_recorded: Callable[[], None],
) -> Handlers:
    """Every handler but those that open a modal. `fetch_job_list` gets a recent list; `job_link` leads to a job's page;
    `on_recorded` is called when a delivery may have been queued."""
    resolver = JobResolver(job_search, authorization, permissions)
    status = JobStatusHandler(database, look_up, ThroughputReader(statistics), job_link)
    watch = WatchHandler(database, look_up, confirmer)
    watch_all = PatternWatchHandler(database, fetch_job_list, look_up, confirmer)
    mute = MuteHandler(database, messenger, authorization, confirmer, on_recorded=on_recorded)
    maintenance = MaintenanceHandler(database, messenger, confirmer, on_recorded=on_recorded)
    watch_list = WatchListHandler(database)
    digests = DigestHandler(database, messenger, confirmer)
    history = HistoryHandler(database, messenger, replies, Pictures(files))
    return {
        Help: watch_list.help,
        ListHere: watch_list.list,
        TurnListPage: watch_list.turn_page,
        Jobs: job_search.show,
        TurnJobsPage: job_search.turn_page,
        ShareJob: resolver.named(status.share),
        WatchAll: resolver.in_place(watch_all.watch),
        UnwatchAll: resolver.in_place(watch_all.unwatch),
        ShowStatus: resolver.one_job(status.show),
        History: resolver.one_job(history.show),
        TurnHistory: resolver.named(history.turn),
        ShareHistory: resolver.named(history.share),
        Watch: resolver.one_job(watch.watch),
        Unwatch: resolver.one_job(watch.unwatch),
        Mute: resolver.one_job(mute.mute),
        Unmute: resolver.one_job(mute.unmute),
        MuteAll: resolver.in_place(maintenance.mute),
        UnmuteAll: resolver.in_place(maintenance.unmute),
        Acknowledge: resolver.one_job(AcknowledgeHandler(database, messenger, confirmer).acknowledge),
        **permissions.guarded(
            {
                AskToStop: resolver.named(watch.ask_to_stop),
                ResumeAlerts: mute.resume,
                Threads: ThreadsHandler(database, confirmer).choose,
                ScheduleDigest: digests.choose,
                Quiet: QuietHoursHandler(database, messenger, confirmer, on_recorded=on_recorded).choose,
            }
        ),
        PreviewDigest: digests.preview,
    }
