"""What people do with the elements of messages, modals and Home tabs: press, choose, and search for options.

Raises `LookupError` for what a person can't do: a missing element, another's view, a channel that they can't see.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.demo.slack.api import payloads, response_urls
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.api.payloads import Values
from bot.demo.slack.block_kit.schema import Json, options_of
from bot.demo.slack.block_kit.traversal import inputs, interactive
from bot.demo.slack.block_kit.validation import faults
from bot.demo.slack.people.fields import FIELDS, Filled, Key, chosen, option_of, values_of
from bot.demo.slack.people.menus import ids_for
from bot.demo.slack.workspace.messages import Message
from bot.demo.slack.workspace.views import View
from bot.demo.slack.workspace.workspace import Workspace

_MIN_QUERY_LENGTH = 3
_ECHOED = ("placeholder", "timezone", *{field.initial for field in FIELDS.values()})


@dataclass(frozen=True)
class Offered:
    """The options, or groups of options, that an external menu shows for a query.

    `answer` is None if the query is too short to ask the app. `error` is what is wrong with the app's answer.
    """

    answer: Answer | None
    options: list[Json] = field(default_factory=list)
    groups: list[Json] = field(default_factory=list)
    error: str | None = None


class Interactions:
    """`block_id` tells elements with the same ID apart. `state` is the content of the other fields."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery
        # What the app offered in external menus, by the ID of the view or the message's `ts`.
        self._offers: dict[str, dict[Key, dict[str, Json]]] = defaultdict(lambda: defaultdict(dict))

    async def press(
        self,
        where: Message | View,
        action_id: str,
        *,
        user: str,
        value: str | list[str] | None = None,
        block_id: str | None = None,
        state: Filled | None = None,
    ) -> Answer:
        """A person presses a button, or chooses one or several values in a menu."""
        self.see(where, user)
        place, element = _element_of(where.all_blocks, action_id, block_id)
        if any(name == place and not block.get("dispatch_action") for name, block in inputs(where.all_blocks)):
            raise LookupError(f"the app hears of {action_id!r} only when its form is sent")
        action = _action_of(place, element, value, self._offers[_name(where)].get((place, action_id)))
        filled = dict(state or {})
        if element["type"] in FIELDS:
            most = element.get("max_selected_items")
            if isinstance(most, int) and len(_words_of(value)) > most:
                raise LookupError(f"no more than {most} can be chosen in {action_id!r}")
            filled[place, action_id] = _words_of(value)
        values = self.values(where, filled, user)
        reply = None
        if isinstance(where, Message):  # in a view an action has a trigger, and no response URL
            reply = response_urls.issue(self._workspace, user, where.channel, where)
        return await self._delivery.deliver(payloads.block_actions(self._workspace, where, values, action, user, reply))

    async def offered(
        self,
        where: Message | View,
        action_id: str,
        *,
        user: str,
        query: str,
        block_id: str | None = None,
        state: Filled | None = None,
    ) -> Offered:
        """A person types into an external menu. From then on, they can choose what the app offers."""
        self.see(where, user)
        place, element = _element_of(where.all_blocks, action_id, block_id)
        if element["type"] not in ("external_select", "multi_external_select"):
            raise LookupError(f"{action_id!r} does not ask the app for options")
        least = element.get("min_query_length", _MIN_QUERY_LENGTH)
        if isinstance(least, int) and len(query) < least:
            return Offered(None)
        values = self.values(where, state or {}, user)
        request = payloads.block_suggestion(self._workspace, where, values, (place, action_id), query, user)
        found = _read(await self._delivery.deliver(request))
        options = options_of({"options": found.options, "option_groups": found.groups})
        self._offers[_name(where)][place, action_id].update({str(each["value"]): each for each in options})
        return found

    def values(self, where: Message | View, state: Filled, user: str) -> Values:
        """The contents of the fields there, as in `state.values`."""
        values = values_of(where.all_blocks, state, self._offers[_name(where)])
        for place, action_id in state:
            if action_id in values.get(place, {}):
                ids = ids_for(self._workspace, _element_of(where.all_blocks, action_id, place)[1], user)
                if ids is not None and (hidden := [each for each in state[place, action_id] if each not in ids]):
                    raise LookupError(f"{user} isn't offered {hidden[0]!r} in {action_id!r}")
        return values

    def see(self, where: Message | View, user: str) -> None:
        """Raise `LookupError` unless the person can see it."""
        if isinstance(where, View):
            is_seen = self._workspace.views.is_seen(where, user)
        else:
            is_seen = where.ephemeral_to in (None, user)
        if not is_seen:
            raise LookupError(f"{user} does not see {where}")


def _name(where: Message | View) -> str:
    return where.id if isinstance(where, View) else where.ts


def _element_of(blocks: Sequence[Json], action_id: str, block_id: str | None = None) -> tuple[str, Json]:
    """The ID of the block and the element with this ID, the first one without a `block_id`."""
    for place, element in interactive(blocks):
        if element.get("action_id") == action_id and block_id in (None, place):
            return place, element
    raise LookupError(f"no element {action_id!r}" + (f" in the block {block_id!r}" if block_id else ""))


def _action_of(
    block_id: str, element: Json, value: str | list[str] | None, offered: Mapping[str, Json] | None = None
) -> Json:
    """The action in a `block_actions` payload. `value` is what was chosen; it replaces a button's own value."""
    identity = {"action_id": element.get("action_id"), "block_id": block_id}
    choice = _choice(element, value, offered)
    return {**identity, **choice, "type": element["type"], "action_ts": f"{time.time():.6f}"}


def _words_of(value: str | list[str] | None) -> list[str]:
    """What was chosen, as a list. Empty text is an empty list."""
    return value if isinstance(value, list) else [value] if value else []


def _choice(element: Json, value: str | list[str] | None, offered: Mapping[str, Json] | None) -> Json:
    kind, words = str(element["type"]), _words_of(value)
    if kind == "button":
        own = value if isinstance(value, str) else element.get("value")
        return {"text": element["text"]} | ({} if own is None else {"value": own})
    if value is None or (not words and kind in ("overflow", "radio_buttons")):
        raise LookupError(f"nothing was chosen in {element.get('action_id')!r}")
    if kind == "overflow":
        return {"selected_option": option_of(element, words[0])}
    return chosen(element, words, offered) | {name: element[name] for name in _ECHOED if name in element}


def _read(answer: Answer) -> Offered:
    content = answer.content or {}
    if answer.error:
        return Offered(answer, error=answer.error)
    options, groups = content.get("options") or [], content.get("option_groups") or []
    if not options and not groups:
        is_none = content.keys() <= {"options", "option_groups"}
        return Offered(answer, error=None if is_none else "invalid_options")
    menu = {"type": "static_select", "action_id": "menu", **content}
    wrong = faults([{"type": "actions", "elements": [menu]}], "message", "")
    if wrong or not isinstance(options, list) or not isinstance(groups, list):
        return Offered(answer, error=wrong[0].removeprefix("[ERROR] ").replace(":/0/elements/0", ":"))
    return Offered(answer, options, groups)
