"""What people type after the command: text → `Command` or `Refusal`. Pure."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial

from bot.jobs import JobRef
from bot.slack.reference import CLAUSES, REF_EXAMPLE, REF_RIGHT, echo, looks_like_ref, read_ref, read_when, words_of
from bot.slack.reference import Refusal as Refusal
from bot.slack.spans import read_length, read_span
from bot.when import When


@dataclass(frozen=True)
class Help:
    """What the bot can do."""


@dataclass(frozen=True)
class ShowStatus:
    """The job as it is now."""

    ref: JobRef


@dataclass(frozen=True)
class Watch:
    """Subscribe this channel, or the person, to what `when` says; None where nothing was said of it."""

    ref: JobRef
    to_me: bool = False
    when: When | None = None


@dataclass(frozen=True)
class Unwatch:
    """End the subscription of this channel, or of the person."""

    ref: JobRef
    to_me: bool = False


@dataclass(frozen=True)
class ListHere:
    """What this channel watches; `page` counts from 1."""

    page: int = 1


@dataclass(frozen=True)
class History:
    """The changes that were seen of the job."""

    ref: JobRef


@dataclass(frozen=True)
class Mute:
    """Silence for this channel, or for the person: for a length, or until a time of day on the person's own clock.

    Exactly one of the two is given.
    """

    ref: JobRef
    length: timedelta | None
    until: time | None
    to_me: bool = False


@dataclass(frozen=True)
class Unmute:
    """End the silence before its time."""

    ref: JobRef
    to_me: bool = False


Command = Help | ShowStatus | Watch | Unwatch | ListHere | History | Mute | Unmute

VERBS = ("help", "status", "watch", "unwatch", "list", "history", "mute", "unmute")

_LONGEST_TEXT = 1_000
_LONGEST_EXAMPLE = 200


def parse(text: str) -> Command | Refusal:
    """Read what stands after the command. Case, extra spaces, quotes of all kinds, backticks and `<…>` are forgiven."""
    if len(text) > _LONGEST_TEXT:
        wrong = f"That is {len(text):,} characters long; I read {_LONGEST_TEXT:,} at most."
        return Refusal(wrong, REF_RIGHT, f"status {REF_EXAMPLE}")
    words = words_of(text)
    if not words:
        return Help()
    verb, rest = words[0].casefold(), words[1:]
    match verb:
        case "help":
            return Help()
        case "list":
            return _list(rest)
        case "status" | "history":
            return _about_job(verb, rest)
        case "watch" | "unwatch" | "mute" | "unmute":
            # A clause in the place of the job: "mute until 9" is no word about run 9 of "until".
            return _about_job(verb, [] if rest and _is_clause(rest[0]) else rest)
    return _no_verb(words)


def parse_ref(text: str) -> JobRef | Refusal:
    """Read a job's reference alone: `DATAFLOW RUN`, `DATAFLOW/RUN`, or a URL with both."""
    return _ref_alone(words_of(text))


def _ref_alone(words: list[str]) -> JobRef | Refusal:
    read = read_ref(words, "status")
    if isinstance(read, Refusal):
        return read
    ref, left = read
    return _left_over("status", left, f"status {ref}") or ref


def _is_clause(word: str) -> bool:
    return word.casefold() in CLAUSES or read_length(word) is not None


def _about_job(verb: str, words: list[str]) -> Command | Refusal:
    read = read_ref(words, verb)
    if isinstance(read, Refusal):
        return read
    ref, left = read
    right = f"{verb} {ref}"  # the form that no clause can be mistaken for
    if verb in ("status", "history"):
        return _left_over(verb, left, right) or (ShowStatus(ref) if verb == "status" else History(ref))
    left, to_me = _take_to_me(left)
    line = partial(_line, right, to_me)
    match verb:
        case "watch":
            return _watch(ref, left, to_me, line)
        case "mute":
            return _mute(ref, left, to_me, line)
    return _left_over(verb, left, right) or (Unwatch(ref, to_me) if verb == "unwatch" else Unmute(ref, to_me))


