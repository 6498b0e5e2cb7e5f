"""What somebody changed of the settings, and the settings for those who only look."""

from bot.domain.channel.settings import ChannelSettings
from bot.slack.grammar.commands import OpenSettings
from bot.slack.messages.blocks import Line, Message, bold, channel, code, message, person, sanitize
from bot.slack.messages.buttons import button
from bot.slack.messages.channel.words import settings_in_words

_OWN: Line = ["⚙️ You changed your settings:"]


def changed(before: ChannelSettings, after: ChannelSettings, *, by: str, to_person: bool) -> Message:
    """To everybody there: what was changed, and nothing else."""
    return message(_headline(by, to_person=to_person), *_changes(before, after, to_person=to_person))


def changed_line(before: ChannelSettings, after: ChannelSettings, *, by: str, to_person: bool) -> Line:
    """The same on a line."""
    lines = _changes(before, after, to_person=to_person)
    return [*_headline(by, to_person=to_person), *(piece for line in lines for piece in (" ", *line))]


def changed_unseen(before: ChannelSettings, after: ChannelSettings, *, place: str | None, bot_name: str) -> Message:
    """To the person alone: their change counts, but the bot can't post where it does. They read it in direct messages,
    so the channel `place` is named; None if the settings are their own."""
    lines = _changes(before, after, to_person=place is None)
    if place is None:
        return message(_OWN, *lines, ["I can't send you direct messages, so you see it here."])
    invite: Line = ["I can't post there, so only you see this. In that channel, type "]
    return message(
        ["⚙️ You changed the settings of ", channel(place), ":"],
        *lines,
        [*invite, code(f"/invite @{sanitize(bot_name, 80)}"), "."],
    )


def unchanged(place: str | None) -> Message:
    """The form was saved as it was opened. `place` as in `changed_unseen`."""
    whose: Line = ["Your settings"] if place is None else ["The settings of ", channel(place)]
    return message([*whose, " are as before."])


def only_to_look_at(refusal: Message, settings: ChannelSettings) -> Message:
    """The settings of a channel, for somebody who may not change them, and why not."""
    lines: list[Line] = [[f"• {label}: ", value] for _, label, value in settings_in_words(settings, to_person=False)]
    shown = message([bold("The settings of this channel")], *lines)
    return Message(f"{refusal.text}\n{shown.text}", [*refusal.blocks, *shown.blocks])


def open_button(*, to_person: bool) -> Message:
    """The reply to a mention that asks for the form."""
    what = "your settings" if to_person else "the settings of this channel"
    return message([f"See and change {what}:"], buttons=[button("Open settings", OpenSettings())])


def _headline(by: str, *, to_person: bool) -> Line:
    return _OWN if to_person else ["⚙️ ", person(by), " changed the settings of this channel:"]


def _changes(before: ChannelSettings, after: ChannelSettings, *, to_person: bool) -> list[Line]:
    was = {field: value for field, _, value in settings_in_words(before, to_person=to_person)}
    return [
        [f"• {label}: ", bold(value), *([f" (was {was[field]})"] if was[field] != value else [])]
        for field, label, value in settings_in_words(after, to_person=to_person)
        if getattr(before, field) != getattr(after, field)
    ]
