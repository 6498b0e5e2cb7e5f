"""Parse what the status resource says of each node. Pure and tolerant.

Page: "status resource" of the Mass Ingestion Streaming REST API. It names the field `reports` ("status of each node")
and leaves its shape open. So a node counts as failing only where an object names it and says so in a known word.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.job import Status, StatusClass
from bot.informatica.parse import fields_of
from bot.informatica.values import clean

_NAMES = ("nodeName", "name", "nodeId", "id")
_STATUSES = ("status", "nodeStatus", "state")
# Sister resources say so in these words, in any spelling.
_FAILING = {Status.of(words).key for words in ("Failed", "Failure", "Error", "Aborted", "Fatal")}
_MOST_NODES = 20
_DEEPEST = 4
_MAX_TEXT = 200


def parse_failing_nodes(body: bytes) -> tuple[tuple[str, str], ...]:
    """The nodes that fail, each with the service's own word for it; empty if none is known to. Raises BadAnswer if the
    answer is not a JSON object."""
    found = dict.fromkeys(_failing(fields_of(body).get("reports"), _DEEPEST))
    return tuple(found)[:_MOST_NODES]


def _failing(reports: Any, depth: int) -> Iterator[tuple[str, str]]:
    """The failing nodes in a list of reports, in an object of them, or deeper within."""
    if depth == 0:
        return
    if isinstance(reports, Mapping):
        name, word = _text(reports, _NAMES), _text(reports, _STATUSES)
        if name and word and _fails(word):
            yield name, word
        reports = list(reports.values())
    if isinstance(reports, list):
        for each in reports:
            yield from _failing(each, depth - 1)


def _fails(word: str) -> bool:
    status = Status.of(word)
    return status.key in _FAILING or status.status_class in (StatusClass.ERROR, StatusClass.WARNING)


def _text(report: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these fields that is a text."""
    texts = (clean(value, _MAX_TEXT) for name in names if isinstance(value := report.get(name), str))
    return next(filter(None, texts), "")
