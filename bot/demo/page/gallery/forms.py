"""Forms: the modals that the bot opens."""

from collections.abc import Iterator
from dataclasses import replace

from bot.demo.page.gallery.cast import COMMAND, ERROR, OPS, ORDERS, OTHER, REFS, STOPPED, UNDEPLOYED, Cast
from bot.demo.page.gallery.example import Example, modal
from bot.domain.job import Dataflow
from bot.slack.messages.failures import not_for_strangers
from bot.slack.watch_form import view
from bot.slack.watch_form.form import SOME, Form, Origin, Recipient


def forms(cast: Cast) -> Iterator[Example]:
    """The form behind `/job watch`, and what replaces it."""
    here = Origin(OPS, COMMAND)
    job = Dataflow(REFS[ORDERS].dataflow)
    filled = Form(here, job, f"❌ {ORDERS}")
    yield modal("Nothing is chosen yet", view.form_view, Form(here), is_new=False)
    yield modal("A job is chosen", view.form_view, filled)
    elsewhere = replace(
        filled, place=Recipient.CHANNEL, channel=OTHER, what=SOME, statuses=(ERROR, STOPPED, UNDEPLOYED)
    )
    yield modal("Another channel, certain statuses", view.form_view, elsewhere)
    change = replace(filled, origin=replace(here, job=job), what="errors")
    yield modal("A watch is changed", view.form_view, change)
    unlisted = Form(replace(here, unlisted="the jobs service is busy"))
    yield modal("Without the job list", view.form_view, unlisted)
    yield modal("A form of an earlier release", view.unreadable_view)
    yield modal("Somebody of another company", view.refused_view, not_for_strangers())
