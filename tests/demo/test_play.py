import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.demo import play
from bot.demo.jobs_service import DEMO_JOBS, DOCUMENTED_JOB, JobsServiceStandIn
from bot.demo.process import DidNotStart
from bot.demo.screen import Reader, buttons_of, job_lines, message_lines, welcome
from bot.demo.slack_web_api import MEMBER, Message
from bot.jobs import Change, JobRef, Status
from bot.slack import alerts, views
from bot.slack import message as told

NAME, DATAFLOW, RUN = DEMO_JOBS[0]
EXAMPLE = f"{DOCUMENTED_JOB['assetId']} {DOCUMENTED_JOB['runId']}"
SEEN_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = {MEMBER.id: "@ben", "C0DEMOOPS1": "#data-ops"}
BERLIN = Reader(NAMES, SEEN_AT, ZoneInfo("Europe/Berlin"))
ALERT = alerts.alert(
    Change(
        ref=JobRef("flow", 7),
        title="orders",
        old=Status.of("Up and Running"),
        new=Status.of("Running with Error"),
        old_since=SEEN_AT - timedelta(hours=3),
        at=SEEN_AT,
        version="1",
        started_by="siqa",
    )
)


def posted(said: told.Message, *, to: str | None = None) -> Message:
    return Message("1.1", "C0DEMOOPS1", said.text, [dict(block) for block in said.blocks], ephemeral_to=to)


# ── the screen ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_alert_reads_as_it_does_in_slack() -> None:
    """A message says where it is and who says it; its times are the reader's, its buttons have the next numbers."""
    assert message_lines(posted(ALERT), BERLIN, first_button=5) == [
        "  #data-ops  Jobwatch:",
        "    🔴 orders is Running with Error – was 🟢 Up and Running for 3 h",
        "    Run 7 · version 1 · deployed by siqa · seen today at 10:30",
        "    [5 Show job now] [6 Stop watching]",
    ]


def test_what_only_one_person_sees_says_so() -> None:
    """A private answer is marked, and people are called by name."""
    said = views.no_longer_watching("orders", by=MEMBER.id, to_person=False)
    assert message_lines(posted(said, to=MEMBER.id), BERLIN) == [
        "  #data-ops  Jobwatch (only visible to you):",
        "    🔕 @ben made this channel stop watching orders.",
    ]


def test_styles_are_for_terminals() -> None:
    """On a terminal bold is bold and code has its colour; elsewhere there are no escape sequences."""
    said = posted(told.message([told.bold("orders"), " is ", told.code("flow/7")]))
    styled = Reader(NAMES, SEEN_AT, UTC, styled=True)
    assert message_lines(said, styled)[1] == "    \033[1morders\033[0m is \033[36mflow/7\033[0m"
    assert message_lines(said, BERLIN)[1] == "    orders is flow/7"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(hours=1), "today at 09:30"),
        (timedelta(hours=11), "yesterday at 23:30"),
        (timedelta(days=230), "15 Jul 2025 at 11:30"),  # by the summer time of that day
    ],
)
def test_times_are_worded_as_slack_words_them(ago: timedelta, shown: str) -> None:
    """Days that are near have no date, and each time is in the zone's own time of then."""
    assert message_lines(posted(told.message([told.moment(SEEN_AT - ago)])), BERLIN)[1] == f"    {shown}"


def test_a_message_without_blocks_shows_its_text() -> None:
    """Slack's own complaints have text only, in which three characters are escaped."""
    complaint = Message("1.1", "C0DEMOOPS1", "a &lt;b&gt; &amp; c", ephemeral_to=MEMBER.id, via="slackbot")
    assert message_lines(complaint, BERLIN) == ["  #data-ops  Slackbot (only visible to you):", "    a <b> & c"]


def test_other_blocks_show_their_words() -> None:
    """Blocks that the bot may use one day are readable as well."""
    blocks: list[dict[str, object]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Jobs"}},
        {"type": "divider"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "two &amp; three"}},
        {"type": "context", "elements": [{"type": "plain_text", "text": "four"}]},
    ]
    shown = message_lines(Message("1.1", "C0DEMOOPS1", "fallback", blocks), BERLIN)
    assert shown[1:] == ["    Jobs", "    two & three", "    four"]


def test_a_button_brings_its_question() -> None:
    """A button with a confirmation asks before it counts; the others don't."""
    show, stop = buttons_of(posted(ALERT))
    assert (show.label, show.question) == ("Show job now", "")
    assert stop.question == "Stop watching? Nobody here will be told any more when this job changes."


def test_the_welcome_is_short_and_can_be_copied() -> None:
    """A dozen lines that fit a small terminal, with a command for each job and the documented example."""
    jobs = JobsServiceStandIn().with_demo_jobs().jobs
    lines = welcome([*list(jobs.values())[1:], DOCUMENTED_JOB], "ben", "#data-ops")
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 84
    assert f"  testmonitor       /job status {EXAMPLE}" in lines
    assert f"  {NAME}    /job watch {DATAFLOW} {RUN}" in lines


