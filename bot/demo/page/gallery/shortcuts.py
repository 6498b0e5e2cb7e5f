"""Shortcuts, and links that people post."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.demo.page.gallery.cast import BUSY, BUSY_REMEDY, CLICKS, ERROR, ORDERS, PAYMENTS, REFS, UP, WARNING, Cast
from bot.demo.page.gallery.example import Example, modal, posted, private
from bot.demo.slack.stand_in import MEMBER
from bot.domain.history.lookback import Lookback
from bot.domain.job import Dataflow, JobLink
from bot.slack.grammar.references import Name
from bot.slack.messages import look_up as cards
from bot.slack.messages.failures import not_for_strangers
from bot.slack.messages.history import report
from bot.slack.messages.modals import job_choice, job_details, look_up
from bot.slack.messages.modals.look_up import Chosen, Part

_FAILING = ((ERROR, 2.5), (WARNING, 4), (UP, 60), (ERROR, 61))
_LINK = JobLink("https://jobs.example.com/{dataflow}/{run}")


def shortcuts(cast: Cast) -> Iterator[Example]:
    """What the two shortcuts open, and what stands below a link."""
    job, chosen = Dataflow(REFS[ORDERS].dataflow), Chosen(REFS[ORDERS].dataflow, ORDERS)
    yield modal("Look up a job", look_up.look_up_view, "")
    yield modal("A job is chosen", look_up.looking_up_view, "", chosen)
    found, failing = cast.history(_FAILING), cast.job(status=ERROR, start_time=cast.ago(days=3))
    around = cards.Surroundings(True, cast.subscription(found.job), has_history=True, link=_LINK)
    card = cards.job_card(failing, job, around, now=cast.now)
    yield modal("Its status", look_up.job_view, "", chosen, Part.STATUS, card.blocks)
    line = found.timeline(cast.ago(days=7), cast.now)
    history = report.job_history(found, line, Lookback.WEEK, ZoneInfo(MEMBER.tz), now=cast.now)
    yield modal("Its history", look_up.job_view, "", chosen, Part.HISTORY, history.blocks)
    details = job_details.job_details(failing, _LINK)["blocks"]
    yield modal("Its details", look_up.job_view, "", chosen, Part.DETAILS, details)
    busy = cards.cannot_check(Name(ORDERS), BUSY, BUSY_REMEDY)
    yield modal("It can't be checked", look_up.job_view, "", chosen, Part.STATUS, busy.blocks)
    yield modal("Somebody of another company looks up", look_up.refused_view, not_for_strangers())
    yield private("Slack didn't open it", look_up.cannot_open, "expired_trigger_id")
    yield modal("Watch this job", job_choice.searching_view)
    several = [cast.named(ORDERS, ERROR), cast.named(CLICKS), cast.named(PAYMENTS, None)]
    yield modal("Several jobs in the message", job_choice.job_choice_view, "", several, cast.now)
    yield modal("No job in the message", job_choice.no_job_view, "", None)
    yield modal("… without the job list", job_choice.no_job_view, "", BUSY)
    yield modal("Somebody of another company watches", job_choice.refused_view, not_for_strangers())
    yield posted("Below a link to a job", cards.unfurled_job, failing, job, now=cast.now)
