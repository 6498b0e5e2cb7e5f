"""Slack's own markup, as Slack reads it, to HTML. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from markupsafe import Markup, escape

from bot.demo.page.dates import dated, moment
from bot.demo.page.emojis import emojis
from bot.demo.page.links import can_be_followed, link


@dataclass(frozen=True)
class Reader:
    """Who reads: `names` shows the IDs of people and channels as names without a sigil; `now` is aware."""

    names: Mapping[str, str]
    zone: tzinfo
    now: datetime


def mrkdwn(text: str, reader: Reader, verbatim: bool = False) -> Markup:
    """The text as HTML. Bare addresses become links unless it is `verbatim`."""
    return Markup("").join(_parts(str(text), reader, verbatim))


def plain(text: str, emoji: bool = True) -> Markup:
    """Text in which nothing but the three escapes, and names of emoji, means anything."""
    unescaped = _unescaped(str(text))
    return escape(emojis(unescaped) if emoji else unescaped)


# ── what takes whole lines ──────────────────────────────────────────────────────────────────────────────────────────

_LARGE = re.compile(
    r"\n?```\n?(?P<pre>(?s:.+?))```\n?"
    r"|^(?:>|&gt;){3}[ \t]?(?P<rest>(?s:.*))"
    r"|^(?P<quote>(?:>|&gt;).*(?:\n(?:>|&gt;).*)*)\n?",
    re.MULTILINE,
)
_QUOTED = re.compile(r"^(?:>|&gt;)[ \t]?", re.MULTILINE)
_PRE = Markup("<pre>{}</pre>")
_QUOTE = Markup("<blockquote>{}</blockquote>")


def _parts(text: str, reader: Reader, verbatim: bool) -> Iterator[Markup]:
    at = 0
    for found in _LARGE.finditer(text):
        yield _inline(text[at : found.start()], reader, verbatim)
        at = found.end()
        if (pre := found["pre"]) is not None:
            yield _PRE.format(_tokens(pre, reader))
        elif (rest := found["rest"]) is not None:
            yield _QUOTE.format(mrkdwn(rest, reader, verbatim))
        else:
            yield _QUOTE.format(_inline(_QUOTED.sub("", found["quote"]), reader, verbatim))
    yield _inline(text[at:], reader, verbatim)


# ── what stands within a line ───────────────────────────────────────────────────────────────────────────────────────


def _marked(name: str, sign: str) -> str:
    """What stands between two signs, at the bounds of words, on one line. A sign in a token or in code is none."""
    s = re.escape(sign)
    inside = rf"(?:(?><[^<>\n]+>|`[^`\n]+`|[^{s}\n]))*?"
    return rf"(?<![^\W_])(?<!{s}){s}(?=[^\s{s}])(?P<{name}>{inside}(?<!\s)){s}(?!{s})(?![^\W_])"


_SMALL = re.compile(
    r"<(?P<token>[^<>\n]+)>"
    r"|(?<![\w`])`(?P<code>[^`\n]+)`(?![\w`])"
    r"|(?P<url>\bhttps?://[^\s<>|]+[^\s<>|.,;:!?'\")\]}*_~`])"
    f"|{_marked('b', '*')}|{_marked('i', '_')}|{_marked('s', '~')}"
)
_TOKEN = re.compile(r"<([^<>\n]+)>")
_CODE = Markup("<code>{}</code>")
_TAGS = {"b": Markup("<b>{}</b>"), "i": Markup("<i>{}</i>"), "s": Markup("<s>{}</s>")}


def _inline(text: str, reader: Reader, verbatim: bool) -> Markup:
    def drawn(found: re.Match[str]) -> Markup:
        if found["token"]:
            return _token(found["token"], reader)
        if found["code"]:
            return _CODE.format(_tokens(found["code"], reader))
        if found["url"]:
            return (
                plain(found["url"], False) if verbatim else link(_unescaped(found["url"]), plain(found["url"], False))
            )
        name = str(found.lastgroup)
        return _TAGS[name].format(_inline(found[name], reader, verbatim))

    return _replaced(_SMALL, text, drawn, plain)


def _tokens(text: str, reader: Reader) -> Markup:
    """Text in which only what stands in angle brackets means anything."""
    return _replaced(_TOKEN, text, lambda found: _token(found[1], reader), lambda text: plain(text, False))


def _replaced(
    pattern: re.Pattern[str], text: str, drawn: Callable[[re.Match[str]], Markup], between: Callable[[str], Markup]
) -> Markup:
    pieces: list[Markup] = []
    at = 0
    for found in pattern.finditer(text):
        pieces += [between(text[at : found.start()]), drawn(found)]
        at = found.end()
    return Markup("").join([*pieces, between(text[at:])])


def _unescaped(text: str) -> str:
    signs = {"amp": "&", "lt": "<", "gt": ">"}
    return re.sub("&(amp|lt|gt);", lambda found: signs[found[1]], text)


# ── what stands in angle brackets ───────────────────────────────────────────────────────────────────────────────────

_MENTION = Markup('<span class="mention">{}</span>')
_DATE = re.compile(r"!date\^(-?\d{1,15})\^([^|^]*)(?:\^([^|]*))?(?:\|(.*))?")
_TIME = Markup('<time datetime="{}">{}</time>')


def _token(token: str, reader: Reader) -> Markup:
    inside, _, label = token.partition("|")
    if inside.startswith("!date^"):
        return _date(token, reader)
    if named := re.fullmatch(r"([@#]|!subteam\^)([A-Z0-9]+)", inside):
        return mention("#" if named[1] == "#" else "@", named[2], reader, _unescaped(label))
    if inside in ("!here", "!channel", "!everyone"):
        return _MENTION.format(f"@{inside[1:]}")
    if can_be_followed(_unescaped(inside)):
        return link(_unescaped(inside), plain(label or inside.removeprefix("mailto:"), bool(label)))
    return plain(label) if label else plain(f"<{token}>", False)


def mention(sigil: str, name: str, reader: Reader, label: str = "") -> Markup:
    """Somebody, a group or a channel, by its ID; shown as the label, or the ID, if nobody here has that ID."""
    return _MENTION.format(sigil + str(reader.names.get(name) or label.removeprefix(sigil) or name))


def _date(token: str, reader: Reader) -> Markup:
    found = _DATE.fullmatch(token)
    if found is None:
        return plain(f"<{token}>", False)
    stamp, template, url, fallback = found.groups()
    return date(stamp, _unescaped(template), reader, _unescaped(url or ""), _unescaped(fallback or ""))


def date(stamp: object, template: str, reader: Reader, url: str = "", fallback: str = "") -> Markup:
    """A time in the reader's own words and zone; the fallback if that can't be said."""
    at = moment(stamp)
    words = dated(at, template, reader.zone, reader.now) if at else None
    shown = _TIME.format(at.isoformat(), words) if at and words else escape(fallback)
    return link(url, shown) if url else shown
