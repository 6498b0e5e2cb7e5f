"""The scenes of the story: what happens in each, and what shows that it happened."""

import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.demo.informatica.faults import Fault
from bot.demo.page.acting import DATAFLOWS, Actors, icon
from bot.demo.slack.stand_in import MEMBER
from bot.demo.slack.stand_in import Fault as SlackFault
from bot.demo.world import JOBS_HOST

_ORDERS, _CLICKS, _PAYMENTS = list(DATAFLOWS)[:3]
_HEALTHY, _WARNING, _ERROR = "Up and Running", "Running with Warning", "Running with Error"


@dataclass(frozen=True)
class Scene:
    """The caption is shown for at least so many seconds."""

    caption: str
    act: Callable[[], Awaitable[None]]
    seconds: float = 9


class Script(Actors):
    """What the scenes do."""

    def scenes(self) -> list[Scene]:
        # The bot paces its messages to a busy channel, up to 15 s apart. Killing it midway starts that anew, which
        # keeps the second half of the story brisk.
        command, change = self._command, self._change
        return [
            Scene("Ben looks up a job. Only he sees the answer.", self._look_up),
            Scene(
                "He watches a job in this channel. Everybody here sees the confirmation.",
                partial(command, f"watch {_ORDERS}", _ORDERS),
            ),
            Scene(
                "The job runs into an error. Within seconds the channel gets an alert.",
                partial(change, _ORDERS, _ERROR),
            ),
            Scene("Ben takes care of it, and tells everybody.", partial(command, f"ack {_ORDERS}", _ORDERS)),
            Scene(
                "The job recovers. Its alert is updated, and a reply in the thread shows in the channel, too.",
                partial(change, _ORDERS, _HEALTHY),
            ),
            Scene("The job is redeployed as a new run. That is one alert.", self._redeploy),
            Scene("Ben watches two more jobs.", self._watch_more),
            Scene(
                "Three jobs change while Slack is busy. What waits together shares a message.", self._change_together
            ),
            Scene(
                "If it fails for long, Ben's channel is reminded, and Ada is told.",
                partial(command, f"watch {_ORDERS} remind every 30m tell @ada if error for 15m", "30"),
            ),
            Scene("A job has a known problem. Ben mutes it for an hour, and its changes stay silent.", self._mute),
            Scene(
                "What does this channel watch? The worst come first, and muted jobs are marked.",
                partial(command, "list", _ORDERS, _CLICKS),
            ),
            Scene("The bot is killed, a job changes, the bot starts again. The alert arrives once.", self._kill),
            Scene("The jobs service fails. One message says so, not one for each job.", self._outage),
            Scene("The service is back, and what changed meanwhile is reported.", self._outage_end),
            Scene("The channel is archived. Ben learns in a direct message that its alerts are paused.", self._archive),
            Scene("The channel is back, and its alerts resume by themselves.", self._unarchive),
            Scene("The service is upgraded: Ben mutes all jobs here for an hour, and says why.", self._maintain),
            Scene("He is done early. One message says what happened meanwhile.", self._end_maintenance),
            Scene(
                "How was the job today? Ben gets figures and each change, and a picture by direct message.",
                partial(command, f"history {_ORDERS} 24h", "24 hours"),
            ),
            Scene(
                "Each status has its own colour, pattern and height.",
                self._show_picture,
            ),
            Scene("Ben posts a link to a job's page. The job's status appears below it.", self._post_link),
            Scene("At night only errors break through. Each morning there is a digest.", self._choose_times),
            Scene("One form has all settings of the channel, and who can change them.", self._show_settings),
            Scene("From anywhere in Slack: the shortcut “Look up a job”.", self._use_shortcut),
            Scene("Ben's Home tab has all that he watches, alone and in channels.", self._show_home),
            Scene(
                "Ben unmutes the job and gets the alert that was held back.",
                self._unmute,
            ),
        ]

    async def _look_up(self) -> None:
        for job in (_ORDERS, _CLICKS, _PAYMENTS):
            self._set(job, _HEALTHY)
        await self._command(f"status {_ORDERS}", _ORDERS)

    async def _redeploy(self) -> None:
        since = self._message_count()
        self._jobs.redeploy(DATAFLOWS[_ORDERS], self._latest_run(_ORDERS))
        await self._until_said(since, _ORDERS, "redeployed")

    async def _watch_more(self) -> None:
        for job in (_CLICKS, _PAYMENTS):
            await self._command(f"watch {job}", job)

    async def _change_together(self) -> None:
        since, jobs = self._message_count(), (_ORDERS, _CLICKS, _PAYMENTS)
        self._slack.fail(SlackFault.RATE_LIMITED, times=None)
        try:
            for job in jobs:
                self._set(job, _WARNING)
            for job in (*jobs, *jobs):  # once it is polled again, its change is recorded
                await self._until_polled(job)
        finally:
            self._slack.heal()
        await self._until_said(since, *jobs)

    async def _mute(self) -> None:
        await self._command(f"mute {_CLICKS} 1h", _CLICKS)
        self._set(_CLICKS, _ERROR)

    async def _kill(self) -> None:
        since = self._message_count()
        await self._bot.end(signal.SIGKILL)
        self._set(_ORDERS, _HEALTHY)
        await self._bot.start()
        await self._until_said(since, _ORDERS, icon(_HEALTHY))

    async def _outage(self) -> None:
        since = self._message_count()
        self._jobs.fail(Fault.UNAVAILABLE)
        self._set(_PAYMENTS, _HEALTHY)
        await self._until_said(since, "jobs service")

    async def _outage_end(self) -> None:
        since = self._message_count()
        self._jobs.heal()
        await self._until_said(since, _PAYMENTS, icon(_HEALTHY))

    async def _archive(self) -> None:
        self.place = self._slack.direct_message(MEMBER.id)
        since = self._message_count()
        await self._slack.archive(self.channel.id)
        await self._until_said(since, self.channel.id)

    async def _unarchive(self) -> None:
        self.place = self.channel
        await self._slack.unarchive(self.channel.id)
        await self._change(_PAYMENTS, _ERROR)

    async def _maintain(self) -> None:
        await self._command("mute all 1h Database upgrade", "Database upgrade")
        for job, status in ((_ORDERS, "Stopped"), (_PAYMENTS, _HEALTHY), (_ORDERS, _HEALTHY)):
            self._set(job, status)
            await self._until_polled(job)

    async def _end_maintenance(self) -> None:
        await self._command("unmute all", "Maintenance")

    async def _show_picture(self) -> None:
        self.place = self._slack.direct_message(MEMBER.id)
        await self._until(lambda: any(each.files for each in self._slack.messages))

    async def _post_link(self) -> None:
        self.place = self.channel
        since = self._message_count()
        link = f"https://{JOBS_HOST}/monitor/{DATAFLOWS[_ORDERS]}/{self._latest_run(_ORDERS)}"
        await self._type(link)
        await self._slack.post(MEMBER.id, self.channel.id, link)
        await self._until_said(since, _ORDERS)

    async def _choose_times(self) -> None:
        await self._command("quiet 22:00-7:00", "22:00")
        await self._command("digest daily 9:00", "9:00")

    async def _show_settings(self) -> None:
        await self._open(partial(self._type_command, "settings"), "22:00")

    async def _use_shortcut(self) -> None:
        self.close_modals()
        await self._open(partial(self._slack.use_shortcut, "look_up_job", user=MEMBER.id))

    async def _show_home(self) -> None:
        self.close_modals()
        self.place, self.is_home = self._slack.direct_message(MEMBER.id), True
        await self._slack.open_home(MEMBER.id)
        await self._until(lambda: MEMBER.id in self._slack.views.homes)

    async def _unmute(self) -> None:
        self.place, self.is_home = self.channel, False
        await self._command(f"unmute {_CLICKS}", _CLICKS)
