"""The help, which starts with what is watched here."""

from collections.abc import Sequence

from bot.slack.messages.blocks import Line, Message, code, message, outside
from bot.slack.messages.text import status_emoji, status_words
from bot.slack.messages.watch_list import Row, list_header


def help_text(rows: Sequence[Row], *, to_person: bool, command: str) -> Message:
    """A short help that starts with what is watched here."""
    watched: list[Line] = [list_header(rows, to_person)]
    watched += [[f"{status_emoji(r.status)} {outside(r.title, 80)} – {status_words(r.status)}"] for r in rows[:3]]
    if len(rows) > 3:
        watched.append([f"… and {len(rows) - 3} more: ", code(f"{command} list")])
    usage: list[Line] = [[code(f"{command} {example}"), f"  {meaning}"] for example, meaning in _usage(to_person)]
    names = "A job is named by its name, its dataflow ID, or dataflow ID and run ID; a pasted URL with them does too."
    return message(*watched, [""], *usage, [names])


def _usage(to_person: bool) -> list[tuple[str, str]]:
    told = "tell me" if to_person else "tell this channel"
    return [
        ("status NAME", "the job as it is now, only to you"),
        ("watch NAME", f"{told} whenever it changes its status"),
        ("watch", "a form that asks what to watch, and what to tell"),
        ("watch NAME on errors", "of errors alone; “on problems” adds warnings and ends"),
        *([] if to_person else [("watch NAME to me", "tell me alone, by direct message")]),
        ("watch all matching sales-*", "of every job with such a name, and of those to come; “watch all” is all jobs"),
        ("unwatch NAME", "stop telling; also “unwatch all matching sales-*”"),
        ("mute NAME 2h", "say nothing about it for two hours"),
        ("unmute NAME", "end that"),
        ("history NAME", "the changes seen, newest first"),
        ("list", "what is watched here, worst first"),
        ("jobs WORDS", "the jobs that there are, found by words of their names"),
    ]
