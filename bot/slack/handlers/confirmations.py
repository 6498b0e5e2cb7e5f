"""The value of the button that says yes to many jobs: how many were asked about, and the line that asked. Pure."""

import re
from dataclasses import replace

from bot.slack.grammar.commands import WatchAll
from bot.slack.grammar.parser import parse
from bot.slack.grammar.writer import command_line

_VALUE = re.compile(r"confirmed:([1-9][0-9]{0,5}) (.+)", re.ASCII | re.DOTALL)


def value_of(command: WatchAll, count: int) -> str:
    """The value, for a question about so many jobs."""
    return f"confirmed:{count} {command_line(command)}"


def read_confirmed(value: str) -> WatchAll | None:
    """The command with the number that was confirmed; None for a value that the bot has not written."""
    found = _VALUE.fullmatch(value)
    command = parse(found[2]) if found else None
    return replace(command, confirmed=int(found[1])) if found and isinstance(command, WatchAll) else None
