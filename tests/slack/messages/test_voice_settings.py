"""The voice of the settings, and of who may not change something, word for word."""

from dataclasses import replace
from datetime import time
from functools import partial
from itertools import product

import pytest

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.permissions import Obstacle
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.job import Status
from bot.domain.notification.confirmations import SettingsConfirmation
from bot.domain.notification.digest import Digest
from bot.domain.status_filter import PROBLEMS, StatusFilter
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.channel import permissions as refusals
from bot.slack.messages.channel import settings as changes
from tests.cast import ANN, BEN, ERROR, NOON, OPS, STOPPED
from tests.slack.messages.reading import HOSTILE, assert_acceptable, labels, shown
from tests.slack.messages.test_voice import Case
from tests.slack.messages.views import SETTINGS_VIEWS

BEFORE = ChannelSettings()
AFTER = ChannelSettings(
    threads=False,
    default_filter=StatusFilter.of([ERROR, STOPPED]),
    time_zone="Europe/Berlin",
    digest=DigestSchedule(time(9), 0),
    quiet_hours=QuietHours(time(22), time(7), StatusFilter(PROBLEMS)),
    changes_by=ChangesBy.MEMBERS,
    guests_may_change=True,
)
LESS = replace(BEFORE, digest=DigestSchedule(time(8, 5)))
REFUSED = partial(refusals.may_not_change, kind="watch", place=OPS, is_here=True, command="/job")
CASES = [
    Case(
        "Everything was changed.",
        partial(changes.changed, BEFORE, AFTER, by=BEN, to_person=False),
        "⚙️ @U2 changed the settings of this channel:\n"
        "• New watches alert on: Running with Error, Stopped (was every status change)\n"
        "• Threads: off (was on)\n"
        "• Time zone: Europe/Berlin (was UTC)\n"
        "• Digest: every Monday at 9:00 (was off)\n"
        "• Quiet hours: 22:00–7:00, except problems (was off)\n"
        "• Who can change watches and settings: members of this channel (was everyone)\n"
        "• Guests: can make changes, too (was only look)",
    ),
    Case(
        "A person changed their own.",
        partial(changes.changed, LESS, BEFORE, by=BEN, to_person=True),
        "⚙️ You changed your settings:\n• Digest: off (was every day at 8:05)",
    ),
    Case(
        "The same where the bot can't post.",
        partial(changes.changed_unseen, BEFORE, LESS, place=OPS, bot_name="jobwatch"),
        "⚙️ You changed the settings of #C1:\n• Digest: every day at 8:05 (was off)\n"
        "I can't post there, so only you see this. In that channel, type /invite @jobwatch.",
    ),
    Case(
        "The form was saved as it was.",
        partial(changes.unchanged, OPS),
        "The settings of #C1 are as before.",
    ),
    Case(
        "A mention asks for the form.",
        partial(changes.open_button, to_person=False),
        "See and change the settings of this channel:",
        ("Open settings",),
    ),
    Case(
        "Somebody who may not change them opens the settings.",
        partial(
            changes.only_to_look_at,
            refusals.may_not_change(Obstacle.NOT_CREATOR, kind="settings", place=OPS, is_here=True, people=[ANN]),
            LESS,
        ),
        "Only @U1 and admins can change the settings of this channel. Nothing was changed.\nAsk @U1 or an admin.\n"
        "The settings of this channel\n"
        "• New watches alert on: every status change\n• Threads: on\n• Time zone: UTC\n"
        "• Digest: every day at 8:05\n• Quiet hours: off\n• Who can change watches and settings: everyone\n"
        "• Guests: only look",
    ),
    Case(
        "A guest wants to watch.",
        partial(REFUSED, Obstacle.GUEST),
        "Only members can change what this channel watches, not guests. Nothing was changed.\n"
        "Ask a member. Members can let guests make changes: /job settings\n"
        "To get alerts yourself: /job watch NAME to me",
    ),
    Case(
        "A guest acknowledges.",
        partial(REFUSED, Obstacle.GUEST, kind="incident"),
        "Only members can acknowledge an incident in this channel, not guests. Nothing was changed.\n"
        "Ask a member. Members can let guests make changes: /job settings",
    ),
    Case(
        "Somebody isn't in the channel.",
        partial(REFUSED, Obstacle.OUTSIDER),
        "Only people who are in this channel can change what it watches. Nothing was changed.\n"
        "Join the channel, then try again.\n"
        "To get alerts yourself: /job watch NAME to me",
    ),
    Case(
        "The same for the settings.",
        partial(REFUSED, Obstacle.OUTSIDER, kind="settings"),
        "Only people who are in this channel can change its settings. Nothing was changed.\n"
        "Join the channel, then try again.",
    ),
    Case(
        "It's another's watch.",
        partial(REFUSED, Obstacle.NOT_CREATOR, people=[ANN], is_here=False),
        "Only @U1 and admins can change this watch. Nothing was changed.\nAsk @U1 or an admin.\n"
        "To get alerts yourself: /job watch NAME to me",
    ),
    Case(
        "Somebody begins maintenance where only creators may.",
        partial(REFUSED, Obstacle.NOT_CREATOR, kind="silence", people=[ANN]),
        "Only @U1 and admins can start or end maintenance in this channel. Nothing was changed.\nAsk @U1 or an admin.",
    ),
    Case(
        "Nobody but admins can change the settings.",
        partial(REFUSED, Obstacle.NOT_CREATOR, kind="settings"),
        "Only admins can change the settings of this channel. Nothing was changed.\nAsk an admin.",
    ),
    Case(
        "Somebody resumes the alerts of a channel that watches nothing for them.",
        partial(REFUSED, Obstacle.NOT_CREATOR, kind="pause", is_here=False),
        "Only admins and people who made a watch there can resume alerts in #C1. Nothing was changed.\n"
        "Ask one of them.",
    ),
    Case(
        "Slack can't be asked about the person.",
        partial(REFUSED, Obstacle.UNKNOWN, again="/job mute orders 2h"),
        "I can't ask Slack whether you can change what this channel watches, so nothing was changed.\n"
        "Try again in a minute: /job mute orders 2h",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.when for case in CASES])
