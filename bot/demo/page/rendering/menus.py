"""The choices of select menus, and those that are selected at first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.page.rendering.context import BlockContext
from bot.demo.page.rendering.text_objects import words

Part = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    value: str
    words: str
    is_selected: bool


@dataclass(frozen=True)
class Group:
    """Choices under one label; without a label they stand in the menu itself."""

    label: str
    choices: Sequence[Choice]

    @property
    def lines(self) -> int:
        """Height in the menu, the label included."""
        return len(self.choices) + bool(self.label)


def initial_values(element: Part) -> list[str]:
    """The values that are selected at first."""
    names = ("option", "options", "user", "users", "channel", "channels", "conversation", "conversations")
    initial: Any = next((element[f"initial_{name}"] for name in names if element.get(f"initial_{name}")), [])
    return [str(each["value"] if isinstance(each, Mapping) else each) for each in _as_list(initial)]


def initial_options(element: Part) -> list[Part]:
    """The options that are selected at first."""
    return [*(_as_list(element.get("initial_option") or [])), *(element.get("initial_options") or [])]


def menu(element: Part, context: BlockContext) -> list[Group]:
    """The choices of a menu that the app doesn't fill on opening."""
    selected = initial_values(element)
    kind = str(element.get("type")).removeprefix("multi_")
    if kind == "static_select":
        groups = [(each.get("label") or {}, each.get("options") or []) for each in element.get("option_groups") or []]
        groups = groups or [({}, element.get("options") or [])]
        return [Group(words(label), [_choice(each, selected) for each in options]) for label, options in groups]
    named = _people_or_channels(element, kind, context)
    # A selection that the menu doesn't offer must not get lost.
    named |= {value: context.reader.names.get(value, value) for value in selected if value not in named}
    return [Group("", [Choice(value, shown, value in selected) for value, shown in named.items()])]


def found_options(options: Sequence[Part], groups: Sequence[Part], selected: Sequence[Part | str]) -> list[Group]:
    """What the app found for a query. The selected ones (options, or only their values) come first, and once."""
    found = {str(each.get("value")): each for part in [options, *map(_options_of, groups)] for each in part}
    kept = [found.get(each, _unnamed(each)) if isinstance(each, str) else each for each in selected]
    values = [str(each.get("value")) for each in kept]
    parts = [("", options), *((words(each.get("label")), _options_of(each)) for each in groups)]
    others = [
        Group(label, [_choice(one, ()) for one in part if one.get("value") not in values]) for label, part in parts
    ]
    return [each for each in (Group("", [_choice(one, values) for one in kept]), *others) if each.choices]


def _unnamed(value: str) -> Part:
    return {"value": value, "text": {"text": value}}


def _options_of(group: Part) -> list[Part]:
    return list(group.get("options") or [])


def _people_or_channels(element: Part, kind: str, context: BlockContext) -> dict[str, str]:
    if kind == "users_select":
        return {value: f"@{name}" for value, name in context.people}
    if {"public", "private"} & set((element.get("filter") or {}).get("include") or ["public"]):
        return {value: f"#{name}" for value, name in context.channels}
    return {}


def _choice(option: Part, selected: Sequence[str]) -> Choice:
    description = f" – {words(option['description'])}" if option.get("description") else ""
    return Choice(
        str(option.get("value")), words(option.get("text") or {}) + description, option.get("value") in selected
    )


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
