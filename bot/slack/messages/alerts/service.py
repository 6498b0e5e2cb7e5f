"""What an alert says about more than one job: outages, refused log-ins, pauses."""

from collections.abc import Sequence

from bot.domain.notification.service import LoginRefused, Outage, OutageEnded, Paused, Resumed, ServiceNotification
from bot.domain.notification.silences import WindowEnded
from bot.slack.messages.blocks import Entry, Line, bold, channel, moment, sanitize
from bot.slack.messages.buttons import resume_button
from bot.slack.messages.channel import windows
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import counted, duration, listed, status_text

_SHOWN = 3
_RESUME_BUTTONS = 20  # a message has 50 blocks
_NOTHING_LOST = "Nothing is lost: I'll then post what changed."

Paragraph = tuple[Entry, list[Entry]]


def paragraphs(
    items: Sequence[ServiceNotification | WindowEnded], room: int, *, others_follow: bool
) -> list[Paragraph]:
    """For each notification a summary for the headline, and the lines below it. All pauses are one paragraph.
    `others_follow` if jobs are named below."""
    ended = _windows([item for item in items if isinstance(item, WindowEnded)], room, others_follow=others_follow)
    pauses = [item for item in items if isinstance(item, Paused)]
    others = [_paragraph(item, room) for item in items if not isinstance(item, Paused | WindowEnded)][:_SHOWN] + ended
    match pauses:
        case []:
            return others
        case [paused]:
            return [*others, _one_paused(paused)]
    return [*others, _several_paused(pauses)]


def _windows(items: Sequence[WindowEnded], room: int, *, others_follow: bool) -> list[Paragraph]:
    """The end of maintenance or of quiet hours; of several in one paragraph."""
    each = [
        (
            Entry(windows.summary(item, room, others_follow=others_follow), 1),
            [Entry(line) for line in windows.details(item, room, others_follow=others_follow)],
        )
        for item in items
    ]
    if len(each) <= 1:
        return each
    return [(Entry([windows.several(items)]), [entry for one, details in each for entry in (one, *details)])]


def _paragraph(item: Outage | OutageEnded | LoginRefused | Resumed, room: int) -> Paragraph:
    summary, details = _summary(item), _details(item, room)
    return Entry(summary, 1), [Entry(line) for line in details]


def _summary(item: Outage | OutageEnded | LoginRefused | Resumed) -> Line:
    match item:
        case Outage():
            jobs = "the job" if item.count == 1 else f"any of the {item.count:,} jobs"
            return [f"📵 Can't check {jobs} watched here: {sanitize(item.reason)} · since ", moment(item.since)]
        case OutageEnded():
            return [f"📶 The jobs service is back after {duration(item.at - item.since)}"]
        case LoginRefused():
            return [f"🔐 Can't check any jobs: {sanitize(item.reason)} · since ", moment(item.since)]
        case Resumed():
            jobs = counted(item.count, "job")
            return [f"🔔 Alerts for {jobs} have resumed · they had been paused since ", moment(item.paused_at)]


def _details(item: Outage | OutageEnded | LoginRefused | Resumed, room: int) -> Sequence[Line]:
    match item:
        case Outage():
            return [[_last_seen(item, room), "I'll post here when it's back."]]
        case LoginRefused():  # its remedy is for the operator, who finds it in the log
            return [["No alerts until this is fixed. Tell whoever runs this bot."]]
    return []


def _last_seen(item: Outage, room: int) -> str:
    named = [f"{sanitize(job.title, room)} {status_text(job.status, 40)}" for job in item.jobs[: room // 10]]
    return f"Last seen: {listed(named, item.count)}. " if named else ""


def _one_paused(item: Paused) -> Paragraph:
    problem = delivery_problem(item.why)
    jobs = "the job" if item.count == 1 else f"the {item.count:,} jobs"
    summary: Line = [f"🚧 Alerts for {jobs} you watch in ", channel(item.destination), f" are paused: {problem.reason}"]
    resume: Line = [f"{problem.to_do}, and alerts resume."]
    if not problem.resumes_alerts:
        resume = [f"{problem.to_do}, then press ", bold("Resume alerts"), "."]
    return Entry(summary, 1), [Entry([*resume, f" {_NOTHING_LOST}"], 0, [resume_button(item.destination)])]


def _several_paused(items: Sequence[Paused]) -> Paragraph:
    """Each channel has its own button, as long as there is room for it."""
    each = [
        Entry(
            [channel(item.destination), f": {delivery_problem(item.why).reason} · {counted(item.count, 'job')}"],
            1,
            [resume_button(item.destination)] if number < _RESUME_BUTTONS else [],
        )
        for number, item in enumerate(items)
    ]
    resume: Line = [
        "Invite me again or unarchive the channel, and alerts resume. After any other fix press ",
        bold("Resume alerts"),
        f". {_NOTHING_LOST}",
    ]
    return Entry([f"🚧 Alerts in {len(items)} channels are paused"]), [*each, Entry(resume)]
