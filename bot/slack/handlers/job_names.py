"""Whom a name means, of the jobs that are known: exactly so, else ignoring case, else the only one that contains it.
Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.domain.job import Status


@dataclass(frozen=True)
class Candidate:
    """A job that there is, whatever its run, and how it was last seen."""

    dataflow: str
    title: str
    status: Status | None = None


def matches(name: str, jobs: Iterable[Candidate]) -> Sequence[Candidate]:
    """The jobs that the name may mean, each dataflow once: one if it is clear, none if there is no such job."""
    known = list({job.dataflow: job for job in jobs}.values())
    folded = _folded(name)
    tests: tuple[Callable[[Candidate], bool], ...] = (
        lambda job: job.dataflow == name,  # an ID that doesn't look like one
        lambda job: job.title == name,
        lambda job: _folded(job.title) == folded,
        lambda job: folded in _folded(job.title),
    )
    for test in tests:
        if found := [job for job in known if test(job)]:
            return sorted(found, key=_by_title)
    return []


def with_words(words: str, jobs: Iterable[Candidate]) -> Sequence[Candidate]:
    """The jobs in whose names all of the words stand somewhere, worst first."""
    wanted = _folded(words).split()
    known = {job.dataflow: job for job in jobs if all(word in _folded(job.title) for word in wanted)}
    return sorted(known.values(), key=lambda job: (_severity(job), _by_title(job)))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _by_title(job: Candidate) -> tuple[str, str]:
    return job.title.casefold(), job.dataflow


def _severity(job: Candidate) -> int:
    return job.status.status_class.severity if job.status else -1
