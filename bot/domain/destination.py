"""Where alerts go, and what kind of place a Slack ID names."""

import re
from dataclasses import dataclass

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}", re.ASCII)
_DIRECT_MESSAGE = re.compile(r"D[A-Z0-9]{2,30}", re.ASCII)
_PERSON = re.compile(r"[UW][A-Z0-9]{2,30}", re.ASCII)
_GROUP = re.compile(r"S[A-Z0-9]{2,30}", re.ASCII)


def is_person(slack_id: str) -> bool:
    """Whether a Slack ID names a person."""
    return slack_id.startswith(("U", "W"))


def is_direct_message(slack_id: str) -> bool:
    """Whether a Slack ID names a direct message with one person. The person's own ID does, too: messages to it arrive
    there, and some requests come from no other place."""
    return slack_id.startswith("D") or is_person(slack_id)


def is_channel_id(text: str) -> bool:
    """Whether a text from outside is the ID of a public or private channel."""
    return bool(_CHANNEL.fullmatch(text))


def is_person_id(text: str) -> bool:
    """Whether a text from outside is the ID of a person."""
    return bool(_PERSON.fullmatch(text))


def is_group_id(text: str) -> bool:
    """Whether a text from outside is the ID of a user group."""
    return bool(_GROUP.fullmatch(text))


def is_conversation_id(text: str) -> bool:
    """Whether a text from outside is the ID of a channel or a direct message."""
    return is_channel_id(text) or bool(_DIRECT_MESSAGE.fullmatch(text))


@dataclass(frozen=True, order=True)
class Destination:
    """A channel or a person (by direct message) in a workspace. `id` is the Slack ID."""

    workspace: str
    id: str

    @property
    def is_person(self) -> bool:
        """Whether alerts go to a person by direct message, rather than to a channel."""
        return is_person(self.id)
