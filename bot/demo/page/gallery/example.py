"""An example: a view with data, and the situation in which somebody sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

from bot.demo.page.rendering.text_objects import label, words
from bot.demo.slack.block_kit.traversal import interactive
from bot.slack.messages.blocks import Message

Modal = dict[str, Any]
P = ParamSpec("P")


@dataclass(frozen=True)
class Question:
    """The dialog that a button or menu opens before it acts."""

    button: str
    confirm: dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A picture beside a message: drawn when somebody looks at it."""

    draw: Callable[[], bytes]
    alt_text: str


@dataclass(frozen=True)
class Example:
    """`made` is what the `view` makes of the data. `private` messages are seen by one person only."""

    when: str
    view: Callable[..., Message | Modal]
    made: Message | Modal
    private: bool = False
    picture: Shown | None = None

    @property
    def is_modal(self) -> bool:
        return isinstance(self.made, dict) and not self.is_home

    @property
    def is_home(self) -> bool:
        return isinstance(self.made, dict) and self.made["type"] == "home"

    @property
    def questions(self) -> list[Question]:
        """What its elements ask before they act."""
        blocks = self.made["blocks"] if isinstance(self.made, dict) else self.made.blocks
        elements: list[dict[str, Any]] = [each for _, each in interactive(blocks) if each.get("confirm")]
        return [Question(words(each.get("text")) or label(each), each["confirm"]) for each in elements]

    @property
    def name(self) -> str:
        """The view's name in the code, below `bot.slack`."""
        return f"{self.view.__module__.removeprefix('bot.slack.')}.{self.view.__name__}"


def posted(when: str, view: Callable[P, Message], *args: P.args, **kwargs: P.kwargs) -> Example:
    """A message that everybody in a channel or in a direct message sees."""
    return Example(when, view, view(*args, **kwargs))


def private(when: str, view: Callable[P, Message], *args: P.args, **kwargs: P.kwargs) -> Example:
    """A message that only the person who asked sees."""
    return Example(when, view, view(*args, **kwargs), private=True)


def modal(when: str, view: Callable[P, Modal], *args: P.args, **kwargs: P.kwargs) -> Example:
    return Example(when, view, view(*args, **kwargs))


def home(when: str, view: Callable[P, Modal], *args: P.args, **kwargs: P.kwargs) -> Example:
    """The Home tab."""
    return Example(when, view, view(*args, **kwargs))
