"""Reminders and escalation: what follows an alert while nobody acts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    CLICKS,
    COMMAND,
    ERROR,
    ERRORS,
    FRAUD,
    GROUP,
    HOUR,
    MINUTE,
    OPS,
    ORDERS,
    OTHER,
    PAYMENTS,
    REFS,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, modal, posted, private
from bot.demo.slack.stand_in import PARTNER
from bot.domain.job import Dataflow, Status
from bot.domain.notification.digest import DigestItem
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.reminding import Escalation, Failing, Reminders, Reminding
from bot.domain.subscription import Contact
from bot.slack.messages import confirmations, look_up, patterns, watch_list
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.alerts.jobs import alert
from bot.slack.messages.look_up import Surroundings
from bot.slack.messages.reminding import refusals
from bot.slack.watch_form import view
from bot.slack.watch_form.form import Form, Origin, Span

_BOTH = Reminding(Reminders(30 * MINUTE), Escalation(ADA, 15 * MINUTE))
_PROBLEMS = Reminding(Reminders(4 * HOUR, Failing.PROBLEM), Escalation(GROUP, HOUR, Failing.PROBLEM))


def reminders(cast: Cast) -> Iterator[Example]:
    """From the alert to the watch that asks for them."""
    yield posted("A job fails", alert, replace(cast.path(UP, ERROR), reminding=_BOTH))
    failing = cast.incident(minutes=5, reminding=_BOTH, is_reminded=True)
    yield posted("… five minutes later", incident_message, [failing], cast.now)
    lasting = cast.incident(minutes=40, reminding=_BOTH, is_reminded=True)
    told = replace(lasting, escalated_at=cast.ago(minutes=25))
    yield posted("Ada was told that it lasts", incident_message, [told], cast.now)
    owned = Contact(BEN, "https://wiki.example.com/orders-to-lake")
    yield posted("It still fails", alert, replace(_reminder(cast), contact=owned))
    slower = replace(_reminder(cast, CLICKS, WARNING, minutes=20), failing_since=cast.ago(hours=4))
    yield posted("… with another status than before", alert, slower)
    escalated = _escalated(cast)
    yield posted("Somebody is told", alert, escalated)
    yield posted("A user group is told", alert, replace(escalated, to=GROUP, contact=owned))
    yield posted("Ben's own watch tells Ada", alert, replace(escalated, watched_by=BEN))
    yield posted("Ada can't be notified", alert, replace(escalated, unreached="user_disabled"))
    several = [_reminder(cast, name, minutes=60) for name in (ORDERS, PAYMENTS)]
    yield posted("Two jobs still fail", digest_message, cast.digest(*several))
    others: list[DigestItem] = [cast.path(UP, ERROR, name=FRAUD), escalated, _reminder(cast, PAYMENTS)]
    yield posted("One changed, one is escalated", digest_message, cast.digest(*others))
    names = sorted(REFS)
    yield posted("Six jobs still fail", digest_message, cast.digest(*(_reminder(cast, name) for name in names)))
    yield from _watches(cast)


def _watches(cast: Cast) -> Iterator[Example]:
    job, it = cast.tracked(), confirmations
    yield posted("Ben asks for both", it.watching_differently, job, ERRORS, by=BEN, to_person=False, reminding=_BOTH)
    sales = cast.pattern("sales-*", 2, reminding=_PROBLEMS)
    yield private("A pattern has them already", patterns.already_watching, sales, to_person=False)
    rows = cast.watched(
        cast.subscription(cast.tracked(PAYMENTS, ERROR), ERRORS, reminding=_BOTH),
        cast.subscription(cast.tracked(ORDERS), reminding=Reminding(Reminders(HOUR))),
        *(cast.subscription(cast.tracked(f"sales-{number:03}"), reminding=_PROBLEMS) for number in (1, 2)),
    )
    place: dict[str, Any] = {"place": OPS, "command": COMMAND, "now": cast.now}
    yield private("The list shows them", watch_list.watch_list, rows, [sales], **place)
    watched = cast.subscription(cast.tracked(ORDERS, ERROR, status_since=cast.ago(minutes=40)), reminding=_BOTH)
    around = Surroundings(subscription=watched, has_history=True)
    yield private("So does a look-up", look_up.job_card, cast.job(status=ERROR), job.target, around, now=cast.now)
    form = Form(Origin(OPS, COMMAND), Dataflow(REFS[ORDERS].dataflow), ORDERS, shows_more=True)
    filled = replace(form, remind=Span(30 * MINUTE), tell=ADA, after=Span(15 * MINUTE))
    yield modal("The form sets them", view.form_view, filled)
    with_group = replace(form, origin=replace(form.origin, told_group=GROUP), after=Span(45 * MINUTE))
    yield modal("… and leaves a group alone", view.form_view, with_group)
    yield private("Pia is of another company", refusals.not_a_member, PARTNER.id)
    yield private("Somebody chooses the bot", refusals.not_myself)
    yield private("… another app, as the owner", refusals.not_an_app, "USLACKBOT", as_owner=True)
    yield private("Ben isn't in the channel", refusals.not_there, BEN, OTHER)
    yield private("A group, by direct message", refusals.no_group_by_message)
    yield private("A guest names somebody else", refusals.not_by_guests)
    yield private("Slack doesn't say who Ben is", refusals.cannot_check, BEN, "internal_error")


def _reminder(cast: Cast, name: str = ORDERS, status: Status = ERROR, *, minutes: float = 30) -> Reminder:
    since = cast.ago(minutes=minutes)
    return Reminder(REFS[name], name, status, since, since, cast.now, True, True, "12")


def _escalated(cast: Cast) -> Escalated:
    since = cast.ago(minutes=15)
    return Escalated(REFS[ORDERS], ORDERS, ERROR, since, since, cast.now, ADA, True, True, "12")
