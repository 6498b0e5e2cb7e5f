"""Job search: which job a name means, and which jobs contain some words."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.names import loose_key, search_key

MOST_SIMILAR = 3
_SAME_WORD = 0.75  # how similar a word is to one that was mistyped: `ordrs` and `orders`, not `lake` and `late`
_MOST_WORDS = 8  # of a name that is looked for in a text, or of a mistyped one
_MOST_SOUGHT = 12  # different words that jobs are searched for: each is looked for in every name
_MOST_IN_TEXT = 1_000  # words of a text that are looked at
_LONGEST_WORD = 200  # characters of a word that may belong to a name, or of a mistyped name
# What may stand around a name in a text and not belong to it.
_AROUND = ".,;:!?…()[]{}<>|\"'“”‘’«»`*_~"
_CURRENT, _RECENT = timedelta(seconds=10), timedelta(minutes=1)


@dataclass(frozen=True)
class NamedJob:
    """A job that can be found by name: its dataflow, and its last status, seen at `as_of` (aware UTC; None: just now).

    `run` is set if the name is known of that run only: nothing names the dataflow's current one.
    """

    dataflow: str
    title: str
    status: Status | None = None
    run: int | None = None
    as_of: datetime | None = None

    def is_current(self, now: datetime) -> bool:
        """Whether the status was seen so recently that it can be shown as the present one."""
        return self.as_of is None or now - self.as_of <= _CURRENT

    def is_recent(self, now: datetime) -> bool:
        """Whether the status is worth an icon where there is no room to say when it was seen."""
        return self.as_of is None or now - self.as_of <= _RECENT

    @property
    def target(self) -> Target:
        """The job as a command names it."""
        return Dataflow(self.dataflow) if self.run is None else JobRef(self.dataflow, self.run)


class _Entry(NamedTuple):
    """A job in the order in which jobs are listed: the worst first, then by name."""

    severity: int
    title: str
    dataflow: str
    run: int
    key: str
    loose: str
    job: NamedJob


class JobIndex:
    """Jobs that are found by name, each once, indexed for many searches.

    A run is left out if its dataflow is among the jobs. With `listed`, an index made before, the two are searched
    together: of the jobs here, those count that aren't listed there.
    """

    def __init__(self, jobs: Iterable[NamedJob], listed: "JobIndex | None" = None) -> None:
        last = {(job.dataflow, job.run): job for job in jobs if listed is None or job.dataflow not in listed.keys}
        distinct = [job for (flow, run), job in last.items() if run is None or (flow, None) not in last]
        entries = sorted(map(_entry, distinct), key=lambda entry: entry[:4])
        self._parts: tuple[Sequence[_Entry], ...] = (entries, *(listed._parts if listed else ()))
        # By search key: the dataflows with their keys, and the jobs with each key.
        self.keys: Mapping[str, str] = {entry.dataflow: entry.key for entry in entries}
        self._keys: tuple[Mapping[str, str], ...] = (self.keys, *(listed._keys if listed else ()))
        self._by_key: tuple[Mapping[str, Sequence[NamedJob]], ...] = (
            _grouped(entries),
            *(listed._by_key if listed else ()),
        )

    def find_by_name(self, name: str) -> Sequence[NamedJob]:
        """The jobs that a name may mean: those with this ID, else exact matches, else those with the same search key,
        else those that contain it. For either, what separates the words matters less than anything else."""
        key = search_key(name)
        loose = loose_key(key)
        same = [job for part in self._by_key for job in part.get(key, ())]
        tests: tuple[Callable[[], Sequence[NamedJob]], ...] = (
            lambda: self._where(lambda entry: entry.dataflow == name),  # an ID that doesn't look like one
            lambda: [job for job in same if job.title == name],
            lambda: same,
            lambda: self._where(lambda entry: entry.loose == loose),
            lambda: self._where(lambda entry: key in entry.key),
            lambda: self._where(lambda entry: loose in entry.loose),
        )
        return next((sorted(found, key=_by_title) for test in tests if (found := test())), [])

    def named(self, target: Target) -> NamedJob | None:
        """The job that a target means, with its name; None if it isn't among the jobs."""
        dataflow, run = (target.dataflow, target.run) if isinstance(target, JobRef) else (target.id, None)
        for keys, by_key in zip(self._keys, self._by_key, strict=True):
            for job in by_key.get(keys.get(dataflow, ""), ()):
                if job.dataflow == dataflow:
                    return job if job.run == run else NamedJob(dataflow, job.title, run=run)
        return None

    def find_in_text(self, text: str) -> Sequence[NamedJob]:
        """The jobs whose whole names stand in a text, in its order; of names that overlap, the longest. The work grows
        with the text, not with the number of jobs."""
        words = [_Word.of(word) for word in text.split(None, _MOST_IN_TEXT)[:_MOST_IN_TEXT]]
        found, at = dict[Target, NamedJob](), 0
        while at < len(words):
            length, jobs = self._longest_name(words[at : at + _MOST_WORDS])
            found |= {job.target: job for job in jobs}
            at += length
        return list(found.values())

    def find_by_words(self, words: str) -> Sequence[NamedJob]:
        """The jobs whose names contain all of the words, worst status first. Of very many words, the first count."""
        wanted = list(dict.fromkeys(loose_key(search_key(words)).split()))[:_MOST_SOUGHT] if words.strip() else []
        found = (
            entry
            for part in self._parts
            for entry in part
            if all(word in entry.loose or word in entry.key for word in wanted)
        )
        return [entry.job for entry in sorted(found, key=lambda entry: entry[:4])]

    def find_similar(self, name: str) -> Sequence[NamedJob]:
        """The jobs whose names are most like a mistyped one, the most similar first; else the worst of those that
        contain its words, each spelled as in the nearest name; none for a text that is too long to be a mistyped name.
        Takes long if there are many jobs."""
        typed = loose_key(search_key(name))
        if len(typed.split()) > _MOST_WORDS or len(typed) > _LONGEST_WORD:
            return []
        jobs = {entry.loose: entry.job for part in self._parts for entry in part}
        if close := difflib.get_close_matches(typed, jobs, n=MOST_SIMILAR):
            return [jobs[key] for key in close]
        known = {word for key in jobs for word in key.split()}
        meant = " ".join(_nearest(word, known) for word in typed.split())
        return self.find_by_words(meant)[:MOST_SIMILAR]

    def _longest_name(self, words: Sequence["_Word"]) -> tuple[int, Sequence[NamedJob]]:
        """The number of words of the longest name with which a text begins, and the jobs that are called so."""
        for length in range(len(words), 0, -1):
            for key in _phrases(words[:length]):
                if jobs := [job for part in self._by_key for job in part.get(key, ())]:
                    return length, jobs
        return 1, ()

    def _where(self, test: Callable[[_Entry], bool]) -> Sequence[NamedJob]:
        return [entry.job for part in self._parts for entry in part if test(entry)]


