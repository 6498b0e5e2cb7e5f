"""Alerts: what the bot posts by itself."""

from collections.abc import Iterator
from dataclasses import replace

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    BUSY,
    CLICKS,
    DEPLOYING,
    ERROR,
    FRAUD,
    INVENTORY,
    LOGIN_REFUSED,
    OPS,
    ORDERS,
    OTHER,
    PAYMENTS,
    REFS,
    STOPPED,
    TELEMETRY,
    TIMED_OUT,
    UNDEPLOYED,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, modal, posted, private
from bot.domain.job import Status
from bot.domain.notification.digest import ListPart
from bot.domain.notification.jobs import JobAdded, JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.subscription import Contact
from bot.domain.tracked_job import JobsPage
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.jobs import alert
from bot.slack.messages.alerts.many import list_part
from bot.slack.messages.failures import not_for_strangers
from bot.slack.messages.modals.all_jobs import Shown, all_jobs_view, cannot_open, not_kept, refused_view


def one_job(cast: Cast) -> Iterator[Example]:
    """An alert about one job."""
    yield posted("A job fails", alert, cast.path(UP, ERROR))
    yield posted("It recovers", alert, cast.path(ERROR, UP))
    yield posted("It gets slower", alert, cast.path(UP, WARNING, name=CLICKS))
    yield posted("Nobody saw how long it was up", alert, cast.path(UP, ERROR, old_since_is_exact=False))
    yield posted("Several changes while Slack was away", alert, cast.path(UP, WARNING, ERROR, WARNING, UP))
    yield posted("It is redeployed", alert, cast.redeployed())
    yield posted("It deploys", alert, cast.path(UP, DEPLOYING, name=FRAUD))
    yield posted("It is stopped", alert, cast.path(UP, STOPPED, name=FRAUD))
    ended = cast.path(UP, UNDEPLOYED, name=TELEMETRY, followed=False, ends=True)
    yield posted("The one run that was watched has ended", alert, ended)
    yield posted("A status that nobody documented", alert, cast.path(UP, Status.of("Throttled")))
    ref, since = REFS[PAYMENTS], cast.ago(minutes=4)
    yield posted("It can't be checked", alert, JobUnavailable(ref, PAYMENTS, UP, BUSY, since, True))
    yield posted("It can be checked again", alert, JobAvailableAgain(ref, PAYMENTS, UP, since, cast.now, True))
    hour = cast.ago(hours=1)
    yield posted(
        "A mute ends, and the job still fails",
        alert,
        StillFailing(REFS[CLICKS], CLICKS, ERROR, hour, hour, ADA, cast.now, True, True, contact=Contact(BEN)),
    )
    yield posted("A new job matches a pattern", alert, JobAdded(REFS[FRAUD], FRAUD, UP, cast.now))
    yield posted("A job is gone from the organisation", alert, JobRemoved(REFS[FRAUD], FRAUD, STOPPED, cast.now))


def many_jobs(cast: Cast) -> Iterator[Example]:
    """One cause, one message."""
    together = [cast.path(UP, ERROR, name=PAYMENTS), cast.path(UP, WARNING), cast.path(ERROR, UP, name=CLICKS)]
    yield posted("Two jobs change at once", digest_message, cast.digest(*together[:2]))
    yield posted("Three jobs change at once", digest_message, cast.digest(*together))
    moved = [cast.path(WARNING, UP, name=name) for name in (FRAUD, INVENTORY, TELEMETRY)]
    yield posted("Six jobs change at once", digest_message, cast.digest(*together, *moved))
    back = [cast.path(ERROR, UP, name=name) for name in sorted(REFS)[:5]]
    yield posted("Five jobs recover", digest_message, cast.digest(*back))
    fleet = tuple(cast.path(UP, ERROR, name=f"sales-{number:03}") for number in range(1, 201))
    yield posted("200 jobs fail at once", digest_message, cast.digest(*fleet))
    shown = Shown(OPS, f"{cast.ago(hours=3.2).timestamp():.6f}")
    jobs = [cast.tracked(f"sales-{number:03}", ERROR) for number in range(1, 51)]
    yield modal("Somebody presses Show all", all_jobs_view, shown, JobsPage(jobs, 1, 4, 200), now=cast.now)
    found = JobsPage(jobs[:1], 1, 1, 1)
    yield modal("Somebody searches there", all_jobs_view, replace(shown, words="sales-001"), found, now=cast.now)
    yield modal("Somebody of another company", refused_view, not_for_strangers())
    yield private("The message is very old", not_kept)
    yield private("Slack didn't open the list", cannot_open, "expired_trigger_id")
    yield posted("The list in its thread", list_part, ListPart(fleet[180:], 181, 200))
    lost = [JobUnavailable(REFS[name], name, UP, BUSY, cast.ago(minutes=4), True) for name in sorted(REFS)]
    yield posted("Two can't be checked", digest_message, cast.digest(*lost[:2]))
    yield posted("Six can't be checked", digest_message, cast.digest(*lost))
    added = [JobAdded(REFS[name], name, UP, cast.now) for name in sorted(REFS)]
    yield posted("Six new jobs match a pattern", digest_message, cast.digest(*added))


def services(cast: Cast) -> Iterator[Example]:
    """What concerns all jobs, or a whole channel."""
    since, hour = cast.ago(minutes=6), cast.ago(hours=1)
    well = (FRAUD, INVENTORY, TELEMETRY, ORDERS)
    worst = (LastStatus(PAYMENTS, ERROR), LastStatus(CLICKS, WARNING), *(LastStatus(name, UP) for name in well))
    outage = Outage(TIMED_OUT, since, 14, worst)
    yield posted("The jobs service is down", digest_message, cast.digest(outage))
    over = OutageEnded(since, cast.now)
    yield posted("It is back, and nothing changed", digest_message, cast.digest(over))
    yield posted("It is back, and a job changed", digest_message, cast.digest(over, cast.path(UP, ERROR)))
    refused = LoginRefused(LOGIN_REFUSED, "", since)
    yield posted("The bot's login is refused", digest_message, cast.digest(refused))
    yield posted("A channel is archived", digest_message, cast.digest(Paused(OPS, "is_archived", 5)))
    yield posted("Posting is restricted", digest_message, cast.digest(Paused(OPS, "restricted_action", 5)))
    both = Paused(OPS, "is_archived", 5), Paused(OTHER, "not_in_channel", 2)
    yield posted("Two channels are paused", digest_message, cast.digest(*both))
    yield posted("Alerts resume", digest_message, cast.digest(Resumed(5, hour)))
