"""The choices of select menus, and those that are selected at first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.page.rendering.context import BlockContext
from bot.demo.page.rendering.text_objects import words

Part = Mapping[str, Any]

# What stands before a name, by the first letter of its ID: of a person, of a direct message; else of a channel.
_SIGILS = {"U": "@", "D": ""}


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


def menu(element: dict[str, Any], context: BlockContext) -> list[Group]:
    """The choices of a menu of options, people or channels."""
    selected, names = initial_values(element), context.reader.names
    ids = context.ids_for(element)
    if ids is not None:
        every = dict.fromkeys([*ids, *selected])  # a selection that the menu doesn't offer must not get lost
        shown = {each: _SIGILS.get(each[0], "#") + names.get(each, each) for each in every}
        return [Group("", [Choice(each, name, each in selected) for each, name in shown.items()])]
    groups = element.get("option_groups") or [{"options": element.get("options")}]
    return [Group(words(each.get("label")), [_choice(one, selected) for one in _options_of(each)]) for each in groups]


def found_options(options: Sequence[Part], groups: Sequence[Part], selected: Sequence[Part]) -> list[Group]:
    """What the app found for a query. The selected ones come first, and once: as found, else as they were shown."""
    found = {str(each.get("value")): each for part in [options, *map(_options_of, groups)] for each in part}
    kept = [found.get(str(each.get("value")), each) for each in selected]
    values = [str(each.get("value")) for each in kept]
    parts = [("", options), *((words(each.get("label")), _options_of(each)) for each in groups)]
    others = [
        Group(label, [_choice(one, ()) for one in part if one.get("value") not in values]) for label, part in parts
    ]
    return [each for each in (Group("", [_choice(one, values) for one in kept]), *others) if each.choices]


def _options_of(group: Part) -> list[Part]:
    return list(group.get("options") or [])


def _choice(option: Part, selected: Sequence[str]) -> Choice:
    description = f" – {words(option['description'])}" if option.get("description") else ""
    return Choice(
        str(option.get("value")), words(option.get("text") or {}) + description, option.get("value") in selected
    )


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
