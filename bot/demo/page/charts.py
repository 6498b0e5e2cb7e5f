"""What a chart draws: its series as parts of the whole height, or a pie's as parts of the circle. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

KINDS = {"bar": "column", "line": "line", "area": "area", "pie": "pie"}


@dataclass(frozen=True)
class Value:
    """A value as it is read, and from where to where it is drawn, between 0 and 1."""

    shown: str
    start: float
    end: float


@dataclass(frozen=True)
class Chart:
    """`rows` has a label and the value of each series; `names` are the series' names, or the slices' of a pie."""

    kind: str
    names: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Value]]]


def chart(described: Mapping[str, Any]) -> Chart:
    """Slack's description of a chart, measured."""
    kind = KINDS.get(str(described.get("type")), "column")
    if kind == "pie":
        return _pie(described.get("segments") or [])
    series = described.get("series") or []
    columns = [_by_label(each.get("data") or []) for each in series]
    config = described.get("axis_config") or {}
    labels = config.get("categories") or list(dict.fromkeys(label for column in columns for label in column))
    every = [value for column in columns for value in column.values()]
    low, high = min([0.0, *every]), max([0.0, *every])

    def height(value: float) -> float:
        return round((value - low) / (high - low), 4) if high > low else 0.0

    rows: list[tuple[str, list[Value]]] = []
    for number, label in enumerate(labels):
        before = labels[max(number - 1, 0)]
        values = [
            Value(_shown(column.get(label)), height(column.get(before, 0.0)), height(column.get(label, 0.0)))
            for column in columns
        ]
        rows.append((str(label), values))
    return Chart(kind, [str(each.get("name", "")) for each in series], rows)


def _pie(segments: Sequence[Mapping[str, Any]]) -> Chart:
    sizes = [max(_number(each.get("value")), 0.0) for each in segments]
    whole = sum(sizes) or 1.0
    ends = [round(end / whole, 4) for end in accumulate(sizes)]
    labels = [str(each.get("label", "")) for each in segments]
    rows = [
        (label, [Value(f"{_shown(size)} ({size / whole:.0%})", start, end)])
        for label, size, start, end in zip(labels, sizes, [0.0, *ends], ends, strict=False)
    ]
    return Chart("pie", labels, rows)


def _by_label(points: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {str(each.get("label")): _number(each.get("value")) for each in points}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.15g}"
