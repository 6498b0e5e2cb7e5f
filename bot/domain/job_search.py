"""Job search: which job a name means, and which jobs contain some words."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.domain.job import Status


@dataclass(frozen=True)
class NamedJob:
    """A job that can be found by name: its dataflow, and its last status seen."""

    dataflow: str
    title: str
    status: Status | None = None


def find_by_name(name: str, jobs: Iterable[NamedJob]) -> Sequence[NamedJob]:
    """The jobs that a name may mean, each dataflow once: exact matches, else ignoring case, else containing it."""
    distinct = list({job.dataflow: job for job in jobs}.values())
    folded = _folded(name)
    tests: tuple[Callable[[NamedJob], bool], ...] = (
        lambda job: job.dataflow == name,  # an ID that doesn't look like one
        lambda job: job.title == name,
        lambda job: _folded(job.title) == folded,
        lambda job: folded in _folded(job.title),
    )
    for test in tests:
        if found := [job for job in distinct if test(job)]:
            return sorted(found, key=_by_title)
    return []


def find_by_words(words: str, jobs: Iterable[NamedJob]) -> Sequence[NamedJob]:
    """The jobs whose names contain all of the words, worst status first."""
    wanted = _folded(words).split()
    found = {job.dataflow: job for job in jobs if all(word in _folded(job.title) for word in wanted)}
    return sorted(found.values(), key=lambda job: (_severity(job), _by_title(job)))


def find_similar(name: str, jobs: Iterable[NamedJob]) -> Sequence[NamedJob]:
    """The jobs whose names are most like a mistyped one, at most three, the most similar first."""
    by_title = {_folded(job.title): job for job in jobs}
    return [by_title[title] for title in difflib.get_close_matches(_folded(name), by_title, n=3)]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _by_title(job: NamedJob) -> tuple[str, str]:
    return job.title.casefold(), job.dataflow


def _severity(job: NamedJob) -> int:
    return job.status.status_class.severity if job.status else -1
