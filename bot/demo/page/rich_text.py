"""What stands within a line of rich text, to HTML. Nothing is parsed in it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from bot.demo.page.emojis import named
from bot.demo.page.links import link
from bot.demo.page.mrkdwn import Reader, date, mention

Part = Mapping[str, Any]

_STYLES = {
    "code": Markup("<code>{}</code>"),
    "strike": Markup("<s>{}</s>"),
    "underline": Markup("<u>{}</u>"),
    "italic": Markup("<i>{}</i>"),
    "bold": Markup("<b>{}</b>"),
    "highlight": Markup("<mark>{}</mark>"),
    "client_highlight": Markup("<mark>{}</mark>"),
}
_COLOR = Markup('<span class="color"><span class="swatch" style="background: {}"></span>{}</span>')
_COLORS = re.compile(r"#[0-9A-Fa-f]{3,8}")


def inline(elements: Sequence[Part], reader: Reader) -> Markup:
    """The elements of a section, quote or preformatted part."""
    return Markup("").join(_styled(_drawn(each, reader), each.get("style") or {}) for each in elements)


def words(part: object) -> str:
    """The bare text of a rich text, as it stands in a field in which it is written."""
    return "".join(_words(part)).removesuffix("\n")


def _words(part: object) -> Iterator[str]:
    if not isinstance(part, Mapping):
        return
    if isinstance(text := part.get("text") or part.get("url") or part.get("fallback"), str):
        yield text
    elif part.get("type") == "emoji":
        yield named(str(part.get("name"))) or f":{part.get('name')}:"
    for each in part.get("elements") or []:
        yield from _words(each)
    if str(part.get("type")).startswith("rich_text_") and part.get("type") != "rich_text_list":
        yield "\n"


def _styled(drawn: Markup, style: Part) -> Markup:
    for name, frame in _STYLES.items():
        drawn = frame.format(drawn) if style.get(name) is True else drawn
    return drawn


def _drawn(element: Part, reader: Reader) -> Markup:
    match element.get("type"):
        case "link":
            return link(str(element.get("url")), str(element.get("text") or element.get("url")))
        case "emoji":
            return escape(_emoji(element))
        case "user":
            return mention("@", str(element.get("user_id")), reader)
        case "usergroup":
            return mention("@", str(element.get("usergroup_id")), reader)
        case "team":
            return mention("@", str(element.get("team_id")), reader)
        case "channel":
            return mention("#", str(element.get("channel_id")), reader)
        case "broadcast":
            return Markup('<span class="mention">@{}</span>').format(element.get("range"))
        case "date":
            template, fallback = str(element.get("format")), str(element.get("fallback") or "")
            return date(element.get("timestamp"), template, reader, str(element.get("url") or ""), fallback)
        case "color":
            value = str(element.get("value"))
            return _COLOR.format(value, value) if _COLORS.fullmatch(value) else escape(value)
    return escape(str(element.get("text") or element.get("fallback") or ""))


def _emoji(element: Part) -> str:
    name, tone = str(element.get("name")), element.get("skin_tone")
    if found := named(name, tone if isinstance(tone, int) else 0):
        return found
    codes = str(element.get("unicode") or "")
    if re.fullmatch(r"[0-9A-Fa-f]{2,5}(-[0-9A-Fa-f]{2,5})*", codes):
        return "".join(chr(int(code, 16)) for code in codes.split("-"))
    return f":{name}:"
