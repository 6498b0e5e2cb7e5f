"""Incidents: the first alert of a failing job, as it is updated until the job recovers."""

from collections.abc import Iterator
from dataclasses import replace

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    CLICKS,
    COMMAND,
    ERROR,
    HOUR,
    MINUTE,
    ORDERS,
    PAYMENTS,
    UNDEPLOYED,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, posted, private
from bot.domain.incident import Acknowledgement, Circumstances
from bot.slack.grammar.commands import Acknowledge
from bot.slack.grammar.references import Name
from bot.slack.messages.alerts import acknowledging, threads
from bot.slack.messages.alerts.actions import Above
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.alerts.jobs import alert


def incidents(cast: Cast) -> Iterator[Example]:
    """One incident from its beginning to its end, and several in one message."""
    found = Circumstances(cast.now, 0, 0, 4_500, 4_400, (("kafka-source-2", "FAILED"),))
    yield posted("A job fails", incident_message, [cast.incident(circumstances=found)], cast.now)
    yield posted("Nothing more is known", incident_message, [cast.incident()], cast.now)
    taken = Acknowledgement(ADA, cast.ago(minutes=12))
    yield posted("Ada is on it", incident_message, [cast.incident(minutes=18, acknowledged=taken)], cast.now)
    muted = cast.incident(minutes=18, circumstances=replace(found, at=cast.ago(minutes=18)))
    muted = replace(muted, muted_until=cast.now + HOUR, muted_by=BEN)
    yield posted("Ben mutes it", incident_message, [muted], cast.now)
    until_change = replace(muted, muted_until_change=True, acknowledged=taken)
    yield posted("… until it changes", incident_message, [until_change], cast.now)
    better = replace(cast.incident(acknowledged=taken, minutes=18), status=WARNING, changed_at=cast.now)
    yield posted("It gets better", incident_message, [better], cast.now)
    quiet, loud = Above(repeats_buttons=False, acknowledged=True), Above(repeats_buttons=True, acknowledged=True)
    yield posted("… in its thread", alert, cast.path(ERROR, WARNING, lasted=18 * MINUTE), above=quiet)
    worse = cast.path(WARNING, ERROR, lasted=7 * MINUTE)
    yield posted("It gets worse again, which the channel sees", alert, worse, above=loud)
    over = cast.recovered(acknowledged=taken)
    yield posted("It recovers", incident_message, [over], cast.now)
    gone = cast.incident(closed_at=cast.now, minutes=18, followed=False)
    gone = replace(gone, status=UNDEPLOYED, changed_at=cast.now)
    yield posted("Its watch ends", incident_message, [gone], cast.now)
    several = [
        cast.incident(PAYMENTS, minutes=18, acknowledged=taken),
        cast.incident(ORDERS, minutes=18),
        cast.incident(CLICKS, WARNING, minutes=18),
    ]
    yield posted("Several jobs fail", incident_message, several, cast.now)
    ended = [cast.recovered(name) for name in (ORDERS, PAYMENTS)]
    yield posted("They recover", incident_message, ended, cast.now)
    names = [f"sales-{number:03}" for number in range(1, 201)]
    well = [cast.recovered(name) for name in names]
    failing = [cast.incident(name, minutes=18) for name in names[:150]]
    yield posted("50 of 200 jobs have recovered", incident_message, [*failing, *well[150:]], cast.now)
    yield posted("All have recovered", incident_message, well, cast.now)


def taking_care(cast: Cast) -> Iterator[Example]:
    """Somebody takes care of an incident, or chooses how alerts are posted."""
    failing, taken = cast.incident(minutes=18), Acknowledgement(ADA, cast.ago(minutes=12))
    yield posted("Ben acknowledges it by a command", acknowledging.acknowledged, failing, by=BEN)
    yield private("Ada was faster", acknowledging.already_acknowledged, failing, taken)
    ended = cast.ago(minutes=2)
    over = replace(cast.recovered(), closed_at=ended, changed_at=ended)
    yield private("The alert is over", acknowledging.is_over, over)
    gone = cast.incident(closed_at=ended, minutes=18)
    yield private("The watch has ended", acknowledging.is_over, gone)
    nothing = acknowledging.nothing_to_acknowledge
    yield private("There is no alert", nothing, Name(ORDERS), command=COMMAND)
    reply, press = alert(cast.path(WARNING, ERROR, lasted=7 * MINUTE)), Acknowledge(failing.target, cast.now)
    at, note = cast.now, acknowledging.with_note
    yield posted("Ben presses the button of a reply", note, reply.text, reply.blocks, press, failing, by=BEN, at=at)
    for on in (False, True):
        word = "on" if on else "off"
        yield posted(f"Ben turns threads {word}", threads.chosen, on=on, by=BEN, to_person=False)
        yield private(f"Threads are {word}", threads.present, on=on, to_person=False, command=COMMAND)
