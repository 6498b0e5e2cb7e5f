"""The part of OData's language that the organisation's list takes: `$filter` and `$orderby`."""

import re
from collections.abc import Callable
from typing import Any

from bot.demo.jobs_faults import Refused

Test = Callable[[dict[str, Any]], bool]

FILTERED = ("assetName", "assetType", "startedBy", "status")
ORDERED = ("assetName", "assetType", "status", "runtimeEnv", "startTime")
_TOKEN = re.compile(r"\s*(?:([()])|'((?:[^']|'')*)'|(\w+))")
_DEEPEST = 50


def matching(filter: str) -> Test:
    """Whether a row fits the filter: `field eq 'text'` with and, or, parentheses. Raises Refused (400)."""
    reader = _Reader(filter)
    test = reader.either()
    reader.end()
    return test


def ordered(rows: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The rows in an order such as `assetName` or `status desc, assetName`. Raises Refused (400)."""
    for part in reversed(by.split(",")):
        match part.split():
            case [field, *way] if field in ORDERED and way in ([], ["asc"], ["desc"]):
                rows = sorted(rows, key=lambda row, field=field: str(row.get(field) or ""), reverse=way == ["desc"])  # type: ignore[misc]
            case _:
                raise _refused("$orderby", part)
    return rows


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def either(self) -> Test:
        tests = [self._both()]
        while self._word("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def end(self) -> None:
        if self._text[self._at :].strip():
            raise _refused("$filter", self._text)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._word("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        mark, _, field = self._next()
        if mark == "(":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise _refused("$filter", self._text)
            inner = self.either()
            if self._next()[0] != ")":
                raise _refused("$filter", self._text)
            self._depth -= 1
            return inner
        if field not in FILTERED or not self._word("eq"):
            raise _refused("$filter", self._text)
        _, quoted, _ = self._next()
        if quoted is None:
            raise _refused("$filter", self._text)
        wanted = quoted.replace("''", "'")
        return lambda row: row.get(field) == wanted

    def _next(self) -> tuple[str | None, str | None, str | None]:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            raise _refused("$filter", self._text)
        self._at = found.end()
        return found[1], found[2], found[3]

    def _word(self, word: str) -> bool:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found[3] != word:
            return False
        self._at = found.end()
        return True


def _refused(parameter: str, text: str) -> Refused:
    return Refused(400, "BAD_REQUEST", f"The value of {parameter} is not understood: {text[:100]}")
