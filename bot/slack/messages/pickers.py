"""What is said of names: several jobs to pick from, no such job, the jobs that there are. Pure."""

from collections.abc import Callable, Sequence

from bot.domain.job import Dataflow
from bot.domain.job_search import NamedJob
from bot.slack.grammar.commands import Watch
from bot.slack.messages.blocks import Entry, Line, Message, bold, code, long_message, message, outside
from bot.slack.messages.buttons import button
from bot.slack.messages.presses import Press
from bot.slack.messages.text import counted, shorten, status_emoji, status_shown

_BUTTONS = 10
ROWS_A_PAGE = 20


def which(name: str, jobs: Sequence[NamedJob], press_for: Callable[[Dataflow], Press], *, command: str) -> Message:
    """A name that means several jobs: at most ten to pick from; a button says the same of that job."""
    shown = jobs[:_BUTTONS]
    first: Line = [f"{len(jobs)} jobs are called like “", bold(outside(name, 60)), "”. Which one?"]
    buttons = [button(shorten(f"{_emoji(job)}{job.title}", 75), press_for(Dataflow(job.dataflow))) for job in shown]
    left = len(jobs) - len(shown)
    more: Line = [f"… and {left} more. Say more of the name, or: ", code(outside(f"{command} jobs {name}", 200))]
    return message(first, *([more] if left else []), buttons=buttons)


def nobody(name: str, unlisted: str | None, *, command: str, example: str) -> Message:
    """No such job. Where the list could not be searched, IDs still work: `example` is such a line."""
    if unlisted is None:
        return message(
            ["I know no job called “", bold(outside(name, 60)), "”."],
            ["The jobs that there are: ", code(outside(f"{command} jobs", 200))],
        )
    return message(
        ["I watch no job called “", bold(outside(name, 60)), "”."],
        [f"I can't search the jobs service's list: {unlisted}."],
        ["Name it by its dataflow ID and run ID: ", code(outside(f"{command} {example}", 200))],
    )


def jobs_page(jobs: Sequence[NamedJob], words: str, unlisted: str | None, *, page: int, command: str) -> Message:
    """The jobs with these words in their names, worst first, one page of them, each with a button to watch it here."""
    about = f" with “{outside(words, 60)}” in the name" if words else ""
    if not jobs:
        return message(_heading(f"There is no job{about}", unlisted), *_unlisted(unlisted, command))
    pages = -(-len(jobs) // ROWS_A_PAGE)
    page = min(page, pages)
    shown = jobs[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    heading = f"{counted(len(jobs), 'job')}{about}{f' · page {page} of {pages}' if pages > 1 else ''}"
    entries = [Entry(_heading(heading, unlisted)), *(Entry(line) for line in _unlisted(unlisted, command))]
    entries += [Entry(_row(job), 1, [button("Watch here", Watch(Dataflow(job.dataflow)))]) for job in shown]
    if page < pages:
        next_page = " ".join(filter(None, [command, "jobs", words, f"page {page + 1}"]))
        entries.append(Entry(["More: ", code(outside(next_page, 200))]))
    return long_message(entries, items=len(shown), follow=0)


def _heading(text: str, unlisted: str | None) -> Line:
    return [bold(text), " among those that are watched" if unlisted else ""]


def _unlisted(unlisted: str | None, command: str) -> Sequence[Line]:
    return [[f"I can't list the others: {unlisted}."]] if unlisted else []


def _row(job: NamedJob) -> Line:
    status = status_shown(job.status, 40) if job.status else ""
    return [bold(outside(job.title, 60)), f"  {status}" if status else ""]


def _emoji(job: NamedJob) -> str:
    return f"{status_emoji(job.status)} " if job.status else ""
