"""Digests that come by a schedule, and what was chosen about them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.settings import ChannelSettings
from bot.domain.history.period import JobInPeriod, Period
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.domain.tracked_job import Lasted
from bot.slack.grammar.commands import ListHere, PreviewDigest
from bot.slack.messages.blocks import (
    Entry,
    Line,
    Message,
    Piece,
    bold,
    code,
    joined,
    long_message,
    message,
    moment,
    person,
    room_for_names,
    sanitize,
)
from bot.slack.messages.buttons import button
from bot.slack.messages.channel.quiet_hours import span
from bot.slack.messages.channel.words import clock_words, zone_words
from bot.slack.messages.text import counted, known_to_last, lasting, percent, status_icon, status_words

EXAMPLE = DigestSchedule(time(9))

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A digest is queued within seconds of its time.
_LATE = timedelta(minutes=10)
_MINUTE = timedelta(minutes=1)


# ── the digest ──────────────────────────────────────────────────────────────────────────────────────────────────────


def scheduled_digest(digest: ScheduledDigest) -> Message:
    """What is bad now, what changed, which jobs had problems for the longest time, and what is muted; one line if there
    is nothing of it."""
    room = room_for_names(lambda room: (entry.line for entry in _entries(digest, room)))
    entries = list(_entries(digest, room))
    return long_message(entries, buttons=[] if _is_quiet(digest) else [button("Show list", ListHere())])


def _entries(digest: ScheduledDigest, room: int) -> Iterator[Entry]:
    period = digest.period
    if _is_quiet(digest):
        yield Entry(_quiet(digest))
    else:
        yield Entry(_headline(digest))
        yield Entry([*_changes(period), " · from ", moment(period.since), " until ", moment(period.until)])
    if period.until - digest.due_at >= _LATE:
        yield Entry(["🕘 This digest is late: it was due ", moment(digest.due_at), "."])
    shown = {job.target for job in period.bad_now}
    yield from _listed("Problems now", [_bad_now(job, room, period) for job in period.bad_now], period.bad)
    others = [_bad_before(job, room, period) for job in period.worst if job.target not in shown]
    yield from _listed("Also had problems" if shown else "Had problems", others, len(others))
    notes = list(_notes(period, digest.silenced, room))
    if notes:
        yield Entry([""])
        yield from map(Entry, notes)


def _is_quiet(digest: ScheduledDigest) -> bool:
    period, silenced = digest.period, digest.silenced
    return not (period.changes or period.bad or period.unavailable or silenced.muted or silenced.paused or period.worst)


def _name(digest: ScheduledDigest) -> str:
    return "📋 Daily digest" if digest.schedule.weekday is None else "📋 Weekly digest"


def _quiet(digest: ScheduledDigest) -> Line:
    period = digest.period
    jobs = counted(period.jobs, "job")
    well = f"{jobs} Up and Running" if period.known == period.healthy else f"{jobs}, none with a problem"
    none = "no changes" if period.is_all_known else "no changes seen"
    return [bold(_name(digest)), f" · {none} since ", moment(period.since), f" · {well}{_blind(period)}"]


def _headline(digest: ScheduledDigest) -> Line:
    period = digest.period
    problems = "no problems now"
    if period.bad:
        have = "has a problem" if period.bad == 1 else "have problems"
        problems = f"{period.bad:,} of {counted(period.jobs, 'job')} {have} now"
    share = period.healthy_share
    healthy = f" · Up and Running {percent(share)} of the time" if share is not None else ""
    return [bold(_name(digest)), f" · {problems}{healthy}"]


def _changes(period: Period) -> Line:
    if not period.changes:
        return ["No changes" if period.is_all_known else "No changes seen"]
    return [f"{counted(period.changes, 'change')} in {counted(period.changed, 'job')}"]


def _listed(title: str, lines: Sequence[Line], total: int) -> Iterator[Entry]:
    """Lines about a job each under a title, and how many more there are."""
    if not lines:
        return
    yield Entry([""])
    yield Entry([bold(title)])
    yield from (Entry(line, 1) for line in lines)
    if total > len(lines):
        yield Entry([f"… and {total - len(lines):,} more"])


def _bad_now(job: JobInPeriod, room: int, period: Period) -> Line:
    """`❌ orders is Running with Error · for 3 h 12 min · problems for 5 h in all · 4 changes`."""
    is_seen, until = job.seen_until is None, job.seen_until or period.until
    began_before = job.bad > until - max(job.since, period.since) + _MINUTE
    facts = [
        f" {'is' if is_seen else 'was'} {_status(job, room, period, ' · ')}",
        f"problems {_bad(job)} in all" if began_before else "",
        counted(job.changes, "change") if job.changes > 1 else "",
    ]
    told = " · ".join(filter(None, facts))
    return [f"{status_icon(job.status)} ", bold(sanitize(job.title, room)), told, *_seen(job)]


def _bad_before(job: JobInPeriod, room: int, period: Period) -> Line:
    """`✅ orders: problems for 5 h · 4 changes · Up and Running for 2 h`."""
    changes = f" · {counted(job.changes, 'change')}" if job.changes else ""
    facts = f": problems {_bad(job)}{changes} · {_status(job, room, period)}"
    return [f"{status_icon(job.status)} ", bold(sanitize(job.title, room)), facts, *_seen(job)]


def _status(job: JobInPeriod, room: int, period: Period, between: str = " ") -> str:
    """The status in words, and for how long it has been seen."""
    until = job.seen_until or period.until
    lasted = known_to_last(Lasted(until - job.since, is_exact=job.since_is_exact))
    return between.join(filter(None, [status_words(job.status, max(20, room * 2 // 3)), lasted]))


def _bad(job: JobInPeriod) -> str:
    return lasting(Lasted(job.bad, is_exact=job.bad_is_exact))


def _seen(job: JobInPeriod) -> Line:
    """When a job was checked last that can't be checked now."""
    return [" · last checked ", moment(job.seen_until)] if job.seen_until is not None else []


