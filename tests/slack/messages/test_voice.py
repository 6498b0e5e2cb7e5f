"""The voice: every kind of message as the plain text that people read. Change a word here first."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import NamedTuple

import pytest

from bot.domain.destination import Destination
from bot.domain.history.lookback import Lookback
from bot.domain.history.recorded import History, Recorded
from bot.domain.incident import Acknowledgement, Circumstances, Incident
from bot.domain.job import Dataflow, Job, JobLink, Status
from bot.domain.job_search import NamedJob
from bot.domain.notification.confirmations import Deed, JobConfirmation, JobThen, OtherWatches, PatternConfirmation
from bot.domain.notification.digest import Digest, DigestItem, ListPart, Path
from bot.domain.notification.jobs import JobAdded, JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.pattern import Kept, Pattern, TooManyPatterns, normalize
from bot.domain.reminding import Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Contact, Subscription
from bot.domain.throughput import Statistics, Throughput
from bot.domain.tracked_job import Gap, TrackedJob
from bot.slack.grammar.commands import Acknowledge, Watch, WatchAll
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.references import Name
from bot.slack.messages import (
    confirmations,
    failures,
    help,
    look_up,
    muting,
    patterns,
    pickers,
    watch_list,
)
from bot.slack.messages.alerts import acknowledging, threads
from bot.slack.messages.alerts.actions import Above
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.blocks import Message
from bot.slack.messages.history import report
from bot.slack.messages.look_up import Surroundings
from bot.slack.messages.modals import all_jobs, job_details
from bot.slack.messages.modals import look_up as look_up_modal
from bot.slack.messages.reminding import refusals
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEPLOYING,
    ENDED,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    change,
    job,
)
from tests.slack.messages import digests, silences
from tests.slack.messages.reading import labels, page_of, parts, shown
from tests.slack.messages.views import ALL_VIEWS

STOPPED, ODD = Status.of("Stopped"), Status.of("Throttled")
CHANGES, ERRORS, PROBLEMS = StatusFilter(), StatusFilter("errors"), StatusFilter("problems")
ENDS = StatusFilter.of([STOPPED, ENDED])
TRACKED = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, NOON - HOUR, NOON, followed=True, since_is_exact=True)
ONE_RUN = replace(TRACKED, followed=False)
FAILING = replace(TRACKED, status=ERROR)
UNAVAILABLE = replace(FAILING, failure="the jobs service is busy")
HERE = Destination(WORKSPACE, OPS)
PLAIN = Subscription(1, HERE, TRACKED, ANN, CHANGES, UP)
ILL = replace(
    PLAIN,
    job=replace(UNAVAILABLE, title="clicks", followed=False),
    status_filter=ERRORS,
    muted_until=NOON + HOUR,
    muted_by=BEN,
    paused_because="not_in_channel",
    paused_at=NOON - HOUR,
    given_up_because="ratelimited",
    given_up_at=NOON,
)
PATTERN = Pattern(1, HERE, normalize("orders-*"), ANN, CHANGES, 12)
ALL_JOBS = replace(PATTERN, key=normalize(None))
HISTORY = History(
    FAILING,
    Recorded(
        [
            change(UP, ERROR, NOON - HOUR),
            replace(change(UP, DEPLOYING, NOON - HOUR - 192 * MINUTE), old_since_is_exact=False, old_run=42558),
        ],
        total=2,
        gaps=[Gap(NOON - 7 * HOUR, NOON - 6 * HOUR)],
        last=change(UP, ERROR, NOON - HOUR),
    ),
    NOON - 30 * 24 * HOUR,
)
REDEPLOYED = replace(change(UP, DEPLOYING), followed=True, old_run=42558, old_version="2")
FOUND = Circumstances(NOON, 4_500, 0, 4_500, 4_400, (("lake-target", "FAILED"),))
AS_EVER = Circumstances(NOON, 100, 101, 98, 99)
INCIDENT = Incident(1, HERE, TRACKED.target, change(), ERROR, NOON, NOON)
ACKNOWLEDGED = replace(INCIDENT, acknowledged=Acknowledgement(BEN, NOON), circumstances=FOUND)
MUTED = replace(INCIDENT, muted_until=NOON + HOUR, muted_by=ANN)
RECOVERED = replace(ACKNOWLEDGED, status=UP, closed_at=NOON + HOUR)
MOVED = Throughput(
    Statistics(42559, 1_200_000, 1_100_000, 3_400_000_000, 900, None, None, NOON),
    Statistics(42559, 360_000, 320_000, 340_000_000, 900, None, None, NOON - MINUTE),
)


def alert(*items: DigestItem) -> Callable[[], Message]:
    return partial(digest_message, Digest(items, deliveries=(1,)))


def path(*statuses: Status, title: str = "orders", run: int = 42559) -> Path:
    last = replace(change(statuses[-2], statuses[-1]), title=title, ref=replace(ORDERS, run=run))
    return Path(statuses, last)


def noted(*items: DigestItem) -> Callable[[], Message]:
    """An alert after Ben pressed the button for orders."""
    posted, press = digest_message(Digest(items, (1,))), Acknowledge(ORDERS, NOON)
    return partial(acknowledging.with_note, posted.text, posted.blocks, press, INCIDENT, by=BEN, at=NOON)


def followed(path: Path) -> Path:
    return replace(path, last=replace(path.last, followed=True))


def error_of(typed: str) -> Callable[[], Message]:
    read = parse(typed)
    assert isinstance(read, GrammarError), read
    return partial(failures.grammar_error, read, command="/job")


class Case(NamedTuple):
    """When a message is sent, how it is made, its plain text, and the labels of its buttons."""

    when: str
    make: Callable[[], Message]
    text: str
    labels: tuple[str, ...] = ()


_ALERTS = [
    Case(
        "A job failed.",
        alert(path(UP, ERROR)),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "It recovered; nobody watched when the error began.",
        alert(Path((ERROR, UP), replace(change(ERROR, UP), old_since=None, version=None, started_by=None))),
        "✅ orders is Up and Running · was ❌ Running with Error\nRun 42559 · status since 14 Feb 2026 12:00 UTC",
        ("Show status",),
    ),
    Case(
        "It failed soon after somebody began to watch it, while the bot was away.",
        alert(
            Path(
                (UP, ERROR),
                replace(change(), old_since=NOON - 5 * SECOND, old_since_is_exact=False, at_is_exact=False),
            )
        ),
        "❌ orders is Running with Error · was ✅ Up and Running\n"
        "Run 42559 · version 3 · deployed by ann · status since at least 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "It changed twice before the alert went out.",
        alert(path(UP, WARNING, ERROR)),
        "❌ orders is Running with Error · 2 changes since ✅ Up and Running\n"
        "✅ Up and Running → ⚠️ Running with Warning → ❌ Running with Error\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "It flapped.",
        alert(path(*[ERROR, UP] * 4)),
        "✅ orders is Up and Running · 7 changes since ❌ Running with Error\n"
        "❌ Running with Error → ✅ Up and Running → … 3 more … → ✅ Up and Running → ❌ Running with Error → ✅ "
        "Up and Running\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Show status",),
    ),
    Case(
        "It was redeployed.",
        alert(Path((UP, DEPLOYING), REDEPLOYED, REDEPLOYED)),
        "🔄 orders is Deploying · redeployed · was ✅ Up and Running for 3 h 12 min\n"
        "Run 42558 → 42559 · version 2 → 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Show status",),
    ),
    Case(
        "A single run that somebody watched ended.",
        alert(Path((UP, ENDED), replace(change(UP, ENDED), ends=True))),
        "⏏️ orders is Undeployed · was ✅ Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC\n"
        "This watch was for one run only, so it has ended.",
        ("Watch new runs",),
    ),
    Case(
        "A status that isn't documented.",
        alert(path(UP, ODD)),
        "❔ orders is Throttled · was ✅ Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "A job can't be polled while others can.",
        alert(JobUnavailable(ORDERS, "orders", UP, "the jobs service says there is no such job", NOON)),
        "📵 Can't check orders: the jobs service says there is no such job · last seen ✅ Up and Running\n"
        "Run 42559 · since 14 Feb 2026 12:00 UTC\n"
        "I'll post here when I can check it again.",
        ("Show status",),
    ),
    Case(
        "It can be polled again.",
        alert(JobAvailableAgain(CLICKS, "clicks", UP, NOON - 12 * MINUTE, NOON)),
        "📶 clicks (run 48211) can be checked again after 12 min: ✅ Up and Running",
        ("Show status",),
    ),
    Case(
        "A mute ended while the job still fails.",
        alert(StillFailing(ORDERS, "orders", ERROR, NOON - HOUR, NOON - 2 * HOUR, BEN, NOON)),
        "❌ orders is still Running with Error · for at least 1 h · the mute by @U2 has ended\n"
        "Run 42559 · status since at least 14 Feb 2026 11:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "A new job matches a watched pattern.",
        alert(JobAdded(ORDERS, "orders", UP, NOON)),
        "🆕 New job orders: ✅ Up and Running · now watched here\nRun 42559",
        ("Show status",),
    ),
    Case(
        "A job of a pattern was removed.",
        alert(JobRemoved(CLICKS, "clicks", ERROR, NOON)),
        "🗑️ clicks was removed from the job list · last seen ❌ Running with Error · no longer watched here",
    ),
    Case(
        "A job of a pattern was removed; a run of it is watched alone.",
        alert(JobRemoved(CLICKS, "clicks", ERROR, NOON, runs=(7,))),
        "🗑️ clicks was removed from the job list · last seen ❌ Running with Error · run 7 is still watched here",
    ),
    Case(
        "Two jobs changed, and a third can't be polled.",
        alert(
            path(UP, WARNING, ERROR),
            path(ERROR, UP, title="clicks", run=7),
            JobUnavailable(ORDERS, "sales", UP, "the jobs service is busy", NOON),
        ),
        "❌ orders (run 42559) is Running with Error · 2 changes: ✅ Up and Running → ⚠️ Running with Warning →"
        " ❌ Running with Error\n"
        "✅ clicks (run 7) is Up and Running · was ❌ Running with Error for 3 h 12 min\n"
        "📵 Can't check sales (run 42559): the jobs service is busy · last seen ✅ "
        "Up and Running · since 14 Feb 2026 12:00 UTC",
        ("Acknowledge…", "Show status…"),
    ),
    Case(
        "Many jobs changed at once.",
        alert(
            path(UP, ERROR, title="a", run=1),
            path(UP, WARNING, ERROR, title="b", run=2),
            path(ERROR, UP, title="c", run=3),
            Path((UP, DEPLOYING), replace(REDEPLOYED, title="d"), REDEPLOYED),
            StillFailing(ORDERS, "e", ERROR, NOON - HOUR, NOON - 2 * HOUR, BEN, NOON, since_is_exact=True),
            JobUnavailable(ORDERS, "f", UP, "the jobs service is busy", NOON),
            JobAvailableAgain(CLICKS, "g", UP, NOON - 12 * MINUTE, NOON),
            JobAdded(ORDERS, "h", UP, NOON),
            JobRemoved(CLICKS, "i", ERROR, NOON),
        ),
        "4 jobs changed: ❌ 2 Running with Error · ✅ 1 Up and Running · 🔄 1 Deploying · 📵 Can't check 1 job: "
        "the jobs service is busy · 📶 1 job can be checked again · 🔔 1 job still failing after a mute · 🆕 1 "
        "job added, now watched here · 🗑️ 1 job removed from the job list\n"
        "❌ a (run 1) is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ b (run 2) is Running with Error · 2 changes: ✅ Up and Running → ⚠️ Running with Warning → ❌ "
        "Running with Error\n"
        "✅ c (run 3) is Up and Running · was ❌ Running with Error for 3 h 12 min\n"
        "🔄 d is Deploying · redeployed · was ✅ Up and Running for 3 h 12 min\n"
        "❌ e (run 42559) is still Running with Error · for 1 h · the mute by @U2 has ended",
        ("Show all 9", "Acknowledge…", "Show status…"),
    ),
    Case(
        "The list behind many jobs.",
        alert(
            ListPart(
                (
                    path(UP, ERROR, title="a", run=1),
                    path(UP, WARNING, ERROR, title="b", run=2),
                    Path((UP, DEPLOYING), replace(REDEPLOYED, title="d"), REDEPLOYED),
                    StillFailing(ORDERS, "e", ERROR, NOON - HOUR, NOON - 2 * HOUR, BEN, NOON, since_is_exact=True),
                    JobUnavailable(ORDERS, "f", UP, "the jobs service is busy", NOON),
                    JobAvailableAgain(CLICKS, "g", UP, NOON - 12 * MINUTE, NOON),
                    JobAdded(ORDERS, "h", UP, NOON),
                    JobRemoved(CLICKS, "i", ERROR, NOON),
                ),
                61,
                68,
            )
        ),
        "61–68 of 68 jobs\n"
        "❌ Running with Error (2)\n"
        "a (run 1) · was ✅ Up and Running for 3 h 12 min\n"
        "b (run 2) · 2 changes: ✅ → ⚠️ → ❌ since 14 Feb 2026 12:00 UTC\n"
        "🔄 Deploying (1)\n"
        "d · redeployed · was ✅ Up and Running for 3 h 12 min\n"
        "🔔 Mute ended, still failing (1)\n"
        "❌ e (run 42559) is still Running with Error · for 1 h · the mute by @U2 has ended\n"
        "📵 Can't be checked (1)\n"
        "f (run 42559): the jobs service is busy · last seen ✅ Up and Running · since 14 Feb 2026 12:00 UTC\n"
        "📶 Can be checked again (1)\n"
        "g (run 48211) after 12 min: ✅ Up and Running\n"
        "🆕 New jobs, now watched here (1)\n"
        "h: ✅ Up and Running\n"
        "🗑️ Removed from the job list, no longer watched (1)\n"
        "i · last seen ❌ Running with Error",
    ),
    Case(
        "Twelve jobs can't be checked, for one reason.",
        alert(*(JobUnavailable(ORDERS, f"job-{n}", UP, "HTTP 500", NOON, followed=True) for n in range(12))),
        "📵 Can't check 12 jobs: HTTP 500\n"
        "📵 job-0 · last seen ✅ Up and Running\n"
        "📵 job-1 · last seen ✅ Up and Running\n"
        "📵 job-2 · last seen ✅ Up and Running\n"
        "📵 job-3 · last seen ✅ Up and Running\n"
        "📵 job-4 · last seen ✅ Up and Running",
        ("Show all 12",),
    ),
    Case(
        "Five jobs recovered.",
        alert(*(followed(path(ERROR, UP, title=f"job-{n}")) for n in range(5))),
        "✅ job-0 is Up and Running · was ❌ Running with Error for 3 h 12 min\n"
        "✅ job-1 is Up and Running · was ❌ Running with Error for 3 h 12 min\n"
        "✅ job-2 is Up and Running · was ❌ Running with Error for 3 h 12 min\n"
        "✅ job-3 is Up and Running · was ❌ Running with Error for 3 h 12 min\n"
        "✅ job-4 is Up and Running · was ❌ Running with Error for 3 h 12 min",
    ),
    Case(
        "Two can't be checked for one reason, three can again.",
        alert(
            *(JobUnavailable(ORDERS, f"job-{n}", UP, "HTTP 500", NOON, followed=True) for n in range(2)),
            *(JobAvailableAgain(CLICKS, f"clicks-{n}", UP, NOON - MINUTE, NOON, followed=True) for n in range(3)),
        ),
        "📵 Can't check 2 jobs: HTTP 500 · last seen: job-0 ✅ Up and Running, job-1 ✅ Up and Running\n"
        "📶 3 jobs can be checked again: clicks-0 ✅ Up and Running, clicks-1 ✅ Up and Running, clicks-2 ✅ Up "
        "and Running",
    ),
    Case(
        "The jobs service can't be reached.",
        alert(
            Outage(
                "the jobs service could not be reached",
                NOON,
                31,
                (LastStatus("orders", ERROR), LastStatus("clicks", UP)),
            )
        ),
        "📵 Can't check any of the 31 jobs watched here: the jobs service could "
        "not be reached · since 14 Feb 2026 12:00 UTC\n"
        "Last seen: orders ❌ Running with Error, clicks ✅ Up and Running, and 29 more. "
        "I'll post here when it's back.",
    ),
    Case(
        "The jobs service can't be reached; one job is watched here.",
        alert(Outage("the jobs service is busy", NOON, 1, ())),
        "📵 Can't check the job watched here: the jobs service is busy · since 14 Feb 2026 12:00 UTC\n"
        "I'll post here when it's back.",
    ),
    Case(
        "It is back, and nothing changed.",
        alert(OutageEnded(NOON - 12 * MINUTE, NOON)),
        "📶 The jobs service is back after 12 min · no changes so far",
    ),
    Case(
        "It is back, and a job changed meanwhile.",
        alert(OutageEnded(NOON - 12 * MINUTE, NOON), path(UP, ERROR)),
        "📶 The jobs service is back after 12 min · changes meanwhile:\n"
        "❌ orders (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min",
        ("Acknowledge…", "Show status…"),
    ),
    Case(
        "The jobs service refused the log-in.",
        alert(LoginRefused("the jobs service refused the bot's log-in", "Correct INFORMATICA_USERNAME.", NOON)),
        "🔐 Can't check any jobs: the jobs service refused the bot's "
        "log-in · since 14 Feb 2026 12:00 UTC\n"
        "No alerts until this is fixed. Tell whoever runs this bot.",
    ),
    Case(
        "To subscribers, directly: a channel was archived.",
        alert(Paused(OPS, "is_archived", 3, ("orders", "clicks"))),
        "🚧 Alerts for the 3 jobs you watch in #C1 are paused: the channel is archived\n"
        "Unarchive it, and alerts resume. Nothing is lost: I'll then post what changed.",
        ("Resume alerts",),
    ),
    Case(
        "To subscribers, directly: posting there is restricted.",
        alert(Paused(OPS, "restricted_action", 1, ("orders",))),
        "🚧 Alerts for the job you watch in #C1 are paused: posting there is restricted\n"
        "Allow me to post there, then press Resume alerts. Nothing is lost: I'll then post what "
        "changed.",
        ("Resume alerts",),
    ),
    Case(
        "To subscribers, directly: two channels.",
        alert(Paused(OPS, "not_in_channel", 2, ("orders", "clicks")), Paused("C2", "strange_code", 1, ())),
        "🚧 Alerts in 2 channels are paused\n"
        "#C1: I'm not in the channel, or it was deleted · 2 jobs\n"
        "#C2: Slack reports “strange_code” · 1 job\n"
        "Invite me again or unarchive the channel, and alerts resume. After any other fix press "
        "Resume alerts. Nothing is lost: I'll then post what changed.",
        ("Resume alerts", "Resume alerts"),
    ),
    Case(
        "To a channel: its alerts have resumed.",
        alert(Resumed(3, NOON - HOUR), path(UP, ERROR)),
        "🔔 Alerts for 3 jobs have resumed · they had been paused since 14 Feb 2026 11:00 UTC · changes meanwhile:\n"
        "❌ orders (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min",
        ("Acknowledge…", "Show status…"),
    ),
]

_INCIDENTS = [
    Case(
        "An incident, some minutes later.",
        partial(incident_message, [ACKNOWLEDGED], NOON),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "👀 Acknowledged by @U2, 14 Feb 2026 12:00 UTC\n"
        "4.5 k messages/s in, 0 out · on average 4.5 k messages/s in, 4.4 k out\n"
        "Failing: lake-target (FAILED)\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Mute…",),
    ),
    Case(
        "As much goes through it as ever.",
        partial(incident_message, [replace(INCIDENT, circumstances=AS_EVER)], NOON),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "100 messages/s in, 101 out · about the average\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "It is muted.",
        partial(incident_message, [MUTED], NOON),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "🔇 Muted by @U1 until 14 Feb 2026 13:00 UTC\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Change mute…"),
    ),
    Case(
        "Until it changes.",
        partial(incident_message, [replace(MUTED, muted_until_change=True)], NOON),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "🔇 Muted by @U1 until it changes\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Change mute…"),
    ),
    Case(
        "The job recovered.",
        partial(incident_message, [RECOVERED], NOON + HOUR),
        "✅ orders is Up and Running · recovered after 1 h\n"
        "👀 Acknowledged by @U2, 14 Feb 2026 12:00 UTC\n"
        "Then: 4.5 k messages/s in, 0 out · on average 4.5 k messages/s in, 4.4 k out\n"
        "Failed: lake-target (FAILED)\n"
        "Began as ❌ Running with Error 14 Feb 2026 12:00 UTC · run 42559 · version 3 · deployed by ann",
    ),
    Case(
        "It got better.",
        partial(incident_message, [replace(INCIDENT, status=WARNING)], NOON),
        "⚠️ orders is Running with Warning · began as ❌ Running with Error\n"
        "Run 42559 · version 3 · deployed by ann · failing since 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "The reply in its thread: the message above has the buttons.",
        partial(
            digest_message,
            Digest((path(ERROR, WARNING),), deliveries=(1,)),
            above=Above(repeats_buttons=False, acknowledged=False),
        ),
        "⚠️ orders is Running with Warning · was ❌ Running with Error for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Show status",),
    ),
    Case(
        "It got worse, which the channel sees; somebody takes care of it already.",
        partial(
            digest_message,
            Digest((path(WARNING, ERROR),), deliveries=(1,)),
            above=Above(repeats_buttons=True, acknowledged=True),
        ),
        "❌ orders is Running with Error · was ⚠️ Running with Warning for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
        ("Mute…",),
    ),
    Case(
        "It recovered while nobody could tell.",
        partial(incident_message, [replace(RECOVERED, changed_at=NOON + 3 * HOUR)], NOON + 3 * HOUR),
        "✅ orders is Up and Running · recovered after at least 1 h\n"
        "👀 Acknowledged by @U2, 14 Feb 2026 12:00 UTC\n"
        "Then: 4.5 k messages/s in, 0 out · on average 4.5 k messages/s in, 4.4 k out\n"
        "Failed: lake-target (FAILED)\n"
        "Began as ❌ Running with Error 14 Feb 2026 12:00 UTC · run 42559 · version 3 · deployed by ann",
    ),
    Case(
        "Nobody watches it here any more, though it was about to work.",
        partial(incident_message, [replace(INCIDENT, status=DEPLOYING, closed_at=NOON)], NOON),
        "🔄 orders was Deploying · the watch has ended\n"
        "Began as ❌ Running with Error 14 Feb 2026 12:00 UTC · run 42559 · version 3 · deployed by ann",
    ),
    Case(
        "Nobody watches it here any more.",
        partial(incident_message, [replace(INCIDENT, closed_at=NOON)], NOON),
        "❌ orders was Running with Error · the watch has ended\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC",
    ),
    Case(
        "Two in one message.",
        partial(incident_message, [INCIDENT, RECOVERED], NOON),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "✅ orders is Up and Running · recovered after 1 h · 👀 Acknowledged by @U2, 14 Feb 2026 12:00 UTC",
        ("Acknowledge…", "Show status…"),
    ),
    Case(
        "Many in one message.",
        partial(incident_message, [MUTED, *[INCIDENT] * 5, RECOVERED], NOON),
        "❌ 6 of 7 jobs still fail\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min · 🔇 Muted by @U1 until "
        "14 Feb 2026 13:00 UTC\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min",
        ("Show all 7", "Acknowledge…", "Show status…"),
    ),
    Case(
        "Many in one message, and somebody takes care of some that have no line.",
        partial(incident_message, [*[INCIDENT] * 15, *[ACKNOWLEDGED] * 6], NOON),
        "❌ 21 jobs fail\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "👀 Also acknowledged: orders by @U2, orders by @U2, orders by @U2, orders by @U2, orders by @U2, and 1 more",
        ("Show all 21", "Acknowledge…", "Show status…"),
    ),
    Case(
        "Many, and all have recovered.",
        partial(incident_message, [RECOVERED] * 200, NOON),
        "✅ All 200 jobs have recovered · the last after 1 h",
        ("Show all 200",),
    ),
    Case(
        "Somebody acknowledged it by a command.",
        partial(acknowledging.acknowledged, INCIDENT, by=BEN),
        "👀 @U2 acknowledged orders · ❌ Running with Error",
    ),
    Case(
        "The button of a reply was pressed.",
        noted(path(WARNING, ERROR)),
        "❌ orders is Running with Error · was ⚠️ Running with Warning for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC\n"
        "👀 orders acknowledged by @U2, 14 Feb 2026 12:00 UTC",
        ("Mute…",),
    ),
    Case(
        "The button was pressed in a message about several jobs.",
        noted(path(UP, ERROR), path(UP, ERROR, title="clicks", run=1)),
        "❌ orders (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ clicks (run 1) is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "👀 orders acknowledged by @U2, 14 Feb 2026 12:00 UTC",
        ("Acknowledge…", "Show status…"),
    ),
    Case(
        "Somebody was faster.",
        partial(acknowledging.already_acknowledged, INCIDENT, Acknowledgement(ANN, NOON)),
        "👀 orders was already acknowledged by @U1, 14 Feb 2026 12:00 UTC",
    ),
    Case(
        "The button of an incident that is over.",
        partial(acknowledging.is_over, RECOVERED),
        "✅ This alert is over: orders recovered 14 Feb 2026 13:00 UTC.",
    ),
    Case(
        "The same after its watch ended.",
        partial(acknowledging.is_over, replace(INCIDENT, closed_at=NOON)),
        "This alert is over: the watch of orders that it came from has ended.",
    ),
    Case(
        "There is no alert.",
        partial(acknowledging.nothing_to_acknowledge, Name("orders"), command="/job"),
        "There is no open alert for orders here.\nSee what is watched here: /job list",
    ),
    Case(
        "Threads are turned off.",
        partial(threads.chosen, on=False, by=BEN, to_person=False),
        "🧵 @U2 turned threads off in this channel. Each alert is a message of its own.",
    ),
    Case(
        "By a person for themselves: on.",
        partial(threads.chosen, on=True, by=BEN, to_person=True),
        "🧵 You turned threads on. All alerts of an incident go into one thread. When a job gets worse or recovers, "
        "that also shows outside the thread.",
    ),
    Case(
        "What was chosen.",
        partial(threads.present, on=True, to_person=False, command="/job"),
        "🧵 Threads are on in this channel. All alerts of an incident go into one thread. When a job gets worse or "
        "recovers, that also shows in the channel.\nTo change that: /job threads off",
    ),
]

_LOOK_UPS = [
    Case(
        "A look-up of a running job that nobody here watches.",
        partial(
            look_up.job_card,
            replace(job(), start_time=NOON - HOUR, location="Default", runtime_env="01"),
            ORDERS,
            Surroundings(),
            now=NOON,
            throughput=MOVED,
        ),
        "✅ orders is Up and Running\n"
        "Throughput, last 1 min: 14 k messages/s in, 13 k out\n51 MB/s in, 0 B/s out\n"
        "Since the deployment: 1.2 M messages in, 1.1 M out\n3.4 GB in, 900 B out\n"
        "Deployed: 14 Feb 2026 11:00 UTC\n"
        "Running for: 1 h\n"
        "Deployed by ann · in Default",
        ("Watch here", "Share here", "Details"),
    ),
    Case(
        "A look-up of a failing job that is watched and muted here, and from which nothing comes out.",
        partial(
            look_up.job_card,
            job(ERROR),
            ORDERS,
            Surroundings(
                subscription=replace(PLAIN, job=FAILING, muted_until=NOON + HOUR, muted_by=BEN),
                has_history=True,
                link=JobLink("https://x.test/{dataflow}"),
            ),
            now=NOON,
            throughput=replace(MOVED, now=replace(MOVED.now, out_messages=320_000, in_bytes=None, out_bytes=None)),
        ),
        "❌ orders is Running with Error · for 1 h\n"
        "🔇 Muted by @U2 until 14 Feb 2026 13:00 UTC\n"
        "⏳ Messages come in, but none go out\n"
        "Throughput, last 1 min: 14 k messages/s in, 0 out\n"
        "Since the deployment: 1.2 M messages in, 320 k out\n"
        "Deployed by ann",
        ("Watching ✓", "Share here", "History", "Open", "Details"),
    ),
    Case(
        "The first look-up of a job's throughput, in direct messages.",
        partial(
            look_up.job_card,
            replace(job(), started_by=None),
            ORDERS,
            Surroundings(is_direct=True),
            now=NOON,
            throughput=Throughput(Statistics(42559, 7_200, None, None, 0, NOON - HOUR, None, NOON)),
        ),
        "✅ orders is Up and Running\n"
        "Average throughput: 2 messages/s in\n0 B/s out\n"
        "Since the deployment: 7.2 k messages in\n0 B out",
        ("Watch here", "Details"),
    ),
    Case(
        "A look-up of a run that has ended years ago.",
        partial(
            look_up.job_card,
            replace(job(ENDED), start_time=NOON - 26_000 * HOUR, end_time=NOON - 18_000 * HOUR),
            ORDERS,
            Surroundings(),
            now=NOON,
        ),
        "⏏️ orders is Undeployed · it ended 2 years ago\n"
        "Deployed: 27 Feb 2023 04:00 UTC\n"
        "Ended: 26 Jan 2024 12:00 UTC\n"
        "Ran for: 333 d 8 h\n"
        "Deployed by ann",
        ("Watch here", "Share here", "Details"),
    ),
    Case(
        "A look-up of a run that has just ended.",
        partial(
            look_up.job_card,
            replace(job(ENDED), start_time=NOON - HOUR, end_time=NOON),
            ORDERS,
            Surroundings(),
            now=NOON,
        ),
        "⏏️ orders is Undeployed\n"
        "Deployed: 14 Feb 2026 11:00 UTC\n"
        "Ended: 14 Feb 2026 12:00 UTC\n"
        "Ran for: 1 h\n"
        "Deployed by ann",
        ("Watch here", "Share here", "Details"),
    ),
    Case(
        "A look-up of a job of which little is known.",
        partial(look_up.job_card, Job(ORDERS, ODD, duration=timedelta(seconds=1543)), ORDERS, Surroundings(), now=NOON),
        "❔ 1948938e-3923-4602-aba8-f122e3d66faf/42559 is Throttled",
        ("Watch here", "Share here", "Details"),
    ),
    Case(
        "Somebody shared a job that is watched here.",
        partial(
            look_up.shared_job_card,
            job(),
            ORDERS,
            Surroundings(subscription=PLAIN, has_history=True),
            ANN,
            now=NOON,
            throughput=replace(MOVED, before=None),
        ),
        "✅ orders is Up and Running · for 1 h\n"
        "Since the deployment: 1.2 M messages in, 1.1 M out\n3.4 GB in, 900 B out\n"
        "Deployed by ann · shared by @U1",
        ("Show status", "Watching ✓", "History", "Details"),
    ),
    Case(
        "Somebody posted a link to a job.",
        partial(look_up.unfurled_job, job(), ORDERS, now=NOON),
        "✅ orders is Up and Running\nAs of 14 Feb 2026 12:00 UTC · run 42559 · version 3",
        ("Show status", "Watch here"),
    ),
    Case(
        "Slack didn't open the modal of a shortcut.",
        partial(look_up_modal.cannot_open, "expired_trigger_id"),
        "Slack didn't open the window: it waits three seconds at most. Try the shortcut again.",
    ),
    Case(
        "The jobs of an old message.",
        all_jobs.not_kept,
        "I can't list these jobs: the message is older than 7 days, or they aren't watched any more.\n"
        "The full list is in the thread of the message, or below it.",
    ),
    Case(
        "Slack didn't open the list of all jobs.",
        partial(all_jobs.cannot_open, "expired_trigger_id"),
        "Slack didn't show the list: it waits three seconds at most. Press the button again.",
    ),
    Case(
        "Slack didn't open the details.",
        partial(job_details.cannot_open, "expired_trigger_id"),
        "Slack didn't show the details: it waits three seconds at most. Press the button again.",
    ),
    Case(
        "A look-up failed.",
        partial(look_up.cannot_check, ORDERS, "the jobs service is busy", "Try again in a few minutes."),
        "Can't check 1948938e-3923-4602-aba8-f122e3d66faf 42559 now: the jobs service is busy.\n"
        "Try again in a few minutes.",
    ),
]

_WATCHING_A_JOB = [
    Case(
        "A channel watches a job.",
        partial(confirmations.now_watching, TRACKED, CHANGES, by=BEN, to_person=False),
        "@U2 is watching orders in this channel · every status change\nNow: ✅ Up and Running",
        ("Show status", "Change…", "Stop watching"),
    ),
    Case(
        "Before a watch ends by a menu.",
        partial(confirmations.stop_watching, TRACKED, to_person=False),
        "Stop watching orders? After that, this channel gets no more alerts for it.",
        ("Stop watching",),
    ),
    Case(
        "Before a person's watch ends by a menu.",
        partial(confirmations.stop_watching, ONE_RUN, to_person=True),
        "Stop watching orders (run 42559 only)? After that, you get no more alerts for it.",
        ("Stop watching",),
    ),
    Case(
        "A channel watches one run, errors only.",
        partial(confirmations.now_watching, ONE_RUN, ERRORS, by=BEN, to_person=False),
        "@U2 is watching orders (run 42559 only) in this channel · errors only (error, unknown "
        "status, and recovery)\n"
        "Now: ✅ Up and Running",
        ("Show status", "Change…", "Stop watching"),
    ),
    Case(
        "A person watches a job that can't be polled now.",
        partial(confirmations.now_watching, UNAVAILABLE, PROBLEMS, by=BEN, to_person=True),
        "You'll get alerts for orders here · problems only (warning, error, unknown status, stopped, "
        "undeployed, and recovery)\n"
        "Can't check it now · last seen ❌ Running with Error",
        ("Show status", "Change…", "Stop watching"),
    ),
    Case(
        "A watch from a channel, for the person.",
        partial(confirmations.watching_by_message, TRACKED, ENDS),
        "You'll get alerts for orders by direct message · Stopped or Undeployed only\nNow: ✅ Up and Running",
    ),
    Case(
        "A watch for another channel.",
        partial(confirmations.watching_elsewhere, TRACKED, CHANGES, "C2"),
        "#C2 gets alerts for orders · every status change\nNow: ✅ Up and Running",
    ),
    Case(
        "A watch that begins during maintenance.",
        partial(confirmations.now_watching, TRACKED, CHANGES, by=BEN, to_person=False, maintenance_until=NOON),
        "@U2 is watching orders in this channel · every status change\n"
        "Now: ✅ Up and Running\n"
        "🔇 Maintenance mutes it until 14 Feb 2026 12:00 UTC.",
        ("Show status", "Change…", "Stop watching"),
    ),
    Case(
        "It is watched already.",
        partial(confirmations.already_watching, TRACKED, CHANGES, to_person=False),
        "This channel already watches orders · every status change\nNow: ✅ Up and Running",
        ("Change…",),
    ),
    Case(
        "The person watches it already.",
        partial(confirmations.already_watching, TRACKED, ERRORS, to_person=True),
        "You already watch orders · errors only (error, unknown status, and recovery)\nNow: ✅ Up and Running",
        ("Change…",),
    ),
    Case(
        "The filter of a channel's watch changed.",
        partial(confirmations.watching_differently, TRACKED, ERRORS, by=ANN, to_person=False),
        "@U1 changed the alerts for orders in this channel · errors only (error, unknown status, "
        "and recovery)\n"
        "Now: ✅ Up and Running",
    ),
    Case(
        "The filter of a person's watch changed.",
        partial(confirmations.watching_differently, TRACKED, CHANGES, by=ANN, to_person=True),
        "You changed your alerts for orders · every status change\nNow: ✅ Up and Running",
    ),
    Case(
        "Slack didn't take the confirmation.",
        partial(confirmations.confirmed_later, "orders", "ratelimited"),
        "The watch of orders is saved, but Slack didn't accept its confirmation just now.\n"
        "Slack limits how much I send. The confirmation follows as soon as Slack accepts it.",
    ),
    Case(
        "A channel stops watching.",
        partial(confirmations.no_longer_watching, TRACKED, by=BEN, to_person=False),
        "@U2 stopped watching orders in this channel.",
    ),
    Case(
        "A channel stops watching a run whose job a pattern covers.",
        partial(
            confirmations.no_longer_watching,
            JobConfirmation(
                Deed.UNWATCHED, ORDERS, "orders", UP, BEN, NOON, others=OtherWatches("orders-*", True, (7, 48211))
            ),
            by=BEN,
            to_person=False,
        ),
        "@U2 stopped watching orders (run 42559 only) in this channel.\n"
        "The watch of all jobs matching orders-* still includes it.\n"
        "Runs 7, 48211 are still watched.",
    ),
    Case(
        "A job is watched in another way, too.",
        partial(confirmations.stop_watching, ONE_RUN, to_person=False, others=OtherWatches(by_name=True)),
        "Stop watching orders (run 42559 only)?\nIt's also watched by its name.",
        ("Stop watching",),
    ),
    Case(
        "A person stops watching.",
        partial(confirmations.no_longer_watching, TRACKED, by=BEN, to_person=True),
        "You stopped watching orders.",
    ),
    Case(
        "It wasn't watched.",
        partial(confirmations.was_not_watching, ORDERS, to_person=False, command="/job"),
        "This channel doesn't watch 1948938e-3923-4602-aba8-f122e3d66faf 42559.\nSee what is watched: /job list",
    ),
    Case(
        "A command about another channel.",
        partial(confirmations.use_command_there, OPS),
        "Use this command in #C1, so that everybody there can see it.",
    ),
    Case(
        "A watch for a private channel, from elsewhere.",
        partial(confirmations.only_public_from_elsewhere, OPS),
        "I can only do that for public channels, and I can't see #C1 as one.\n"
        "If it's private, use the command in that channel.",
    ),
    Case(
        "A watch for a channel that the person isn't in.",
        partial(confirmations.only_for_your_channels, OPS),
        "You can only do that for channels you're in, and you're not in #C1.\nJoin that channel, then try again.",
    ),
    Case(
        "A guest's watch for a very large channel.",
        partial(confirmations.too_many_members, OPS),
        "I can't check that you're in #C1: it has too many members.\nUse the command in that channel.",
    ),
    Case(
        "A watch for a channel that Slack can't be asked about.",
        partial(confirmations.cannot_check_channel, OPS, "ratelimited"),
        "I couldn't ask Slack about #C1, so nothing was changed: Slack limits how much I send.\n"
        "Try again in a minute, or use the command in that channel.",
    ),
    Case(
        "A guest names a user group.",
        confirmations.groups_are_for_members,
        "Guests can't have a user group mentioned, so nothing was changed.\n"
        "Name one person, or ask a member of this workspace.",
    ),
    Case(
        "Somebody names a user group while Slack can't be asked about them.",
        partial(confirmations.cannot_check_member, "ratelimited"),
        "I couldn't ask Slack whether you may name a user group, so nothing was changed: Slack limits how much I "
        "send.\n"
        "Try again in a minute, or name one person.",
    ),
]

_WATCHING_MANY_JOBS = [
    Case(
        "Before many jobs are watched.",
        partial(patterns.question, WatchAll(confirmed=132), ["a", "b", "c", "d", "e", "f"]),
        "That matches 132 jobs: a, b, c, d, e, and 127 more.\n"
        "Watch them all? If not, ignore this message and use a narrower pattern.",
        ("Watch all 132",),
    ),
    Case(
        "More jobs than a pattern may cover.",
        partial(patterns.too_many, 2_001),
        "Nothing was changed: that matches 2,001 jobs, and one pattern can cover 2,000 at most.\n"
        "Use a narrower pattern.",
    ),
    Case(
        "The job list can't be had.",
        partial(patterns.no_list, "the jobs service is busy", "Try again in a minute.", command="/job"),
        "Watching a pattern needs access to the organisation's job list, and I can't get it: the "
        "jobs service is busy.\n"
        "Try again in a minute.\n"
        "You can still watch one job by its IDs: /job watch DATAFLOW RUN",
    ),
    Case(
        "A channel watches a pattern.",
        partial(patterns.now_watching, PATTERN, [FAILING, replace(TRACKED, title="clicks")], by=BEN, to_person=False),
        "@U2 is watching all jobs matching orders-* in this channel · every status change\n"
        "12 jobs match now. New jobs that match will be added.\n"
        "Now, worst first: orders ❌ Running with Error, clicks ✅ Up and Running, and 10 more",
        ("Stop watching",),
    ),
    Case(
        "A person watches all jobs; there are none yet.",
        partial(patterns.now_watching, replace(ALL_JOBS, jobs=0), [], by=BEN, to_person=True),
        "You'll get alerts for all jobs here · every status change\nNo matches yet. New jobs that match will be added.",
        ("Stop watching",),
    ),
    Case(
        "The filter of a pattern changed.",
        partial(
            patterns.watching_differently, replace(PATTERN, status_filter=ERRORS), [FAILING], by=BEN, to_person=False
        ),
        "@U2 changed the alerts for all jobs matching orders-* in this channel · errors only "
        "(error, unknown status, and recovery)\n"
        "Now, worst first: orders ❌ Running with Error, and 11 more",
    ),
    Case(
        "The pattern is watched already.",
        partial(patterns.already_watching, PATTERN, to_person=False),
        "This channel already watches all jobs matching orders-* · every status change\n"
        "12 jobs match now. New jobs that match will be added.",
    ),
    Case(
        "A pattern for another channel.",
        partial(patterns.watching_elsewhere, PATTERN, to_person=False),
        "#C1 gets alerts for all jobs matching orders-* · every status change\n"
        "12 jobs match now. New jobs that match will be added.",
    ),
    Case(
        "A pattern for the person, from a channel.",
        partial(patterns.watching_elsewhere, replace(ALL_JOBS, jobs=1), to_person=True),
        "You'll get alerts for all jobs by direct message · every status change\n"
        "1 job matches now. New jobs that match will be added.",
    ),
    Case(
        "A channel stops watching a pattern.",
        partial(patterns.no_longer_watching, PATTERN, by=BEN, to_person=False),
        "@U2 stopped watching all jobs matching orders-* in this channel.",
    ),
    Case(
        "The end of a pattern, some of whose jobs are watched in another way.",
        partial(
            patterns.no_longer_watching,
            PatternConfirmation(Deed.UNWATCHED, "*", BEN, NOON, jobs=12, still_watched=2),
            by=BEN,
            to_person=True,
        ),
        "You stopped watching all jobs.\n2 of these jobs are still watched in another way.",
    ),
    Case(
        "The pattern wasn't watched.",
        partial(patterns.was_not_watching, "x*", [PATTERN, ALL_JOBS], to_person=False, command="/job"),
        "This channel has no watch of all jobs matching x*.\n"
        "Patterns watched here: all jobs matching orders-*, all jobs.",
    ),
    Case(
        "No pattern is watched.",
        partial(patterns.was_not_watching, None, [], to_person=True, command="/job"),
        "You have no watch of all jobs.\nSee what is watched: /job list",
    ),
    Case(
        "Unwatching a job that a pattern covers.",
        partial(patterns.belongs_to_pattern, Kept(TRACKED, ALL_JOBS, was_named=False), to=None, command="/job"),
        "orders is still watched, because the watch of all jobs includes it.\n"
        "No alerts for this job for a day: /job mute orders 1d\n"
        "Stop watching all of them: /job unwatch all",
    ),
    Case(
        "The same; the job had been watched by name too.",
        partial(patterns.belongs_to_pattern, Kept(TRACKED, PATTERN, was_named=True), to="me", command="/job"),
        "The watch of orders itself has ended, but the watch of all jobs matching orders-* still includes it.\n"
        "No alerts for this job for a day: /job mute orders 1d to me\n"
        "Stop watching all of them: /job unwatch all matching orders-* to me",
    ),
]

_MUTES_AND_PAUSES = [
    Case(
        "A channel's job is muted.",
        partial(muting.muted, FAILING, by=BEN, until=NOON, to_person=False),
        "🔇 @U2 muted orders in this channel until 14 Feb 2026 12:00 UTC.\n"
        "Now: ❌ Running with Error. If it's failing when the mute ends, I'll post here.",
        ("Unmute",),
    ),
    Case(
        "A person's job is muted; it can't be polled now.",
        partial(muting.muted, UNAVAILABLE, by=BEN, until=NOON, to_person=True),
        "🔇 You muted orders until 14 Feb 2026 12:00 UTC.\n"
        "Can't check it now · last seen ❌ Running with Error. If it's failing when the mute ends, "
        "I'll post here.",
        ("Unmute",),
    ),
    Case(
        "A mute is ended by hand.",
        partial(muting.unmuted, TRACKED, by=BEN, to_person=False, changes_follow=False),
        "🔔 @U2 unmuted orders in this channel.\nNow: ✅ Up and Running",
    ),
    Case(
        "A person's mute is ended, and an alert follows.",
        partial(muting.unmuted, TRACKED, by=BEN, to_person=True, changes_follow=True),
        "🔔 You unmuted orders.\nThe changes during the mute follow.",
    ),
    Case(
        "It wasn't muted.",
        partial(muting.was_not_muted, "orders", to_person=False),
        "orders isn't muted in this channel.",
    ),
    Case(
        "A mute until a time of day, without the person's zone.",
        partial(muting.no_time_zone, "/job mute orders 2h"),
        "Nothing was muted: I couldn't get your time zone from Slack, so I can't read a time of day.\n"
        "Use a length instead: /job mute orders 2h",
    ),
    Case(
        "“Resume alerts” was pressed too early.",
        partial(muting.cannot_resume, OPS, "channel_not_found"),
        "Alerts in #C1 are still paused: I'm not in the channel, or it was deleted.\n"
        "Invite me again, then press Resume alerts again. No alerts are lost.",
    ),
    Case(
        "“Resume alerts” was pressed.",
        partial(muting.resumed_by_button, OPS, 3),
        "🔔 Alerts for 3 jobs in #C1 have resumed.",
    ),
    Case(
        "“Resume alerts” was pressed twice.",
        partial(muting.nothing_to_resume, OPS),
        "No alerts are paused in #C1.",
    ),
]

_LIMITS = [
    Case(
        "A channel has as many patterns as it may.",
        partial(patterns.too_many_patterns, TooManyPatterns(20, by_person=False), to_person=False, command="/job"),
        "Nothing was changed: this channel has 20 patterns, and that is the limit.\n"
        "Use one pattern for several, or stop one: /job unwatch all matching PATTERN",
    ),
    Case(
        "A person made as many patterns as they may.",
        partial(patterns.too_many_patterns, TooManyPatterns(50, by_person=True), to_person=False, command="/job"),
        "Nothing was changed: you have 50 patterns in all channels together, and that is the limit.\n"
        "Use one pattern for several, or stop one: /job unwatch all matching PATTERN",
    ),
]

_LISTS = [
    Case(
        "The list, nobody having seen a status begin.",
        partial(
            watch_list.watch_list,
            page_of([replace(PLAIN, job=replace(TRACKED, since_is_exact=False))]),
            [],
            place=OPS,
            command="/job",
            now=NOON,
        ),
        "This channel watches 1 job\n✅ orders · Up and Running for at least 1 h\nWatched by @U1",
    ),
    Case(
        "The list, with everything that can be unusual: each cause once, on top.",
        partial(
            watch_list.watch_list, page_of([ILL, ILL, PLAIN]), [], place=OPS, command="/job", now=NOON + 30 * MINUTE
        ),
        "This channel watches 3 jobs · 2 muted · alerts for 2 paused\n"
        "📵 Can't check 2 jobs now: the jobs service is busy; their statuses are the last ones seen.\n"
        "🚧 Alerts for 2 jobs are paused: I'm not in the channel, or it was deleted. Invite me again and alerts "
        "resume.\n"
        + "❌ clicks (run 42559) · Running with Error for at least 1 h · on errors · 📵 last checked 30 min ago · "
        "🔇 muted, 30 min left · 🚧 paused · 📭 an alert was dropped: Slack limits how much I send\n"
        * 2
        + "✅ orders · Up and Running for at least 1 h · 📵 last checked 30 min ago\n"
        "Watched by @U1\n"
        "Muted by @U2",
        ("Resume alerts",),
    ),
    Case(
        "The list of a channel that watches nothing.",
        partial(watch_list.watch_list, page_of([]), [], place=OPS, command="/job", now=NOON),
        "This channel doesn't watch any jobs yet.\nWatch one: /job watch NAME",
    ),
    Case(
        "The second page of a long list, of a person.",
        partial(watch_list.watch_list, page_of([PLAIN] * 40, 2), [], place="D1", command="/job", now=NOON),
        "You watch 40 jobs\n" + "✅ orders · Up and Running for 1 h\n" * 15 + "Page 2 of 3 · Watched by @U1",
        ("Previous", "Next"),
    ),
    Case(
        "A page that a list doesn't have.",
        partial(watch_list.watch_list, page_of([PLAIN] * 21, 9), [], place="D1", command="/job", now=NOON),
        "You watch 21 jobs\nThere is no page 9: the last page is 2.\nSee it: /job list page 2",
    ),
    Case(
        "A page that a short list doesn't have.",
        partial(watch_list.watch_list, page_of([PLAIN], 2), [], place="D1", command="/job", now=NOON),
        "You watch 1 job\nThere is no page 2: there is only one page.\nSee it: /job list page 1",
    ),
    Case(
        "Patterns in the list, one of them new: its jobs count before they have been looked up.",
        partial(
            watch_list.watch_list,
            page_of([], pending=12),
            [
                replace(ALL_JOBS, jobs=1),
                replace(PATTERN, status_filter=PROBLEMS, paused_because="is_archived"),
                replace(PATTERN, failure="the jobs service could not be reached"),
            ],
            place=OPS,
            command="/job",
            now=NOON,
        ),
        "This channel watches 12 jobs · 12 not looked up yet\n"
        "🔎 all jobs · 1 job · watched by @U1\n"
        "🔎 all jobs matching orders-* · 12 jobs · on problems · watched by @U1\n"
        "      🚧 Alerts paused: the channel is archived\n"
        "🔎 all jobs matching orders-* · 12 jobs · watched by @U1\n"
        "      📵 Can't look for new jobs now: the jobs service could not be reached",
    ),
    Case(
        "The help.",
        partial(help.help_text, page_of([PLAIN] * 5), to_person=False, command="/job", now=NOON),
        "This channel watches 5 jobs\n"
        "✅ orders · Up and Running\n"
        "✅ orders · Up and Running\n"
        "✅ orders · Up and Running\n"
        "… and 2 more: /job list\n"
        "\n"
        "/job status NAME  show the job's status, only to you\n"
        "/job watch NAME  alert this channel on every status change\n"
        "/job watch  open a form to choose the job and the alerts\n"
        "/job watch NAME on errors  errors only; “on problems” adds warnings and stops\n"
        "/job watch NAME owner me  mention you on errors; also “owner @team”, “runbook https://…”\n"
        "/job watch NAME remind every 30m  remind while it fails; also “tell @ada if error for 15m”\n"
        "/job watch NAME to me  alert you by direct message\n"
        "/job watch all matching sales-*  watch every job with such a name, and new ones; “watch all” for all jobs\n"
        "/job unwatch NAME  stop watching; also “unwatch all matching sales-*”\n"
        "/job mute NAME 2h  no alerts for two hours; also “until 9:00”, “until it changes”\n"
        "/job unmute NAME  end the mute; “unmute all” ends maintenance\n"
        "/job mute all 2h upgrade  no alerts during maintenance; then one message says what happened meanwhile\n"
        "/job quiet 22:00-7:00  at night only errors; “quiet off” ends that\n"
        "/job ack NAME  show everybody that you take care of a failing job\n"
        "/job history NAME 7d  show a timeline, incidents, and the share of time healthy; also “24h”, “30d”\n"
        "/job list  show what this channel watches, worst first\n"
        "/job jobs WORDS  find jobs by name\n"
        "/job digest daily 9:00  sum up each day; also “weekly mon 9:00”, “off”; a city can follow the time\n"
        "/job threads off  post each alert by itself, not in the thread of its incident\n"
        "/job settings  open a form: filter of new watches, digest, quiet hours, permissions\n"
        "\n"
        "NAME is a job's name, its dataflow ID, or its dataflow ID and run ID. You can paste a URL with these IDs.",
        ("Settings",),
    ),
    Case(
        "A job's history.",
        partial(
            report.job_history,
            HISTORY,
            HISTORY.timeline(NOON - Lookback.DAY.length, NOON),
            Lookback.DAY,
            now=NOON,
            has_picture=True,
        ),
        "❌ orders (run 42559) is Running with Error · for 1 h, since 14 Feb 2026 11:00 UTC\n"
        "The last 24 hours:\n"
        "Up and Running: 84.4 % of 6 h 24 min\n"
        "Incidents: 1, not over yet\n"
        "Last change: 14 Feb 2026 11:00 UTC\n"
        "Unknown: 1 h (the job couldn't be checked)\n"
        "Watched since: 14 Feb 2026 04:36 UTC\n"
        "00:00 🔹🔹🔹🔹✅⬜\n"
        "06:00 ✅✅✅✅✅❌\n"
        "Each icon is the worst status in an hour · ⬜ couldn't be checked · 🔹 not watched yet\n"
        "The picture is in your direct messages with me.\n"
        "14 Feb 2026 11:00 UTC · ✅ Up and Running for 3 h 12 min → ❌ Running with Error\n"
        "14 Feb 2026 07:48 UTC · ✅ Up and Running for at least 1 h 48 min → 🔄 Deploying · redeployed: run "
        "42558 → 42559",
        ("7 days", "30 days", "Share here"),
    ),
    Case(
        "The history of a job that can't be polled now.",
        partial(
            report.job_history,
            History(UNAVAILABLE, Recorded(), NOON),
            History(UNAVAILABLE, Recorded(), NOON).timeline(NOON, NOON + HOUR),
            now=NOON + HOUR,
        ),
        "Can't check orders (run 42559) now · last seen ❌ Running with Error since 14 Feb 2026 11:00 UTC "
        "· last checked 14 Feb 2026 12:00 UTC\n"
        "The last 7 days:\n"
        "Up and Running: unknown\n"
        "Incidents: unknown\n"
        "Last change: none recorded\n"
        "Unknown: 1 h (the job couldn't be checked)\n"
        "Sat 14 🔹🔹🔹🔹⬜\n"
        "Each icon is the worst status in 3 hours · ⬜ couldn't be checked · 🔹 more than 7 days ago\n"
        "No changes seen in this time.",
        ("24 hours", "30 days", "Share here"),
    ),
    Case(
        "A history that is shared, as text.",
        partial(
            report.shared_history,
            HISTORY,
            HISTORY.recorded.timeline(FAILING, NOON - HOUR * 4, NOON),
            Lookback.DAY,
            UTC,
            ANN,
        ),
        "@U1 shares the history of orders · last 24 hours: Up and Running 75 % of 4 h · 1 incident, not over yet\n"
        "06:00 🔹🔹✅✅✅❌\n"
        "Each icon is the worst status in an hour · 🔹 more than 24 hours ago · times in UTC",
    ),
    Case(
        "A history that the channel may not see.",
        partial(report.cannot_share, Name("orders"), command="/job"),
        "I can't share the history of orders here: this channel doesn't watch it.\nWatch it: /job watch orders",
    ),
    Case(
        "The history of a job that isn't watched here any more.",
        partial(report.job_history, History(FAILING, Recorded()), None, now=NOON),
        "orders (run 42559) isn't watched here any more · last seen ❌ Running with Error since 14 Feb "
        "2026 11:00 UTC\n"
        "No changes since 14 Feb 2026 11:00 UTC.",
    ),
    Case(
        "No history.",
        partial(report.no_history, ORDERS, to_person=False, command="/job"),
        "There is no history for 1948938e-3923-4602-aba8-f122e3d66faf 42559 here: neither this channel nor you "
        "watch it.\n"
        "Watch it: /job watch 1948938e-3923-4602-aba8-f122e3d66faf 42559",
    ),
    Case(
        "A name that several jobs have.",
        partial(
            pickers.which_job,
            "orders",
            [NamedJob(f"d{number}", "orders-to-lake", ERROR) for number in range(12)],
            Watch,
            command="/job",
            now=NOON,
        ),
        "12 jobs match “orders”. Which one?\n… and 2 more. Type more of the name, or see them all: /job jobs orders",
        (
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
            "❌ orders-to-lake",
        ),
    ),
    Case(
        "A name that no job has.",
        partial(
            pickers.no_such_job,
            "order-to-lake",
            None,
            command="/job",
            example="status D 1",
            now=NOON,
            similar=[NamedJob("d1", "orders-to-lake", UP)],
            press_for=Watch,
        ),
        "No job called “order-to-lake”.\nDid you mean:",
        ("✅ orders-to-lake",),
    ),
    Case(
        "A name that no job has, and none is similar.",
        partial(pickers.no_such_job, "x", None, command="/job", example="status D 1", now=NOON),
        "No job called “x”.\nSee all jobs: /job jobs",
    ),
    Case(
        "A name that no watched job has; the job list can't be had.",
        partial(pickers.no_such_job, "x", "the jobs service is busy", command="/job", example="status D 1", now=NOON),
        "No job watched here or by you is called “x”.\n"
        "I can't search the others: the jobs service is busy.\n"
        "Use the dataflow ID and the run ID instead: /job status D 1",
    ),
    Case(
        "A job search: what is watched here is marked.",
        partial(
            pickers.jobs_page,
            [NamedJob("d1", "orders-to-lake", UP), NamedJob("d2", "orders")],
            "orders",
            None,
            page=1,
            watched={Dataflow("d2")},
            command="/job",
            now=NOON,
        ),
        "2 jobs with “orders” in the name\n✅ orders-to-lake · Up and Running\norders",
        ("Watch here", "Watching ✓"),
    ),
    Case(
        "A job search that finds nothing.",
        partial(pickers.jobs_page, [], "xyz", None, page=1, watched=(), command="/job", now=NOON),
        "No jobs with “xyz” in the name\nSee all jobs: /job jobs",
    ),
    Case(
        "A job search without the job list.",
        partial(
            pickers.jobs_page,
            [NamedJob("d1", "orders", UP), NamedJob("d2", "clicks", ERROR, as_of=NOON - HOUR)],
            "",
            "the jobs service is busy",
            page=1,
            watched={Dataflow("d1"), Dataflow("d2")},
            command="/job",
            now=NOON,
        ),
        "2 watched jobs\nI can only list jobs watched here or by you: the jobs service is busy.\n"
        "✅ orders · Up and Running\n"
        "❌ clicks · Running with Error · seen 1 h ago",
        ("Watching ✓", "Watching ✓"),
    ),
    Case(
        "A job search in a list that isn't new.",
        partial(
            pickers.jobs_page,
            [NamedJob(f"d{number}", "orders", UP, as_of=NOON - MINUTE) for number in range(2)],
            "",
            None,
            page=1,
            watched=(),
            command="/job",
            now=NOON,
        ),
        "2 jobs · as of 14 Feb 2026 11:59 UTC\n✅ orders · Up and Running\n✅ orders · Up and Running",
        ("Watch here", "Watch here"),
    ),
    Case(
        "Jobs to pick from whose statuses aren't new.",
        partial(
            pickers.which_job,
            "orders",
            [NamedJob("d1", "orders", UP, as_of=NOON - HOUR), NamedJob("d1", "orders", ERROR, 7)],
            Watch,
            command="/job",
            now=NOON,
        ),
        "2 jobs match “orders”. Which one?",
        ("orders", "❌ orders (run 7)"),
    ),
]

_FAILURES = [
    Case(
        "A mention that isn't a command.",
        partial(failures.mention_not_understood, bot_name="jobwatch", command="/job"),
        "I don't understand that. Try @jobwatch status NAME or /job help.",
    ),
    Case(
        "The bot isn't in the channel.",
        partial(failures.cannot_post, "/job watch orders", bot_name="jobwatch", why="not_in_channel"),
        "I can't post in this channel: I'm not in it.\n"
        "Invite me with /invite @jobwatch, then try again: /job watch orders",
    ),
    Case(
        "The bot isn't in another channel.",
        partial(
            failures.cannot_post, "/job watch orders to #x", bot_name="jobwatch", why="channel_not_found", elsewhere=OPS
        ),
        "I can't post in #C1: I'm not in it.\n"
        "In that channel, type /invite @jobwatch, then try again: /job watch orders to #x",
    ),
    Case(
        "The channel is archived.",
        partial(failures.cannot_post, "/job watch orders", bot_name="jobwatch", why="is_archived"),
        "I can't post in this channel: the channel is archived.\nUnarchive it, then try again: /job watch orders",
    ),
    Case(
        "Slack refuses the post with an unknown code.",
        partial(failures.cannot_post, "/job watch orders", bot_name="jobwatch", why="strange_code"),
        "I can't post in this channel: Slack reports “strange_code”.\nFix that, then try again: /job watch orders",
    ),
    Case(
        "Direct messages are turned off.",
        partial(failures.cannot_message_you, "messages_tab_disabled"),
        "I can't send you direct messages, so nothing was changed.\n"
        "Ask whoever manages this app to turn on its Messages tab.",
    ),
    Case(
        "Too many requests.",
        partial(failures.busy, "/job list"),
        "I have too many requests right now.\nTry again in a moment: /job list",
    ),
    Case(
        "Too many requests of one person.",
        partial(failures.busy_with_yours, "/job list"),
        "I'm still working on your other requests.\nTry again in a moment: /job list",
    ),
    Case(
        "Too many searches of one person.",
        failures.still_searching,
        "I'm still working on your other searches. Type another letter to search again.",
    ),
    Case(
        "Somebody from another workspace.",
        failures.not_for_strangers,
        "I only work for members of the workspace I'm installed in, so please ask one of them.",
    ),
    Case(
        "Slack can't be asked which workspace the bot is in.",
        partial(failures.workspace_unknown, "/job list"),
        "I can't reach Slack to check who is asking.\nTry again in a moment: /job list",
    ),
    Case(
        "Slack can't be asked whether a person belongs to the workspace.",
        failures.workspace_unknown,
        "I can't reach Slack to check who is asking. Try again in a moment.",
    ),
    Case(
        "The bot was stopped.",
        partial(failures.interrupted, "/job list"),
        "I was restarted before this was done.\nTry again: /job list",
    ),
    Case(
        "Something hangs.",
        partial(failures.took_too_long, "/job list"),
        "That took too long.\nTry again: /job list",
    ),
    Case(
        "The database can't be reached.",
        failures.database_problem,
        "I can't reach my database, so nothing was changed. Try again in a minute.\n"
        "If this keeps happening, tell whoever runs this bot.",
    ),
    Case(
        "A bug.",
        failures.internal_error,
        "Something went wrong on my side. Tell whoever runs this bot: the details are in my log.",
    ),
]

_GRAMMAR_ERRORS = [
    Case(
        "`/job wacth orders`",
        error_of("wacth orders"),
        "There is no command “wacth”. Did you mean:",
        ("watch orders", 'status "wacth orders"'),
    ),
    Case(
        "`/job mute orders 5`",
        error_of("mute orders 5"),
        "“5” needs a unit. Did you mean:",
        ("5 minutes", "5 hours", "Run 5 for 1 hour"),
    ),
    Case(
        "`/job mute “orders” for 1`",
        error_of("mute “orders” for 1"),
        "“1” isn't a length of time. Did you mean:",
        ("1 minute", "1 hour"),
    ),
    Case(
        "`/job status`",
        error_of("status"),
        "“status” needs a job.\n"
        "Use the job's name, its dataflow ID, or its dataflow ID and its run ID.\n"
        "Try: /job status orders-to-lake",
    ),
    Case(
        "`/job watch orders to`",
        error_of("watch orders to"),
        "“to” needs a recipient.\n"
        "Use “to me”, “to here” or “to #channel”. If these words are part of the name, put the name "
        "in quotes.\n"
        "Try: /job watch orders to me",
    ),
    Case(
        "`/job watch orders to @ada`",
        error_of("watch orders to @ada"),
        "I can't send alerts to “@ada”.\n"
        "Alerts go to a channel, or to you: “to me”. If these words are part of the name, put the "
        "name in quotes.\n"
        "Try: /job watch orders to me",
    ),
    Case(
        "`/job watch orders to #lake`",
        error_of("watch orders to #lake"),
        "Slack didn't recognise “#lake” as a channel.\n"
        "Type “#” and pick the channel from the list that Slack shows. If these words are part of "
        "the name, put the name in quotes.\n"
        "Try: /job watch orders to here",
    ),
    Case(
        "`/job watch orders on stoped`",
        error_of("watch orders on stoped"),
        "“stoped” isn't a status.\n"
        "Did you mean “Stopped”? Use changes, problems, errors, or statuses: Deploying, Up and "
        "Running, Running with Warning, Running with Error, Undeployed, Stopped. If these words are "
        "part of the name, put the name in quotes.\n"
        "Try: /job watch orders on Stopped",
    ),
    Case(
        "`/job watch orders on`",
        error_of("watch orders on"),
        "“on” needs a filter.\n"
        "Use changes, problems, errors, or statuses: Deploying, Up and Running, Running with "
        "Warning, Running with Error, Undeployed, Stopped. If these words are part of the name, put "
        "the name in quotes.\n"
        "Try: /job watch orders on problems",
    ),
    Case(
        "`/job watch orders on problems, stopped`",
        error_of("watch orders on problems, stopped"),
        "“problems” can't be combined with statuses.\n"
        "Use changes, problems, errors, or statuses: Deploying, Up and Running, Running with "
        "Warning, Running with Error, Undeployed, Stopped. If these words are part of the name, put "
        "the name in quotes.\n"
        "Try: /job watch orders on problems",
    ),
    Case(
        "`/job watch “orders” please`",
        error_of("watch “orders” please"),
        "I don't understand “please”.\n"
        "Only “on …”, “owner …”, “runbook …”, “remind …”, “tell …” and “to me”, “to here” or “to #channel” can follow "
        "the job after “watch”.\n"
        "Try: /job watch orders",
    ),
    Case(
        "`/job watch “orders” errors`",
        error_of("watch “orders” errors"),
        "I don't understand “errors”.\nDid you leave out “on”?\nTry: /job watch orders on errors",
    ),
    Case(
        "`/job mute orders 0m`",
        error_of("mute orders 0m"),
        "“0m” is too short.\n"
        "A mute lasts from 1 minute to 30 days (30m, 2h, 1d), until a time of day (until 9:00), or until it "
        "changes. If these words are part of the name, put the name in quotes.\n"
        "Try: /job mute orders 1m",
    ),
    Case(
        "`/job mute orders for`",
        error_of("mute orders for"),
        "“for” needs a length of time.\n"
        "A mute lasts from 1 minute to 30 days (30m, 2h, 1d), until a time of day (until 9:00), or until it "
        "changes. If these words are part of the name, put the name in quotes.\n"
        "Try: /job mute orders 2h",
    ),
    Case(
        "`/job mute “orders” 1 month`",
        error_of("mute “orders” 1 month"),
        "“1 month” isn't a length of time.\n"
        "A mute lasts from 1 minute to 30 days (30m, 2h, 1d), until a time of day (until 9:00), or until it changes.\n"
        "Try: /job mute orders 2h",
    ),
    Case(
        "`/job mute orders until Monday`",
        error_of("mute orders until Monday"),
        "“Monday” isn't a time of day.\n"
        "“until” takes a time of day (9:00, tomorrow 9:00, noon) or “it changes”. For a longer mute, type 1d."
        " If these words are part of the name, put the name in quotes.\n"
        "Try: /job mute orders 1d",
    ),
    Case(
        "`/job mute “orders” until 2h`",
        error_of("mute “orders” until 2h"),
        "“2h” isn't a time of day.\nType a length without “until”.\nTry: /job mute orders 2h",
    ),
    Case(
        "`/job list 0`",
        error_of("list 0"),
        "I don't understand “0” after “list”.\nOnly a page number can follow it.\nTry: /job list page 2",
    ),
    Case(
        "`/job jobs orders page 0`",
        error_of("jobs orders page 0"),
        "“0” isn't a page number.\nThe first page is 1.\nTry: /job jobs page 2",
    ),
    Case(
        "`/job status orders-*`",
        error_of("status orders-*"),
        "“status” takes one job, and “orders-*” is a pattern.\n"
        "“jobs” finds jobs by name; “watch”, “unwatch”, “mute” and “unmute” take patterns. Put a name that contains * "
        "or ? in quotes.\n"
        "Try: /job jobs orders-",
    ),
    Case(
        "`/job watch all orders`",
        error_of("watch all orders"),
        "I don't understand “orders” after “all”.\n"
        "Use “all”, or “all matching” and a pattern. Put a name that begins with “all” in quotes.\n"
        "Try: /job watch all matching *orders*",
    ),
    Case(
        "`/job watch all matching`",
        error_of("watch all matching"),
        "“matching” needs a pattern.\n"
        "In a pattern, * stands for any characters and ? for one character.\n"
        "Try: /job watch all matching orders-*",
    ),
    Case(
        "`/job watch a* b*`",
        error_of("watch a* b*"),
        "“a* b*” is several words.\n"
        "Put a pattern of several words in quotes, and also a name that contains * or ?.\n"
        'Try: /job watch all matching "a* b*"',
    ),
    Case(
        "`/job status all`",
        error_of("status all"),
        "“all” works only with “watch”, “unwatch”, “mute” and “unmute”.\n"
        "“status” takes one job. If a job is called “all”, put its name in quotes.\n"
        "Try: /job list",
    ),
    Case(
        "`/job status 1948938e-3923-4602-aba8-f122e3d66faf 0`",
        error_of("status 1948938e-3923-4602-aba8-f122e3d66faf 0"),
        "“0” isn't a run ID.\n"
        "A run ID is a whole number above zero, with at most 18 digits.\n"
        "Try: /job status 1948938e-3923-4602-aba8-f122e3d66faf",
    ),
    Case(
        "`/job status the “big” orders`",
        error_of("status the “big” orders"),
        'The quotes cover only part of the name.\nPut them around the whole name.\nTry: /job status "the big orders"',
    ),
    Case(
        "`/job status https://x.example/jobs/`",
        error_of("status https://x.example/jobs/"),
        "That URL contains no dataflow ID, or more than one.\n"
        "Use the job's name, its dataflow ID, or its dataflow ID and its run ID.\n"
        "Try: /job status orders-to-lake",
    ),
    Case(
        "`/job watch orders tell <@U0ADA|ada>`",
        error_of("watch orders tell <@U0ADA|ada>"),
        "“tell” needs a length of time.\n"
        "A job must fail for 1 minute to 24 hours: “if error for 15m”, “if problem for 1h”.\n"
        "Try: /job watch orders tell @U0ADA if error for 15m",
    ),
    Case(
        "`/job watch <#C0LAKE|lake>`",
        error_of("watch <#C0LAKE|lake>"),
        "“#lake” isn't a job.\n"
        "Use the job's name, its dataflow ID, or its dataflow ID and its run ID.\n"
        "Try: /job watch orders-to-lake",
    ),
    Case(
        "More than 1,000 characters.",
        error_of("x" * 1_001),
        "That is too long: 1,001 characters, and the limit is 1,000.\n"
        "Use the job's name, its dataflow ID, or its dataflow ID and its run ID.\n"
        "Try: /job status orders-to-lake",
    ),
]

_WATCHED = JobConfirmation(Deed.WATCHED, ORDERS, "orders", UP, BEN, NOON, followed=True)
_ALL_WATCHED = PatternConfirmation(
    Deed.WATCHED, "orders-*", BEN, NOON, status_filter=ERRORS, jobs=12, worst=(JobThen("orders", ERROR),)
)

_CONFIRMED_LATER = [
    Case(
        "A watch is confirmed after Slack was unwell.",
        alert(_WATCHED),
        "@U2 is watching orders in this channel · every status change\nAs of 14 Feb 2026 12:00 UTC: ✅ Up and Running",
        ("Show status", "Change…", "Stop watching"),
    ),
    Case(
        "A job that couldn't be polled then.",
        alert(replace(_WATCHED, deed=Deed.CHANGED, failure="it hangs")),
        "@U2 changed the alerts for orders in this channel · every status change\n"
        "As of 14 Feb 2026 12:00 UTC: last seen ✅ Up and Running",
    ),
    Case(
        "A watch of many jobs.",
        alert(_ALL_WATCHED),
        "@U2 is watching all jobs matching orders-* in this channel · errors only (error, unknown status, and "
        "recovery)\n"
        "12 jobs matched then. New jobs that match are added.\n"
        "As of 14 Feb 2026 12:00 UTC, worst first: orders ❌ Running with Error, and 11 more",
        ("Stop watching",),
    ),
    Case(
        "A mute.",
        alert(replace(_WATCHED, deed=Deed.MUTED, until=NOON + HOUR)),
        "🔇 @U2 muted orders in this channel until 14 Feb 2026 13:00 UTC.\n"
        "As of 14 Feb 2026 12:00 UTC: ✅ Up and Running. If it's failing when the mute ends, I'll post here.",
        ("Unmute",),
    ),
    Case(
        "Somebody takes care.",
        alert(replace(_WATCHED, deed=Deed.ACKNOWLEDGED, status=ERROR)),
        "👀 @U2 acknowledged orders, 14 Feb 2026 12:00 UTC.",
    ),
    Case(
        "An alert, and what people did meanwhile.",
        alert(
            path(UP, ERROR),
            _WATCHED,
            replace(_ALL_WATCHED, deed=Deed.UNWATCHED),
            replace(_WATCHED, deed=Deed.MUTED, title="clicks", until=NOON + HOUR),
            replace(_WATCHED, deed=Deed.UNMUTED, title="clicks"),
            replace(_WATCHED, deed=Deed.ACKNOWLEDGED, title="clicks", to_person=True),
        ),
        "❌ orders (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "@U2 is watching orders in this channel · every status change\n"
        "@U2 stopped watching all jobs matching orders-* in this channel\n"
        "🔇 @U2 muted clicks in this channel until 14 Feb 2026 13:00 UTC\n"
        "🔔 @U2 unmuted clicks in this channel\n"
        "👀 You acknowledged clicks, 14 Feb 2026 12:00 UTC",
        ("Acknowledge…", "Show status…"),
    ),
]

_OFTEN = Reminding(Reminders(30 * MINUTE), Escalation(BEN, 15 * MINUTE))
_GROUP = Reminding(Reminders(HOUR, Failing.PROBLEM), Escalation("S0TEAM", 2 * HOUR, Failing.PROBLEM))
_REMINDER = Reminder(
    ORDERS, "orders", ERROR, NOON - 35 * MINUTE, NOON - 35 * MINUTE, NOON, True, True, contact=Contact(BEN)
)
_ESCALATED = Escalated(ORDERS, "orders", ERROR, NOON - 15 * MINUTE, NOON - 15 * MINUTE, NOON, BEN, True, True, "3")
_REMINDED = replace(INCIDENT, reminding=_OFTEN, is_reminded=True)

_REMINDING = [
    Case(
        "A job fails, and reminders will follow.",
        alert(replace(path(UP, ERROR), reminding=_OFTEN)),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC\n"
        "⏰ Reminds every 30 min · 🚨 Escalates after 15 min · unless acknowledged",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "A job still fails.",
        alert(_REMINDER),
        "❌ orders is still Running with Error · for 35 min\n"
        "Owner: @U2\n"
        "Run 42559 · status since 14 Feb 2026 11:25 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "It fails for longer than its status says.",
        alert(replace(_REMINDER, status=WARNING, failing_since=NOON - 2 * HOUR, failing_is_exact=True)),
        "⚠️ orders is still Running with Warning · for 35 min · failing for 2 h\n"
        "Run 42559 · status since 14 Feb 2026 11:25 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "It failed already when somebody watched it.",
        alert(replace(_REMINDER, status=WARNING, failing_since=NOON - 2 * HOUR)),
        "⚠️ orders is still Running with Warning · for 35 min · failing for at least 2 h\n"
        "Run 42559 · status since 14 Feb 2026 11:25 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "Nobody could look until a moment ago.",
        alert(replace(_REMINDER, contact=Contact(), since=NOON, since_is_exact=False, failing_since=NOON - 2 * HOUR)),
        "❌ orders is still Running with Error · failing for at least 2 h\n"
        "Run 42559 · status since at least 14 Feb 2026 12:00 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "Two jobs still fail, and a third changed.",
        alert(path(UP, ERROR, title="a"), _REMINDER, replace(_ESCALATED, title="b", to="S0TEAM")),
        "❌ a (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ orders is still Running with Error · for 35 min\n"
        "❌ b is still Running with Error · for 15 min · 🚨 escalated to @S0TEAM\n"
        "Owner: @U2",
        ("Acknowledge…", "Show status…"),
    ),
    Case(
        "Somebody is told that a job fails for long.",
        alert(replace(_ESCALATED, contact=Contact(ANN, "https://wiki.example.com/orders"))),
        "❌ orders is still Running with Error · for 15 min · 🚨 escalated to @U2\n"
        "Runbook: wiki.example.com/orders\n"
        "Run 42559 · version 3 · status since 14 Feb 2026 11:45 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "Ann's own watch tells Ben.",
        alert(replace(_ESCALATED, watched_by=ANN)),
        "❌ orders is still Running with Error · for 15 min · 🚨 escalated to you by @U1\n"
        "Run 42559 · version 3 · status since 14 Feb 2026 11:45 UTC",
        ("Show status",),
    ),
    Case(
        "Ann's own watch couldn't reach Ben.",
        alert(replace(_ESCALATED, unreached="user_disabled")),
        "❌ orders is still Running with Error · for 15 min"
        " · 🚨 couldn't reach @U2: their account is deactivated, or I can't message it\n"
        "Nobody else was notified. Name somebody else with “Change…” in the ⋯ menu.\n"
        "Run 42559 · version 3 · status since 14 Feb 2026 11:45 UTC",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "What follows if nobody acts.",
        partial(incident_message, [_REMINDED], NOON),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC\n"
        "⏰ Reminds every 30 min · 🚨 Escalates after 15 min · unless acknowledged",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "A job that failed before it was watched is reminded of, and then shown as it is.",
        partial(incident_message, [replace(_REMINDED, opening=replace(change(ERROR), old_since=None))], NOON),
        "❌ orders is Running with Error\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC\n"
        "⏰ Reminds every 30 min · 🚨 Escalates after 15 min · unless acknowledged",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "Somebody was told that it lasts.",
        partial(incident_message, [replace(_REMINDED, escalated_at=NOON + 15 * MINUTE)], NOON + HOUR),
        "❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "🚨 Escalated to @U2, 14 Feb 2026 12:15 UTC\n"
        "Run 42559 · version 3 · deployed by ann · status since 14 Feb 2026 12:00 UTC\n"
        "⏰ Reminds every 30 min · unless acknowledged",
        ("Acknowledge", "Mute…"),
    ),
    Case(
        "Ben sets reminders.",
        partial(confirmations.watching_differently, TRACKED, ERRORS, by=BEN, to_person=False, reminding=_OFTEN),
        "@U2 changed the alerts for orders in this channel · errors only (error, unknown status, and recovery)\n"
        "Now: ✅ Up and Running\n"
        "⏰ Reminders every 30 min while there are errors · 🚨 Escalates to @U2 after 15 min with errors",
    ),
    Case(
        "A pattern that tells a user group is watched already.",
        partial(patterns.already_watching, replace(PATTERN, reminding=_GROUP), to_person=False),
        "This channel already watches all jobs matching orders-* · every status change\n"
        "12 jobs match now. New jobs that match will be added.\n"
        "⏰ Reminders every 1 h while there are problems · 🚨 Escalates to a user group after 2 h with problems",
    ),
    Case(
        "The list names whom jobs escalate to.",
        partial(
            watch_list.watch_list,
            page_of([replace(PLAIN, reminding=_OFTEN)]),
            [replace(PATTERN, reminding=_GROUP)],
            place=OPS,
            command="/job",
            now=NOON,
        ),
        "This channel watches 1 job\n"
        "🔎 all jobs matching orders-* · 12 jobs · watched by @U1 · "
        "⏰ reminds every 1 h · 🚨 escalates to a user group after 2 h\n"
        "✅ orders · Up and Running for 1 h · ⏰ reminds every 30 min · 🚨 escalates after 15 min\n"
        "Watched by @U1\n"
        "Escalates to @U2",
    ),
    Case(
        "Somebody who isn't a member can't be told.",
        partial(refusals.not_a_member, BEN),
        "I can only escalate to members of this workspace, and @U2 isn't one, so nothing was changed.\n"
        "Name somebody else.",
    ),
    Case(
        "The bot itself can't be told.",
        refusals.not_myself,
        "I can't escalate to myself: nobody would take care of the job, so nothing was changed.\n"
        "Name a person or a user group.",
    ),
    Case(
        "A guest's own watch escalates to nobody else.",
        refusals.not_by_guests,
        "Guests can't escalate to others by direct message, so nothing was changed.\n"
        "Name yourself, or ask a member of this workspace.",
    ),
    Case(
        "Another app can't be told.",
        partial(refusals.not_an_app, BEN),
        "I can't escalate to @U2: it's an app, and nobody would take care of the job, so nothing was changed.\n"
        "Name a person or a user group.",
    ),
    Case(
        "The owner takes care of nothing.",
        partial(refusals.not_a_member, BEN, as_owner=True),
        "The owner must be a member of this workspace, and @U2 isn't one, so nothing was changed.\nName somebody else.",
    ),
    Case(
        "A mention wouldn't reach them.",
        partial(refusals.not_there, BEN, OPS),
        "@U2 isn't in #C1 and would miss the mention, so nothing was changed.\n"
        "Invite them to the channel, then try again, or name somebody else.",
    ),
    Case(
        "A person's own watch can't tell a group.",
        refusals.no_group_by_message,
        "I can't escalate to a user group by direct message, so nothing was changed.\n"
        "Name one person, or watch the job in a channel.",
    ),
    Case(
        "Slack doesn't say who somebody is.",
        partial(refusals.cannot_check, BEN, "internal_error"),
        "I couldn't ask Slack about @U2, so nothing was changed: Slack has a problem of its own.\n"
        "Try again in a minute.",
    ),
]

_CASES = [
    *_ALERTS,
    *_REMINDING,
    *_INCIDENTS,
    *_CONFIRMED_LATER,
    *_LOOK_UPS,
    *_WATCHING_A_JOB,
    *_WATCHING_MANY_JOBS,
    *_MUTES_AND_PAUSES,
    *_LIMITS,
    *_LISTS,
    *_FAILURES,
    *_GRAMMAR_ERRORS,
    *(Case(*words) for words in (*digests.WORDS, *silences.WORDS)),
]


@pytest.mark.parametrize("case", _CASES, ids=[case.when for case in _CASES])
def test_every_message_reads_as_agreed(case: Case) -> None:
    """Each kind of message says what its row says, word for word."""
    message = case.make()
    assert shown(message) == case.text
    assert labels(message) == case.labels


def test_no_line_break_separates_a_number_from_its_unit() -> None:
    """A duration or a quantity is never cut in two at the edge of a window."""
    for case in _CASES:
        message = case.make()
        texts = [message.text, *(str(part["text"]) for part in parts(list(message.blocks)) if "text" in part)]
        found = [re.search(r"\d (?:s|min|h|d|[kMGT]?B|[kMGT]|messages)\b", text) for text in texts]
        assert not any(found), (case.when, found)


def test_every_view_has_its_words_here() -> None:
    """A view that is added gets a row too."""
    tried = {case.make.func if isinstance(case.make, partial) else case.make for case in _CASES}
    assert tried == ALL_VIEWS


def test_an_alerts_first_line_is_its_text() -> None:
    """A lock screen shows the first line of an alert about one job: it alone says it all."""
    for case in _ALERTS[:12]:
        message = case.make()
        assert message.text.count("\n") == 0, case.when
        assert "orders" in message.text or "clicks" in message.text, case.when
