"""Forms: the modals that the bot opens."""

from collections.abc import Iterator
from dataclasses import replace

from bot.demo.page.gallery.cast import (
    ADA,
    BUSY,
    BUSY_REMEDY,
    COMMAND,
    ERROR,
    OPS,
    ORDERS,
    OTHER,
    REFS,
    STOPPED,
    UNDEPLOYED,
    Cast,
)
from bot.demo.page.gallery.example import Example, modal, private
from bot.domain.job import Dataflow, JobLink
from bot.slack.grammar.commands import OpenWatch
from bot.slack.grammar.patterns import PatternRef
from bot.slack.messages.failures import not_for_strangers
from bot.slack.messages.modals import job_details
from bot.slack.watch_form import view
from bot.slack.watch_form.form import SOME, Form, Origin, Recipient


def forms(cast: Cast) -> Iterator[Example]:
    """The form behind `/job watch`, what replaces it, and the details of a job."""
    here = Origin(OPS, COMMAND)
    job = Dataflow(REFS[ORDERS].dataflow)
    filled = Form(here, job, ORDERS)
    yield modal("Nothing is chosen yet", view.form_view, Form(here), is_new=False)
    yield modal("A job is chosen", view.form_view, filled)
    elsewhere = replace(
        filled, place=Recipient.CHANNEL, channel=OTHER, what=SOME, statuses=(ERROR, STOPPED, UNDEPLOYED)
    )
    yield modal("Another channel, certain statuses", view.form_view, elsewhere)
    change = replace(filled, origin=replace(here, job=job, title=f"❌ {ORDERS}"), what="errors")
    yield modal("A watch is changed", view.form_view, change)
    unlisted = Form(replace(here, unlisted=BUSY))
    yield modal("Without the job list", view.form_view, unlisted)
    more = replace(filled, shows_more=True, owner=ADA, runbook="https://wiki.example.com/orders-to-lake")
    yield modal("Owner and runbook", view.form_view, more)
    pattern = Form(replace(here, matches=12), PatternRef("sales-*"), "all jobs matching sales-*")
    yield modal("All jobs that match a pattern", view.form_view, pattern)
    yield modal("The bot isn't in the channel", view.form_view, filled, "I'm not in this channel. Invite me first.")
    yield modal("A form of an earlier release", view.unreadable_view)
    yield modal("Somebody of another company", view.refused_view, not_for_strangers())
    yield private("A mention asks for the form", view.open_button, OpenWatch())
    yield modal("Details are looked up", job_details.looking_up)
    yield modal("Details", job_details.job_details, cast.job(), JobLink("https://jobs.example.com/{dataflow}/{run}"))
    yield modal("Details can't be had", job_details.cannot_check, job, BUSY, BUSY_REMEDY)
