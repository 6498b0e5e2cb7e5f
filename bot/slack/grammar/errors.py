"""Text that isn't a command."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GrammarError:
    """Text that isn't a command: the problem, a hint at what is right, and an example line to copy.

    `choices` are what it may have meant, the likeliest first: each a label and its line. All lines come without the
    command's own name (`watch orders`, not `/job watch orders`), and are commands.
    """

    problem: str
    hint: str
    example: str
    choices: tuple[tuple[str, str], ...] = ()


_ECHO_LIMIT = 40


def echo(text: str) -> str:
    """What was typed, shortened for an error."""
    return text if len(text) <= _ECHO_LIMIT else text[: _ECHO_LIMIT - 1] + "…"
