"""Which changes a subscription is notified of: `changes`, `problems`, `errors`, or a list of statuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.job import Status, StatusClass

CHANGES, PROBLEMS, ERRORS = "changes", "problems", "errors"

_ERRORS = (StatusClass.ERROR, StatusClass.UNKNOWN)
# The service doesn't say whether an end was planned, so `problems` includes every end.
_PROBLEMS = (*_ERRORS, StatusClass.WARNING, StatusClass.STOPPED, StatusClass.UNDEPLOYED)


def is_error(status: Status) -> bool:
    """Whether a job in this status works with errors, or in an undocumented way that may be one."""
    return status.status_class in _ERRORS


def is_problem(status: Status) -> bool:
    """Whether a job in this status neither works nor is about to."""
    return status.status_class in _PROBLEMS


@dataclass(frozen=True)
class StatusFilter:
    """One of the three words or, if `word` is None, a list of statuses: notify when a job enters one of them."""

    word: str | None = CHANGES
    statuses: tuple[Status, ...] = ()

    @classmethod
    def of(cls, statuses: Sequence[Status]) -> "StatusFilter":
        """Notify when a job enters one of these statuses."""
        return cls(None, tuple(dict.fromkeys(statuses)))

    @classmethod
    def read(cls, text: str) -> "StatusFilter":
        """Read what `text` wrote: a word, or statuses separated by commas."""
        if text in (CHANGES, PROBLEMS, ERRORS):
            return cls(text)
        return cls.of([Status.of(words) for words in text.split(",")])

    @property
    def text(self) -> str:
        """As stored, and as people may type it after `on`."""
        return self.word or ", ".join(status.words for status in self.statuses)

    def matches(self, notified: Status, new: Status) -> bool:
        """Whether a change to `new` counts, if `notified` is the last status that the subscriber was notified of.

        Not the status just before: a job that goes from error through Deploying to Up and Running has recovered, even
        if the steps between were filtered out.
        """
        match self.word:
            case None:
                return new in self.statuses
            case "problems":
                return is_problem(new) or (is_problem(notified) and new.status_class is StatusClass.HEALTHY)
            case "errors":
                return is_error(new) or is_error(notified)
        return True
