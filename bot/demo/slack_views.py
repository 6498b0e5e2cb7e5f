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
    """A view as its user sees it. `root` is the lowest view of its stack."""

    id: str
    user: str
    content: Content
    hash: str
    root: str
    previous: str | None = None

    def stored(self, content: Content) -> None:
        self.content, self.hash = content, new_hash()


class Views:
    """The views that were opened, and the triggers that open them."""

    def __init__(self) -> None:
        self.all: dict[str, View] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._exchanged: set[str] = set()

    def new_trigger(self, user: str) -> str:
        """A trigger ID for what this person did: it opens one view, within three seconds."""
        trigger = f"{time.time_ns()}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[trigger] = (user, time.time())
        return trigger

    def exchange(self, trigger: object) -> str:
        """Use a trigger up; whose it was."""
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

    def add(self, user: str, content: Content, below: View | None = None) -> View:
        identity = f"V{secrets.token_hex(5).upper()}"
        root, previous = (below.root, below.id) if below else (identity, None)
        self.all[identity] = View(identity, user, content, new_hash(), root, previous)
        return self.all[identity]

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
