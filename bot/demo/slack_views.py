"""Modals and App Home: what Slack demands of a view, and which ones are open."""

import json
import secrets
import time
from dataclasses import dataclass

from bot.demo.block_kit import Surface, faults
from bot.demo.slack_elements import plain_text
from bot.demo.slack_faults import Refused
from bot.demo.slack_shapes import Check, Maybe, fault, flag, of_type, record, string

VIEW_BYTES = 250_000
VIEWS_IN_STACK = 3
TRIGGER_SECONDS = 3

Content = dict[str, object]

_COMMON: dict[str, Check | Maybe] = {
    "blocks": lambda value, at: iter(()),
    "private_metadata": Maybe(string(3000, 0)),
    "callback_id": Maybe(string(255, 0)),
    "external_id": Maybe(string(255, 0)),
}
_VIEW = of_type(
    {
        "home": record(**_COMMON),
        "modal": record(
            **_COMMON,
            title=plain_text(24),
            submit=Maybe(plain_text(24)),
            close=Maybe(plain_text(24)),
            clear_on_close=Maybe(flag),
            notify_on_close=Maybe(flag),
            submit_disabled=Maybe(flag),
        ),
    }
)


@dataclass
class View:
    """A view as its user sees it. `root` is the lowest view of its stack, `here` the channel in which it was opened."""

    id: str
    user: str
    content: Content
    hash: str
    root: str
    previous: str | None = None
    here: str | None = None

    def stored(self, content: Content) -> None:
        self.content, self.hash = content, new_hash()

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
    """The views that were opened, and the triggers that open them."""

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
        """Open a view, on top of another if `below` says so. Slack's "no" if its name is taken or the stack full."""
        self.free(content)
        if below and self.depth(below) >= VIEWS_IN_STACK:
            raise Refused("push_limit_reached")
        identity = f"V{secrets.token_hex(5).upper()}"
        root, previous = (below.root, below.id) if below else (identity, None)
        here = here or (below.here if below else None)
        self.all[identity] = View(identity, user, content, new_hash(), root, previous, here)
        return self.all[identity]

    def free(self, content: Content, view: View | None = None) -> None:
        """Slack's "no" if a view other than this one has the `external_id` of that content."""
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
        for each in [each for each in self.all.values() if each.root == view.root]:
            self.close(each)

    def top(self, user: str) -> View | None:
        """The modal that the person sees."""
        modals = [each for each in self.all.values() if each.user == user and each.content["type"] == "modal"]
        return modals[-1] if modals else None

    def home(self, user: str) -> View | None:
        """The person's App Home, None if nothing was published."""
        homes = [each for each in self.all.values() if each.user == user and each.content["type"] == "home"]
        return homes[-1] if homes else None

    def depth(self, view: View) -> int:
        return sum(each.root == view.root for each in self.all.values())

    def named(self, view_id: object, external_id: object) -> View:
        """The view with one of these names."""
        for each in self.all.values():
            if each.id == view_id or (external_id and each.content.get("external_id") == external_id):
                return each
        raise Refused("not_found")


def checked(content: object, surface: Surface) -> Content:
    """The view, if Slack would accept it there."""
    if not isinstance(content, dict):
        raise invalid_arguments([fault("must provide an object", "/view")])
    wrong = list(_VIEW(content, "/view")) + faults(content.get("blocks"), surface, "/view/blocks")
    if content.get("type") not in (surface, None):
        wrong.append(fault("must be a valid enum value", "/view/type"))
    if "submit" not in content and _has_input(content):
        wrong.append(fault("missing required field: submit", "/view"))
    if wrong:
        raise invalid_arguments(wrong)
    if len(json.dumps(content).encode()) > VIEW_BYTES:
        raise Refused("view_too_large")
    return content


def _has_input(content: Content) -> bool:
    blocks = content.get("blocks")
    return (
        content.get("type") == "modal"
        and isinstance(blocks, list)
        and any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)
    )


def new_hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"


def invalid_arguments(messages: list[str]) -> Refused:
    return Refused("invalid_arguments", response_metadata={"messages": messages})
