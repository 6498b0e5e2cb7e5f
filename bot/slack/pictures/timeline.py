"""A timeline as a picture: a bar of the statuses, the reader's clock below it, and a legend. Pure."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from bot.domain.history.calendar import clock_times
from bot.domain.history.timeline import Timeline
from bot.domain.job import StatusClass
from bot.slack.messages.text import duration, shorten, status_words
from bot.slack.pictures.patterns import BLIND, CARD, FAINT, FRAME, INK, LOOKS, UNWATCHED, Look, filled

# Slack shows a picture about 500 pixels wide: half the size at which it is drawn.
_WIDTH, _MARGIN = 1_080, 40
_BAR_TOP, _BAR_HEIGHT = 158, 96
_LEAST = 4  # pixels: a time stays visible however short it was
_THIN = 10  # pixels: a pattern would only make a line look broken
_LEGEND_TOP, _LEGEND_ROW, _SWATCH = 352, 46, (54, 30)
_MOST_LEGENDS = 8
_SHORT = timedelta(days=2)  # in which a clock says more than a date
_MINUTES, _MOST_TICKS = (60, 300, 900), 12  # seconds between ticks, where hours would be too many
_TITLE, _TEXT, _SMALL = 38, 25, 23


@dataclass(frozen=True)
class _Part:
    """A time in the bar, how it looks, and the words of the legend for it."""

    since: datetime
    until: datetime
    look: Look
    words: str
    severity: int


@dataclass(frozen=True)
class _Entry:
    """A line of the legend; what it `lasted` is never cut."""

    look: Look | None
    words: str
    lasted: str = ""


def draw_timeline(title: str, timeline: Timeline, zone: tzinfo, zone_name: str) -> bytes:
    """The timeline of a job as a PNG file. Takes a tenth of a second: not for the event loop."""
    legend_below = _before(timeline, zone)
    timeline = replace(timeline, asked_since=timeline.shown_since)
    parts = list(_parts(timeline))
    legend = [*_legend(parts), *legend_below]
    rows = -(-len(legend) // 2)
    size = (_WIDTH, _LEGEND_TOP + rows * _LEGEND_ROW + _MARGIN // 2)
    image = Image.new("RGB", size, CARD)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((1, 1, size[0] - 2, size[1] - 2), 16, outline=FRAME, width=3)
    _text(draw, (_MARGIN, 28), _fitted(draw, title, _TITLE, _WIDTH - 2 * _MARGIN).strip() or "History", _TITLE)
    _text(draw, (_MARGIN, 82), _span_in_words(timeline, zone, zone_name), _TEXT, FAINT)
    _bar(image, timeline, parts)
    _axis(draw, timeline, zone)
    _draw_legend(image, draw, legend)
    file = BytesIO()
    image.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _parts(timeline: Timeline) -> Iterator[_Part]:
    if timeline.since > timeline.asked_since:
        words = "Too many changes to show" if timeline.is_cut else "Not watched yet"
        yield _Part(timeline.asked_since, timeline.since, UNWATCHED, words, -2)
    for span in timeline.spans:
        if span.status is None:
            yield _Part(span.since, span.until, BLIND, "Couldn't be checked", -1)
        else:
            status_class = span.status.status_class
            severity = len(StatusClass) - status_class.severity
            yield _Part(span.since, span.until, LOOKS[status_class], status_words(span.status, 32), severity)


def _before(timeline: Timeline, zone: tzinfo) -> list[_Entry]:
    """What the picture leaves out, since it would be most of it."""
    if timeline.shown_since == timeline.asked_since:
        return []
    what = "More changes" if timeline.is_cut else "Not watched"
    since = timeline.since.astimezone(zone)
    return [_Entry(None, f"{what} before {since.day} {since:%b %H:%M}")]


def _legend(parts: Sequence[_Part]) -> list[_Entry]:
    """What the bar shows, the longest first, with how long it lasted in all."""
    totals: dict[tuple[str, int], timedelta] = {}
    looks = {part.words: part.look for part in parts}
    for part in parts:
        key = (part.words, part.severity)
        totals[key] = totals.get(key, timedelta()) + (part.until - part.since)
    ranked = sorted(totals.items(), key=lambda each: (each[0][1] >= 0, each[1]), reverse=True)
    entries = [_Entry(looks[words], words, f"  ·  {duration(total)}") for (words, _), total in ranked]
    if len(entries) > _MOST_LEGENDS:
        entries = [*entries[: _MOST_LEGENDS - 1], _Entry(None, f"and {len(entries) - _MOST_LEGENDS + 1} more")]
    return entries


# ── the bar ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bar(image: Image.Image, timeline: Timeline, parts: Sequence[_Part]) -> None:
    """The bar; what is worse is drawn over what is better, where both are too short to be seen side by side."""
    areas: dict[Look, Image.Image] = {}
    for part in sorted(parts, key=lambda part: part.severity):
        left, right = _x(timeline, part.since), _x(timeline, part.until)
        if right - left < _LEAST:
            middle = (left + right) / 2
            left, right = middle - _LEAST / 2, middle + _LEAST / 2
        left, right = max(round(left), _MARGIN), min(round(right), _WIDTH - _MARGIN)
        height = _BAR_HEIGHT + part.look.rise
        if part.look not in areas:
            areas[part.look] = filled(part.look, _WIDTH, height)
        thin = Image.new("RGB", (right - left, height), part.look.colour) if right - left < _THIN else None
        image.paste(thin or areas[part.look].crop((left, 0, right, height)), (left, _BAR_TOP - part.look.rise))
    draw = ImageDraw.Draw(image)
    draw.line((_MARGIN, _BAR_TOP + _BAR_HEIGHT, _WIDTH - _MARGIN, _BAR_TOP + _BAR_HEIGHT), INK, 3)


def _x(timeline: Timeline, at: datetime) -> float:
    whole = (timeline.until - timeline.asked_since).total_seconds() or 1.0
    return _MARGIN + (_WIDTH - 2 * _MARGIN) * (at - timeline.asked_since).total_seconds() / whole


# ── the clock ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _axis(draw: ImageDraw.ImageDraw, timeline: Timeline, zone: tzinfo) -> None:
    """Where days begin, or hours in a short timeline, on the reader's clock."""
    length, top = timeline.until - timeline.asked_since, _BAR_TOP + _BAR_HEIGHT
    is_short, is_long = length <= _SHORT, length > timedelta(days=10)
    right_of_last = 0.0
    for moment in _ticks(timeline, zone):
        x = _x(timeline, moment)
        is_main = moment.hour == moment.minute == 0 if is_short else (moment.weekday() == 0 or not is_long)
        draw.line((x, top, x, top + (16 if is_main else 9)), INK, 3 if is_main else 2)
        label = f"{moment:%H:%M}" if is_short else f"{moment:%a} {moment.day}"
        if is_long:
            label = f"{moment.day} {moment:%b}" if is_main else ""
        width = draw.textlength(label, _font(_SMALL))
        left = min(max(x - width / 2, _MARGIN - 20), _WIDTH - _MARGIN + 20 - width)
        if label and left > right_of_last + 8:
            _text(draw, (left, top + 22), label, _SMALL)
            right_of_last = left + width
        if is_short and is_main:
            day = f"{moment:%a} {moment.day} {moment:%b}"
            _text(draw, (left, top + 50), day, _SMALL, FAINT)


