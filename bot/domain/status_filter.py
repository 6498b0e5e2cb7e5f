"""Which changes a subscription wants to hear of: `changes`, `problems`, `errors`, or a list of statuses. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.job import Status, StatusClass

CHANGES, PROBLEMS, ERRORS = "changes", "problems", "errors"

_ALARMING = (StatusClass.ERROR, StatusClass.UNKNOWN)
# The service does not say whether an end was planned. Who wants to hear of problems hears of an end that was not, so
# of every end.
_TROUBLED = (*_ALARMING, StatusClass.WARNING, StatusClass.STOPPED, StatusClass.UNDEPLOYED)


def is_trouble(status: Status) -> bool:
    """Whether a job in this status is not doing its work, nor about to."""
    return status.status_class in _TROUBLED


@dataclass(frozen=True)
class StatusFilter:
    """One of the three words, or (`word` None) the statuses that are told when a job gets into one of them."""

    word: str | None = CHANGES
    statuses: tuple[Status, ...] = ()

    @classmethod
    def of(cls, statuses: Sequence[Status]) -> "When":
        """Told whenever a job gets into one of these."""
        return cls(None, tuple(dict.fromkeys(statuses)))

    @classmethod
    def read(cls, text: str) -> "When":
        """What `text` wrote: a word, or the documented words of statuses, separated by commas."""
        if text in (CHANGES, PROBLEMS, ERRORS):
            return cls(text)
        return cls.of([Status.of(words) for words in text.split(",")])

    @property
    def text(self) -> str:
        """As the store keeps it and as people may type it after `on`."""
        return self.word or ", ".join(status.words for status in self.statuses)

    def wants(self, told: Status, new: Status) -> bool:
        """Whether a job that became `new` is to be told where `told` was the last that they were told of it.

        `told` and not the status just before: a job in error that goes on by way of Deploying to Up and Running has
        recovered, whichever of these steps were left out.
        """
        match self.word:
            case None:
                return new in self.statuses
            case "problems":
                return is_trouble(new) or (is_trouble(told) and new.status_class is StatusClass.HEALTHY)
            case "errors":
                return new.status_class in _ALARMING or told.status_class in _ALARMING
        return True