def _notes(period: Period, silenced: Silenced, room: int) -> Iterator[Line]:
    """What keeps alerts away, and what isn't known."""
    if silenced.muted:
        named = [_muted(job, room) for job in silenced.muted_jobs]
        more = silenced.muted - len(named)
        yield ["🔇 Muted: ", *joined(named, ", "), *([f", and {more:,} more"] if more > 0 else [])]
    if silenced.paused:
        yield [f"🚧 Alerts for {counted(silenced.paused, 'job')} are paused."]
    if period.unavailable:
        known = (
            "its status is the last one seen" if period.unavailable == 1 else "their statuses are the last ones seen"
        )
        yield [f"📵 Can't check {counted(period.unavailable, 'job')} now: {known}."]
    if period.blind and (period.changes or period.bad or silenced.muted or silenced.paused or period.unavailable):
        yield [f"Status unknown {percent(period.blind / (period.blind + period.known))} of the time."]


def _muted(job: MutedJob, room: int) -> Line:
    end: Line = [" until it changes"] if job.until_change else [" until ", moment(job.until)]
    return [bold(sanitize(job.title, room)), *end]


def _blind(period: Period) -> str:
    if not period.blind:
        return ""
    return f" · status unknown {percent(period.blind / (period.blind + period.known))} of the time"


# ── what was chosen ─────────────────────────────────────────────────────────────────────────────────────────────────


def scheduled(
    schedule: DigestSchedule,
    zone: str,
    due_at: datetime,
    *,
    by: str,
    to_person: bool,
    before: ChannelSettings,
    watches_jobs: bool = True,
) -> Message:
    """Somebody chose when a digest comes. `before` is what was chosen until then; without watches none comes."""
    who: Line = ["📋 You"] if to_person else ["📋 ", person(by)]
    if before.digest is None:
        deed = f"scheduled a digest {'for yourself' if to_person else 'in this channel'}"
    else:
        deed = "changed your digest" if to_person else "changed the digest in this channel"
    lines: list[Line] = [[*who, f" {deed}: {_when(schedule, zone)}. Next one: ", moment(due_at), "."]]
    if before.quiet_hours is not None and before.time_zone != zone:
        lines.append([f"Quiet hours are in this time zone now, too: {span(before.quiet_hours)}."])
    if not watches_jobs:
        nobody, somebody = ("You don't", "you do") if to_person else ("This channel doesn't", "it does")
        lines.append([f"{nobody} watch any jobs yet. Digests come once {somebody}."])
    return message(*lines)


def turned_off(*, by: str, to_person: bool) -> Message:
    if to_person:
        return message(["📋 You turned off your digest."])
    return message(["📋 ", person(by), " turned off the digest in this channel."])


def present(schedule: DigestSchedule, zone: str | None, due_at: datetime, *, to_person: bool, command: str) -> Message:
    """What was chosen, and how to change it."""
    where = "You get a digest" if to_person else "This channel gets a digest"
    other = "weekly mon 9:00" if schedule.weekday is None else "daily 9:00"
    return message(
        [f"📋 {where} {_when(schedule, zone)}. Next one: ", moment(due_at), "."],
        ["Change it: ", _typed(command, other)],
        ["Turn it off: ", _typed(command, "off")],
        buttons=[_preview_button()],
    )


def none_scheduled(*, to_person: bool, command: str) -> Message:
    where = "You don't get" if to_person else "This channel doesn't get"
    return message(
        [f"📋 {where} a digest. It sums up problems, changes and how long jobs were healthy."],
        ["Get one: ", _typed(command, "daily 9:00"), " or ", _typed(command, "weekly mon 9:00")],
        buttons=[_preview_button()],
    )


def nothing_to_say(*, to_person: bool, command: str) -> Message:
    """There are no jobs with alerts to sum up."""
    where = "you watch" if to_person else "this channel watches"
    return message(
        [f"There is nothing to sum up: {where} no jobs, or alerts for all of them are paused."],
        ["See what is watched: ", code(sanitize(f"{command} list", 200))],
    )


def no_time_zone(again: str) -> Message:
    """A time of day can't be read without a time zone. `again` is a line with one."""
    return message(
        ["No digest was scheduled: I couldn't get your time zone from Slack."],
        ["Add a city: ", code(sanitize(again, 200))],
    )


def _when(schedule: DigestSchedule, zone: str | None) -> str:
    day = "day" if schedule.weekday is None else _DAYS[schedule.weekday]
    return f"every {day} at {clock_words(schedule.at)}, {zone_words(zone or 'UTC')}"


def _typed(command: str, rest: str) -> Piece:
    return code(sanitize(f"{command} digest {rest}", 200))


def _preview_button() -> dict[str, object]:
    return button("Show one now", PreviewDigest())