class _Word(NamedTuple):
    """The search keys of a word in a text: as it stands there, and without what stands before, behind and around it."""

    whole: str
    behind: str
    before: str
    bare: str

    @classmethod
    def of(cls, word: str) -> "_Word":
        if len(word) > _LONGEST_WORD:  # of many combining marks the key takes quadratic time
            return cls("", "", "", "")
        forms = (word, word.lstrip(_AROUND), word.rstrip(_AROUND), word.strip(_AROUND))
        return cls(*(search_key(form) if form else "" for form in forms))


def _phrases(words: Sequence[_Word]) -> Iterator[str]:
    """The search keys of the words together, with and without what stands around them."""
    yield " ".join(word.whole for word in words)
    first, *middle = words
    yield " ".join((first.behind, *(word.whole for word in middle[:-1]), middle[-1].before)) if middle else first.bare


def _nearest(word: str, known: Collection[str]) -> str:
    """The known word that was meant; the word itself if none is like it."""
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=_SAME_WORD)), word)


def _entry(job: NamedJob) -> _Entry:
    severity = job.status.status_class.severity if job.status else -1
    key = search_key(job.title)
    return _Entry(severity, job.title.casefold(), job.dataflow, job.run or 0, key, loose_key(key), job)


def _grouped(entries: Sequence[_Entry]) -> Mapping[str, Sequence[NamedJob]]:
    by_key: dict[str, list[NamedJob]] = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry.job)
    return by_key


def _by_title(job: NamedJob) -> tuple[str, str, int]:
    return job.title.casefold(), job.dataflow, job.run or 0
