"""Notifications as JSON, as the column `deliveries.news` holds them, and what is known around an incident."""

import json
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from bot.domain.incident import Circumstances
from bot.domain.notification.digest import Notification

# Told which of them it is by its kind, rather than by trying all: that takes six times as long.
_ADAPTER: TypeAdapter[Notification] = TypeAdapter(Annotated[Notification, Field(discriminator="kind")])
_CIRCUMSTANCES = TypeAdapter(Circumstances)

# Fields whose stored name differs from the domain's: rows outlive renames, and an older release may read them.
_STORED = {"unavailable_since": "unseen_since"}
_READ = {stored: name for name, stored in _STORED.items()}


class UnreadableNotification(ValueError):
    """A stored notification of a kind or shape that this release doesn't know."""


def dump(notification: Notification) -> str:
    """Write a notification as JSON."""
    fields = _ADAPTER.dump_python(notification, mode="json")
    return json.dumps({_STORED.get(name, name): value for name, value in fields.items()}, ensure_ascii=False)


def load(text: str) -> Notification:
    """Read a notification. Raises `UnreadableNotification`."""
    try:
        fields = json.loads(text)
        return _ADAPTER.validate_python({_READ.get(name, name): value for name, value in fields.items()})
    except (ValidationError, ValueError, AttributeError) as error:
        raise UnreadableNotification(type(error).__name__) from error


def load_if_readable(text: str) -> Notification | None:
    """Read a notification; None if this release can't."""
    try:
        return load(text)
    except UnreadableNotification:
        return None


def dump_circumstances(found: Circumstances) -> str:
    """Write circumstances as the column `incidents.circumstances` holds them."""
    return _CIRCUMSTANCES.dump_json(found).decode()


def load_circumstances(text: str | None) -> Circumstances | None:
    """Read what the column `incidents.circumstances` holds; None if there is nothing that this release can read."""
    try:
        return None if text is None else _CIRCUMSTANCES.validate_json(text)
    except ValidationError:
        return None
