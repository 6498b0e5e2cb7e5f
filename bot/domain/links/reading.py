"""Which job a pasted link leads to: the inverse of `JobLink.url`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from bot.domain.job import Dataflow, JobLink, JobRef, Target

_LONGEST = 3_000  # characters of a URL
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLACEHOLDER = re.compile(r"\{(dataflow|run)\}")
# What stands for a placeholder. No slash, dot or percent sign: it can't become another path.
_MEANT = {"dataflow": "([A-Za-z0-9][A-Za-z0-9_-]{0,63})", "run": "0{0,9}([1-9][0-9]{0,17})"}
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class _Part:
    """A part of the template, and the placeholders in it."""

    pattern: re.Pattern[str]
    placeholders: Sequence[str]

    @classmethod
    def of(cls, text: str, end: str = "") -> "_Part":
        pieces = _PLACEHOLDER.split(text)  # literals and the names of placeholders take turns
        pattern = "".join(_MEANT[piece] if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
        return cls(re.compile(pattern + end, re.ASCII), pieces[1::2])

    def read(self, text: str) -> list[tuple[str, str]] | None:
        """The placeholders with what stands there; None if the text differs."""
        found = self.pattern.fullmatch(text)
        return list(zip(self.placeholders, found.groups(), strict=True)) if found else None


class LinkReader:
    """Reads links as a template makes them.

    Scheme, host, port and path must be the same. A slash at the end, other parameters and their order, and a fragment
    that the template doesn't have make no difference.
    """

    def __init__(self, link: JobLink) -> None:
        template = urlsplit(link.template)
        self._server = _server(template)
        self._path = _Part.of(template.path.rstrip("/"), "/?")
        self._query = {name: _Part.of(value) for name, value in _parameters(template.query)}
        self._fragment = _Part.of(template.fragment.rstrip("/"), "/?") if template.fragment else None

    def read(self, url: str) -> Target | None:
        """The job that a URL leads to: the run, or the dataflow if no run is named; None for any other URL."""
        if len(url) > _LONGEST or _NOT_IN_URL.search(url):
            return None
        try:
            parts = urlsplit(url)
            if _server(parts) != self._server or parts.username is not None or parts.password is not None:
                return None
        except ValueError:  # a broken port or address
            return None
        return _target(self._placeholders(parts))

    def _placeholders(self, url: SplitResult) -> list[tuple[str, str]] | None:
        found = [self._path.read(url.path), *self._of_query(url.query)]
        found += [self._fragment.read(url.fragment)] if self._fragment else []
        return None if None in found else [pair for pairs in found if pairs for pair in pairs]

    def _of_query(self, query: str) -> Iterator[list[tuple[str, str]] | None]:
        given: dict[str, list[str]] = {}
        for name, value in _parameters(query):
            given.setdefault(name, []).append(value)
        for name, part in self._query.items():
            values = given.get(name, [])
            if values or list(part.placeholders) != ["run"]:
                yield part.read(values[0]) if len(values) == 1 else None


def _server(url: SplitResult) -> tuple[str, str, int | None]:
    """Raises `ValueError` for a broken port."""
    return url.scheme, (url.hostname or "").lower(), url.port or _DEFAULT_PORTS.get(url.scheme)


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    for parameter in filter(None, query.split("&")):
        name, _, value = parameter.partition("=")
        yield name, value


def _target(found: Sequence[tuple[str, str]] | None) -> Target | None:
    """The one job that all placeholders name."""
    values: Mapping[str, set[str]] = {name: {value for each, value in found or () if each == name} for name in _MEANT}
    if len(values["dataflow"]) != 1 or len(values["run"]) > 1:
        return None
    (dataflow,) = values["dataflow"]
    return JobRef(dataflow, int(*values["run"])) if values["run"] else Dataflow(dataflow)
