"""Confirmations: what is answered when somebody changes a watch, a mute or a pause."""

from collections.abc import Iterator

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    BUSY,
    BUSY_REMEDY,
    CHANGES,
    CLICKS,
    COMMAND,
    ERROR,
    ERRORS,
    HOUR,
    OPS,
    ORDERS,
    OTHER,
    PAYMENTS,
    PROBLEMS,
    REFS,
    UP,
    Cast,
)
from bot.demo.page.gallery.example import Example, posted, private
from bot.domain.notification.confirmations import Deed, JobConfirmation, OtherWatches
from bot.domain.pattern import Kept, TooManyPatterns
from bot.slack.grammar.commands import WatchAll
from bot.slack.grammar.references import Name
from bot.slack.messages import confirmations, muting, patterns
from bot.slack.messages.alerts.confirmations import confirmation_message


def one_job(cast: Cast) -> Iterator[Example]:
    """Watches of one job."""
    job, it = cast.tracked(), confirmations
    yield posted("Ben watches a job here", it.now_watching, job, CHANGES, by=BEN, to_person=False)
    yield posted("… a job that can't be checked", it.now_watching, cast.unavailable(), ERRORS, by=BEN, to_person=False)
    muted = cast.now + HOUR
    yield posted(
        "… during maintenance", it.now_watching, job, CHANGES, by=BEN, to_person=False, maintenance_until=muted
    )
    yield posted("You watch a job yourself", it.now_watching, job, PROBLEMS, by=BEN, to_person=True)
    yield private("… asked for in a channel", it.watching_by_message, job, CHANGES)
    yield private("… or for another channel", it.watching_elsewhere, job, CHANGES, OTHER)
    yield private("It is watched already", it.already_watching, job, CHANGES, to_person=False)
    yield posted("Ada changes the filter", it.watching_differently, job, ERRORS, by=ADA, to_person=False)
    yield private("Ada wants to stop watching", it.stop_watching, job, to_person=False)
    yield posted("… and does", it.no_longer_watching, job, by=ADA, to_person=False)
    others = OtherWatches(runs=(42559,))
    ended = JobConfirmation(Deed.UNWATCHED, REFS[ORDERS], ORDERS, UP, ADA, cast.now, followed=True, others=others)
    yield posted("… but a run is watched, too", it.no_longer_watching, ended, by=ADA, to_person=False)
    yield private("It wasn't watched", it.was_not_watching, Name(ORDERS), to_person=False, command=COMMAND)
    yield private("Slack is busy", it.confirmed_later, ORDERS, "ratelimited")
    deed = JobConfirmation(Deed.WATCHED, REFS[ORDERS], ORDERS, UP, BEN, cast.ago(minutes=20), followed=True)
    yield posted("… and confirms later", confirmation_message, deed, later=True)
    yield private("A command for another channel", it.use_command_there, OTHER)
    yield private("A channel that isn't public", it.only_public_from_elsewhere, OTHER)
    yield private("A channel without you", it.only_for_your_channels, OTHER)
    yield private("A channel too large to check", it.too_many_members, OTHER)
    yield private("Slack doesn't say who is there", it.cannot_check_channel, OTHER, "internal_error")
    yield private("A guest names a group as the owner", it.groups_are_for_members)
    yield private("Slack doesn't say who is a guest", it.cannot_check_member, "internal_error")


def many_jobs(cast: Cast) -> Iterator[Example]:
    """Watches of all jobs that match a pattern."""
    sales, none, it = cast.pattern("sales-*", 12), cast.pattern("hr-*", 0), patterns
    well = [cast.tracked(f"sales-{land}") for land in ("br", "jp", "us")]
    worst = [cast.tracked("sales-eu", ERROR), cast.unavailable("sales-apac"), *well]
    names = [f"sales-{number:03}" for number in range(1, 133)]
    yield private("More jobs than expected", it.question, WatchAll("sales-*", confirmed=132), names)
    yield posted("Ben watches a pattern", it.now_watching, sales, worst, by=BEN, to_person=False)
    yield posted("… that matches nothing yet", it.now_watching, none, [], by=BEN, to_person=False)
    yield private("It is watched already", it.already_watching, sales, to_person=False)
    errors = cast.pattern("sales-*", 12, status_filter=ERRORS)
    yield posted("Ada changes the filter", it.watching_differently, errors, worst, by=ADA, to_person=False)
    yield private("Asked for elsewhere", it.watching_elsewhere, sales, to_person=False)
    yield posted("Ada stops watching", it.no_longer_watching, cast.pattern(), by=ADA, to_person=False)
    yield private("It wasn't watched", it.was_not_watching, "sale-*", [sales], to_person=False, command=COMMAND)
    kept = Kept(cast.tracked("sales-eu"), sales, was_named=True)
    yield private("A pattern still covers the job", it.belongs_to_pattern, kept, to=None, command=COMMAND)
    yield private("Too many jobs", it.too_many, 2_001)
    limit = TooManyPatterns(20, by_person=False)
    yield private("Too many patterns", it.too_many_patterns, limit, to_person=False, command=COMMAND)
    yield private("Without the job list", it.no_list, BUSY, BUSY_REMEDY, command=COMMAND)


def silence(cast: Cast) -> Iterator[Example]:
    """Mutes and pauses."""
    failing, until, it = cast.tracked(CLICKS, ERROR), cast.now + HOUR, muting
    yield posted("Ben mutes a job", it.muted, failing, by=BEN, until=until, to_person=False)
    yield posted("You mute your own alerts", it.muted, failing, by=BEN, until=until, to_person=True)
    yield posted("Ada unmutes it", it.unmuted, failing, by=ADA, to_person=False, changes_follow=True)
    still = cast.tracked(CLICKS, UP)
    yield posted("… and nothing changed", it.unmuted, still, by=ADA, to_person=False, changes_follow=False)
    yield private("It wasn't muted", it.was_not_muted, PAYMENTS, to_person=False)
    yield private("Slack doesn't say the time zone", it.no_time_zone, f"{COMMAND} mute {CLICKS} 1h")
    yield posted("Alerts resume by a button", it.resumed_by_button, OPS, 5)
    yield private("They can't resume yet", it.cannot_resume, OPS, "is_archived")
    yield private("Nothing was paused", it.nothing_to_resume, OPS)