def test_every_message_reads_as_agreed(case: Case) -> None:
    """Each kind of message says what its row says, word for word."""
    message = case.make()
    assert shown(message) == case.text
    assert labels(message) == case.labels
    assert_acceptable(message, case.when)


def test_every_view_has_its_words_here() -> None:
    """A view that is added gets a row too."""
    tried = {case.make.func for case in CASES if isinstance(case.make, partial)}
    assert tried == SETTINGS_VIEWS


def test_no_refusal_is_without_words() -> None:
    """Whatever is refused for whatever reason says that nothing was changed, and what to do."""
    for obstacle, kind, people in product(Obstacle, ("watch", "settings", "silence", "pause", "incident"), ([], [ANN])):
        for command in ("/job", None):
            message = REFUSED(obstacle, kind=kind, people=people, command=command)
            assert "othing was changed." in message.text, (obstacle, kind)
            assert any(word in message.text for word in ("Ask ", "Join ", "Try again")), (obstacle, kind)
            assert_acceptable(message)


def test_hostile_words_break_no_message() -> None:
    """A status that was typed as what breaks through may be anything; sixty confirmations make one message."""
    for text in HOSTILE.values():
        odd = StatusFilter.of([Status.of(f"{number}{text[:100]}") for number in range(12)])
        after = replace(AFTER, default_filter=odd, quiet_hours=QuietHours(time(1), time(2), odd))
        items = [SettingsConfirmation(BEFORE, after, BEN, NOON) for _ in range(60)]
        assert_acceptable(digest_message(Digest(tuple(items[:1]), (1,))))
        if text == HOSTILE["5,000 brackets"]:
            assert_acceptable(digest_message(Digest(tuple(items), tuple(range(60)))))
