"""Text that isn't a command."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GrammarError:
    """Text that isn't a command: the problem, a hint at what is right, and an example line to copy.

    The example comes without the command's own name (`watch orders`, not `/job watch orders`).
    """

    problem: str
    hint: str
    example: str


_ECHO_LIMIT = 40


def echo(text: str) -> str:
    """What was typed, shortened for an error."""
    return text if len(text) <= _ECHO_LIMIT else text[: _ECHO_LIMIT - 1] + "…"
