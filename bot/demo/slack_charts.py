"""The shape of `data_visualization`: pie, bar, area and line charts."""

from collections.abc import Iterator, Sequence

from bot.demo.slack_elements import BLOCK_ID
from bot.demo.slack_shapes import Check, Maybe, array, every, fault, number, of_type, record, string

# Slack's page of June 2026. Later readers of that page (the libraries slackblocks and slack-morphism) found 12.
_MOST_SERIES = 6
_MOST_POINTS = 20
# Documented nowhere: the answer to a third chart, as vercel/chat#696 met it.
_MOST_CHARTS = 2

_LABEL = string(20)
_AXIS = string(50)


def _positive(value: object, at: str) -> Iterator[str]:
    yield from number(value, at)
    if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
        yield fault("must be more than 0", at)


def _series(value: object, at: str) -> Iterator[str]:
    """Each series has its own name, and exactly one point for each category."""
    if not isinstance(value, dict) or not isinstance(value.get("series"), list):
        return
    series = [each for each in value["series"] if isinstance(each, dict)]
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    if len({str(each.get("name")) for each in series}) < len(series):
        yield fault("series names must be unique", f"{at}/series")
    if not isinstance(categories, list):
        return
    if len({str(each) for each in categories}) < len(categories):
        yield fault("categories must be unique", f"{at}/axis_config/categories")
    for place, each in enumerate(series):
        points = each.get("data") if isinstance(each.get("data"), list) else []
        labels = [str(point.get("label")) for point in points or [] if isinstance(point, dict)]
        if sorted(labels) != sorted(str(category) for category in categories):
            yield fault("data labels must match the axis categories", f"{at}/series/{place}/data")


_DRAWN = every(
    record(
        series=array(
            record(name=_LABEL, data=array(record(label=_LABEL, value=number), _MOST_POINTS)),
            _MOST_SERIES,
        ),
        axis_config=record(categories=array(_LABEL, _MOST_POINTS), x_label=Maybe(_AXIS), y_label=Maybe(_AXIS)),
    ),
    _series,
)
_CHARTS: dict[str, Check] = {
    "pie": record(segments=array(record(label=_LABEL, value=_positive), _MOST_SERIES)),
    "bar": _DRAWN,
    "area": _DRAWN,
    "line": _DRAWN,
}

DATA_VISUALIZATION = record(block_id=BLOCK_ID, title=string(50), chart=of_type(_CHARTS))


def chart_faults(blocks: Sequence[tuple[str, dict[str, object]]]) -> Iterator[str]:
    """What is wrong with all charts together. The blocks come with their JSON pointers."""
    charts = [where for where, block in blocks if block.get("type") == "data_visualization"]
    for where in charts[_MOST_CHARTS:]:
        yield fault(f"no more than {_MOST_CHARTS} data_visualization blocks allowed", where)