def _ticks(timeline: Timeline, zone: tzinfo) -> list[datetime]:
    """The times below the bar, not many more than a dozen."""
    since, until = timeline.asked_since, timeline.until
    length = until - since
    for step in _MINUTES:
        if length.total_seconds() <= _MOST_TICKS * step:
            first, end = (math.ceil(at.timestamp() / step) for at in (since, until))
            return [datetime.fromtimestamp(number * step, zone) for number in range(first, end)]
    hours = 1 if length <= timedelta(hours=_MOST_TICKS) else 3 if length <= _SHORT else 24
    return list(clock_times(since, until, zone, hours))


def _span_in_words(timeline: Timeline, zone: tzinfo, zone_name: str) -> str:
    since, until = (at.astimezone(zone) for at in (timeline.asked_since, timeline.until))
    return f"{_moment(since)} to {_moment(until)}  ·  {shorten(zone_name.replace('_', ' '), 40)}"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y %H:%M}"


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _draw_legend(image: Image.Image, draw: ImageDraw.ImageDraw, legend: Sequence[_Entry]) -> None:
    column = (_WIDTH - 2 * _MARGIN) // 2
    for number, entry in enumerate(legend):
        x, y = _MARGIN + number % 2 * column, _LEGEND_TOP + number // 2 * _LEGEND_ROW
        if entry.look is not None:
            image.paste(filled(entry.look, *_SWATCH), (x, y))
            draw.rectangle((x, y, x + _SWATCH[0], y + _SWATCH[1]), outline=INK, width=1)
        room = column - _SWATCH[0] - 24 - draw.textlength(_drawable(entry.lasted), _font(_TEXT))
        words = _fitted(draw, entry.words, _TEXT, room)
        _text(draw, (x + _SWATCH[0] + 14, y), words + entry.lasted, _TEXT)


def _text(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], words: str, size: int, ink: tuple[int, int, int] = INK
) -> None:
    draw.text(at, _drawable(words), ink, _font(size))


def _fitted(draw: ImageDraw.ImageDraw, words: str, size: int, width: float) -> str:
    """The words as far as there is room for them, on one line."""
    words = _drawable(shorten(words, 200))
    while draw.textlength(words, _font(size)) > width and len(words) > 1:
        words = words[: max(1, min(len(words) - 2, int(len(words) * 0.9)))].rstrip() + "…"
    return words


def _drawable(words: str) -> str:
    """The words without marks and without what the font can't draw: it has no Chinese and no emoji, say. A name stands
    beside the picture as text, too."""
    plain = unicodedata.normalize("NFKD", words)
    return "".join(character for character in plain if character.isascii() or _has(character)).rstrip()


@cache
def _has(character: str) -> bool:
    missing, shown = (_font(_TEXT).getmask(each) for each in ("\uffff", character))
    return missing.size != shown.size or bytes(missing) != bytes(shown)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font."""
    return ImageFont.load_default(size)