def _take_to_me(words: list[str]) -> tuple[list[str], bool]:
    """What stands beside "to me", which is the last clause or the first."""
    plain = [word.casefold() for word in words]
    if plain[-2:] == ["to", "me"]:
        return words[:-2], True
    if plain[:2] == ["to", "me"]:
        return words[2:], True
    return words, False


def _line(right: str, to_me: bool, clause: str) -> str:
    return f"{right}{clause and ' '}{clause}{' to me' if to_me else ''}"


def _watch(ref: JobRef, words: list[str], to_me: bool, line: Callable[[str], str]) -> Command | Refusal:
    if not words:
        return Watch(ref, to_me)
    opener = words[0].casefold()
    if opener == "on":
        return _watch_on(ref, words[1:], to_me, line)
    meant = read_when(words[1:] if opener == "when" else words, line)
    if isinstance(meant, When):
        return Refusal(f"I don't understand “{echo(words)}”.", "Did you leave out “on”?", line(f"on {meant.text}"))
    return _left_over("watch", words, line("")) or Watch(ref, to_me)


def _watch_on(ref: JobRef, said: list[str], to_me: bool, line: Callable[[str], str]) -> Command | Refusal:
    end = next((place for place, word in enumerate(said) if word.casefold() == "to"), len(said))
    when = read_when(said[:end], line)
    if isinstance(when, Refusal):
        return when
    return _left_over("watch", said[end:], line(f"on {when.text}")) or Watch(ref, to_me, when)


def _mute(ref: JobRef, words: list[str], to_me: bool, line: Callable[[str], str]) -> Command | Refusal:
    match read_span(words, line):
        case Refusal() as refused:
            return refused
        case time() as until:
            return Mute(ref, None, until, to_me)
        case length:
            return Mute(ref, length, None, to_me)


def _list(words: list[str]) -> Command | Refusal:
    match [word.casefold() for word in words]:
        case []:
            return ListHere()
        case ["page", number] if re.fullmatch("[1-9][0-9]{0,5}", number, re.ASCII):
            return ListHere(int(number))
    return Refusal(
        f"I don't understand “{echo(words)}” after “list”.",
        "It takes a page number, or nothing.",
        "list page 2",
    )


def _left_over(verb: str, words: list[str], example: str) -> Refusal | None:
    if not words:
        return None
    may_follow = {"watch": "Only “on …” and “to me”", "unwatch": "Only “to me”", "unmute": "Only “to me”"}
    right = f"{may_follow.get(verb, 'Nothing else')} may follow the job after “{verb}”."
    return Refusal(f"I don't understand “{echo(words)}”.", right, example)


def _no_verb(words: list[str]) -> Command | Refusal:
    """`/job REF`, or a verb that was mistyped."""
    ref = _ref_alone(words)
    if isinstance(ref, JobRef):
        return ShowStatus(ref)
    if verb := _nearest_verb(words[0].casefold()):
        meant = " ".join([verb, *words[1:]])
        read = parse(meant)  # what else is wrong with it must not stand in a line to copy
        if isinstance(read, Refusal):
            meant = read.example
        elif len(meant) > _LONGEST_EXAMPLE:
            meant = f"{verb} {REF_EXAMPLE}"
        return Refusal(f"I don't know “{echo(words[:1])}”.", f"Did you mean “{verb}”?", meant)
    if len(words) > 1 or looks_like_ref(words[0]):
        return ref
    return Refusal(
        f"I don't know “{echo(words[:1])}”.",
        f"I know {', '.join(VERBS[:-1])} and {VERBS[-1]}, or a job by its dataflow ID and run ID.",
        "help",
    )


def _nearest_verb(word: str) -> str | None:
    """The verb that begins so; otherwise the one that is most like it."""
    begun = [verb for verb in VERBS if len(word) > 1 and verb.startswith(word)]
    close = begun if len(begun) == 1 else difflib.get_close_matches(word, VERBS, n=1, cutoff=0.6)
    return close[0] if close else None
