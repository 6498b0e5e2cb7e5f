"""The owner and the runbook of a watch: in alerts about errors, in confirmations and in the list.

Only an alert mentions a user group, because that notifies all its members.
"""

from collections.abc import Iterable

from bot.domain.destination import is_group_id
from bot.domain.incident import Incident
from bot.domain.job import Status
from bot.domain.notification.digest import Path
from bot.domain.notification.jobs import StillFailing
from bot.domain.notification.reminders import Reminder
from bot.domain.status_filter import is_error
from bot.domain.subscription import Contact
from bot.slack.messages.blocks import Line, Piece, group, joined, link, person
from bot.slack.messages.text import shorten

_LONGEST_LINK = 60
_MOST_OWNERS = 10
_ROOM_NEEDED = 30


def alert_lines(status: Status, contact: Contact) -> list[Line]:
    """A line for an alert about one job; none unless it fails."""
    return _lines(contact, mention_groups=True) if is_error(status) else []


def owners_line(items: Iterable[Path | StillFailing | Reminder | Incident]) -> list[Line]:
    """A line for an alert about several jobs: each owner of a failing one, once."""
    owners = list(dict.fromkeys(item.contact.owner for item in items if item.contact.owner and is_error(item.status)))
    if not owners:
        return []
    lines: list[Line] = [[mention(owner)] for owner in owners[:_MOST_OWNERS]]
    if len(owners) > _MOST_OWNERS:
        lines.append([f"and {len(owners) - _MOST_OWNERS} more"])
    named = joined(lines, ", ")
    return [["Owner: " if len(owners) == 1 else "Owners: ", *named]]


def contact_lines(contact: Contact) -> list[Line]:
    """A line for a confirmation; none without a contact."""
    return _lines(contact, mention_groups=False)


def brief_contact(contact: Contact, room: int) -> Line:
    """The contact at the end of a line in the list, which only the person who asks sees; nothing where names have
    hardly any `room`."""
    if room < _ROOM_NEEDED:
        return []
    owner: Line = [" · owner ", mention(contact.owner)] if contact.owner else []
    return [*owner, *([" · ", link(contact.runbook, "runbook")] if contact.runbook else [])]


def runbook_link(url: str) -> Piece:
    """A link that shows where it leads."""
    return link(url, shorten(url.partition("://")[2], _LONGEST_LINK))


def _lines(contact: Contact, *, mention_groups: bool) -> list[Line]:
    parts: list[Line] = []
    if contact.owner is not None:
        shown = mention_groups or not is_group_id(contact.owner)
        parts.append(["Owner: ", mention(contact.owner) if shown else "a user group"])
    if contact.runbook is not None:
        parts.append(["Runbook: ", runbook_link(contact.runbook)])
    return [joined(parts)] if parts else []


def mention(owner: str) -> Piece:
    """A person or a user group by ID, shown by name."""
    return group(owner) if is_group_id(owner) else person(owner)
