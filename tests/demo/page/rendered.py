"""Blocks rendered as HTML, and that HTML parsed into a tree."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

from jinja2 import Template
from multidict import MultiDict

from bot.demo.page.rendering.context import BlockContext
from bot.demo.page.rendering.environment import environment
from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.slack.block_kit.reference import Surface

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NAMES = {
    "U0DEMOBEN1": "ben",
    "U0DEMOADA1": "ada",
    "C0DEMOOPS1": "data-ops",
    "C0DEMOGEN1": "general",
    "S0DEMOOPS1": "ops",
}
READER = Reader(NAMES, ZoneInfo("Europe/Berlin"), NOW)
EMPTY = ("img", "input", "br", "hr")


def context(surface: Surface = "message", errors: Mapping[str, str] | None = None) -> BlockContext:
    """Where Ben reads these blocks."""
    return BlockContext(surface, READER, "/ben/messages/1.2", ids_for, errors or {})


def ids_for(element: Mapping[str, object]) -> list[str] | None:
    """The IDs in menus of people or channels."""
    match str(element["type"]).removeprefix("multi_"):
        case "users_select":
            return ["U0DEMOBEN1", "U0DEMOADA1"]
        case "channels_select" | "conversations_select":
            return ["C0DEMOOPS1", "C0DEMOGEN1"]
    return None


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]
    above: "Tag | None" = None
    inside: list["Tag | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.inside)

    @property
    def tags(self) -> Iterator["Tag"]:
        """All tags within, in document order."""
        for each in self.inside:
            if isinstance(each, Tag):
                yield each
                yield from each.tags

    def all(self, tag: str = "", /, **attributes: str) -> list["Tag"]:
        """The tags with these attributes, `_` for `-`."""
        wanted = {key.replace("_", "-").strip("-"): value for key, value in attributes.items()}
        return [
            each
            for each in self.tags
            if tag in ("", each.name) and all(each.attributes.get(key) == value for key, value in wanted.items())
        ]

    def one(self, tag: str = "", /, **attributes: str) -> "Tag":
        (found,) = self.all(tag, **attributes)
        return found

    def within(self, name: str) -> "Tag | None":
        """The nearest tag of that name around this one."""
        above = self.above
        while above and above.name != name:
            above = above.above
        return above


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.at = self.root = Tag("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice: {attrs}"
        found = Tag(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.inside.append(found)
        if tag not in EMPTY:
            self.at = found

    def handle_endtag(self, tag: str) -> None:
        assert self.at.name == tag, f"</{tag}> in <{self.at.name}>"
        assert self.at.above
        self.at = self.at.above

    def handle_data(self, data: str) -> None:
        self.at.inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def parse(html: str) -> Tag:
    """The HTML as a tree. Fails where a browser would have to guess."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.at is parser.root, f"<{parser.at.name}> is not closed"
    return parser.root


@cache
def template(macro: str) -> Template:
    """A template that calls a macro of blocks.html with `arguments`."""
    source = '{% from "blocks.html" import ' + macro + " %}{{ " + macro + "(*arguments) }}"
    return environment().from_string(source)


def render(blocks: Sequence[Mapping[str, object]], where: BlockContext | None = None) -> Tag:
    return parse(template("blocks").render(arguments=[blocks, where or context()]))


def form_data(page: Tag) -> MultiDict[object]:
    """What a browser would send of the form as it is."""
    form: MultiDict[object] = MultiDict()
    for each in page.all():
        name = each.attributes.get("name")
        if name is None:
            continue
        if each.name == "select":
            options = each.all("option")
            chosen = [one for one in options if "selected" in one.attributes]
            chosen = chosen or ([] if "multiple" in each.attributes else options[:1])
            for one in chosen:
                form.add(name, one.attributes["value"])
        elif each.name == "textarea":
            form.add(name, each.text.removeprefix("\n"))
        elif each.name == "input" and each.attributes["type"] in ("checkbox", "radio"):
            if "checked" in each.attributes:
                form.add(name, each.attributes["value"])
        elif each.name == "input" and each.attributes["type"] != "search":
            form.add(name, each.attributes["value"])
    return form


def presses(page: Tag) -> list[list[str]]:
    """What elements send when pressed or changed: block, action, and the value if there is one."""
    buttons = [json.loads(each.attributes["value"]) for each in page.all("button", name="press")]
    return buttons + [pressed(each) for each in page.all() if "data-press" in each.attributes]


def pressed(tag: Tag) -> list[str]:
    found: list[str] = json.loads(tag.attributes["data-press"])
    return found
