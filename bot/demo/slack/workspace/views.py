"""The modals and App Homes that are open, and the triggers that open them."""

import secrets
import time
from dataclasses import dataclass, field

from bot.demo.slack.errors import Refused, invalid_arguments

VIEWS_IN_STACK = 3
TRIGGER_SECONDS = 3

Content = dict[str, object]


def _new_hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"


@dataclass
class View:
    """A view as its user sees it. `root` is the lowest view of its stack, `here` the channel in which it was opened."""

    id: str
    user: str
    content: Content
    root: str
    previous: str | None = None
    here: str | None = None
    hash: str = field(default_factory=_new_hash)

    def replace(self, content: Content) -> None:
        self.content, self.hash = content, _new_hash()

    @property
    def blocks(self) -> list[dict[str, object]]:
        found = self.content.get("blocks")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


@dataclass(frozen=True)
class Trigger:
    """What somebody did, when (seconds since 1970) and in which channel."""

    user: str
    issued: float
    here: str | None


class Views:
    def __init__(self) -> None:
        self.all: dict[str, View] = {}
        self._triggers: dict[str, Trigger] = {}
        self._exchanged: set[str] = set()

    def new_trigger(self, user: str, here: str | None = None) -> str:
        """A trigger ID for what this person did (in the channel `here`): it opens one view, within three seconds."""
        trigger = f"{time.time_ns()}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[trigger] = Trigger(user, time.time(), here)
        return trigger

    def exchange(self, trigger: object) -> Trigger:
        """Use a trigger up."""
        if not trigger:
            raise invalid_arguments(["invalid `trigger_id`"])
        if trigger in self._exchanged:
            raise Refused("exchanged_trigger_id")
        if str(trigger) not in self._triggers:
            raise Refused("invalid_trigger_id")
        known = self._triggers[str(trigger)]
        if time.time() - known.issued > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        self._exchanged.add(str(trigger))
        return known

    def add(self, user: str, content: Content, below: View | None = None, here: str | None = None) -> View:
        """Open a view, on top of another if `below` says so. Refused if its name is taken or the stack is full."""
        self.require_free_name(content)
        if below and sum(each.root == below.root for each in self.all.values()) >= VIEWS_IN_STACK:
            raise Refused("push_limit_reached")
        identity = f"V{secrets.token_hex(5).upper()}"
        root, previous = (below.root, below.id) if below else (identity, None)
        self.all[identity] = View(identity, user, content, root, previous, here or (below.here if below else None))
        return self.all[identity]

    def require_free_name(self, content: Content, view: View | None = None) -> None:
        """Refused if a view other than this one has the `external_id` of that content."""
        name = content.get("external_id")
        if name and any(each.content.get("external_id") == name and each is not view for each in self.all.values()):
            raise Refused("duplicate_external_id")

    def close(self, view: View) -> None:
        """It is gone; those below it show again."""
        self.all.pop(view.id, None)
        for each in self.all.values():
            each.previous = view.previous if each.previous == view.id else each.previous

    def clear(self, view: View) -> None:
        """It is gone, with its whole stack."""
        self.all = {name: each for name, each in self.all.items() if each.root != view.root}

    def top(self, user: str) -> View | None:
        """The modal that the person sees."""
        return self._last(user, "modal")

    def home(self, user: str) -> View | None:
        """The person's App Home, None if nothing was published."""
        return self._last(user, "home")

    def _last(self, user: str, surface: str) -> View | None:
        found = [each for each in self.all.values() if each.user == user and each.content["type"] == surface]
        return found[-1] if found else None

    def named(self, view_id: object, external_id: object) -> View:
        """The view with one of these names."""
        for each in self.all.values():
            if each.id == view_id or (external_id and each.content.get("external_id") == external_id):
                return each
        raise Refused("not_found")
