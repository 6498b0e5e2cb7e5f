"""Several jobs to pick from, a name that no job has, and the jobs that a search finds."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

from bot.domain.job import Target
from bot.domain.job_search import NamedJob
from bot.slack.grammar.commands import Jobs, ShowStatus
from bot.slack.grammar.presses import Press, TurnJobsPage
from bot.slack.grammar.writer import command_line
from bot.slack.messages.blocks import Line, Message, bold, code, fallback, message, moment, row, sanitize
from bot.slack.messages.buttons import button, page_buttons, watch_button, watching_button
from bot.slack.messages.text import ago, counted, status_icon, status_words
from bot.slack.messages.watch_list import no_such_page

JOBS_PER_PAGE = 20
_MOST_CHOICES = 10
_LABEL_LIMIT = 70


def which_job(
    name: str, jobs: Sequence[NamedJob], press_for: Callable[[Target], Press], *, command: str, now: datetime
) -> Message:
    """A name that means several jobs. Each button does what `press_for` makes for its job."""
    left = len(jobs) - _MOST_CHOICES
    first: Line = [f"{len(jobs)} jobs match “", bold(sanitize(name, 60)), "”. Which one?"]
    search = code(sanitize(f"{command} jobs {name}", 200))
    more: list[Line] = [[f"… and {left} more. Type more of the name, or see them all: ", search]] if left > 0 else []
    return message(first, *more, buttons=_choices(jobs, press_for, now))


def no_such_job(
    name: str,
    unlisted: str | None,
    *,
    command: str,
    example: str,
    now: datetime,
    similar: Sequence[NamedJob] = (),
    press_for: Callable[[Target], Press] = ShowStatus,
) -> Message:
    """No job has that name; `similar` ones are offered as buttons.

    `unlisted` says why the job list couldn't be searched. IDs still work then: `example` is such a command line.
    """
    named = bold(sanitize(name, 60))
    buttons = _choices(similar, press_for, now)
    mean: list[Line] = [["Did you mean:"]] if similar else []
    if unlisted is None:
        see_all: Line = ["See all jobs: ", code(sanitize(f"{command} jobs", 200))]
        return message(["No job called “", named, "”."], *(mean or [see_all]), buttons=buttons)
    return message(
        ["No job watched here or by you is called “", named, "”."],
        [f"I can't search the others: {unlisted}."],
        ["Use the dataflow ID and the run ID instead: ", code(sanitize(f"{command} {example}", 200))],
        *mean,
        buttons=buttons,
    )


def jobs_page(
    jobs: Sequence[NamedJob],
    words: str,
    unlisted: str | None,
    *,
    page: int,
    watched: Collection[Target],
    command: str,
    now: datetime,
) -> Message:
    """One page of the jobs whose names contain these words, worst first. Each has a button to watch it here, or is
    marked as `watched` here.

    Statuses that aren't current say when they were seen: above the jobs if that is the same for all, else beside each.
    """
    about = f" with “{sanitize(words, 60)}” in the name" if words else ""
    if not jobs:
        see_all: list[Line] = [["See all jobs: ", code(f"{command} jobs")]] if words else []
        return message([bold(f"No {'watched ' if unlisted else ''}jobs{about}")], *_unlisted(unlisted), *see_all)
    pages = -(-len(jobs) // JOBS_PER_PAGE)
    if page > pages:
        return message(*no_such_page(page, pages, sanitize(f"{command} {command_line(Jobs(words))}", 200)))
    shown = jobs[(page - 1) * JOBS_PER_PAGE : page * JOBS_PER_PAGE]
    count = counted(len(jobs), "watched job" if unlisted else "job")
    heading = f"{count}{about}{f' · page {page} of {pages}' if pages > 1 else ''}"
    seen = {None if job.is_current(now) else job.as_of for job in shown}
    at = seen.pop() if len(seen) == 1 else None
    lines = [[bold(heading), *_as_of(at)], *_unlisted(unlisted)]
    rows = [_row(job) if at else _dated_row(job, now) for job in shown]
    beside = [watching_button(job.target) if job.target in watched else watch_button(job.target) for job in shown]
    return message(
        *lines,
        below=[row(text, button) for text, button in zip(rows, beside, strict=True)],
        buttons=page_buttons(page, pages, partial(TurnJobsPage, words)),
        text="\n".join([*map(fallback, lines), *(fallback([text]) for text in rows)]),
    )


def _choices(jobs: Sequence[NamedJob], press_for: Callable[[Target], Press], now: datetime) -> list[dict[str, object]]:
    return [button(_label(job, now), press_for(job.target)) for job in jobs[:_MOST_CHOICES]]


def _label(job: NamedJob, now: datetime) -> str:
    """The name, with the icon of a recent status: there is no room for a time."""
    run = _run(job)
    icon = f"{status_icon(job.status)} " if job.status and job.is_recent(now) else ""
    return f"{icon}{sanitize(job.title, _LABEL_LIMIT - len(run))}{run}"


def _as_of(at: datetime | None) -> Line:
    return [" · as of ", moment(at)] if at else []


def _row(job: NamedJob) -> str:
    """`❌ orders-to-lake · Running with Error`."""
    icon = f"{status_icon(job.status)} " if job.status else ""
    words = f" · {status_words(job.status, 40)}" if job.status else ""
    return f"{icon}{sanitize(job.title, 60)}{_run(job)}{words}"


def _dated_row(job: NamedJob, now: datetime) -> str:
    """The same with the age of a status that isn't current."""
    return _row(job) if job.as_of is None or job.is_current(now) else f"{_row(job)} · seen {ago(now - job.as_of)}"


def _run(job: NamedJob) -> str:
    """The run, where the name means one alone."""
    return f" (run {job.run})" if job.run is not None else ""


def _unlisted(unlisted: str | None) -> Sequence[Line]:
    return [[f"I can only list jobs watched here or by you: {unlisted}."]] if unlisted else []
