"""What `watch` and `unwatch` are answered with.

A job and a pattern are confirmed in the same words: the functions that take a `subject` build them for both. `as_of`
is when the facts were true, for a message that is delivered later.
"""

from datetime import datetime

from bot.domain.job import JobRef
from bot.domain.notification.confirmations import NO_OTHER_WATCHES, JobConfirmation, OtherWatches
from bot.domain.pattern import ALL_JOBS
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar.commands import Unwatch
from bot.slack.grammar.references import Ref
from bot.slack.messages.alerts.contacts import contact_lines
from bot.slack.messages.blocks import Line, Message, bold, channel, code, message, moment, person, sanitize
from bot.slack.messages.buttons import button, change_button, show_button, stop_button
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.reminding.words import reminding_lines
from bot.slack.messages.text import capitalized, filter_text, runs_that, status_text, typed

# ── one job ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def now_watching(
    job: TrackedJob | JobConfirmation,
    status_filter: StatusFilter,
    *,
    by: str,
    to_person: bool,
    as_of: datetime | None = None,
    contact: Contact = NO_CONTACT,
    reminding: Reminding = NO_REMINDING,
    maintenance_until: datetime | None = None,
) -> Message:
    """To the destination: it gets alerts from now on."""
    buttons = [show_button(job.target), change_button(job.target), stop_button(job.target, job.title)]
    line = started(job_name(job), status_filter, by=by, to_person=to_person)
    following = *muted_lines(maintenance_until), *contact_lines(contact), *reminding_lines(reminding)
    return message(line, status_now(job, as_of), *following, buttons=buttons)


def watching_by_message(job: TrackedJob, status_filter: StatusFilter) -> Message:
    """To the person who asked in a channel for alerts by direct message."""
    line: Line = ["You'll get alerts for ", *job_name(job), f" by direct message · {filter_text(status_filter)}"]
    return message(line, status_now(job))


def watching_elsewhere(job: TrackedJob, status_filter: StatusFilter, channel_id: str) -> Message:
    """To the person who asked for alerts in another channel."""
    return message(started_elsewhere(job_name(job), status_filter, channel_id), status_now(job))


def already_watching(
    job: TrackedJob,
    status_filter: StatusFilter,
    *,
    to_person: bool,
    contact: Contact = NO_CONTACT,
    reminding: Reminding = NO_REMINDING,
    maintenance_until: datetime | None = None,
) -> Message:
    """Nothing changed; the button opens the form that can change it."""
    line = already_started(job_name(job), status_filter, to_person=to_person)
    following = *muted_lines(maintenance_until), *contact_lines(contact), *reminding_lines(reminding)
    return message(line, status_now(job), *following, buttons=[change_button(job.target, to_me=to_person)])


def watching_differently(
    job: TrackedJob | JobConfirmation,
    status_filter: StatusFilter,
    *,
    by: str,
    to_person: bool,
    as_of: datetime | None = None,
    contact: Contact = NO_CONTACT,
    reminding: Reminding = NO_REMINDING,
    maintenance_until: datetime | None = None,
) -> Message:
    """To the destination: the filter of its watch changed, whom it calls, or what follows."""
    line = filter_changed(job_name(job), status_filter, by=by, to_person=to_person)
    following = *muted_lines(maintenance_until), *contact_lines(contact), *reminding_lines(reminding)
    return message(line, status_now(job, as_of), *following)


def confirmed_later(title: str, why: str) -> Message:
    """To the person who asked: the watch began, but Slack didn't accept its confirmation yet."""
    return message(
        ["The watch of ", bold(sanitize(title)), " is saved, but Slack didn't accept its confirmation just now."],
        [f"{capitalized(delivery_problem(why).reason)}. The confirmation follows as soon as Slack accepts it."],
    )


def no_longer_watching(job: TrackedJob | JobConfirmation, *, by: str, to_person: bool) -> Message:
    """The watch of a job ended. What makes alerts for it go on is named."""
    others = job.others if isinstance(job, JobConfirmation) else NO_OTHER_WATCHES
    subject: Line = job_name(job) if others else [bold(sanitize(job.title))]
    return message([*stopped(subject, by=by, to_person=to_person), "."], *other_watches(others))


def stop_watching(job: TrackedJob, *, to_person: bool, others: OtherWatches = NO_OTHER_WATCHES) -> Message:
    """The question before a watch ends. Ignoring it changes nothing."""
    where = "you get" if to_person else "this channel gets"
    stop = button("Stop watching", Unwatch(job.target)) | {"style": "danger"}
    after = "?" if others else f"? After that, {where} no more alerts for it."
    return message(["Stop watching ", *job_name(job), after], *other_watches(others, "also"), buttons=[stop])


def other_watches(others: OtherWatches, still: str = "still") -> list[Line]:
    """Why alerts for a job go on after a watch of it has ended."""
    lines: list[Line] = []
    if others.pattern is not None:
        which = "" if others.pattern == ALL_JOBS else f" matching {sanitize(others.pattern, 100)}"
        lines.append(["The watch of ", bold(f"all jobs{which}"), f" {still} includes it."])
    elif others.by_name:
        lines.append([f"It's {still} watched by its name."])
    if others.runs:
        lines.append([f"{capitalized(runs_that(others.runs, still))}."])
    return lines


