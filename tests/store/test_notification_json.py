import json
from datetime import UTC
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.job import Status
from bot.domain.notification.confirmations import JobConfirmation, SettingsConfirmation, SilenceConfirmation
from bot.domain.notification.digest import ListPart, Notification
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.silences import QuietHoursEnded, SilenceEnded
from bot.domain.notification.summaries import ScheduledDigest
from bot.store.sql import notification_json
from bot.store.sql.notification_json import UnreadableNotification
from tests.store.stored_notifications import STORED

st.register_type_strategy(Status, st.text().map(Status.of))
AWARE = st.datetimes(timezones=st.just(UTC))


# The previous release doesn't know them.
NEW = {
    *(ListPart, ScheduledDigest, SettingsConfirmation, SilenceConfirmation, SilenceEnded, QuietHoursEnded),
    *(Reminder, Escalated),
}
KINDS = [notification.kind for _, notification in STORED]


def notifications_of(kind: type) -> st.SearchStrategy[Notification]:
    """Any notification of a kind, with aware UTC times."""
    times: dict[str, st.SearchStrategy[object]] = {
        name: AWARE
        for name in ("since", "at", "failing_since", "unavailable_since", "muted_at", "paused_at")
        if name in kind.__annotations__
    }
    if kind is Change:
        times["old_since"] = st.none() | AWARE
    if kind is SilenceConfirmation:
        times["until"] = AWARE
    if kind is JobConfirmation:
        times["until"] = st.none() | AWARE
    return st.builds(kind, **times)


def spellings(notification: Notification) -> list[str]:
    """The statuses in a notification as the service words them, which equality ignores."""
    return [value.raw for value in vars(notification).values() if isinstance(value, Status)]


def test_every_kind_is_covered() -> None:
    """The tests below know a stored example of every kind of notification."""
    assert {type(notification) for _, notification in STORED} == set(get_args(Notification)) - NEW


@pytest.mark.parametrize(("stored", "meaning"), STORED, ids=KINDS)
def test_json_of_the_previous_release_is_read(stored: str, meaning: Notification) -> None:
    """A notification that the previous release stored means the same in this one, with each status in its spelling."""
    read = notification_json.load(stored)
    assert read == meaning
    assert type(read) is type(meaning)
    assert spellings(read) == spellings(meaning)


@pytest.mark.parametrize(("stored", "meaning"), STORED, ids=KINDS)
def test_the_previous_release_can_read_what_is_written(stored: str, meaning: Notification) -> None:
    """The previous release may still run beside this one: it finds each field under its name, and none missing. It
    ignores newer fields."""
    assert json.loads(notification_json.dump(meaning)).items() >= json.loads(stored).items()


@pytest.mark.parametrize("text", ["{}", "[]", "null", "no JSON", '{"kind":"of a newer release"}'])
def test_an_unknown_notification_is_unreadable(text: str) -> None:
    """Anything that isn't a notification of this release is refused with `UnreadableNotification`."""
    with pytest.raises(UnreadableNotification):
        notification_json.load(text)


@given(st.one_of(*map(notifications_of, get_args(Notification))))
def test_a_notification_is_read_as_it_was_written(notification: Notification) -> None:
    """A notification of any kind is read from its JSON as it was written."""
    read = notification_json.load(notification_json.dump(notification))
    assert read == notification
    assert type(read) is type(notification)
    assert spellings(read) == spellings(notification)
