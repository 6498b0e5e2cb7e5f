"""Who is called and what to do: on errors, in confirmations and in the list."""

from dataclasses import replace

from bot.domain.destination import Destination
from bot.domain.incident import Incident
from bot.domain.job import Status
from bot.domain.notification.digest import Digest, Path
from bot.domain.notification.jobs import StillFailing
from bot.domain.pattern import Pattern
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Contact, Subscription
from bot.domain.tracked_job import TrackedJob
from bot.slack.messages import confirmations, patterns, watch_list
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.blocks import Message
from tests.cast import ANN, BEN, DEPLOYING, ENDED, ERROR, NOON, OPS, ORDERS, UP, WARNING, WORKSPACE, change
from tests.slack.messages.reading import page_of, parts, shown

ODD = Status.of("Throttled")
TEAM = Contact("S0ONCALL", "https://wiki.example.com/orders?a=1&b=2")
HERE = Destination(WORKSPACE, OPS)
TRACKED = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, NOON, NOON, followed=True)
WATCH = TRACKED, StatusFilter()


def failing(*statuses: Status, contact: Contact = TEAM, title: str = "orders") -> Path:
    return Path(statuses, replace(change(statuses[-2], statuses[-1]), title=title), contact=contact)


def alert(*items: Path | StillFailing) -> Message:
    return digest_message(Digest(items, (1,)))


def test_an_alert_about_an_error_calls_the_owner() -> None:
    """An error and an unknown status name the owner and the runbook; nothing else does."""
    words = "Owner: @S0ONCALL · Runbook: wiki.example.com/orders?a=1&b=2"
    for statuses in ((UP, ERROR), (UP, ODD), (UP, WARNING, ERROR)):
        assert shown(alert(failing(*statuses))).splitlines()[1] == words
    for statuses in ((ERROR, UP), (UP, WARNING), (UP, DEPLOYING), (ERROR, ENDED), (UP, ERROR, UP)):
        assert "Owner" not in shown(alert(failing(*statuses)))
    assert "Owner" not in shown(alert(failing(UP, ERROR, contact=Contact())))


def test_a_reminder_after_a_mute_calls_the_owner() -> None:
    """A job that still has an error when its mute ends calls its owner, alone and beside others."""
    reminder = StillFailing(ORDERS, "orders", ERROR, NOON, NOON, BEN, NOON, contact=TEAM)
    assert "Owner: @S0ONCALL · Runbook: " in shown(alert(reminder))
    assert "Owners: @S0ONCALL, " in shown(alert(reminder, failing(UP, ERROR, contact=Contact(ANN), title="b")))
    assert "Owner" not in shown(alert(replace(reminder, status=WARNING)))


def test_many_failing_jobs_call_each_owner_once() -> None:
    """An alert about several jobs mentions the owners of those that fail, each once."""
    message = alert(
        failing(UP, ERROR, title="a"),
        failing(UP, ERROR, title="b"),
        failing(UP, ODD, contact=Contact(BEN), title="c"),
        failing(ERROR, UP, contact=Contact(ANN), title="d"),
    )
    assert f"\nOwners: @S0ONCALL, @{BEN}\n" in f"\n{shown(message)}\n".replace("\n\n", "\n")
    mentioned = [part for part in parts(list(message.blocks)) if part.get("type") in ("user", "usergroup")]
    assert len(mentioned) == 2


def test_a_confirmation_notifies_no_group() -> None:
    """A watch is confirmed with its owner and its runbook; only an alert mentions a user group."""
    pattern = Pattern(1, HERE, "orders-*", ANN, StatusFilter(), 2, contact=TEAM)
    for message in (
        confirmations.now_watching(*WATCH, by=BEN, to_person=False, contact=TEAM),
        confirmations.watching_differently(*WATCH, by=BEN, to_person=False, contact=TEAM),
        confirmations.already_watching(*WATCH, to_person=False, contact=TEAM),
        patterns.now_watching(pattern, [], by=BEN, to_person=False),
        patterns.watching_differently(pattern, [], by=BEN, to_person=False),
        patterns.already_watching(pattern, to_person=False),
    ):
        assert "Owner: a user group · Runbook: wiki.example.com/orders" in shown(message)
        assert "subteam" not in message.text
    one = confirmations.now_watching(TRACKED, StatusFilter(), by=ANN, to_person=False, contact=Contact(BEN))
    assert shown(one).endswith(f"Owner: @{BEN}")


def test_the_list_is_brief_about_them() -> None:
    """The list names the owners once below all jobs, and a pattern's owner and runbook at the end of its line."""
    one = Subscription(1, HERE, TRACKED, ANN, StatusFilter(), UP, contact=TEAM)
    pattern = Pattern(1, HERE, "orders-*", ANN, StatusFilter(), 2, contact=TEAM)
    text = watch_list.watch_list(page_of([one]), [pattern], place=HERE.id, command="/job", now=NOON).text
    assert "Owned by <!subteam^S0ONCALL>" in text
    assert "owner <!subteam^S0ONCALL> · <https://wiki.example.com/orders?a=1&amp;b=2|runbook>" in text


def test_an_incident_keeps_them_in_sight() -> None:
    """The message of an open incident names both while the job fails, and no longer once it has recovered."""
    opening = replace(change(UP, ERROR), followed=True)
    incident = Incident(1, HERE, opening.target, opening, ERROR, opened_at=NOON, changed_at=NOON, contact=TEAM)
    assert "Owner: @S0ONCALL · Runbook: wiki.example.com/orders" in shown(incident_message([incident], NOON))
    for calm in (replace(incident, status=WARNING), replace(incident, status=UP, closed_at=NOON)):
        assert "Owner" not in shown(incident_message([calm], NOON))
        assert shown(incident_message([calm, incident, incident], NOON)).count("Owner: @S0ONCALL") == 1
