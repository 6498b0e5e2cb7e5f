"""How people name a job and its statuses: words → `JobRef` and what is left, or `When`, or a `Refusal`. Pure."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.jobs import JobRef, Status
from bot.when import When


@dataclass(frozen=True)
class Refusal:
    """Text that is no command: what was wrong, what is right, and a line to copy (without the command's own name)."""

    wrong: str
    right: str
    example: str


REF_EXAMPLE = "1948938e-3923-4602-aba8-f122e3d66faf 42559"
REF_RIGHT = "A job is named by its dataflow ID and its run ID, with a space or a slash between them."
# What can follow a job. In place of one, or of its run, it tells that the job or the run was left out.
CLAUSES = ("on", "to", "for", "until")

_LONGEST_ECHO = 40
# A UUID (36 characters) or one of the service's shorter IDs. No slash, dot or percent sign: an ID is no path.
_DATAFLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RUN = re.compile(r"0*([1-9][0-9]{0,17})")  # fits 64 bits
# Whole words: never the tail of a longer ID, nor the head of a longer run ID.
_IN_URL = re.compile(rf"(?<![\w-])({_UUID.pattern})/0*([1-9][0-9]{{0,17}})(?![\w-])", re.ASCII)

_STATUSES = ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
# "up and running" needs no care at the "and": each half means the whole.
_SHORT = {
    "Up and Running": ("up", "running"),
    "Running with Warning": ("warning", "warnings", "running with warnings"),
    "Running with Error": ("error", "errors", "running with errors"),
}
_NAMES = {name: words for words in _STATUSES for name in (words.casefold(), *_SHORT.get(words, ()))}
_STATUS_OF = {Status.of(name): Status.of(words) for name, words in _NAMES.items()}
_WHEN_WORD = re.compile(r"(?:(?:all|any|every) )?(change|problem|error)s?")
_WHEN_RIGHT = f"Say changes, problems or errors, or statuses with commas between them: {', '.join(_STATUSES)}."


def words_of(text: str) -> list[str]:
    """The words of a text; quotes of all kinds, backticks, `<…>`, a link's label and invisible characters are none."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")  # as Slack escapes them
    plain = re.sub(r"<([^<>|]*)(?:\|[^<>]*)?>", r" \1 ", plain)
    plain = re.sub("[\"'`´‘’‚‛“”„‟«»‹›]", " ", plain)
    plain = re.sub("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", plain)
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", plain)
    return plain.split()


def echo(words: list[str]) -> str:
    """What was typed, in short."""
    text = " ".join(words)
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 1] + "…"


def looks_like_ref(word: str) -> bool:
    """Whether a word is meant as a job rather than as a verb."""
    return bool(_UUID.fullmatch(word)) or "/" in word


def read_ref(words: list[str], verb: str) -> tuple[JobRef, list[str]] | Refusal:
    """The job that the words after `verb` begin with: `DATAFLOW RUN`, `DATAFLOW/RUN` or a URL; and what is left."""
    if not words:
        return Refusal(f"“{verb}” needs to know which job.", REF_RIGHT, f"{verb} {REF_EXAMPLE}")
    if found := _IN_URL.search(words[0]):
        return JobRef(found[1].lower(), int(found[2])), words[1:]
    dataflow, slash, run = words[0].partition("/") if "://" not in words[0] else (words[0], "", "")
    if slash:
        left = words[1:]
    else:
        run, left = (words[1], words[2:]) if len(words) > 1 else ("", [])
    digits = _RUN.fullmatch(run)
    if not _DATAFLOW.fullmatch(dataflow) or not digits:
        return _no_ref(dataflow, run, verb)
    return JobRef(dataflow.lower() if _UUID.fullmatch(dataflow) else dataflow, int(digits[1])), left


def _no_ref(dataflow: str, run: str, verb: str) -> Refusal:
    if not _DATAFLOW.fullmatch(dataflow):
        return Refusal(
            f"“{echo([dataflow])}” is no dataflow ID.",
            f"{REF_RIGHT} Neither holds anything but letters, digits, hyphens and underscores.",
            f"{verb} {REF_EXAMPLE}",
        )
    # A line to copy with a name in it would be refused again, by the jobs service.
    example = f"{verb} {dataflow} 42559" if _UUID.fullmatch(dataflow) else f"{verb} {REF_EXAMPLE}"
    if not run or run.casefold() in CLAUSES:
        return Refusal(f"The run ID after “{echo([dataflow])}” is missing.", REF_RIGHT, example)
    return Refusal(
        f"“{echo([run])}” is no run ID.",
        "A run ID is a whole number above zero, of 18 digits at most.",
        example,
    )


def read_when(words: list[str], line: Callable[[str], str]) -> When | Refusal:
    """What the words after "on" say; `line` makes a line to copy of a clause that would be right."""
    said = _separated(words)
    if len(said) == 1 and (word := _WHEN_WORD.fullmatch(said[0])):
        return When(f"{word[1]}s")
    if not said:
        return Refusal("“on” needs to know what.", _WHEN_RIGHT, line("on problems"))
    wrong = [name for name in said if Status.of(name) not in _STATUS_OF]
    if not wrong:
        return When.of([_STATUS_OF[Status.of(name)] for name in said])
    if word := _WHEN_WORD.fullmatch(wrong[0]):
        return Refusal(f"“{word[0]}” stands alone, without statuses.", _WHEN_RIGHT, line(f"on {word[1]}s"))
    return _no_status(said, wrong[0], line)


def _separated(words: list[str]) -> list[str]:
    """The names between commas and the like, each once; nothing between two separators is no name."""
    parts = re.split(r"[,;|/&]|(?<!\S)(?:and|or|on)(?!\S)", " ".join(words).casefold())
    return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))


def _no_status(said: list[str], wrong: str, line: Callable[[str], str]) -> Refusal:
    """Every name that is nearly right is set right in the line to copy."""
    names = _NAMES | ({word: word for word in ("changes", "problems", "errors")} if said == [wrong] else {})
    nearest = {name: close[0] for name in said if (close := difflib.get_close_matches(name, names, n=1))}
    meant = ", ".join(dict.fromkeys(names[name] for name in nearest.values()))
    suggestion = f"Did you mean “{names[nearest[wrong]]}”? " if wrong in nearest else ""
    return Refusal(
        f"“{echo([wrong])}” is no status that I know.", suggestion + _WHEN_RIGHT, line(f"on {meant or 'problems'}")
    )
