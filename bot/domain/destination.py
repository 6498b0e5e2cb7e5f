"""Where alerts go, and what kind of place a Slack ID names."""

from dataclasses import dataclass


def is_person(slack_id: str) -> bool:
    """Whether a Slack ID names a person."""
    return slack_id.startswith(("U", "W"))


def is_direct_message(slack_id: str) -> bool:
    """Whether a Slack ID names a direct message with one person."""
    return slack_id.startswith("D")


@dataclass(frozen=True, order=True)
class Destination:
    """A channel or a person (by direct message) in a workspace. `id` is the Slack ID."""

    workspace: str
    id: str

    @property
    def is_person(self) -> bool:
        """Whether alerts go to a person by direct message, rather than to a channel."""
        return is_person(self.id)
