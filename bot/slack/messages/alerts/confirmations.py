"""A confirmation in full, as it is shown at once and delivered later, and on a line of a digest."""

from datetime import datetime

from bot.domain.notification.confirmations import (
    Confirmation,
    Deed,
    JobConfirmation,
    PatternConfirmation,
    SettingsConfirmation,
    SilenceConfirmation,
)
from bot.slack.messages import confirmations, muting, patterns
from bot.slack.messages.alerts import acknowledging
from bot.slack.messages.blocks import Line, Message, message
from bot.slack.messages.channel import maintenance
from bot.slack.messages.channel import settings as changes
from bot.slack.messages.text import counted


def confirmation_message(item: Confirmation, *, later: bool) -> Message:
    """A confirmation alone. One that is delivered `later` says from when its facts are."""
    if isinstance(item, SilenceConfirmation):
        return maintenance.began(item)
    as_of = item.at if later else None
    if isinstance(item, SettingsConfirmation):
        return changes.changed(item.before, item.after, by=item.by, to_person=item.to_person)
    if isinstance(item, PatternConfirmation):
        if item.deed is Deed.UNWATCHED:
            return patterns.no_longer_watching(item, by=item.by, to_person=item.to_person)
        watching = patterns.watching_differently if item.deed is Deed.CHANGED else patterns.now_watching
        return watching(item, item.worst, by=item.by, to_person=item.to_person, as_of=as_of)
    return _about_job(item, later=later)


def _about_job(item: JobConfirmation, *, later: bool) -> Message:
    by, to_person, as_of = item.by, item.to_person, item.at if later else None
    match item.deed:
        case Deed.ACKNOWLEDGED:
            return message([*acknowledging.acknowledged_then(item), "."])
        case Deed.UNWATCHED:
            return confirmations.no_longer_watching(item, by=by, to_person=to_person)
        case Deed.MUTED:
            return muting.muted(item, by=by, until=_end_of_mute(item), to_person=to_person, as_of=as_of)
        case Deed.UNMUTED:
            follow = item.changes_follow
            return muting.unmuted(item, by=by, to_person=to_person, changes_follow=follow, as_of=as_of)
        case Deed.CHANGED:
            watching = confirmations.watching_differently
        case _:
            watching = confirmations.now_watching
    return watching(
        item,
        item.status_filter,
        by=by,
        to_person=to_person,
        as_of=as_of,
        contact=item.contact,
        reminding=item.reminding,
        maintenance_until=item.until,
    )


def _end_of_mute(item: JobConfirmation) -> datetime | None:
    return None if item.until_change else item.until or item.at


def summary(count: int) -> Line:
    """Confirmations in the headline of a digest."""
    return [f"{counted(count, 'change')} to what is watched here"]


def line(item: Confirmation, room: int) -> Line:
    """A confirmation on a line, names in `room` characters."""
    if isinstance(item, SilenceConfirmation):
        return maintenance.began_line(item, room)
    by, to_person = item.by, item.to_person
    if isinstance(item, SettingsConfirmation):
        return changes.changed_line(item.before, item.after, by=by, to_person=to_person)
    if isinstance(item, JobConfirmation):
        match item.deed:
            case Deed.ACKNOWLEDGED:
                return acknowledging.acknowledged_then(item, room)
            case Deed.MUTED:
                return muting.mute_began(item.title, by=by, until=_end_of_mute(item), to_person=to_person, room=room)
            case Deed.UNMUTED:
                return muting.mute_ended(item.title, by=by, to_person=to_person, room=room)
        subject = confirmations.job_name(item, room)
    else:
        subject = patterns.pattern_name(item.glob, room)
    match item.deed:
        case Deed.UNWATCHED:
            return confirmations.stopped(subject, by=by, to_person=to_person)
        case Deed.CHANGED:
            return confirmations.filter_changed(subject, item.status_filter, by=by, to_person=to_person)
    return confirmations.started(subject, item.status_filter, by=by, to_person=to_person)
