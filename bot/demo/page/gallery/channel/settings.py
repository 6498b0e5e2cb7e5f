"""Settings: the form, what comes of it, and who may not change something."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from typing import Any

from bot.demo.page.gallery.cast import ADA, BEN, COMMAND, ERROR, OPS, OTHER, STOPPED, Cast
from bot.demo.page.gallery.example import Example, modal, posted, private
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.permissions import Obstacle
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.status_filter import PROBLEMS, StatusFilter
from bot.slack.messages.channel import permissions as refusals
from bot.slack.messages.channel import settings as changes
from bot.slack.messages.failures import not_for_strangers
from bot.slack.settings_form import view
from bot.slack.settings_form.form import Form, Origin

_BEFORE = ChannelSettings()
_AFTER = ChannelSettings(
    threads=False,
    default_filter=StatusFilter(PROBLEMS),
    time_zone="Europe/Berlin",
    digest=DigestSchedule(time(9), 0),
    quiet_hours=QuietHours(time(22), time(7)),
    changes_by=ChangesBy.CREATORS,
    restricted_by=BEN,
)
_DIRECT = "D0DEMOBEN1"


def forms(cast: Cast) -> Iterator[Example]:
    """The form behind `/job settings`, and what is said once it's saved."""
    here = Origin(OPS, COMMAND)
    fresh = Form.of(here, _BEFORE, "Europe/Berlin")
    yield modal("Nothing was chosen yet", view.form_view, fresh, cast.now)
    filled = replace(fresh, choices=replace(Form.of(here, _AFTER, None).choices))
    yield modal("Everything is chosen", view.form_view, filled, cast.now)
    certain = replace(
        _AFTER,
        default_filter=StatusFilter.of([ERROR, STOPPED]),
        quiet_hours=QuietHours(time(12), time(13), StatusFilter.of([ERROR])),
        guests_may_change=True,
    )
    yield modal("Certain statuses", view.form_view, Form.of(here, certain, None), cast.now)
    own = replace(_AFTER, digest=DigestSchedule(time(8, 30)), quiet_hours=None)
    yield modal("In direct messages", view.form_view, Form.of(Origin(_DIRECT, COMMAND), own, None), cast.now)
    yield modal("A form of an earlier release", view.unreadable_view)
    yield modal("Somebody of another company", view.refused_view, not_for_strangers())
    yield private("A mention asks for the form", changes.open_button, to_person=False)
    yield posted("The settings were changed", changes.changed, _BEFORE, _AFTER, by=BEN, to_person=False)
    yield private("The same by a person for themselves", changes.changed, _BEFORE, own, by=BEN, to_person=True)
    unseen = replace(_BEFORE, threads=False)
    yield private(
        "The bot isn't in the channel",
        changes.changed_unseen,
        _BEFORE,
        unseen,
        place=OPS,
        bot_name="jobwatch",
    )
    yield private("Nothing was changed", changes.unchanged, OPS)


def permissions(cast: Cast) -> Iterator[Example]:
    """Who may not change something: why, whom to ask, and what they can do instead."""
    refused = refusals.may_not_change
    watch: dict[str, Any] = {"kind": "watch", "place": OPS, "is_here": True, "command": COMMAND}
    yield private("A guest watches a job", refused, Obstacle.GUEST, **watch)
    yield private("Somebody who isn't in the channel", refused, Obstacle.OUTSIDER, **watch | {"place": OTHER})
    yield private("Somebody changes another's watch", refused, Obstacle.NOT_CREATOR, people=[ADA], **watch)
    again = f"{COMMAND} mute orders-to-lake 2h"
    yield private("Slack can't be asked about the person", refused, Obstacle.UNKNOWN, again=again, **watch)
    elsewhere: dict[str, Any] = {**watch, "place": OTHER, "is_here": False}
    yield private("A guest names another channel", refused, Obstacle.GUEST, **elsewhere)
    yield private(
        "Somebody begins maintenance", refused, Obstacle.NOT_CREATOR, people=[ADA], **watch | {"kind": "silence"}
    )
    settings = refused(Obstacle.NOT_CREATOR, kind="settings", place=OPS, is_here=True, people=[BEN])
    yield private("Somebody opens the settings", changes.only_to_look_at, settings, _AFTER)
    yield private("Somebody resumes alerts", refused, Obstacle.NOT_CREATOR, **elsewhere | {"kind": "pause"})
    yield private("A guest acknowledges", refused, Obstacle.GUEST, **watch | {"kind": "incident"})
