"""The figures of a timeline in words."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import islice

from bot.domain.history.recorded import History
from bot.domain.history.timeline import Figures, Span, Timeline
from bot.domain.job import Status, StatusClass
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import Lasted
from bot.slack.messages.blocks import Line, joined, moment
from bot.slack.messages.text import counted, duration, lasting, percent, shorten, status_words

_HEALTHY = status_words(Status.of("Up and Running"))
_ALT_LIMIT = 1_000  # characters, of Slack
_PROBLEMS_SPELLED_OUT = 8


def healthy_words(figures: Figures) -> str:
    """How long the job was healthy, of the time that is known."""
    share = figures.healthy_share
    if share is None:
        return "unknown"
    return f"{percent(share)} of {duration(figures.known)}"


def incident_words(figures: Figures) -> str:
    """How many incidents, and whether one is still open."""
    if not figures.known:
        return "unknown"
    none = "none seen" if figures.blind else "none"
    return f"{figures.incidents or none}{', not over yet' if figures.is_open else ''}"


def recovery_words(figures: Figures) -> str | None:
    """How long recoveries took; None if there was nothing to recover from."""
    mean, longest = figures.mean_recovery, figures.longest_recovery
    if mean is None or longest is None:
        return "unknown: no beginning and end seen" if figures.incidents and not figures.is_open else None
    about = "" if figures.recoveries_are_exact else "about "
    if mean == longest:
        return f"{about}{duration(longest)}"
    return f"{about}{duration(mean)} on average, {duration(longest)} at most"


def fields(history: History, timeline: Timeline) -> list[tuple[str, Line]]:
    """Every figure with its label."""
    figures = timeline.figures
    found: list[tuple[str, Line]] = [
        (_HEALTHY, [healthy_words(figures)]),
        ("Incidents", [incident_words(figures)]),
    ]
    if recovery := recovery_words(figures):
        found.append(("Time to recovery", [recovery]))
    last = history.recorded.last
    found.append(("Last change", [moment(last.at)] if last else ["none recorded"]))
    if figures.blind:
        found.append(("Unknown", [f"{duration(figures.blind)} (the job couldn't be checked)"]))
    if timeline.since > timeline.asked_since:
        found.append(("Counted since" if timeline.is_cut else "Watched since", [moment(timeline.since)]))
    return found


def summary(timeline: Timeline) -> Line:
    """The same on one line."""
    figures = timeline.figures
    if not figures.known:
        return ["nothing is known, because the job couldn't be checked"]
    parts: list[Line] = [[f"{_HEALTHY} {healthy_words(figures)}"]]
    is_open = ", not over yet" if figures.is_open else ""
    none = "no incidents seen" if figures.blind else "no incidents"
    parts.append([f"{counted(figures.incidents, 'incident')}{is_open}" if figures.incidents else none])
    if recovery := recovery_words(figures):
        parts.append([f"time to recovery {recovery}"])
    if figures.blind:
        parts.append([f"unknown for {duration(figures.blind)}"])
    if timeline.since > timeline.asked_since:
        parts.append(["counted since " if timeline.is_cut else "watched since ", moment(timeline.since)])
    return joined(parts)


def alt_text(title: str, timeline: Timeline, zone: tzinfo) -> str:
    """What the picture shows, for somebody who can't see it: plain text."""
    begin, end = (_clock(at, zone) for at in (timeline.shown_since, timeline.until))
    figures = timeline.figures
    said = [f"Timeline of {shorten(title, 80)} from {begin} to {end}", f"{_HEALTHY}: {healthy_words(figures)}"]
    said.append(f"Incidents: {incident_words(figures)}")
    if timeline.since > timeline.asked_since:
        said.append(f"Nothing is known before {_clock(timeline.since, zone)}")
    problems = list(_notable(timeline))
    said += [
        f"{_words(span)} from {_clock(span.since, zone)} {lasting(Lasted(span.length, is_exact=is_exact))}"
        for span, is_exact in islice(reversed(problems), _PROBLEMS_SPELLED_OUT)
    ]
    if len(problems) > _PROBLEMS_SPELLED_OUT:
        said.append(f"And {len(problems) - _PROBLEMS_SPELLED_OUT} earlier times like these")
    return shorten(". ".join(said) + ".", _ALT_LIMIT)


def _notable(timeline: Timeline) -> Iterator[tuple[Span, bool]]:
    """The times with a problem, or without a status, and whether beginning and end were seen."""
    for before, span, after in zip([None, *timeline.spans], timeline.spans, [*timeline.spans[1:], None], strict=False):
        if span.status is None:
            yield span, True
        elif is_problem(span.status):
            was_blind = after is not None and after.status is None
            yield span, before is not None and before.status is not None and not was_blind


def _words(span: Span) -> str:
    if span.status is None:
        return "Couldn't be checked"
    words = status_words(span.status, 40)
    return f"Unknown status “{words}”" if span.status.status_class is StatusClass.UNKNOWN else words


def _clock(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %H:%M}"
