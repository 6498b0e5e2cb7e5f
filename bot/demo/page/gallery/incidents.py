"""Incidents: the first alert of a failing job, as it is updated until the job recovers."""

from collections.abc import Iterator
from dataclasses import replace

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    CLICKS,
    HOUR,
    ORDERS,
    PAYMENTS,
    UNDEPLOYED,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, posted
from bot.domain.incident import Acknowledgement, Circumstances
from bot.slack.messages.alerts.incident import incident_message


def incidents(cast: Cast) -> Iterator[Example]:
    """One incident from its beginning to its end, and several in one message."""
    found = Circumstances(cast.now, 0, 0, 4_500, 4_400, (("kafka-source-2", "FAILED"),))
    fresh = cast.incident(circumstances=found)
    yield posted("A job fails", incident_message, [fresh], cast.now)
    yield posted("Nothing more is known", incident_message, [cast.incident()], cast.now)
    taken = Acknowledgement(ADA, cast.ago(minutes=12))
    yield posted("Ada is on it", incident_message, [cast.incident(minutes=18, acknowledged=taken)], cast.now)
    muted = cast.incident(minutes=18, circumstances=found, muted_until=cast.now + HOUR, muted_by=BEN)
    yield posted("Ben mutes it", incident_message, [muted], cast.now)
    until_change = replace(muted, muted_until_change=True, acknowledged=taken)
    yield posted("… until it changes", incident_message, [until_change], cast.now)
    better = cast.incident(status=WARNING, acknowledged=taken, minutes=18)
    yield posted("It gets better", incident_message, [better], cast.now)
    over = cast.incident(status=UP, acknowledged=taken, closed_at=cast.now, minutes=18)
    yield posted("It recovers", incident_message, [over], cast.now)
    gone = cast.incident(status=UNDEPLOYED, closed_at=cast.now, minutes=18)
    yield posted("Its watch ends", incident_message, [gone], cast.now)
    several = [cast.incident(ORDERS), cast.incident(PAYMENTS, acknowledged=taken), cast.incident(CLICKS, WARNING)]
    yield posted("Several jobs fail", incident_message, several, cast.now)
    ended = [cast.incident(name, status=UP, closed_at=cast.now, minutes=18) for name in (ORDERS, PAYMENTS)]
    yield posted("They recover", incident_message, ended, cast.now)
