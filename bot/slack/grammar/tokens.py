"""Split what was typed into tokens. Slack's markup, quotes and invisible characters end here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.destination import is_channel_id
from bot.domain.names import INVISIBLE, PLACEHOLDER, folded


@dataclass(frozen=True)
class Token:
    """A word, or everything between two quotes. `channel` is the ID of a channel that Slack recognised, `mention` its
    markup for a person or a user group; the text is as people see it."""

    text: str
    quoted: bool = False
    channel: str | None = None
    mention: str | None = None

    @property
    def key(self) -> str:
        """For comparison with the grammar's own words, however a keyboard types them. A quoted token is never one of
        them."""
        return "" if self.quoted else folded(self.text)

    def __str__(self) -> str:
        """As it can be typed again."""
        if self.quoted:
            return in_quotes(self.text)
        return f"<#{self.channel}>" if self.channel else self.mention or self.text

    @property
    def as_seen(self) -> str:
        """The same for people: a name in place of an ID."""
        return str(self) if self.quoted else self.text


# Phones and keyboards mix quotes of the same kind, so each one of a kind can open or close.
_KINDS = ('"“”„‟＂', "'‘’‚‛＇", "`´", "«»", "‹›")
_QUOTES = "".join(_KINDS)
# An apostrophe at the end of a bare word may belong to it: users' orders.
_NO_APOSTROPHES = _QUOTES.replace("'", "").replace("’", "").replace("＇", "")
# Quotes surround words: an apostrophe inside a word is not a quote. Three backticks are a code block.
_OPENING = re.compile(rf"(?<!\S)[{_QUOTES}]")
_QUOTED = {kind: re.compile(rf"[{kind}]{{1,3}}(.+?)[{kind}]{{1,3}}(?![^\s,;])") for kind in _KINDS}
# Between two quotes there may be nothing that can be seen: that is how it is shown.
_HIDDEN_NAME = re.compile(rf"(?<=[{_QUOTES}]){INVISIBLE.pattern}(?=[{_QUOTES}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPE = re.compile(r"&(lt|gt|amp|#[0-9]{1,5});")
_ESCAPED = {"lt": "<", "gt": ">", "amp": "&", **{f"#{ord(quote)}": quote for quote in _QUOTES}}
_MARKUP = re.compile(r"(<[^<>]*>)")
_BROADCASTS = ("!here", "!channel", "!everyone")
_CHANNEL = re.compile(r"#([A-Z0-9]{3,13})", re.ASCII)


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, as people meant them."""
    plain = _CONTROL.sub(" ", INVISIBLE.sub("", _HIDDEN_NAME.sub(PLACEHOLDER, text)))
    tokens: list[Token] = []
    at = 0
    for quoted in _find_quoted(plain):
        tokens += _bare(plain[at : quoted.start()])
        tokens += _between_quotes(quoted[1])
        at = quoted.end()
    return [*tokens, *_bare(plain[at:])]


def text_of(tokens: Sequence[Token]) -> str:
    """The text of tokens, without quotes."""
    return " ".join(token.text for token in tokens)


def in_quotes(text: str) -> str:
    """Quote a text so that it is read as one token, whatever it contains."""
    for opening, closing in ('""', "“”", "''", "``", "«»"):
        quoted = f"{opening}{text}{closing}"
        if tokenize(quoted) == [Token(text, quoted=True)]:
            return quoted
    return f'"{re.sub(f"[&<>{_QUOTES}]", _escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return next(f"&{name};" for name, character in _ESCAPED.items() if character == found[0])


def _unescape(text: str) -> str:
    """Undo Slack's escapes of three characters, and the escapes of quotes by `in_quotes`."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), text)


def _find_quoted(text: str) -> Iterator[re.Match[str]]:
    """Find what is between quotes.

    If one quote has no partner, no later one of its kind has: not looking for it again keeps the work linear.
    """
    at, quoted_by = 0, dict(_QUOTED)
    while opening := _OPENING.search(text, at):
        kind = next((kind for kind in quoted_by if opening[0] in kind), None)
        quoted = quoted_by[kind].match(text, opening.start()) if kind else None
        if quoted:
            yield quoted
        elif kind:
            del quoted_by[kind]
        at = (quoted or opening).end()


def _between_quotes(text: str) -> list[Token]:
    inside = " ".join(_unescape(_MARKUP.sub(lambda found: _as_typed(found[0]), text)).split())
    return [Token(inside, quoted=True)] if inside else []


def _as_typed(markup: str) -> str:
    """What a person typed for a piece of Slack markup: a channel, a person, a URL."""
    target, _, label = markup[1:-1].partition("|")
    if label and target[:1] in ("#", "@"):
        return target[0] + label
    return _url(target, label) if "://" in target or target.startswith("mailto:") else markup


def _url(target: str, label: str) -> str:
    """The URL of a link; its label if only Slack made it a link, as with `orders.io`."""
    shortened = target.removeprefix("http://").removeprefix("mailto:").removesuffix("/")
    return label if label and shortened == label else target


def _bare(text: str) -> Iterator[Token]:
    # A typed "<" is read like Slack's markup: it comes from a placeholder in a document, or from one of our lines.
    for piece in _MARKUP.split(_unescape(text)):
        if piece.startswith("<") and piece.endswith(">"):
            yield from _marked_up(piece)
        else:
            yield from map(Token, _unquoted(piece))


def _marked_up(markup: str) -> Iterator[Token]:
    target, _, label = markup[1:-1].partition("|")
    if (channel := _CHANNEL.fullmatch(target)) and is_channel_id(channel[1]):
        yield Token(f"#{label.strip() or channel[1]}", channel=channel[1])
    elif target[:1] in ("@", "!"):
        yield Token(_as_seen(target, label), mention=f"<{target}>")
    else:
        yield from map(Token, _unquoted(_url(target, label)))


def _as_seen(target: str, label: str) -> str:
    """`@ada`, `@team`, `@here`. Without a label, Slack alone knows the name of an ID."""
    name = " ".join(label.split()).lstrip("@")
    return f"@{name or (target[1:] if target in _BROADCASTS else 'somebody')}"


def _unquoted(text: str) -> Iterator[str]:
    """The words, without quotes that have no partner."""
    return filter(None, (word.lstrip(_QUOTES).rstrip(_NO_APOSTROPHES) for word in text.split()))
