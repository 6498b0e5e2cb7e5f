"""What waits for one destination as one message: a lone change in full, or a digest of several news. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bot.domain.change import Change
from bot.domain.job import Status
from bot.domain.notification import (
    Digest,
    JobAdded,
    JobAvailableAgain,
    JobRemoved,
    JobUnavailable,
    LoginRefused,
    Outage,
    OutageEnded,
    Path,
    Paused,
    Resumed,
    StillFailing,
)
from bot.slack.messages.blocks import (
    Entry,
    Line,
    Message,
    bold,
    channel,
    fallback,
    long_message,
    message,
    moment,
    outside,
    person,
    room_for_names,
)
from bot.slack.messages.buttons import follow_button, resume_button, show_button, stop_button
from bot.slack.messages.delivery_problems import obstacle
from bot.slack.messages.text import counted, lasting, run_details, shorten, status_emoji, status_shown, status_words

JobItem = Path | JobUnavailable | JobAvailableAgain | StillFailing | JobAdded | JobRemoved
Announcement = Outage | OutageEnded | LoginRefused | Resumed

_ENDS = "This watch was of one run, and ends with it."
_JOBS_NAMED = 3
_STATUSES_COUNTED = 5
_ANNOUNCED = 3
_RESUME_BUTTONS = 20
# Besides changes, what can be said of jobs: an emoji, which jobs they are, and what the header of several adds.
_KINDS: dict[type, tuple[str, str, str]] = {
    JobUnavailable: ("⚠️", "I can't see", " – I'll say so when I can again"),
    JobAvailableAgain: ("👁", "I can see again", ""),
    StillFailing: ("🔇", "in trouble, no longer muted", ""),
    JobAdded: ("🆕", "new here", ""),
    JobRemoved: ("👋", "gone from the jobs service's list", " – not watched any more"),
}


def change_alert(change: Change) -> Message:
    """A job changed its status. The first line alone says it all, and is what a lock screen shows."""
    lasted = f" for {lasting(change.lasted)}" if change.lasted is not None else ""
    was: Line = [f"was {status_shown(change.old)}{lasted}"]
    if change.old_run is not None:
        headline: Line = [*_now_is(change), f" – redeployed: {_runs(change, change)}"]
        lines = [headline, was, _details(change)]
    else:
        headline = [*_now_is(change), " – ", *was]
        lines = [headline, _details(change)]
    if change.ends:
        lines.append(_ENDS)
    return message(*lines, text=fallback(headline), buttons=_buttons(change))


def _runs(before: Change, now: Change) -> str:
    """From which run and version to which. `before` is the first redeployment on the way."""
    versions = (before.old_version, now.version)
    if None in versions or before.old_version == now.version:
        return f"run {before.old_run} → {now.ref.run}"
    return f"run {before.old_run} → {now.ref.run}, version {' → '.join(shorten(str(v), 40) for v in versions)}"


def digest_message(digest: Digest) -> Message:
    """All that waits for a destination. Here too the first line alone says it all."""
    match digest:
        case Digest(items=(Path(statuses=(_, _), last=change),), more=0):
            return change_alert(change)
        case Digest(items=(item,), more=0) if isinstance(item, JobItem):
            entries = list(_alone(item))
        case _:
            room = room_for_names(lambda room: (entry.line for entry in _several(digest, room)))
            entries = list(_several(digest, room))
    return long_message(entries, items=len(digest.items), follow=digest.more)


def _now_is(change: Change) -> Line:
    return [f"{status_emoji(change.new)} ", bold(outside(change.title)), " is ", bold(status_words(change.new))]


def _details(change: Change) -> Line:
    return [run_details(change.ref, change.version, change.started_by), " · seen ", moment(change.at)]


def _buttons(item: Change | JobItem) -> Sequence[dict[str, Any]]:
    if isinstance(item, JobRemoved):
        return []
    if isinstance(item, JobAdded):  # its watch ends with its pattern's alone
        return [show_button(item.target)]
    if _last(item).ends if isinstance(item, Change | Path) else False:
        return [follow_button(item.ref.dataflow)]
    return [show_button(item.target), stop_button(item.target)]


def _last(item: Change | Path) -> Change:
    return item.last if isinstance(item, Path) else item


# ── one job ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _alone(item: JobItem) -> Iterator[Entry]:
    """The one thing to tell, with the buttons of the job."""
    if isinstance(item, Path):
        changes = counted(len(item.statuses) - 1, "change")
        yield Entry([*_now_is(item.last), f" – {changes}: {_arrows(item)}"], 1)
        if item.redeployed:
            yield Entry([f"Redeployed: {_runs(item.redeployed, item.last)}"])
        if item.last.ends:
            yield Entry(_ENDS)
        yield Entry(_details(item.last), 0, _buttons(item))
    else:
        yield Entry(_line(item, 100), 1, _buttons(item))


def _brief(item: JobItem, room: int) -> Line:
    """A job in a headline."""
    name = bold(outside(_title(item), room))
    match item:
        case JobUnavailable():
            return ["⚠️ I can't see ", name]
        case JobAvailableAgain():
            return ["👁 I can see ", name, f" again: {_shown(item, room)}"]
        case JobAdded():
            return ["🆕 ", name, f" is new here: {_shown(item, room)}"]
        case JobRemoved():
            return ["👋 ", name, " is gone from the jobs service's list"]
    return _is(item, "is still" if isinstance(item, StillFailing) else "is", room)


def _line(item: JobItem, room: int) -> Line:
    """A job on a line that stands for itself."""
    match item:
        case JobUnavailable():
            return ["⚠️ I can't see ", *_in_group(item, room), ". I'll say so when I see it again."]
        case JobAvailableAgain():
            unavailable: Line = [" again (out of sight since ", moment(item.unavailable_since)]
            lasted = lasting(item.at - item.unavailable_since)
            return ["👁 I can see ", *_name(item, room), *unavailable, f", for {lasted}): ", _shown(item, room)]
        case JobAdded() | JobRemoved():
            return [*_brief(item, room), *_since_listed(item, room)]
    return _in_group(item, room)


def _in_group(item: JobItem, room: int) -> Line:
    """A job on a line below the header of its group."""
    name = _name(item, room)
    match item:
        case Path(statuses=(old, _)):
            lasted = f" for {lasting(item.last.lasted)}" if item.last.lasted is not None else ""
            was = f"  {_arrows(item)}  was {status_words(old, _for_words(room))}{lasted}"
            return [*name, was, *_runs_in_group(item)]
        case Path():
            return [*name, f"  {_arrows(item)}  since ", moment(item.last.at), *_runs_in_group(item)]
        case JobUnavailable():
            why = f": {outside(item.reason, 2 * room)}. Last seen: {_shown(item, room)}"
            return [*name, " since ", moment(item.since), why]
        case JobAvailableAgain():
            lasted = lasting(item.at - item.unavailable_since)
            return [*name, f": {_shown(item, room)} (out of sight for {lasted})"]
        case JobAdded():
            return [*name, f": {_shown(item, room)}"]
        case JobRemoved():
            return [*name, f": last seen {_shown(item, room)}"]
        case StillFailing():
            muted = f" – it was muted for {lasting(item.at - item.muted_at)} by "
            return [*_is(item, "is", room), " since ", moment(item.since), muted, person(item.muted_by), ", until now"]


def _since_listed(item: JobAdded | JobRemoved, room: int) -> Line:
    if isinstance(item, JobAdded):
        return [f" (run {item.ref.run}, seen ", moment(item.at), ")"]
    return [". Last seen: ", _shown(item, room), ". It is not watched here any more."]


def _runs_in_group(path: Path) -> Line:
    redeployed: Line = [f" · redeployed: {_runs(path.redeployed, path.last)}"] if path.redeployed else []
    return [*redeployed, *([" · its watch ends with its run"] if path.last.ends else [])]


def _is(item: Path | StillFailing, verb: str, room: int) -> Line:
    emoji, words = f"{status_emoji(item.status)} ", bold(status_words(item.status, _for_words(room)))
    return [emoji, bold(outside(_title(item), room)), f" {verb} ", words]


def _shown(item: JobItem, room: int) -> str:
    return status_shown(item.status, _for_words(room))


def _for_words(room: int) -> int:
    """How long a status may be where names have `room`; each documented one is shown in full."""
    return max(20, room * 2 // 3)


def _name(item: JobItem, room: int) -> Line:
    return [bold(outside(_title(item), room)), f" (run {item.ref.run})"]


def _title(item: JobItem) -> str:
    return item.last.title if isinstance(item, Path) else item.title


def _arrows(path: Path) -> str:
    """`🟢 → 🟡 → 🔴`; of a long path its beginning and its end."""
    steps = [status_emoji(status) for status in path.statuses]
    if len(steps) > 6:
        steps[2:-3] = [f"… {len(steps) - 5} more …"]
    return " → ".join(steps)


# ── several ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _several(digest: Digest, room: int) -> Iterator[Entry]:
    """A headline, what concerns more than a job, then the jobs, each name in `room` characters."""
    jobs = [item for item in digest.items if isinstance(item, JobItem)]
    paragraphs = _paragraphs([item for item in digest.items if not isinstance(item, JobItem)], room)
    briefs = [brief.line for brief, _ in paragraphs]
    briefs += [_jobs_in_brief(jobs, room)] if jobs else []
    briefs += [[f"{digest.more} more follow"]] if digest.more else []
    yield Entry(_joined(briefs), sum(brief.items for brief, _ in paragraphs))
    for brief, details in paragraphs:
        if len(paragraphs) > 1 and details:
            yield Entry(brief.line)
        yield from details
    yield from _meanwhile(digest)
    yield from _grouped(jobs, room) if len(jobs) > _JOBS_NAMED else (Entry(_line(job, room), 1) for job in jobs)


def _joined(lines: Sequence[Line]) -> Line:
    return [piece for number, line in enumerate(lines) for piece in ([" · ", *line] if number else line)]


def _jobs_in_brief(jobs: Sequence[JobItem], room: int) -> Line:
    """The jobs by name, or how many there are of each kind."""
    if len(jobs) <= _JOBS_NAMED:
        return _joined([_brief(job, room) for job in jobs])
    counts = Counter(job.status for job in jobs if isinstance(job, Path))
    changes = [f"{status_emoji(s)} {count} {status_words(s, 40)}" for s, count in counts.items()]
    if len(changes) > _STATUSES_COUNTED:
        changes[_STATUSES_COUNTED:] = [f"{sum([*counts.values()][_STATUSES_COUNTED:])} others"]
    parts = [f"{counted(counts.total(), 'job')} changed: {' · '.join(changes)}"] if counts else []
    for kind, (emoji, which, _) in _KINDS.items():
        if count := sum(isinstance(job, kind) for job in jobs):
            parts.append(f"{emoji} {counted(count, 'job')} {which}")
    return [" · ".join(parts)]


def _grouped(jobs: Sequence[JobItem], room: int) -> Iterator[Entry]:
    """Those of a kind below a header, in the order in which the kinds come."""
    groups: dict[Status | type, list[JobItem]] = {}
    for job in jobs:
        groups.setdefault(job.status if isinstance(job, Path) else type(job), []).append(job)
    for kind, group in groups.items():
        yield Entry([bold(_header(kind, len(group), room))])
        yield from (Entry(_in_group(job, room), 1) for job in group)


def _header(kind: Status | type, count: int, room: int) -> str:
    if isinstance(kind, Status):
        return f"{status_shown(kind, _for_words(room))} ({count})"
    emoji, which, more = _KINDS[kind]
    return f"{emoji} Jobs {which} ({count}){more}"


# ── what concerns more than a job ───────────────────────────────────────────────────────────────────────────────────


def _paragraphs(items: Sequence[Announcement | Paused], room: int) -> list[tuple[Entry, list[Entry]]]:
    """What each says in brief, for the headline, and the details."""
    pauses = [item for item in items if isinstance(item, Paused)]
    announced = [_announced(item, room) for item in items if not isinstance(item, Paused)][:_ANNOUNCED]
    said = [(Entry(brief, 1), [Entry(line) for line in details]) for brief, details in announced]
    match pauses:
        case []:
            return said
        case [paused]:
            return [*said, _one_paused(paused, room)]
    return [*said, _many_paused(pauses, room)]


def _announced(item: Announcement, room: int) -> tuple[Line, Sequence[Line]]:
    match item:
        case Outage():
            brief: Line = ["⚠️ I can't see the jobs service since ", moment(item.since), f": {outside(item.reason)}"]
            later = "I'll tell you when it is back, and what changed meanwhile."
            return brief, [_last_seen(item, room), [later]]
        case OutageEnded():
            away = f"out of reach for {lasting(item.at - item.since)}"
            return [f"✅ The jobs service answers again ({away}, since ", moment(item.since), ")"], []
        case LoginRefused():
            until = ". Until this is put right I see nothing that is watched, and no alerts come."
            brief = [f"⛔ I can't see any job now: {outside(item.reason)}"]
            return brief, [["Since ", moment(item.since), until], [outside(item.remedy, 300)]]
        case Resumed():
            continues = counted(item.count, "paused watch goes on", "paused watches go on")
            return [f"▶️ I can post here again: {continues} (paused since ", moment(item.paused_at), ")"], []


def _last_seen(item: Outage, room: int) -> Line:
    unknown = f"I don't know how {counted(item.count, 'job')} watched here {'is' if item.count == 1 else 'are'} now"
    named = item.jobs[: room // 10]
    jobs = ", ".join(f"{status_emoji(job.status)} {outside(job.title, room)}" for job in named)
    more = f" … and {item.count - len(named)} more" if item.count > len(named) else ""
    return [f"{unknown}; last seen: {jobs}{more}." if named else f"{unknown}."]


def _one_paused(item: Paused, room: int) -> tuple[Entry, list[Entry]]:
    found = obstacle(item.why)
    go_on = (
        " and they go on by themselves, or press Resume once that's done" if found.by_itself else ", then press Resume"
    )
    brief: Line = ["⏸ I can't tell ", channel(item.destination), f" any more: {found.why}"]
    details: list[Line] = [[f"{_jobs_paused(item, room)}."], [f"Nothing is lost: {found.remedy}{go_on}."]]
    return Entry(brief, 1), [Entry(details[0]), Entry(details[1], 0, [resume_button(item.destination)])]


def _many_paused(items: Sequence[Paused], room: int) -> tuple[Entry, list[Entry]]:
    """Each channel with a button of its own, as long as there is room for one."""
    brief: Line = [f"⏸ I can't tell {len(items)} channels any more"]
    each = [
        Entry(
            [channel(item.destination), f": {obstacle(item.why).why}. {_jobs_paused(item, room)}."],
            1,
            [resume_button(item.destination)] if number < _RESUME_BUTTONS else [],
        )
        for number, item in enumerate(items)
    ]
    do = "invite me again or unarchive the channel"
    last = f"Nothing is lost: {do} and they go on by themselves, or press Resume once that's done."
    return Entry(brief), [*each, Entry([last])]


def _jobs_paused(item: Paused, room: int) -> str:
    named = item.titles[: room // 10]
    more = f" and {item.count - len(named)} more" if item.count > len(named) else ""
    paused = counted(item.count, "job is paused", "jobs are paused")
    return f"{paused}: {', '.join(outside(title, room) for title in named)}{more}" if named else paused


def _meanwhile(digest: Digest) -> Iterator[Entry]:
    """What the end of an outage or of a pause is followed by. Of what can't be seen yet nothing is said."""
    if not any(isinstance(item, OutageEnded | Resumed) for item in digest.items):
        return
    if digest.more or any(isinstance(item, Path) for item in digest.items):
        yield Entry(["What changed meanwhile:"])
    elif any(isinstance(item, OutageEnded) for item in digest.items):
        yield Entry(["No change seen so far."])
