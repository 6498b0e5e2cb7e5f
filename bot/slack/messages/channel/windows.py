"""The end of maintenance and of quiet hours, in the message that tells what happened meanwhile."""

from collections.abc import Sequence

from bot.domain.history.period import BlindTime
from bot.domain.notification.service import LastStatus
from bot.domain.notification.silences import Meanwhile, QuietHoursEnded, SilenceEnded, WindowEnded
from bot.domain.tracked_job import Lasted
from bot.slack.messages.blocks import Line, bold, moment, person, sanitize
from bot.slack.messages.channel.maintenance import which
from bot.slack.messages.text import counted, duration, lasting, listed, status_icon, unbroken


def summary(item: WindowEnded, room: int, *, others_follow: bool) -> Line:
    """What ended, and whether anything happened in it: if not, it is the whole message. `others_follow` if jobs that
    are different now are named below."""
    happened: Line = [] if others_follow else [" · ", *_happened(item)]
    if isinstance(item, QuietHoursEnded):
        return ["🌅 ", bold("Quiet hours have ended"), *happened, *_failing(item.meanwhile)]
    of: Line = [" of ", *which(item.glob, room)]
    by: Line = [" · ended by ", person(item.ended_by)] if item.ended_by else []
    why = f": {sanitize(item.reason, 2 * room)}" if item.reason else ""
    ended: Line = ["🔔 ", bold("Maintenance has ended")] if item.glob is None else ["🔔 Maintenance", *of, " has ended"]
    return [*ended, f" after {duration(item.at - item.since)}{why}", *by, *happened, *_failing(item.meanwhile)]


def several(items: Sequence[WindowEnded]) -> str:
    """Above the summaries of several."""
    quiet = any(isinstance(item, QuietHoursEnded) for item in items)
    maintenance = sum(isinstance(item, SilenceEnded) for item in items)
    ended = [f"🔔 {counted(maintenance, 'maintenance window')}"] if maintenance else []
    return f"{' and '.join([*ended, *(['quiet hours'] if quiet else [])])} have ended"


def details(item: WindowEnded, room: int, *, others_follow: bool) -> Sequence[Line]:
    """What came and went meanwhile, and what fails as was told before."""
    meanwhile, lines = item.meanwhile, list[Line]()
    if others_follow and meanwhile.changes:
        lines.append([*_happened(item), "."])
    if meanwhile.recovered:
        names = [
            f"{sanitize(one.title, room)} (problems {lasting(Lasted(one.bad, one.is_exact))})"
            for one in meanwhile.recovered
        ]
        lines.append([f"Recovered: {', '.join(names)}"])
    if meanwhile.failing_count:
        label = "Earlier problem" if meanwhile.failing_count == 1 else "Earlier problems"
        lines.append([f"{label}: {_named(meanwhile.failing, meanwhile.failing_count, room)}"])
    lines += [_blind(one, meanwhile.jobs) for one in meanwhile.blind]
    if meanwhile.unavailable:
        lines.append([f"📵 Can't check {counted(meanwhile.unavailable, 'job')} now."])
    return lines


def _blind(time: BlindTime, jobs: int) -> Line:
    which = "The job" if jobs == 1 else counted(time.jobs, "job") if time.jobs < jobs else f"None of the {jobs:,} jobs"
    could = "could" if time.jobs == jobs > 1 else "couldn't"
    between: Line = [moment(time.since), " to ", moment(time.until)]
    return [f"📵 {which} {could} be checked from ", *between, ": what happened then is unknown."]


def _happened(item: WindowEnded) -> Line:
    since: Line = [" since ", moment(item.since)] if isinstance(item, QuietHoursEnded) else []
    return [_changes(item.meanwhile), *since]


def _failing(meanwhile: Meanwhile) -> Line:
    if not meanwhile.failing_count:
        return []
    return [f" · {counted(meanwhile.failing_count, 'earlier problem remains', 'earlier problems remain')}"]


def _changes(meanwhile: Meanwhile) -> str:
    if not meanwhile.changes:
        return "no changes seen" if meanwhile.blind else "nothing changed"
    if meanwhile.jobs == 1:
        return f"the job changed {'once' if meanwhile.changes == 1 else counted(meanwhile.changes, 'time')}"
    return f"{unbroken(f'{meanwhile.changed:,}', 'of')} {unbroken(f'{meanwhile.jobs:,}', 'jobs')} changed"


def _named(failing: Sequence[LastStatus], count: int, room: int) -> str:
    names = [unbroken(status_icon(one.status), sanitize(one.title, room)) for one in failing]
    return listed(names, count) if names else counted(count, "job")
