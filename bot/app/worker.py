"""The parts of a worker: what polls, discovers, delivers and maintains."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol
from uuid import uuid4

from bot.app.collector import thaw_survivors
from bot.informatica.circumstances.asking import ask_circumstances
from bot.informatica.client import REQUEST_TIMEOUT, JobsService
from bot.notify.dispatcher import Dispatcher
from bot.notify.maintenance import Maintenance
from bot.notify.reminders import Reminders
from bot.notify.schedules import DigestSchedules
from bot.schedule import Tick
from bot.settings import Settings
from bot.slack.api.messenger import SlackMessenger
from bot.slack.home.publishing import HomePublisher
from bot.slack.home.refreshing import HomeRefresher
from bot.store.database import Database
from bot.watch.discovery import Discovery
from bot.watch.poller import Poller, PollSettings
from bot.watch.run_follower import RunFollower

_MESSAGES_AT_ONCE = 10


class Part(Protocol):
    async def drain(self) -> None: ...


@dataclass(frozen=True)
class Watch:
    """The parts of a worker."""

    worker: str
    poller: Poller
    dispatcher: Dispatcher
    maintenance: Maintenance
    discovery: Discovery
    digests: DigestSchedules
    homes: HomeRefresher
    reminders: Reminders
    ticks: Sequence[tuple[Tick, float]]

    async def nightly(self) -> None:
        """What is done once a night."""
        thaw_survivors()
        await self.maintenance.nightly()

    @property
    def parts(self) -> Sequence[Part]:
        parts = self.poller, self.dispatcher, self.maintenance, self.discovery
        return *parts, self.digests, self.homes, self.reminders


def watch_and_notify(
    settings: Settings, database: Database, jobs: JobsService, messenger: SlackMessenger, publisher: HomePublisher
) -> Watch:
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
    digests = DigestSchedules(database, interval=interval, on_recorded=dispatcher.wake)
    reminders = Reminders(database, polled_within=_polled_within(interval), on_recorded=dispatcher.wake)
    # Bulk polling fetches the list every interval: discovery takes the same one.
    recent_list = partial(jobs.job_list.jobs, max_age=settings.poll_interval)
    discovery = Discovery(
        database,
        recent_list,
        jobs.look_up,
        interval=interval,
        outage=lambda: poller.outage,
        on_recorded=dispatcher.wake,
    )
    homes = HomeRefresher(database, publisher)
    tick, slow_tick = max(0.1, min(1.0, settings.poll_interval / 10)), min(5.0, settings.poll_interval)
    # A job is polled once an interval, and a message sent once Slack's pace allows it, at most so much late.
    fast_tick = min(0.25, tick)
    ticks = [
        (poller.tick, fast_tick),
        (dispatcher.tick, tick),
        (dispatcher.paced_tick, fast_tick),
        (maintenance.tick, slow_tick),
        (discovery.tick, slow_tick),
        (digests.tick, slow_tick),
        (homes.tick, tick),
        (reminders.tick, slow_tick),
    ]
    return Watch(worker, poller, dispatcher, maintenance, discovery, digests, homes, reminders, ticks)


def _poll_timeout(interval: timedelta) -> timedelta:
    """How long a poll may take: the shorter the interval, the less a job that hangs is waited for."""
    return min(timedelta(seconds=REQUEST_TIMEOUT), max(timedelta(seconds=3), interval / 3))


def _polled_within(interval: timedelta) -> timedelta:
    """How old the database's latest poll of a job may be: ended ones are polled every ten intervals, and unchanged ones
    are written once a minute."""
    return 10 * interval + timedelta(minutes=2)
