"""The words of what was typed; Slack's own markup, quotes and invisible characters are read here. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One word, or all that stood between two quotes. `channel` is the ID of a channel that Slack recognised."""

    text: str
    quoted: bool = False
    channel: str | None = None

    @property
    def key(self) -> str:
        """For comparing with the words that the grammar knows; what is quoted is none of them."""
        return "" if self.quoted else self.text.casefold()

    def __str__(self) -> str:
        """As it may be typed again."""
        if self.quoted:
            return in_quotes(self.text)
        return f"<#{self.channel}>" if self.channel else self.text


# Phones and keyboards mix the quotes of one kind, so any of a kind opens and any closes.
_KINDS = ('"“”„‟', "'‘’‚‛", "`´", "«»", "‹›")
_QUOTES = "".join(_KINDS)
# At the end of a bare word an apostrophe may belong to it: users' orders.
_NO_APOSTROPHES = _QUOTES.replace("'", "").replace("’", "")
# Quotes stand around words: an apostrophe inside one opens and closes nothing. Three backticks are a code block.
_QUOTED = re.compile(rf"(?<!\S)(?:{'|'.join(f'[{kind}]{{1,3}}(.+?)[{kind}]{{1,3}}' for kind in _KINDS)})(?![^\s,;])")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPE = re.compile(r"&(lt|gt|amp|#[0-9]{1,4});")
_ESCAPED = {"lt": "<", "gt": ">", "amp": "&", **{f"#{ord(quote)}": quote for quote in _QUOTES}}
_MARKUP = re.compile(r"(<[^<>]*>)")
_CHANNEL = re.compile(r"#([CG][A-Z0-9]{2,12})", re.ASCII)


def words_of(text: str) -> list[Word]:
    """The words of a text, as people meant them."""
    plain = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    words: list[Word] = []
    at = 0
    for found in _QUOTED.finditer(plain):
        words += _bare(plain[at : found.start()])
        words += _between_quotes(next(filter(None, found.groups())))
        at = found.end()
    return [*words, *_bare(plain[at:])]


def said(words: Sequence[Word]) -> str:
    """What the words say, quotes left out."""
    return " ".join(word.text for word in words)


def in_quotes(text: str) -> str:
    """A text so that it is read as one quoted word, whatever it holds."""
    for opening, closing in ('""', "“”", "''", "``", "«»"):
        quoted = f"{opening}{text}{closing}"
        if words_of(quoted) == [Word(text, quoted=True)]:
            return quoted
    return f'"{re.sub(f"[&<>{_QUOTES}]", _escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return next(f"&{name};" for name, character in _ESCAPED.items() if character == found[0])


def _unescape(text: str) -> str:
    """As Slack escapes three characters, and `in_quotes` the quotes."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), text)


def _between_quotes(text: str) -> list[Word]:
    inside = " ".join(_unescape(_MARKUP.sub(lambda found: _as_typed(found[0]), text)).split())
    return [Word(inside, quoted=True)] if inside else []


def _as_typed(markup: str) -> str:
    """What a person typed where Slack sends markup: a channel, a person, an address."""
    target, _, label = markup[1:-1].partition("|")
    if label and target[:1] in ("#", "@"):
        return target[0] + label
    return _address(target, label) if "://" in target or target.startswith("mailto:") else markup


def _address(target: str, label: str) -> str:
    """The address of a link; the label where Slack alone took it for an address, as it does with `orders.io`."""
    made_up = target.removeprefix("http://").removeprefix("mailto:").removesuffix("/")
    return label if label and made_up == label else target


def _bare(text: str) -> Iterator[Word]:
    # What a person typed as "<" is read as Slack's own: it is an ID from a page with placeholders, or a line of ours.
    for piece in _MARKUP.split(_unescape(text)):
        if piece.startswith("<") and piece.endswith(">"):
            yield from _marked_up(piece)
        else:
            yield from map(Word, _unquoted(piece))


def _marked_up(markup: str) -> Iterator[Word]:
    target, _, label = markup[1:-1].partition("|")
    if channel := _CHANNEL.fullmatch(target):
        yield Word(f"#{label.strip() or channel[1]}", channel=channel[1])
    elif target[:1] in ("@", "!"):
        yield Word(" ".join(markup.split()))
    else:
        yield from map(Word, _unquoted(_address(target, label)))


def _unquoted(text: str) -> Iterator[str]:
    """The words without a quote that has no other."""
    return filter(None, (word.lstrip(_QUOTES).rstrip(_NO_APOSTROPHES) for word in text.split()))
