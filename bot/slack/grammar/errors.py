"""Text that is no command, and how much of it is said again. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GrammarError:
    """Text that is no command: what was wrong, what is right, and a line to copy (without the command's own name)."""

    wrong: str
    right: str
    example: str


_LONGEST_ECHO = 40


def echo(text: str) -> str:
    """What was typed, in short."""
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 1] + "…"
