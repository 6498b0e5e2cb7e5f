"""Maintenance and quiet hours for the tests of messages: what each says, and with hostile text in every place."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time
from functools import partial

from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.history.period import BlindTime
from bot.domain.job import JobRef, Status
from bot.domain.notification.confirmations import SilenceConfirmation
from bot.domain.notification.digest import Digest, DigestItem, Path
from bot.domain.notification.jobs import StillFailing
from bot.domain.notification.service import LastStatus
from bot.domain.notification.silences import Meanwhile, QuietHoursEnded, Recovered, SilenceEnded
from bot.domain.status_filter import StatusFilter
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.blocks import Line, Message
from bot.slack.messages.channel import maintenance, quiet_hours
from tests.cast import ANN, BEN, CLICKS, ERROR, HOUR, MINUTE, NOON, OPS, UP, WORKSPACE, change

BERLIN, NIGHT = "Europe/Berlin", QuietHours(time(22), time(7))
HERE = Destination(WORKSPACE, OPS)
_DARK = BlindTime(NOON - HOUR, NOON, 12)
_BUSY = Meanwhile(12, 3, 7, (Recovered("clicks", 25 * MINUTE, is_exact=True),))
_SILENCES = [Silence(1, HERE, "*", BEN, NOON, NOON + HOUR, "upgrade"), Silence(2, HERE, "s-*", ANN, NOON, NOON + HOUR)]
_OWN = Silence(3, Destination(WORKSPACE, BEN), "*", BEN, NOON, NOON + HOUR)


def ended(meanwhile: Meanwhile, *jobs: DigestItem, by: str | None = None, key: str = "*") -> Digest:
    """Maintenance ends, and these jobs are different."""
    silence = SilenceEnded(key, BEN, NOON - 2 * HOUR, NOON, meanwhile, "upgrade", by)
    return Digest((silence, *jobs), (1,))


def morning(meanwhile: Meanwhile, *jobs: DigestItem) -> Digest:
    """Quiet hours end, and these jobs are different."""
    return Digest((QuietHoursEnded(NOON - 9 * HOUR, NOON, meanwhile), *jobs), (1,))


_FAILS = Path((UP, ERROR), change())
_STILL = StillFailing(CLICKS, "clicks", ERROR, NOON - HOUR, NOON - HOUR, BEN, NOON, True, True, in_window=True)

# When it is sent, how it is made, its plain text, and the labels of its buttons.
WORDS: list[tuple[str, Callable[[], Message], str, tuple[str, ...]]] = [
    (
        "Ben mutes all jobs for maintenance.",
        partial(maintenance.began, SilenceConfirmation("*", BEN, NOON, NOON + HOUR, 12, "upgrade")),
        "🔇 @U2 muted all jobs in this channel for maintenance until 14 Feb 2026 13:00 UTC.\n"
        "Reason: upgrade\n"
        "12 jobs are muted, and so are new ones. When maintenance ends, I'll post what happened meanwhile.",
        ("End maintenance",),
    ),
    (
        "You mute a pattern that matches nothing yet.",
        partial(maintenance.began, SilenceConfirmation("s-*", BEN, NOON, NOON + HOUR, 0, to_person=True)),
        "🔇 You muted all jobs matching s-* for maintenance until 14 Feb 2026 13:00 UTC.\n"
        "No job matches yet; new ones are muted. When maintenance ends, I'll post what happened meanwhile.",
        ("End maintenance",),
    ),
    (
        "Maintenance ends, and nothing changed.",
        partial(digest_message, ended(Meanwhile(12))),
        "🔔 Maintenance has ended after 2 h: upgrade · nothing changed",
        (),
    ),
    (
        "Somebody ends it, and all is as before.",
        partial(digest_message, ended(_BUSY, by=ANN, key="s-*")),
        "🔔 Maintenance of all jobs matching s-* has ended after 2 h: upgrade · ended by @U1 · 3 of 12 jobs changed\n"
        "Recovered: clicks (problems for 25 min)",
        (),
    ),
    (
        "It ends, and two jobs fail.",
        partial(digest_message, ended(_BUSY, _FAILS, _STILL)),
        "🔔 Maintenance has ended after 2 h: upgrade\n"
        "3 of 12 jobs changed.\n"
        "Recovered: clicks (problems for 25 min)\n"
        "❌ orders (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min\n"
        "❌ clicks is still Running with Error · for 1 h",
        ("Acknowledge…", "Show status…"),
    ),
    (
        "A calm night.",
        partial(digest_message, morning(Meanwhile(12))),
        "🌅 Quiet hours have ended · nothing changed since 14 Feb 2026 03:00 UTC",
        (),
    ),
    (
        "A night in which nobody could see the jobs for a while.",
        partial(digest_message, morning(Meanwhile(12, blind=(_DARK, replace(_DARK, jobs=1))))),
        "🌅 Quiet hours have ended · no changes seen since 14 Feb 2026 03:00 UTC\n"
        "📵 None of the 12 jobs could be checked from 14 Feb 2026 11:00 UTC to 14 Feb 2026 12:00 UTC:"
        " what happened then is unknown.\n"
        "📵 1 job couldn't be checked from 14 Feb 2026 11:00 UTC to 14 Feb 2026 12:00 UTC:"
        " what happened then is unknown.",
        (),
    ),
    (
        "A night in which an error was told.",
        partial(digest_message, morning(Meanwhile(1, 1, 3, (), (LastStatus("clicks", ERROR),), 1, 1))),
        "🌅 Quiet hours have ended · the job changed 3 times since 14 Feb 2026 03:00 UTC · 1 earlier problem remains\n"
        "Earlier problem: ❌ clicks\n"
        "📵 Can't check 1 job now.",
        (),
    ),
    (
        "A night in which something could wait.",
        partial(digest_message, morning(Meanwhile(12, 1, 1), _FAILS)),
        "🌅 Quiet hours have ended\n"
        "1 of 12 jobs changed since 14 Feb 2026 03:00 UTC.\n"
        "❌ orders (run 42559) is Running with Error · was ✅ Up and Running for 3 h 12 min",
        ("Acknowledge…", "Show status…"),
    ),
    (
        "Somebody ended maintenance.",
        partial(maintenance.ended_early, _SILENCES[:1], to_person=False),
        "🔔 Maintenance has ended. What happened meanwhile follows in this channel.",
        (),
    ),
    (
        "There is none to end.",
        partial(maintenance.was_not_muted, None, [], to_person=False, command="/job"),
        "There is no maintenance in this channel.\nSee what is muted: /job list",
        (),
    ),
    (
        "There is none of that pattern.",
        partial(maintenance.was_not_muted, "x-*", _SILENCES, to_person=False, command="/job"),
        "There is no maintenance of all jobs matching x-* in this channel.\n"
        "🔇 Maintenance until 14 Feb 2026 13:00 UTC: upgrade · by @U2\n"
        "🔇 Maintenance of all jobs matching s-* until 14 Feb 2026 13:00 UTC · by @U1",
        (),
    ),
    (
        "There is too much.",
        partial(maintenance.too_many, to_person=False),
        "Nothing was muted: this channel already has 20 maintenance windows.\n"
        "End one first, or choose a pattern that covers several.",
        (),
    ),
    (
        "There is too much for one person.",
        partial(maintenance.too_many, to_person=True),
        "Nothing was muted: you already have 20 maintenance windows.\n"
        "End one first, or choose a pattern that covers several.",
        (),
    ),
    (
        "There is none of that pattern for a person.",
        partial(maintenance.was_not_muted, "x-*", [_OWN], to_person=True, command="/job"),
        "There is no maintenance of all jobs matching x-* for you.\n🔇 Maintenance until 14 Feb 2026 13:00 UTC",
        (),
    ),
    (
        "Ben chooses quiet hours.",
        partial(quiet_hours.chosen, NIGHT, BERLIN, by=BEN, to_person=False, until=None),
        "🌙 @U2 chose quiet hours for this channel: 22:00–7:00, Europe/Berlin time.\n"
        "During these hours you get alerts on errors only (error, unknown status, and recovery). "
        "Afterwards I'll post what else happened.",
        (),
    ),
    (
        "You choose silent ones, which are in force, and move the digest.",
        partial(
            quiet_hours.chosen,
            QuietHours(time(22), time(7), NOTHING),
            "UTC",
            by=BEN,
            to_person=True,
            until=NOON,
            moves_digest=True,
        ),
        "🌙 You chose quiet hours: 22:00–7:00, UTC.\n"
        "During these hours you get no alerts, not even on errors. Afterwards I'll post what happened.\n"
        "They have begun, and end 14 Feb 2026 12:00 UTC.\n"
        "The digest is in this time zone now, too.",
        (),
    ),
    (
        "What was chosen.",
        partial(quiet_hours.present, NIGHT, BERLIN, to_person=False, command="/job", until=NOON),
        "🌙 Quiet hours in this channel: 22:00–7:00, Europe/Berlin time.\n"
        "During these hours you get alerts on errors only (error, unknown status, and recovery). "
        "Afterwards I'll post what else happened.\n"
        "They have begun, and end 14 Feb 2026 12:00 UTC.\n"
        "To turn them off: /job quiet off",
        (),
    ),
    (
        "Nothing was chosen.",
        partial(quiet_hours.present, None, "UTC", to_person=True, command="/job"),
        "There are no quiet hours here.\nTo choose some: /job quiet 22:00-7:00 Europe/Berlin",
        (),
    ),
    (
        "Ben turns them off while they last.",
        partial(quiet_hours.turned_off, by=BEN, to_person=False, summary_follows=True),
        "🔔 @U2 turned off quiet hours in this channel. What happened meanwhile follows.",
        (),
    ),
    (
        "You turn them off.",
        partial(quiet_hours.turned_off, by=BEN, to_person=True, summary_follows=False),
        "🔔 You turned off quiet hours.",
        (),
    ),
    (
        "Slack doesn't say the person's time zone.",
        partial(quiet_hours.no_time_zone, "/job quiet 22:00-07:00 Europe/Berlin"),
        "Quiet hours weren't changed: I couldn't get your time zone from Slack.\n"
        "Add a city: /job quiet 22:00-07:00 Europe/Berlin",
        (),
    ),
]


def _meanwhile(text: str) -> Meanwhile:
    named = LastStatus(text, Status.of(text))
    return Meanwhile(10**6, 10**6, 10**9, (Recovered(text, HOUR),) * 5, (named,) * 5, 10**6, 10**6)


# Notifications with this text in every place that text from outside can reach, told apart by their number.
ITEMS: dict[str, Callable[[str, int], DigestItem]] = {
    "the end of maintenance": lambda t, n: SilenceEnded(t, BEN, NOON - n % 999 * MINUTE, NOON, _meanwhile(t), t, ANN),
    "the end of quiet hours": lambda t, n: QuietHoursEnded(NOON - n % 999 * MINUTE, NOON, _meanwhile(t)),
    "maintenance": lambda t, n: SilenceConfirmation(t, BEN, NOON, NOON + HOUR, n, t, to_person=n % 2 == 0),
    "still failing after maintenance": lambda t, n: StillFailing(
        JobRef("d", n), t, Status.of(t), NOON, NOON - HOUR, BEN, NOON, in_window=True
    ),
}


def _silences(text: str) -> list[Silence]:
    return [Silence(1, HERE, text, BEN, NOON, NOON + HOUR, text)] * 20


def above(text: str) -> Sequence[Line]:
    """What stands above the list."""
    hours = QuietHours(time(22), time(7), StatusFilter.of([Status.of(f"{n}{text}") for n in range(200)]))
    return [*maintenance.list_lines(_silences(text)), *quiet_hours.list_lines(hours, NOON)]


def _hours(text: str) -> QuietHours:
    return QuietHours(time(22), time(7), StatusFilter.of([Status.of(f"{n}{text}") for n in range(200)]))


# Each view with such a text.
VIEWS: dict[Callable[..., Message], Callable[[str], list[Message]]] = {
    maintenance.began: lambda t: [maintenance.began(SilenceConfirmation(t, BEN, NOON, NOON, 10**6, t))],
    maintenance.ended_early: lambda t: [maintenance.ended_early(_silences(t), to_person=True)],
    maintenance.was_not_muted: lambda t: [maintenance.was_not_muted(t, _silences(t), to_person=False, command="/job")],
    maintenance.too_many: lambda _: [maintenance.too_many(to_person=True)],
    quiet_hours.chosen: lambda t: [quiet_hours.chosen(_hours(t), t, by=BEN, to_person=False, until=NOON)],
    quiet_hours.turned_off: lambda _: [quiet_hours.turned_off(by=BEN, to_person=False, summary_follows=True)],
    quiet_hours.present: lambda t: [quiet_hours.present(_hours(t), t, to_person=False, command="/job", until=NOON)],
    quiet_hours.no_time_zone: lambda t: [quiet_hours.no_time_zone(t)],
}
