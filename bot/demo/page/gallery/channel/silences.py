"""Maintenance and quiet hours: what begins them, and what their end tells."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    CLICKS,
    COMMAND,
    ERROR,
    FRAUD,
    HERE,
    HOUR,
    INVENTORY,
    MINUTE,
    ORDERS,
    PAYMENTS,
    REFS,
    TELEMETRY,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, posted, private
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.channel.silence import Silence
from bot.domain.channel.time_zones import zone_named
from bot.domain.history.period import BlindTime
from bot.domain.notification.confirmations import SilenceConfirmation
from bot.domain.notification.jobs import JobAdded, StillFailing
from bot.domain.notification.service import LastStatus
from bot.domain.notification.silences import Meanwhile, QuietHoursEnded, Recovered, SilenceEnded
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.channel import maintenance as mute_all
from bot.slack.messages.channel import quiet_hours as quiet
from bot.slack.messages.watch_list import watch_list

_NIGHT, _BERLIN, _REASON = QuietHours(time(22), time(7)), "Europe/Berlin", "upgrade of the database"
_BUSY = Meanwhile(
    14, 4, 9, (Recovered(CLICKS, 25 * MINUTE, is_exact=True), Recovered(FRAUD, 3 * MINUTE, is_exact=True))
)


def maintenance(cast: Cast) -> Iterator[Example]:
    """From its beginning to the one message at its end."""
    until, since = cast.now + 2 * HOUR, cast.ago(hours=2)
    begun = SilenceConfirmation("*", BEN, cast.now, until, 14, _REASON)
    yield posted("Ben mutes all jobs for an upgrade", mute_all.began, begun)
    yield posted("… those matching a pattern", mute_all.began, SilenceConfirmation("sales-*", BEN, cast.now, until, 3))
    yield posted("… none of which is watched yet", mute_all.began, SilenceConfirmation("x-*", BEN, cast.now, until, 0))
    yield posted("You mute all of yours", mute_all.began, SilenceConfirmation("*", BEN, cast.now, until, 1, None, True))
    silences = [
        Silence(1, HERE, "*", BEN, cast.now, until, _REASON),
        Silence(2, HERE, "sales-*", ADA, cast.now, until + HOUR),
    ]
    jobs = cast.tracked(ORDERS, WARNING), cast.tracked(CLICKS)
    muted = [cast.subscription(job, muted_until=until, muted_by=BEN, silence_id=1) for job in jobs]
    above = mute_all.list_lines(silences)
    yield private(
        "The list meanwhile",
        watch_list,
        cast.watched(*muted),
        [],
        place=HERE.id,
        command=COMMAND,
        now=cast.now,
        above=above,
    )
    yield posted("It ends, and nothing changed", digest_message, cast.digest(_ended(cast, Meanwhile(14))))
    all_well = _ended(cast, _BUSY)
    yield posted("It ends, and all is well again", digest_message, cast.digest(all_well))
    failing = cast.path(UP, ERROR, name=PAYMENTS)
    yield posted("It ends, and a job fails", digest_message, cast.digest(all_well, failing))
    still = StillFailing(
        REFS[ORDERS], ORDERS, ERROR, cast.ago(hours=5), since, BEN, cast.now, True, True, in_window=True
    )
    new = JobAdded(REFS[TELEMETRY], TELEMETRY, UP, cast.now)
    slow = cast.path(UP, WARNING, name=INVENTORY)
    early = _ended(cast, Meanwhile(14, 4, 9, unavailable=2), ADA)
    yield posted("Ada ends it, and much is different", digest_message, cast.digest(early, still, failing, slow, new))
    fleet = tuple(cast.path(UP, ERROR, name=f"sales-{number:03}") for number in range(1, 61))
    many = _ended(cast, Meanwhile(132, 60, 60))
    yield posted("It ends, and many fail", digest_message, cast.digest(many, *fleet))
    yield private("Ada is told so", mute_all.ended_early, silences[:1], to_person=False)
    yield private("There is none to end", mute_all.was_not_muted, None, [], to_person=False, command=COMMAND)
    yield private(
        "… none of that pattern", mute_all.was_not_muted, "orders-*", silences, to_person=False, command=COMMAND
    )
    yield private("There are too many", mute_all.too_many, to_person=False)


def _ended(cast: Cast, meanwhile: Meanwhile, by: str | None = None) -> SilenceEnded:
    return SilenceEnded("*", BEN, cast.ago(hours=2), cast.now, meanwhile, _REASON, by)


def quiet_hours(cast: Cast) -> Iterator[Example]:
    """From the choice to the summary in the morning."""
    night, until = _begun(cast)
    yield posted("Ben chooses quiet hours", quiet.chosen, _NIGHT, _BERLIN, by=BEN, to_person=False, until=None)
    yield posted("You choose some that have begun", quiet.chosen, night, _BERLIN, by=BEN, to_person=True, until=until)
    silent = replace(_NIGHT, breaks_through=NOTHING)
    yield posted(
        "… in which nothing comes",
        quiet.chosen,
        silent,
        _BERLIN,
        by=BEN,
        to_person=False,
        until=None,
        moves_digest=True,
    )
    yield private("What was chosen", quiet.present, night, _BERLIN, to_person=False, command=COMMAND, until=until)
    yield private("Nothing was chosen", quiet.present, None, "UTC", to_person=False, command=COMMAND)
    yield private("Nobody knows which clock counts", quiet.no_time_zone, f"{COMMAND} quiet {_NIGHT.text} {_BERLIN}")
    above = quiet.list_lines(night, until)
    slow = cast.subscription(cast.tracked(INVENTORY, WARNING))
    yield private(
        "The list at night",
        watch_list,
        cast.watched(slow),
        [],
        place=HERE.id,
        command=COMMAND,
        now=cast.now,
        above=above,
    )
    since = cast.ago(hours=9)
    calm = QuietHoursEnded(since, cast.now, Meanwhile(14))
    yield posted("A calm night", digest_message, cast.digest(calm))
    dark = Meanwhile(14, blind=(BlindTime(cast.ago(hours=5), cast.ago(hours=4), 14),))
    yield posted("… in which the service was down", digest_message, cast.digest(replace(calm, meanwhile=dark)))
    rough = Meanwhile(14, 5, 12, _BUSY.recovered, (LastStatus(PAYMENTS, ERROR),), 1)
    ended = QuietHoursEnded(since, cast.now, rough)
    yield posted("A rough night", digest_message, cast.digest(ended))
    later = cast.path(UP, WARNING, name=INVENTORY)
    yield posted("… and something that could wait", digest_message, cast.digest(ended, later))
    yield posted("Ben turns them off at night", quiet.turned_off, by=BEN, to_person=False, summary_follows=True)
    yield posted("You turn yours off by day", quiet.turned_off, by=BEN, to_person=True, summary_follows=False)


def _begun(cast: Cast) -> tuple[QuietHours, datetime]:
    """Quiet hours that began in this hour, and their end."""
    begin = cast.now.astimezone(zone_named(_BERLIN)).replace(minute=0, second=0, microsecond=0)
    hours = QuietHours(begin.time(), (begin + 9 * HOUR).time())
    return hours, hours.next_turn(cast.now, zone_named(_BERLIN))
