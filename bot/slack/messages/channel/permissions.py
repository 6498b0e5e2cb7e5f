"""Why somebody may not change what a channel watches, whom to ask, and what they can do instead."""

from collections.abc import Collection

from bot.domain.channel.permissions import Obstacle
from bot.slack.messages.blocks import Line, Message, channel, code, joined, message, person, sanitize

_PEOPLE_NAMED = 3
# What somebody wanted to do, after “can”, by what it changes; `{}` stands for the channel.
_DEEDS = {
    "watch": "change what {} watches",
    "settings": "change the settings of {}",
    "silence": "start or end maintenance in {}",
    "pause": "resume alerts in {}",
    "incident": "acknowledge an incident in {}",
}
# The same after the channel was named.
_ITS_DEEDS = {
    "watch": "change what it watches",
    "settings": "change its settings",
    "silence": "start or end its maintenance",
    "pause": "resume its alerts",
    "incident": "acknowledge its incidents",
}


def may_not_change(
    obstacle: Obstacle,
    *,
    kind: str,
    place: str,
    is_here: bool,
    people: Collection[str] = (),
    command: str | None = None,
    again: str | None = None,
) -> Message:
    """Nothing was changed in the channel `place`. `people` made what would have changed, `again` is the line to repeat.

    `kind` is that of the change: a watch, settings, a silence, a pause, or an incident.
    """
    where: Line = ["this channel"] if is_here else [channel(place)]
    before, after = _DEEDS[kind].split("{}")
    can: Line = [" can ", before, *where, after]
    instead: list[Line] = []
    if kind == "watch" and command:
        instead = [["To get alerts yourself: ", code(sanitize(f"{command} watch NAME to me", 100))]]
    match obstacle:
        case Obstacle.UNKNOWN:
            repeat: Line = [": ", code(sanitize(again, 200))] if again else ["."]
            return message(
                ["I can't ask Slack whether you", *can, ", so nothing was changed."], ["Try again in a minute", *repeat]
            )
        case Obstacle.GUEST:
            allow: Line = [" Members can let guests make changes: ", code(f"{command} settings")] if command else []
            ask: Line = ["Ask a member.", *allow]
            return message(["Only members", *can, ", not guests. Nothing was changed."], ask, *instead)
        case Obstacle.OUTSIDER:
            who: Line = ["Only people who are in ", *where, f" can {_ITS_DEEDS[kind]}. Nothing was changed."]
            return message(who, ["Join the channel, then try again."], *instead)
    return message(*_only_creators(kind, can, people), *instead)


def _only_creators(kind: str, can: Line, people: Collection[str]) -> list[Line]:
    named: list[Line] = [[person(who)] for who in list(people)[:_PEOPLE_NAMED]]
    who: Line = [*joined(named, ", "), " and admins"] if named else ["admins"]
    ask: Line = [*joined(named, ", "), " or an admin"] if named else ["an admin"]
    match kind:
        case "watch":
            return [["Only ", *who, " can change this watch. Nothing was changed."], ["Ask ", *ask, "."]]
        case "pause":
            return [
                ["Only admins and people who made a watch there", *can, ". Nothing was changed."],
                ["Ask one of them."],
            ]
    return [["Only ", *who, *can, ". Nothing was changed."], ["Ask ", *ask, "."]]
