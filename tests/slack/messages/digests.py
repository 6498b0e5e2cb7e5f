"""Scheduled digests for the tests of messages: what each says, and with hostile text in every place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from functools import partial

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChannelSettings
from bot.domain.history.period import JobInPeriod, Period
from bot.domain.job import Dataflow, JobRef, Status
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.slack.messages.blocks import Message
from bot.slack.messages.channel import digests
from tests.cast import ANN, BEN, ERROR, HOUR, MINUTE, NOON, ORDERS, STOPPED, UP

DAY = timedelta(days=1)
DAILY, MONDAYS = DigestSchedule(time(9)), DigestSchedule(time(17, 30), 0)
BERLIN = "Europe/Berlin"
QUIET = ScheduledDigest(DAILY, NOON, Period(NOON - DAY, NOON, 14, healthy=14 * DAY, known=14 * DAY))

_FAILING = JobInPeriod(ORDERS, "orders", UP, ERROR, NOON - HOUR, 3, 2 * HOUR, since_is_exact=True, bad_is_exact=True)
_STOPPED = JobInPeriod(Dataflow("b"), "billing", STOPPED, STOPPED, NOON - 9 * DAY, 0, DAY)
_OVER = JobInPeriod(Dataflow("c"), "clicks", UP, UP, NOON - MINUTE, 12, 5 * HOUR, since_is_exact=True)
_UNSEEN = replace(_STOPPED, target=Dataflow("u"), title="users", since=NOON - 3 * HOUR, seen_until=NOON - HOUR)
_BAD = Period(
    *(NOON - DAY, NOON, 14, 2, 15, 3, 1),
    healthy=13 * DAY,
    known=14 * DAY - 6 * HOUR,
    blind=6 * HOUR,
    bad_now=(_FAILING, _STOPPED, _UNSEEN),
    worst=(_STOPPED, _OVER, _FAILING),
)
_SILENCED = Silenced(4, (MutedJob("a", NOON + HOUR), MutedJob("b", NOON + DAY, until_change=True)), 1)
_MANY = replace(_BAD, jobs=1_000, bad=211, unavailable=0, blind=timedelta(0), bad_now=(_FAILING,), worst=(_FAILING,))

# When it is sent, how it is made, its plain text, and the labels of its buttons.
WORDS: list[tuple[str, Callable[[], Message], str, tuple[str, ...]]] = [
    (
        "A quiet day.",
        partial(digests.scheduled_digest, QUIET),
        "📋 Daily digest · no changes since 13 Feb 2026 12:00 UTC · 14 jobs Up and Running",
        (),
    ),
    (
        "Some jobs were watched later than that.",
        partial(digests.scheduled_digest, replace(QUIET, period=replace(QUIET.period, healthy=DAY, known=DAY))),
        "📋 Daily digest · no changes seen since 13 Feb 2026 12:00 UTC · 14 jobs Up and Running",
        (),
    ),
    (
        "A quiet week, in which jobs couldn't be checked for a moment and one is deploying.",
        partial(
            digests.scheduled_digest,
            replace(QUIET, schedule=MONDAYS, period=replace(QUIET.period, healthy=DAY, blind=MINUTE)),
        ),
        "📋 Weekly digest · no changes since 13 Feb 2026 12:00 UTC · 14 jobs, none with a problem · "
        "status unknown under 0.1 % of the time",
        (),
    ),
    (
        "A bad day, some jobs are muted, and the bot was down when the digest was due.",
        partial(digests.scheduled_digest, ScheduledDigest(DAILY, NOON - HOUR, _BAD, _SILENCED)),
        "📋 Daily digest · 3 of 14 jobs have problems now · Up and Running 94.5 % of the time\n"
        "15 changes in 2 jobs · from 13 Feb 2026 12:00 UTC until 14 Feb 2026 12:00 UTC\n"
        "🕘 This digest is late: it was due 14 Feb 2026 11:00 UTC.\n"
        "\nProblems now\n"
        "❌ orders is Running with Error · for 1 h · problems for 2 h in all · 3 changes\n"
        "⏹️ billing is Stopped · for at least 9 d\n"
        "⏹️ users was Stopped · for at least 2 h · problems for at least 1 d in all"
        " · last checked 14 Feb 2026 11:00 UTC\n"
        "\nAlso had problems\n"
        "✅ clicks: problems for at least 5 h · 12 changes · Up and Running for 1 min\n"
        "\n🔇 Muted: a until 14 Feb 2026 13:00 UTC, b until it changes, and 2 more\n"
        "🚧 Alerts for 1 job are paused.\n"
        "📵 Can't check 1 job now: its status is the last one seen.\n"
        "Status unknown 1.8 % of the time.",
        ("Show list",),
    ),
    (
        "Of a thousand jobs the worst are named.",
        partial(digests.scheduled_digest, ScheduledDigest(DAILY, NOON, _MANY)),
        "📋 Daily digest · 211 of 1,000 jobs have problems now · Up and Running 94.5 % of the time\n"
        "15 changes in 2 jobs · from 13 Feb 2026 12:00 UTC until 14 Feb 2026 12:00 UTC\n"
        "\nProblems now\n"
        "❌ orders is Running with Error · for 1 h · problems for 2 h in all · 3 changes\n"
        "… and 210 more",
        ("Show list",),
    ),
    (
        "Ben schedules a digest.",
        partial(digests.scheduled, DAILY, BERLIN, NOON + HOUR, by=BEN, to_person=False, before=ChannelSettings()),
        "📋 @U2 scheduled a digest in this channel: every day at 9:00, Europe/Berlin time. "
        "Next one: 14 Feb 2026 13:00 UTC.",
        (),
    ),
    (
        "Ben changes his own, and the zone of his quiet hours with it.",
        partial(
            digests.scheduled,
            *(MONDAYS, "UTC", NOON + HOUR),
            by=BEN,
            to_person=True,
            before=ChannelSettings(digest=DAILY, quiet_hours=QuietHours(time(22), time(7)), time_zone=BERLIN),
        ),
        "📋 You changed your digest: every Monday at 17:30, UTC. Next one: 14 Feb 2026 13:00 UTC.\n"
        "Quiet hours are in this time zone now, too: 22:00–7:00.",
        (),
    ),
    (
        "Nothing is watched there yet.",
        partial(
            digests.scheduled,
            *(DAILY, BERLIN, NOON + HOUR),
            by=BEN,
            to_person=False,
            before=ChannelSettings(),
            watches_jobs=False,
        ),
        "📋 @U2 scheduled a digest in this channel: every day at 9:00, Europe/Berlin time. "
        "Next one: 14 Feb 2026 13:00 UTC.\n"
        "This channel doesn't watch any jobs yet. Digests come once it does.",
        (),
    ),
    (
        "Ben turns it off.",
        partial(digests.turned_off, by=BEN, to_person=False),
        "📋 @U2 turned off the digest in this channel.",
        (),
    ),
    (
        "What was chosen.",
        partial(digests.present, DAILY, BERLIN, NOON + HOUR, to_person=False, command="/job"),
        "📋 This channel gets a digest every day at 9:00, Europe/Berlin time. Next one: 14 Feb 2026 13:00 UTC.\n"
        "Change it: /job digest weekly mon 9:00\nTurn it off: /job digest off",
        ("Show one now",),
    ),
    (
        "Nothing was chosen.",
        partial(digests.none_scheduled, to_person=True, command="/job"),
        "📋 You don't get a digest. It sums up problems, changes and how long jobs were healthy.\n"
        "Get one: /job digest daily 9:00 or /job digest weekly mon 9:00",
        ("Show one now",),
    ),
    (
        "There is nothing to sum up.",
        partial(digests.nothing_to_say, to_person=False, command="/job"),
        "There is nothing to sum up: this channel watches no jobs, or alerts for all of them are paused.\n"
        "See what is watched: /job list",
        (),
    ),
    (
        "Slack doesn't say the person's time zone.",
        partial(digests.no_time_zone, "/job digest daily 09:00 Europe/Berlin"),
        "No digest was scheduled: I couldn't get your time zone from Slack.\n"
        "Add a city: /job digest daily 09:00 Europe/Berlin",
        (),
    ),
]


def hostile(text: str) -> list[Message]:
    """Digests with this text in every place that text from outside can reach."""
    job = JobInPeriod(JobRef(text, 10**17), text, UP, Status.of(text), NOON - DAY, 99, 3 * DAY)
    jobs = tuple(replace(job, target=JobRef(text, number)) for number in range(5))
    full = replace(_BAD, bad_now=jobs, worst=tuple(replace(one, target=Dataflow(f"{n}")) for n, one in enumerate(jobs)))
    silenced = Silenced(9, (MutedJob(text, NOON + HOUR),) * 3, 9)
    return [digests.scheduled_digest(ScheduledDigest(MONDAYS, NOON - DAY, full, silenced))]


# Each view with such a text.
VIEWS: dict[Callable[..., Message], Callable[[str], list[Message]]] = {
    digests.scheduled_digest: hostile,
    digests.scheduled: lambda t: [
        digests.scheduled(DAILY, t or "UTC", NOON, by=ANN, to_person=False, before=ChannelSettings())
    ],
    digests.turned_off: lambda _: [digests.turned_off(by=ANN, to_person=True)],
    digests.present: lambda t: [digests.present(DAILY, t, NOON, to_person=True, command="/job")],
    digests.none_scheduled: lambda _: [digests.none_scheduled(to_person=False, command="/job")],
    digests.nothing_to_say: lambda _: [digests.nothing_to_say(to_person=True, command="/job")],
    digests.no_time_zone: lambda t: [digests.no_time_zone(t)],
}
