"""Outages of the jobs service that begin or end while a channel can't be notified."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, time

import pytest
from sqlalchemy import update

from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.destination import Destination
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.notification.service import LoginRefused, Outage, OutageEnded
from bot.notify.digest import next_digest
from bot.store import deliveries, mutes, outages, outbox, pauses
from bot.store.database import Database
from bot.store.outages import Cause
from bot.store.sql.tables import TrackedJobRow
from tests.cast import ANN, HOUR, MINUTE, NOON, OPS, ORDERS, WORKSPACE
from tests.store.channels.windows import choose
from tests.store.steps import claim, settle, subscribe, the_job, until_a_lock_is_awaited

HERE, END = Destination(WORKSPACE, OPS), NOON + HOUR
BEGINS, ENDS = Outage | LoginRefused | JobUnavailable, OutageEnded | JobAvailableAgain


@dataclass
class Story:
    """A channel that watches a job, and what it is notified of: `begins` and `ends`."""

    database: Database
    place: Destination = HERE
    now: datetime = NOON
    since: datetime = NOON

    async def step(self, word: str) -> str:
        """Do what a word says, a minute after the last one; return what was delivered."""
        self.now += MINUTE
        match word:
            case "told":
                return await self._told()
            case "lost" | "found":
                await self._polled(is_found=word == "found")
                return ""
            case "quiet" | "loud":
                hours = QuietHours(time(11), time(23), NOTHING) if word == "quiet" else None
                await choose(self.database, hours, self.now, place=self.place)
                return ""
        async with self.database.writing() as session:
            match word:
                case "out":  # as every minute while it lasts
                    await outages.begin(session, "no answer", self.since, self.now)
                case "back":
                    await outages.end(session, self.now, not_before=self.now)
                    self.since = self.now
                case "refused":
                    await outages.begin_login_refused(session, "refused", "", self.now)
                case "pause":
                    await pauses.pause(session, self.place, "is_archived", self.now)
                case "resume":
                    await pauses.resume(session, self.place, self.now)
                case "too early":
                    await pauses.pause_again(session, self.place, "not_in_channel", self.now)
                case "mute":
                    await mutes.mute(session, self.place, ORDERS, until=NOON + 9 * HOUR, by=ANN, now=self.now)
                case "unmute":
                    await mutes.unmute(session, self.place, ORDERS, self.now)
                case "given up":
                    [queue] = await deliveries.claim(session, "t", self.now, limit=9)
                    await deliveries.give_up(session, queue, self.now, "timeout", self.now)
                case "moved":
                    new = Destination(WORKSPACE, f"{self.place.id}x")
                    await pauses.move(session, self.place, new)
                    self.place = new
                case _:
                    raise AssertionError(word)
        return ""

    async def _polled(self, *, is_found: bool) -> None:
        since = None if is_found else self.now
        job = await the_job(self.database)
        lost = JobUnavailable(job.ref, job.title, job.status, "no such job", self.now)
        again = JobAvailableAgain(job.ref, job.title, job.status, self.since, self.now)
        async with self.database.writing() as session:
            values = {"failure": since and "no such job", "failing_since": since, "unavailable_notified_at": since}
            await session.execute(update(TrackedJobRow).values(values))
            await outbox.notify_subscribers(session, job, again if is_found else lost, self.now)

    async def _told(self) -> str:
        told: list[str] = []
        for queue in await claim(self.database, at=self.now):
            await settle(self.database, queue, at=self.now)
            if queue.destination == self.place:
                items = [one for one in next_digest(queue.pending).items if isinstance(one, BEGINS | ENDS)]
                told += ["ends" if isinstance(one, ENDS) else "begins" for one in items]
        return " ".join(told)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param("out, pause, resume, told, out, out, told, back, told", "begins ends", id="dropped, and lasts"),
        pytest.param("out, pause, resume, pause, resume, told, back, told", "begins ends", id="dropped twice"),
        pytest.param("out, pause, back, resume, told", "", id="dropped, and over in the pause"),
        pytest.param("out, pause, back, resume, out, told, back, told", "begins ends", id="dropped, over, and another"),
        pytest.param("out, pause, resume, back, told", "ends", id="over before it was told after a pause"),
        pytest.param("out, told, pause, resume, out, told, back, told", "begins ends", id="delivered, and lasts"),
        pytest.param("out, told, pause, back, resume, told, pause, resume, told", "begins ends", id="over in a pause"),
        pytest.param("out, told, back, pause, resume, told", "begins ends", id="its end dropped"),
        pytest.param("out, back, pause, resume, told", "", id="both dropped"),
        pytest.param("out, told, pause, back, resume, pause, resume, told", "begins ends", id="its end dropped again"),
        pytest.param("pause, out, resume, out, told, back, told", "begins ends", id="began in a pause"),
        pytest.param("pause, out, back, resume, told", "", id="all of it in a pause"),
        pytest.param("out, told, pause, back, moved, resume, told", "begins ends", id="over in a pause, then moved"),
        pytest.param("out, moved, pause, resume, out, told, back, told", "begins ends", id="moved, then dropped"),
        pytest.param("out, given up, out, told, back, told", "begins ends", id="given up, and lasts"),
        pytest.param("out, given up, back, told", "ends", id="over before it was told again"),
        pytest.param("out, quiet, given up, told, back, loud, told", "", id="given up in quiet hours, and over"),
        pytest.param("out, quiet, given up, loud, told, back, told", "begins ends", id="given up in quiet hours"),
        pytest.param("quiet, out, loud, out, told, back, told", "begins ends", id="began in quiet hours"),
        pytest.param("quiet, out, back, loud, told", "", id="all of it in quiet hours"),
        pytest.param("out, told, quiet, back, told, loud, told", "begins ends", id="over in quiet hours"),
        pytest.param("out, quiet, back, told, loud, told", "ends", id="over before anybody was told"),
        pytest.param("out, told, quiet, back, pause, loud, told, resume, told", "begins ends", id="quiet, then paused"),
        pytest.param("out, told, pause, quiet, back, loud, told, resume, told", "begins ends", id="paused, then quiet"),
        pytest.param("out, told, mute, back, told, unmute, told", "begins ends", id="over in a mute"),
        pytest.param("lost, pause, resume, told, found, told", "begins ends", id="a job, dropped, and lasts"),
        pytest.param("lost, pause, found, resume, told", "", id="a job, dropped, and over in the pause"),
        pytest.param("lost, found, pause, resume, told", "", id="a job, both dropped"),
        pytest.param("lost, told, pause, resume, told, found, told", "begins ends", id="a job, delivered, and lasts"),
        pytest.param("lost, told, pause, found, resume, told", "begins ends", id="a job, over in a pause"),
        pytest.param("lost, told, found, pause, resume, told", "begins ends", id="a job, its end dropped"),
        pytest.param("pause, lost, resume, told, found, told", "begins ends", id="a job, began in a pause"),
        pytest.param("pause, lost, found, resume, told", "", id="a job, all of it in a pause"),
        pytest.param(
            "lost, told, pause, found, lost, resume, told, found, told",
            "begins ends",
            id="a job, lost again in a pause",
        ),
        pytest.param(
            "lost, told, pause, found, mute, lost, resume, unmute, told, found, told",
            "begins ends",
            id="lost, muted",
        ),
        pytest.param("lost, told, quiet, found, told, loud, told", "begins ends", id="a job, over in quiet hours"),
        pytest.param("lost, quiet, found, told, loud, told", "begins ends", id="a job, over before it was told"),
        pytest.param(
            "lost, told, quiet, found, lost, loud, told, found, told",
            "begins ends",
            id="a job, lost again in quiet hours",
        ),
        pytest.param("mute, out, unmute, out, told, back, told", "begins ends", id="began in a mute"),
        pytest.param(
            "refused, pause, resume, refused, told, back, told", "begins ends", id="a refused log-in, dropped"
        ),
        pytest.param("refused, pause, refused, back, resume, told", "", id="a refused log-in, dropped and over"),
        pytest.param("refused, told, pause, back, resume, told", "begins ends", id="a refused log-in, over in a pause"),
        pytest.param(
            "mute, out, quiet, unmute, out, loud, out, told, back, told", "begins ends", id="mute, then quiet"
        ),
    ],
)
async def test_no_end_without_a_beginning(database: Database, steps: str, told: str) -> None:
    """A channel that can't be notified for a while hears afterwards of an outage that lasts, and of the end of one
    whose beginning it was told; nothing twice, and never of another one's end, unless its beginning waits along with
    it, which makes one message. So it does of a job that can't be polled."""
    story = Story(database)
    if "refused" in steps:  # which those are told who made the watch
        story.place = Destination(WORKSPACE, ANN)
    await subscribe(database, destination=story.place.id, by=ANN)
    heard = [await story.step(word) for word in steps.split(", ")]
    assert " ".join(filter(None, heard)) == told


