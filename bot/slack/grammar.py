"""What people type after the command: text → `Command` or `Refusal`. Pure."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.jobs import JobRef


@dataclass(frozen=True)
class Help:
    """What the bot can do."""


@dataclass(frozen=True)
class ShowStatus:
    """The job as it is now."""

    ref: JobRef


@dataclass(frozen=True)
class Watch:
    """Subscribe this channel, or the person."""

    ref: JobRef
    to_me: bool = False


@dataclass(frozen=True)
class Unwatch:
    """End the subscription of this channel, or of the person."""

    ref: JobRef
    to_me: bool = False


@dataclass(frozen=True)
class ListHere:
    """What this channel watches; `page` counts from 1."""

    page: int = 1


Command = Help | ShowStatus | Watch | Unwatch | ListHere


@dataclass(frozen=True)
class Refusal:
    """Text that is no command: what was wrong, what is right, and a line to copy (without the command's own name)."""

    wrong: str
    right: str
    example: str


VERBS = ("help", "status", "watch", "unwatch", "list")

_LONGEST_TEXT = 1_000
_LONGEST_ECHO = 40
_LONGEST_EXAMPLE = 200
# A UUID (36 characters) or one of the service's shorter IDs. No slash, dot or percent sign: an ID is no path.
_DATAFLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RUN = re.compile(r"0*([1-9][0-9]{0,17})")  # fits 64 bits
# Whole words: never the tail of a longer ID, nor the head of a longer run ID.
_IN_URL = re.compile(rf"(?<![\w-])({_UUID.pattern})/0*([1-9][0-9]{{0,17}})(?![\w-])", re.ASCII)

_REF_EXAMPLE = "1948938e-3923-4602-aba8-f122e3d66faf 42559"
_REF_RIGHT = "A job is named by its dataflow ID and its run ID, with a space or a slash between them."


def parse(text: str) -> Command | Refusal:
    """Read what stands after the command. Case, extra spaces, quotes of all kinds, backticks and `<…>` are forgiven."""
    if len(text) > _LONGEST_TEXT:
        return Refusal(
            f"That is {len(text):,} characters long; I read {_LONGEST_TEXT:,} at most.",
            _REF_RIGHT,
            f"status {_REF_EXAMPLE}",
        )
    words = _words(text)
    if not words:
        return Help()
    verb, rest = words[0].casefold(), words[1:]
    match verb:
        case "help":
            return Help()
        case "status":
            return _with_ref("status", rest, ShowStatus)
        case "watch":
            ref_words, to_me = _split_to_me(rest)
            return _with_ref("watch", ref_words, lambda ref: Watch(ref, to_me))
        case "unwatch":
            ref_words, to_me = _split_to_me(rest)
            return _with_ref("unwatch", ref_words, lambda ref: Unwatch(ref, to_me))
        case "list":
            return _list(rest)
    return _no_verb(words)


def parse_ref(text: str) -> JobRef | Refusal:
    """Read a job's reference alone: `DATAFLOW RUN`, `DATAFLOW/RUN`, or a URL with both."""
    return _ref(_words(text), "status")


def _words(text: str) -> list[str]:
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")  # as Slack escapes them
    plain = re.sub(r"<([^<>|]*)(?:\|[^<>]*)?>", r" \1 ", plain)
    plain = re.sub("[\"'`´‘’‚‛“”„‟«»‹›]", " ", plain)
    plain = re.sub("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", plain)
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", plain)
    return plain.split()


def _with_ref(verb: str, words: list[str], command: Callable[[JobRef], Command]) -> Command | Refusal:
    ref = _ref(words, verb)
    return ref if isinstance(ref, Refusal) else command(ref)


def _split_to_me(words: list[str]) -> tuple[list[str], bool]:
    if [word.casefold() for word in words[-2:]] == ["to", "me"]:
        return words[:-2], True
    return words, False


def _list(words: list[str]) -> Command | Refusal:
    match [word.casefold() for word in words]:
        case []:
            return ListHere()
        case ["page", number] if re.fullmatch("[1-9][0-9]{0,5}", number, re.ASCII):
            return ListHere(int(number))
    return Refusal(
        f"I don't understand “{_echo(words)}” after “list”.",
        "It takes a page number, or nothing.",
        "list page 2",
    )


def _ref(words: list[str], verb: str) -> JobRef | Refusal:
    example = f"{verb} {_REF_EXAMPLE}"
    if not words:
        return Refusal(f"“{verb}” needs to know which job.", _REF_RIGHT, example)
    if found := _IN_URL.search(words[0]):
        return _left_over(words[1:], example) or JobRef(found[1].lower(), int(found[2]))
    parts = [*words[0].split("/"), *words[1:]] if "://" not in words[0] else words
    dataflow, run, left = parts[0], parts[1] if len(parts) > 1 else "", parts[2:]
    if not _DATAFLOW.fullmatch(dataflow):
        return Refusal(
            f"“{_echo([dataflow])}” is no dataflow ID.",
            f"{_REF_RIGHT} Neither holds anything but letters, digits, hyphens and underscores.",
            example,
        )
    if _UUID.fullmatch(dataflow):  # a line to copy with a name in it would be refused again, by the jobs service
        example = f"{verb} {dataflow} 42559"
    if not run:
        return Refusal(f"The run ID after “{_echo([dataflow])}” is missing.", _REF_RIGHT, example)
    if not (digits := _RUN.fullmatch(run)):
        return Refusal(
            f"“{_echo([run])}” is no run ID.",
            "A run ID is a whole number above zero, of 18 digits at most.",
            example,
        )
    return _left_over(left, example) or JobRef(
        dataflow.lower() if _UUID.fullmatch(dataflow) else dataflow, int(digits[1])
    )


def _left_over(words: list[str], example: str) -> Refusal | None:
    if not words:
        return None
    verb = example.split()[0]
    more = (
        f"Nothing else, or “to me”, may follow the job after “{verb}”."
        if verb in ("watch", "unwatch")
        else (f"Nothing else may follow the job after “{verb}”.")
    )
    return Refusal(f"I don't understand “{_echo(words)}”.", more, example)


def _no_verb(words: list[str]) -> Command | Refusal:
    """`/job REF`, or a verb that was mistyped."""
    ref = _ref(words, "status")
    if isinstance(ref, JobRef):
        return ShowStatus(ref)
    close = difflib.get_close_matches(words[0].casefold(), VERBS, n=1, cutoff=0.6)
    if close:
        meant = " ".join([close[0], *words[1:]])
        read = parse(meant)  # what else is wrong with it must not stand in a line to copy
        if isinstance(read, Refusal):
            meant = read.example
        elif len(meant) > _LONGEST_EXAMPLE:
            meant = f"{close[0]} {_REF_EXAMPLE}"
        return Refusal(f"I don't know “{_echo(words[:1])}”.", f"Did you mean “{close[0]}”?", meant)
    if len(words) > 1 or _UUID.fullmatch(words[0]) or "/" in words[0]:
        return ref
    return Refusal(
        f"I don't know “{_echo(words[:1])}”.",
        f"I know {', '.join(VERBS[:-1])} and {VERBS[-1]}, or a job by its dataflow ID and run ID.",
        "help",
    )


def _echo(words: list[str]) -> str:
    text = " ".join(words)
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 1] + "…"