def was_not_watching(ref: Ref, *, to_person: bool, command: str) -> Message:
    return message(
        not_started([code(sanitize(typed(ref)))], to_person=to_person),
        ["See what is watched: ", code(f"{command} list")],
    )


# ── another channel ─────────────────────────────────────────────────────────────────────────────────────────────────


def use_command_there(channel_id: str) -> Message:
    """A command that affects a channel was typed elsewhere; only a watch may be."""
    return message(["Use this command in ", channel(channel_id), ", so that everybody there can see it."])


def only_public_from_elsewhere(channel_id: str) -> Message:
    """A watch was asked for in a channel that is private or doesn't exist."""
    return message(
        ["I can only do that for public channels, and I can't see ", channel(channel_id), " as one."],
        ["If it's private, use the command in that channel."],
    )


def only_for_your_channels(channel_id: str) -> Message:
    """A watch was asked for in a channel in which the person is not."""
    return message(
        ["You can only do that for channels you're in, and you're not in ", channel(channel_id), "."],
        ["Join that channel, then try again."],
    )


def too_many_members(channel_id: str) -> Message:
    """A guest named a channel with more members than the bot reads to find one."""
    return message(
        ["I can't check that you're in ", channel(channel_id), ": it has too many members."],
        ["Use the command in that channel."],
    )


def cannot_check_channel(channel_id: str, code: str) -> Message:
    """Slack could not be asked about a channel; `code` is why."""
    return message(
        [
            "I couldn't ask Slack about ",
            channel(channel_id),
            f", so nothing was changed: {delivery_problem(code).reason}.",
        ],
        ["Try again in a minute, or use the command in that channel."],
    )


def groups_are_for_members() -> Message:
    """A guest named a user group as the owner, or to be told."""
    return message(
        ["Guests can't have a user group mentioned, so nothing was changed."],
        ["Name one person, or ask a member of this workspace."],
    )


def cannot_check_member(code: str) -> Message:
    """Slack could not be asked whether a person is a guest; `code` is why."""
    return message(
        [
            "I couldn't ask Slack whether you may name a user group, so nothing was changed:"
            f" {delivery_problem(code).reason}."
        ],
        ["Try again in a minute, or name one person."],
    )


# ── lines for a job or a pattern ────────────────────────────────────────────────────────────────────────────────────


def started(subject: Line, status_filter: StatusFilter, *, by: str, to_person: bool) -> Line:
    if to_person:
        return ["You'll get alerts for ", *subject, f" here · {filter_text(status_filter)}"]
    return [person(by), " is watching ", *subject, f" in this channel · {filter_text(status_filter)}"]


def started_elsewhere(subject: Line, status_filter: StatusFilter, channel_id: str) -> Line:
    return [channel(channel_id), " gets alerts for ", *subject, f" · {filter_text(status_filter)}"]


def already_started(subject: Line, status_filter: StatusFilter, *, to_person: bool) -> Line:
    who = "You already watch " if to_person else "This channel already watches "
    return [who, *subject, f" · {filter_text(status_filter)}"]


def filter_changed(subject: Line, status_filter: StatusFilter, *, by: str, to_person: bool) -> Line:
    if to_person:
        return ["You changed your alerts for ", *subject, f" · {filter_text(status_filter)}"]
    changed: Line = [person(by), " changed the alerts for ", *subject]
    return [*changed, f" in this channel · {filter_text(status_filter)}"]


def stopped(subject: Line, *, by: str, to_person: bool) -> Line:
    if to_person:
        return ["You stopped watching ", *subject]
    return [person(by), " stopped watching ", *subject, " in this channel"]


def not_started(subject: Line, *, to_person: bool) -> Line:
    return ["You don't watch " if to_person else "This channel doesn't watch ", *subject, "."]


def status_now(job: TrackedJob | JobConfirmation, as_of: datetime | None = None) -> Line:
    """The status of a job, or the last one seen if the job can't be polled."""
    if as_of is not None:
        last_seen = "last seen " if job.failure is not None else ""
        return ["As of ", moment(as_of), f": {last_seen}{status_text(job.status)}"]
    if job.failure is not None:
        return [f"Can't check it now · last seen {status_text(job.status)}"]
    return [f"Now: {status_text(job.status)}"]


def muted_lines(maintenance_until: datetime | None, them: str = "it") -> list[Line]:
    """Why no alerts come yet, if maintenance goes on."""
    return [[f"🔇 Maintenance mutes {them} until ", moment(maintenance_until), "."]] if maintenance_until else []


def job_name(job: TrackedJob | JobConfirmation, room: int = 100) -> Line:
    only = f" (run {job.ref.run} only)" if isinstance(job.target, JobRef) else ""
    return [bold(sanitize(job.title, room)), only]
