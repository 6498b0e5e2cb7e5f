"""The elements within a line of rich text, as HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

from emoji import emojize
from markupsafe import Markup, escape

from bot.demo.page.rendering.links import link
from bot.demo.page.rendering.mrkdwn import Reader, date, mention, with_outlines

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
_MENTIONS = {
    "user": ("@", "user_id"),
    "usergroup": ("@", "usergroup_id"),
    "channel": ("#", "channel_id"),
}


def inline(elements: Sequence[Part], reader: Reader) -> Markup:
    """The elements of a section, quote or preformatted part."""
    return Markup("").join(_styled(_element(each, reader), each.get("style") or {}) for each in elements)


def _styled(shown: Markup, style: Part) -> Markup:
    for name, tag in _STYLES.items():
        shown = tag.format(shown) if style.get(name) is True else shown
    return shown


def _element(element: Part, reader: Reader) -> Markup:
    kind = str(element.get("type"))
    if kind in _MENTIONS:
        sigil, field = _MENTIONS[kind]
        return mention(sigil, str(element.get(field)), reader)
    match kind:
        case "link":
            return link(str(element.get("url")), str(element.get("text") or element.get("url")))
        case "emoji":
            return escape(_emoji(element))
        case "broadcast":
            return Markup('<span class="mention">@{}</span>').format(element.get("range"))
        case "date":
            template, fallback = str(element.get("format")), str(element.get("fallback") or "")
            return date(element.get("timestamp"), template, reader, str(element.get("url") or ""), fallback)
    return with_outlines(escape(str(element.get("text") or element.get("fallback") or "")))


def _emoji(element: Part) -> str:
    return emojize(f":{element.get('name')}:", language="alias")
