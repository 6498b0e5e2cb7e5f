"""How people name a job: words → `Ref` and what is left, or a `GrammarError`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.job import Dataflow, JobRef
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Word, in_quotes, said


@dataclass(frozen=True)
class Name:
    """What people call a job, as they typed it, with single spaces. Written as it can be typed."""

    text: str

    def __str__(self) -> str:
        return self.text if _needs_no_quotes(self.text) else in_quotes(self.text)


Ref = JobRef | Dataflow | Name

REF_EXAMPLE = "orders-to-lake"
REF_RIGHT = "A job is named by its name, by its dataflow ID, or by its dataflow ID and its run ID."

_LONGEST_WRITTEN = 90  # of a line to copy, which has clauses too
# A UUID (36 characters) or one of the service's shorter IDs. No slash, dot or percent sign: an ID is no path.
_DATAFLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RUN = re.compile(r"0*([1-9][0-9]{0,17})")  # fits 64 bits
# Whole words: never the tail of a longer ID, nor the head of a longer run ID.
_IN_ADDRESS = re.compile(rf"(?<![\w-])({_UUID.pattern})(?:/0*([1-9][0-9]{{0,17}}))?(?![\w-])", re.ASCII)
# A letter first: neither a number nor a length of time nor the beginning of a quotation.
_PLAIN_NAME = re.compile(r"[^\W\d_][\w.-]*")
_NOT_PLAIN = ("all", "on", "to", "for", "until")


def read_ref(words: Sequence[Word], verb: str, length: int) -> tuple[Ref, list[Word]] | GrammarError:
    """The job that the words after `verb` begin with, and what is left. `length` words stand before the first clause.

    - Quotes make a name of whatever stands between them, be it a number, a verb, a short ID or a pattern; but not of a
      UUID, nor of the run behind it (`with_bare_ids`).
    - `UUID RUN` and `UUID/RUN` are that run; so is a pasted address in which both stand. A number after a UUID is its
      run, whatever follows.
    - `UUID`, and an address in which nothing but one stands, is the dataflow, whatever its run.
    - What looks like one of the service's shorter IDs, a space or a slash, and a whole number, is a run too
      (`orders 42`), if no other word stands before the first clause (`orders 42 to lake` is a name).
    - All other words before the first clause are a name. A clause is what `clauses_begin` says: for a verb that takes
      them "on" with statuses after it, "to me", "to here" and "to #channel" at the end or beside "on", and the
      length of a mute. So "orders to lake" needs no quotes, nor "copy on call"; "sync on errors" and "lag 2h" do.
    """
    if not words or not (length or words[0].quoted):
        return GrammarError(f"“{verb}” needs to know which job.", REF_RIGHT, f"{verb} {REF_EXAMPLE}")
    if words[0].quoted:
        return Name(words[0].text), list(words[1:])
    if _begins_with_uuid(words[0]):
        return _by_uuid(words, verb)
    if found := _in_address(words[0].text):
        return found, list(words[1:])
    named = words[:length]
    ref = _by_short_id(named) or _by_name(named, verb)
    return ref if isinstance(ref, GrammarError) else (ref, list(words[length:]))


def with_bare_ids(words: Sequence[Word]) -> list[Word]:
    """The words without quotes around a UUID, and around the run behind it: that is nobody's name."""
    found: list[Word] = []
    for word in words:
        is_run = bool(found and not found[-1].quoted and _UUID.fullmatch(found[-1].text) and _RUN.fullmatch(word.text))
        found.append(replace(word, quoted=False) if is_run or _begins_with_uuid(word) else word)
    return found


def is_id(word: Word) -> bool:
    """Whether a bare word holds a dataflow's ID that can be nothing else."""
    return _begins_with_uuid(word) or _in_address(word.text) is not None


def written(ref: Ref) -> str:
    """The job in a line to copy: short, so that the line can hold clauses too."""
    text = str(ref)
    return text if len(text) <= _LONGEST_WRITTEN else REF_EXAMPLE


def _needs_no_quotes(name: str) -> bool:
    return bool(_PLAIN_NAME.fullmatch(name)) and not _UUID.fullmatch(name) and name.casefold() not in _NOT_PLAIN


def _begins_with_uuid(word: Word) -> bool:
    return bool(_UUID.fullmatch(word.text.partition("/")[0]))


def _by_uuid(words: Sequence[Word], verb: str) -> tuple[Ref, list[Word]] | GrammarError:
    uuid, _, run = words[0].text.partition("/")
    left = list(words[1:])
    if not run and left and not left[0].quoted and _is_meant_as_run(left[0], verb):
        run = left.pop(0).text
    run = run.rstrip("/")
    if not run:
        return Dataflow(uuid.lower()), left
    if digits := _RUN.fullmatch(run):
        return JobRef(uuid.lower(), int(digits[1])), left
    right = "A run ID is a whole number above zero, of 18 digits at most."
    return GrammarError(f"“{echo(run)}” is no run ID.", right, f"{verb} {uuid.lower()}")


def _is_meant_as_run(word: Word, verb: str) -> bool:
    """A mute's wrong length has digits too, and is told what lengths are right."""
    is_number = bool(_RUN.fullmatch(word.text))
    return is_number or (verb != "mute" and any(character.isnumeric() for character in word.text))


def _in_address(text: str) -> JobRef | Dataflow | None:
    """The job of a pasted address: both IDs, or the only UUID in it."""
    if "/" not in text:
        return None
    found = [(match[1].lower(), match[2]) for match in _IN_ADDRESS.finditer(text)]
    if runs := [(uuid, run) for uuid, run in found if run]:
        return JobRef(runs[0][0], int(runs[0][1]))
    uuids = {uuid for uuid, _ in found}
    return Dataflow(uuids.pop()) if len(uuids) == 1 else None


def _by_short_id(words: Sequence[Word]) -> JobRef | None:
    parts = [word.text for word in words if not word.quoted]
    if len(words) == 1:
        parts = parts[0].removesuffix("/").split("/")
    if len(parts) != 2 or not _DATAFLOW.fullmatch(parts[0]):
        return None
    digits = _RUN.fullmatch(parts[1])
    return JobRef(parts[0], int(digits[1])) if digits else None


def _by_name(words: Sequence[Word], verb: str) -> Name | GrammarError:
    text, example = said(words), f"{verb} {REF_EXAMPLE}"
    if any(word.quoted for word in words):
        return GrammarError("Quotes stand around a part of the name.", "Put them around all of it.", _line(verb, text))
    if words[0].channel or text.startswith(("<@", "<!")):
        return GrammarError(f"“{echo(text)}” is no job.", REF_RIGHT, example)
    if "://" in words[0].text:
        return GrammarError("I find no dataflow ID, or more than one, in that address.", REF_RIGHT, example)
    if len(words) == 1 and words[0].key == "all":
        right = f"“{verb}” is about one job. A job that is called so stands in quotes."
        return GrammarError("“all” goes with watch and unwatch only.", right, "list")
    return Name(text)


def _line(verb: str, name: str) -> str:
    return f"{verb} {written(Name(name))}"
