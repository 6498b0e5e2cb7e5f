"""The modals that are open, the triggers that open them, and each person's Home tab."""

import secrets
import time
from dataclasses import dataclass, field

from bot.demo.slack.errors import Refused, invalid_arguments

TRIGGER_SECONDS = 3

Content = dict[str, object]


def _new_hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"


@dataclass
class View:
    """A modal or a Home tab as its user sees it."""

    id: str
    user: str
    content: Content
    hash: str = field(default_factory=_new_hash)

    def replace(self, content: Content) -> None:
        self.content, self.hash = content, _new_hash()

    @property
    def blocks(self) -> list[dict[str, object]]:
        found = self.content.get("blocks")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def all_blocks(self) -> list[dict[str, object]]:
        """The same: nothing stands below a modal."""
        return self.blocks


class Views:
    """The open modals by their ID, the latest last, and the Home tabs by their person. There are no stacks of views,
    since the bot pushes none."""

    def __init__(self) -> None:
        self.all: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._exchanged: set[str] = set()

    def new_trigger(self, user: str) -> str:
        """A trigger ID for an action of this person. It opens one view within three seconds."""
        trigger = f"{time.time_ns()}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[trigger] = (user, time.time())
        return trigger

    def exchange(self, trigger: object) -> str:
        """Use a trigger up and return its person. Raises Refused."""
        if not trigger:
            raise invalid_arguments(["invalid `trigger_id`"])
        if trigger in self._exchanged:
            raise Refused("exchanged_trigger_id")
        if str(trigger) not in self._triggers:
            raise Refused("invalid_trigger_id")
        user, issued = self._triggers[str(trigger)]
        if time.time() - issued > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        self._exchanged.add(str(trigger))
        return user

    def add(self, user: str, content: Content) -> View:
        """Open a view."""
        view = View(f"V{secrets.token_hex(5).upper()}", user, content)
        self.all[view.id] = view
        return view

    def publish(self, user: str, content: Content) -> View:
        """Replace a person's Home tab, which keeps its ID."""
        if user in self.homes:
            self.homes[user].replace(content)
        else:
            self.homes[user] = View(f"V{secrets.token_hex(5).upper()}", user, content)
        return self.homes[user]

    def close(self, view: View) -> None:
        self.all.pop(view.id, None)

    def top(self, user: str) -> View | None:
        """The modal that the person sees."""
        return next((each for each in reversed(self.all.values()) if each.user == user), None)

    def is_seen(self, view: View, user: str) -> bool:
        """Whether the person sees it: their topmost modal or, beside it, their Home tab."""
        return view is self.top(user) or view is self.homes.get(user)

    def named(self, view_id: object) -> View:
        """The view with this ID. Raises Refused."""
        homes = {each.id: each for each in self.homes.values()}
        found = self.all.get(str(view_id)) or homes.get(str(view_id))
        if found is None:
            raise Refused("not_found")
        return found
