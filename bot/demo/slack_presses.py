"""What people do with the elements of messages, modals and App Home: press, choose, and look for options.

What a person can't do (an element that isn't there, another's view, a channel that they don't see) is a `LookupError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.demo import slack_payloads, slack_response_urls, slack_view_payloads
from bot.demo.block_kit import faults
from bot.demo.slack_actions import action_of, element_of, inputs, words_of
from bot.demo.slack_delivery import Answer
from bot.demo.slack_life import LivelyWorkspace
from bot.demo.slack_sight import ids_for
from bot.demo.slack_state import FIELDS, Filled, Payload, values_of
from bot.demo.slack_views import View
from bot.demo.slack_workspace import Message

Values = dict[str, dict[str, Payload]]

_EXTERNAL = ("external_select", "multi_external_select")
_MIN_QUERY_LENGTH = 3


@dataclass(frozen=True)
class Offered:
    """What an external menu shows for a query: options, or groups of them. None of both and no `error`: no result.

    `answer` is None if the app was not asked, since the query is too short. `error` says why the menu can't load:
    Slack's word for a missing answer, or the fault in what the app answered.
    """

    answer: Answer | None
    options: list[Payload] = field(default_factory=list)
    groups: list[Payload] = field(default_factory=list)
    error: str | None = None


class PressedWorkspace(LivelyWorkspace):
    """A workspace in which people use the elements of messages and views."""

    async def press(
        self,
        message: Message,
        action_id: str,
        *,
        user: str,
        value: str | list[str] | None = None,
        block_id: str | None = None,
        state: Filled | None = None,
        over_http: bool | None = None,
    ) -> Answer:
        """A person presses a button of a message, or chooses `value` in a menu (a list, where several can be chosen).

        `block_id` says which, if several elements have that ID; `state` is what the message's other fields hold.
        """
        self._see(message, user)
        action, values = self._act(message, action_id, block_id, value, state or {}, user)
        reply = slack_response_urls.issue(self, user, message.channel, message)
        parcel = slack_payloads.press(self, message, dict(values), action, user, reply)
        return await self.delivery.deliver(parcel, over_http=over_http)

    async def press_in_view(
        self,
        view: View,
        action_id: str,
        *,
        user: str,
        value: str | list[str] | None = None,
        block_id: str | None = None,
        state: Filled | None = None,
        over_http: bool | None = None,
    ) -> Answer:
        """The same in a modal or in App Home. The action has a trigger and no response URL."""
        self._see(view, user)
        action, values = self._act(view, action_id, block_id, value, state or {}, user)
        parcel = slack_view_payloads.press(self, view, values, action, user)
        return await self.delivery.deliver(parcel, over_http=over_http)

    async def offered(
        self,
        where: Message | View,
        action_id: str,
        *,
        user: str,
        query: str,
        block_id: str | None = None,
        state: Filled | None = None,
        over_http: bool | None = None,
    ) -> Offered:
        """A person types into an external menu. What the app offers can be chosen there from then on."""
        self._see(where, user)
        place, element = element_of(where.blocks, action_id, block_id)
        if element["type"] not in _EXTERNAL:
            raise LookupError(f"{action_id!r} does not ask the app for options")
        least = element.get("min_query_length", _MIN_QUERY_LENGTH)
        if isinstance(least, int) and len(query) < least:
            return Offered(None)
        values = self.values(where, state or {}, user)
        parcel = slack_view_payloads.suggestion(self, where, values, (place, action_id), query, user)
        found = _read(await self.delivery.deliver(parcel, over_http=over_http))
        self._remember(where, (place, action_id), found)
        return found

    def values(self, where: Message | View, state: Filled, user: str) -> Values:
        """What stands in the fields there, as `state.values` tells it."""
        here = where.here if isinstance(where, View) else where.channel
        values = values_of(where.blocks, state, self._offers(where), here)
        for place, action_id in state:
            if action_id in values.get(place, {}):
                self._can_choose(element_of(where.blocks, action_id, place)[1], state[place, action_id], user)
        return values

    def _act(
        self,
        where: Message | View,
        action_id: str,
        block_id: str | None,
        value: str | list[str] | None,
        state: Filled,
        user: str,
    ) -> tuple[Payload, Values]:
        place, element = element_of(where.blocks, action_id, block_id)
        if any(name == place and not block.get("dispatch_action") for name, block in inputs(where.blocks)):
            raise LookupError(f"the app hears of {action_id!r} only when its form is sent")
        action = action_of(place, element, value, self._offers(where).get((place, action_id)))
        if element["type"] not in FIELDS:
            return action, self.values(where, state, user)
        most = element.get("max_selected_items")
        if isinstance(most, int) and len(words_of(value)) > most:
            raise LookupError(f"no more than {most} can be chosen in {action_id!r}")
        return action, self.values(where, {**state, (place, action_id): words_of(value)}, user)

    def _can_choose(self, element: Payload, words: list[str], user: str) -> None:
        ids = ids_for(self, element, user)
        hidden = [] if ids is None else [each for each in words if each not in ids]
        if hidden:
            raise LookupError(f"{user} isn't offered {hidden[0]!r} in {element.get('action_id')!r}")

    def _see(self, where: Message | View, user: str) -> None:
        if isinstance(where, Message):
            if where.deleted or where.ephemeral_to not in (None, user):
                raise LookupError(f"{user} does not see the message {where}")
        elif where not in (self.views.top(user), self.views.home(user)):
            raise LookupError(f"{user} does not see the view {where.id}")

    def _offers(self, where: Message | View) -> Mapping[tuple[str, str], Mapping[str, Payload]]:
        return self.offers.get(_name(where), {})

    def _remember(self, where: Message | View, key: tuple[str, str], found: Offered) -> None:
        groups = (group.get("options") for group in found.groups)
        options = [*found.options, *(each for group in groups if isinstance(group, list) for each in group)]
        known = self.offers.setdefault(_name(where), {}).setdefault(key, {})
        known.update({str(each["value"]): each for each in options})


def _name(where: Message | View) -> str:
    return where.id if isinstance(where, View) else where.ts


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
