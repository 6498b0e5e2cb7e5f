"""What the menus of elements offer, and what is chosen in them at first. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.demo.page.mrkdwn import Reader
from bot.demo.page.texts import said

Part = Mapping[str, Any]


class Where(Protocol):
    """What a menu must know of where it stands."""

    @property
    def reader(self) -> Reader: ...
    @property
    def people(self) -> Sequence[tuple[str, str]]: ...
    @property
    def channels(self) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True)
class Choice:
    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class Group:
    """Choices together; without a label they stand in the menu itself."""

    label: str
    choices: Sequence[Choice]

    @property
    def size(self) -> int:
        """How many lines it takes, its label's included."""
        return len(self.choices) + bool(self.label)


def initially(element: Part) -> list[str]:
    """The values that are chosen at first."""
    names = ("option", "options", "user", "users", "channel", "channels", "conversation", "conversations")
    first: Any = next((element[f"initial_{name}"] for name in names if element.get(f"initial_{name}")), [])
    return [str(each["value"] if isinstance(each, Mapping) else each) for each in _listed(first)]


def initial_options(element: Part) -> list[Part]:
    """The same, as the options themselves."""
    return [*(_listed(element.get("initial_option") or [])), *(element.get("initial_options") or [])]


def offered(element: Part, where: Where) -> list[Group]:
    """All that can be chosen in a menu that isn't filled by the app when it is opened."""
    chosen = initially(element)
    kind = str(element.get("type")).removeprefix("multi_")
    if kind == "static_select":
        groups = [(each.get("label") or {}, each.get("options") or []) for each in element.get("option_groups") or []]
        groups = groups or [({}, element.get("options") or [])]
        return [Group(said(label), [_option(each, chosen) for each in options]) for label, options in groups]
    if not chosen and element.get("default_to_current_conversation") and (here := getattr(where, "here", None)):
        chosen = [str(here)]
    named = list(_people_or_places(element, kind, where))
    named += [(value, where.reader.names.get(value, value)) for value in chosen if value not in dict(named)]
    return [Group("", [Choice(value, words, value in chosen) for value, words in named])]


def found(options: Sequence[Part], groups: Sequence[Part], chosen: Sequence[Part | str]) -> list[Group]:
    """What the app offers: first what is `chosen` (options, or only their values), then the others."""
    every = {str(each.get("value")): each for part in [options, *map(_within, groups)] for each in part}
    held = [every.get(each, _unnamed(each)) if isinstance(each, str) else each for each in chosen]
    values = [str(each.get("value")) for each in held]
    parts = [("", options), *((said(each.get("label")), _within(each)) for each in groups)]
    others = [
        Group(label, [_option(one, ()) for one in part if one.get("value") not in values]) for label, part in parts
    ]
    return [each for each in (Group("", [_option(one, values) for one in held]), *others) if each.choices]


def _unnamed(value: str) -> Part:
    return {"value": value, "text": {"text": value}}


def _within(group: Part) -> list[Part]:
    return list(group.get("options") or [])


def _people_or_places(element: Part, kind: str, where: Where) -> Iterator[tuple[str, str]]:
    if kind == "users_select":
        yield from ((value, f"@{name}") for value, name in where.people)
    elif {"public", "private"} & set((element.get("filter") or {}).get("include") or ["public"]):
        yield from ((value, f"#{name}") for value, name in where.channels)


def _option(option: Part, chosen: Sequence[str]) -> Choice:
    more = f" – {said(option['description'])}" if option.get("description") else ""
    return Choice(str(option.get("value")), said(option.get("text") or {}) + more, option.get("value") in chosen)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