@pytest.mark.parametrize("steps", ["out, pause, resume", "out, given up", "refused, pause, resume"])
async def test_an_outage_lasts_whoever_was_told(database: Database, steps: str) -> None:
    """That nobody could be told isn't taken for its end by the workers, which read there that it lasts."""
    story = Story(database)
    await subscribe(database, by=OPS)
    for word in steps.split(", "):
        await story.step(word)
    async with database.reading() as session:
        assert await outages.announced(session) == {Cause.LOGIN if "refused" in steps else Cause.SERVICE}


async def test_who_cannot_be_told_is_not_tried_again_and_again(database: Database) -> None:
    """A refused log-in is told once to a person who can't be reached, but whose channels can; so is its end not."""
    await subscribe(database, by=ANN)
    story = Story(database, Destination(WORKSPACE, ANN))
    for word in ("refused", "pause", "refused", "refused", "told", "back", "told"):
        assert await story.step(word) == "", word


@pytest.mark.parametrize("first", ["back", "resume"])
async def test_an_outage_and_a_pause_that_end_at_once(postgresql: Database, first: str) -> None:
    """If a pause ends while another worker writes the end of the outage, that end is told, whichever is first."""
    await subscribe(postgresql)
    story = Story(postgresql)
    for word in ("out", "told", "pause"):
        await story.step(word)
    async with postgresql.writing() as session:
        await (outages.end(session, END, not_before=END) if first == "back" else pauses.resume(session, HERE, END))
        second = asyncio.create_task(story.step("resume" if first == "back" else "back"))
        await until_a_lock_is_awaited(postgresql)
    await second
    assert await story.step("told") == "ends"
