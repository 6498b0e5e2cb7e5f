"""Slack's mrkdwn as HTML."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from emoji import emojize
from markupsafe import Markup, escape

from bot.demo.page.rendering.dates import format_date, from_timestamp
from bot.demo.page.rendering.links import is_safe, link


@dataclass(frozen=True)
class Reader:
    """Who reads. `names` maps the IDs of people and channels to names without `@` or `#`; `now` is aware."""

    names: Mapping[str, str]
    zone: tzinfo
    now: datetime


def mrkdwn(text: str, reader: Reader, verbatim: bool = False) -> Markup:
    """The text as HTML. Bare addresses become links unless the text is `verbatim`."""
    return Markup("").join(_paragraphs(str(text), reader, verbatim))


def plain(text: str, emoji: bool = True) -> Markup:
    """Plain text as HTML: only `&amp;`, `&lt;`, `&gt;` and the names of emoji are replaced."""
    unescaped = _unescape(str(text))
    return escape(emojize(unescaped, language="alias") if emoji else unescaped)


def with_outlines(shown: Markup) -> Markup:
    """The same with an outline for the sign that is white and could not be seen on white."""
    return shown.replace("❔", Markup('<span class="pale">❔</span>'))


# ── preformatted text and quotes ────────────────────────────────────────────────────────────────────────────────────

_PARAGRAPH = re.compile(
    r"\n?```\n?(?P<pre>(?s:.+?))```\n?"
    r"|^(?:>|&gt;){3}[ \t]?(?P<rest>(?s:.*))"
    r"|^(?P<quote>(?:>|&gt;).*(?:\n(?:>|&gt;).*)*)\n?",
    re.MULTILINE,
)
_QUOTE_SIGN = re.compile(r"^(?:>|&gt;)[ \t]?", re.MULTILINE)
_PRE = Markup("<pre>{}</pre>")
_QUOTE = Markup("<blockquote>{}</blockquote>")


def _paragraphs(text: str, reader: Reader, verbatim: bool) -> Iterator[Markup]:
    at = 0
    for found in _PARAGRAPH.finditer(text):
        yield _inline(text[at : found.start()], reader, verbatim)
        at = found.end()
        if (pre := found["pre"]) is not None:
            yield _PRE.format(_tokens_only(pre, reader))
        elif (rest := found["rest"]) is not None:
            yield _QUOTE.format(mrkdwn(rest, reader, verbatim))
        else:
            yield _QUOTE.format(_inline(_QUOTE_SIGN.sub("", found["quote"]), reader, verbatim))
    yield _inline(text[at:], reader, verbatim)


# ── within a line ───────────────────────────────────────────────────────────────────────────────────────────────────


def _styled(name: str, sign: str) -> str:
    """Text between two signs at word boundaries, on one line. Signs in tokens and code don't count."""
    s = re.escape(sign)
    inside = rf"(?:(?><[^<>\n]+>|`[^`\n]+`|[^{s}\n]))*?"
    return rf"(?<![^\W_])(?<!{s}){s}(?=[^\s{s}])(?P<{name}>{inside}(?<!\s)){s}(?!{s})(?![^\W_])"


_INLINE = re.compile(
    r"<(?P<token>[^<>\n]+)>"
    r"|(?<![\w`])`(?P<code>[^`\n]+)`(?![\w`])"
    r"|(?P<url>\bhttps?://[^\s<>|]+[^\s<>|.,;:!?'\")\]}*_~`])"
    f"|{_styled('b', '*')}|{_styled('i', '_')}|{_styled('s', '~')}"
)
_TOKEN = re.compile(r"<([^<>\n]+)>")
_CODE = Markup("<code>{}</code>")
_TAGS = {"b": Markup("<b>{}</b>"), "i": Markup("<i>{}</i>"), "s": Markup("<s>{}</s>")}


def _inline(text: str, reader: Reader, verbatim: bool) -> Markup:
    def render(found: re.Match[str]) -> Markup:
        if found["token"]:
            return _token(found["token"], reader)
        if found["code"]:
            return _CODE.format(_tokens_only(found["code"], reader))
        if found["url"]:
            shown = plain(found["url"], emoji=False)
            return shown if verbatim else link(_unescape(found["url"]), shown)
        name = str(found.lastgroup)
        return _TAGS[name].format(_inline(found[name], reader, verbatim))

    return _replace(_INLINE, text, render, plain)


def _tokens_only(text: str, reader: Reader) -> Markup:
    """Code and preformatted text, in which only tokens such as `<@U1>` are replaced."""
    return _replace(_TOKEN, text, lambda found: _token(found[1], reader), lambda text: plain(text, emoji=False))


def _replace(
    pattern: re.Pattern[str], text: str, render: Callable[[re.Match[str]], Markup], between: Callable[[str], Markup]
) -> Markup:
    pieces: list[Markup] = []
    at = 0
    for found in pattern.finditer(text):
        pieces += [between(text[at : found.start()]), render(found)]
        at = found.end()
    return Markup("").join([*pieces, between(text[at:])])


def _unescape(text: str) -> str:
    signs = {"amp": "&", "lt": "<", "gt": ">"}
    return re.sub("&(amp|lt|gt);", lambda found: signs[found[1]], text)


# ── tokens: mentions, links and dates ───────────────────────────────────────────────────────────────────────────────

_MENTION = Markup('<span class="mention">{}</span>')
_DATE = re.compile(r"!date\^(-?\d{1,15})\^([^|^]*)(?:\^([^|]*))?(?:\|(.*))?")
_TIME = Markup('<time datetime="{}">{}</time>')


def _token(token: str, reader: Reader) -> Markup:
    target, _, label = token.partition("|")
    if target.startswith("!date^"):
        return _date_token(token, reader)
    if named := re.fullmatch(r"([@#]|!subteam\^)([A-Z0-9]+)", target):
        return mention("#" if named[1] == "#" else "@", named[2], reader, _unescape(label))
    if target in ("!here", "!channel", "!everyone"):
        return _MENTION.format(f"@{target[1:]}")
    if is_safe(_unescape(target)):
        return link(_unescape(target), plain(label or target.removeprefix("mailto:"), bool(label)))
    return plain(label) if label else plain(f"<{token}>", emoji=False)


def mention(sigil: str, mentioned: str, reader: Reader, label: str = "") -> Markup:
    """A person, group or channel by ID. An unknown one is shown by its label, else by its ID."""
    return _MENTION.format(sigil + str(reader.names.get(mentioned) or label.removeprefix(sigil) or mentioned))


def _date_token(token: str, reader: Reader) -> Markup:
    found = _DATE.fullmatch(token)
    if found is None:
        return plain(f"<{token}>", emoji=False)
    timestamp, template, url, fallback = found.groups()
    return date(timestamp, _unescape(template), reader, _unescape(url or ""), _unescape(fallback or ""))


def date(timestamp: object, template: str, reader: Reader, url: str = "", fallback: str = "") -> Markup:
    """A time in the reader's zone, or the fallback if the template can't be filled in."""
    at = from_timestamp(timestamp)
    words = format_date(at, template, reader.zone, reader.now) if at else None
    shown = _TIME.format(at.isoformat(), words) if at and words else escape(fallback)
    return link(url, shown) if url else shown