def test_a_job_is_listed_with_its_status() -> None:
    """Each job has its status and a line to copy."""
    job = DOCUMENTED_JOB | {"status": "RUNNING_WITH_ERROR"}
    assert job_lines(job) == ["  🔴 testmonitor is Running with Error", f"     /job watch {EXAMPLE}"]


# ── the whole ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Typist:
    """Types lines into a running demo and reads on until it says what is expected. `shown` is all it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self._keys, self._screen = process, process.stdin, process.stdout
        self.shown = ""

    async def sees(self, words: str) -> str:
        """What is new up to the line that holds the words."""
        new = ""
        while words not in new:
            line = (await self._screen.readline()).decode()
            assert line, f"the demo ended before it said {words!r}:\n{self.shown}"
            new += line
            self.shown += line
        return new

    async def types(self, line: str, sees: str) -> str:
        self._keys.write(f"{line}\n".encode())
        return await self.sees(sees)

    async def leaves(self, *, line: str = "") -> int:
        """Types a last line, or none, and no more; the exit code. Waits for the end of everything that it started."""
        self._keys.write(line.encode())
        self._keys.close()
        self.shown += (await self._screen.read()).decode()
        return await self.process.wait()


@asynccontextmanager
async def a_demo(folder: Path, *, limit: float = 60) -> AsyncIterator[Typist]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"), env={"TMPDIR": str(folder)}, stdin=pipe, stdout=pipe
    )
    try:
        async with asyncio.timeout(limit):
            typist = Typist(process)
            await typist.sees("help tells what each of them does")
            yield typist
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def test_a_visit_from_the_first_look_to_the_end(tmp_path: Path) -> None:
    """One sees the example, watches a job, is told once of each change over a restart, and leaves nothing behind."""
    async with a_demo(tmp_path) as ben:
        await ben.types("pause", "by your word only")
        await ben.types(f"/job status {EXAMPLE}", "testmonitor is Undeployed")
        await ben.types(f"/job watch {DATAFLOW} {RUN}", "@ben made this channel watch orders-to-lake")
        await ben.types(f"set {NAME} running with error", "orders-to-lake is Running with Error – was")
        await ben.types("/job list", "This channel watches 1 job")
        await ben.types("restart", "was ready")
        await ben.types(f"set {NAME} up and running", "orders-to-lake is Up and Running – was")
        await ben.types(f"/job unwatch {DATAFLOW} {RUN}", "made this channel stop watching orders-to-lake")
        assert await ben.leaves(line="quit\n") == 0
        assert ben.shown.count("orders-to-lake is Running with Error – was") == 1
        assert ben.shown.count("orders-to-lake is Up and Running – was") == 1
    assert not os.listdir(tmp_path)


async def test_buttons_places_and_faults(tmp_path: Path) -> None:
    """One goes to another channel, invites the bot, presses buttons after their question, breaks what there is."""
    async with a_demo(tmp_path) as ben:
        await ben.types("pause", "by your word only")
        await ben.types("#general", "ben in #data-ops> #general")
        await ben.types(f"  {NAME}   /job watch {DATAFLOW} {RUN}", "Invite me")
        await ben.types("/invite @jobwatch", "@jobwatch is in #general now")
        await ben.types(f"/job watch {DATAFLOW} {RUN}", "[1 Show job now] [2 Stop watching]")
        await ben.types("kill", "was ready")
        await ben.types("break", "server_error")
        await ben.types("break server error", "is broken")
        await ben.types("1", "can't see")
        await ben.types("heal", "is well")
        await ben.types("1", "orders-to-lake is Up and Running")
        await ben.types("2\nn\n2", "Stop watching?")
        await ben.types("y", "made this channel stop watching")
        await ben.types("9", "no button with that number")
        await ben.types("@\n/job list", "You watch no job yet")
        assert await ben.leaves() == 0


async def test_a_signal_ends_it_cleanly(tmp_path: Path) -> None:
    """SIGTERM ends it as `quit` does, while it waits for a line."""
    async with a_demo(tmp_path) as ben:
        ben.process.terminate()
        await ben.sees("Stopping")
        assert await ben.process.wait() == 0
    assert not os.listdir(tmp_path)


async def test_a_bot_that_does_not_start_shows_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person reads what the bot logged, and the exit code says that something is wrong."""

    @asynccontextmanager
    async def never_running(*_: object, **__: object) -> AsyncIterator[None]:
        raise DidNotStart("PORT is wrong")
        yield

    monkeypatch.setattr(play, "bot_running", never_running)
    assert await play.play() == 1
    assert capsys.readouterr().out.endswith("The bot did not start. Its log:\nPORT is wrong\n")
