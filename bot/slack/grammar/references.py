"""How people name a job: tokens to a `Ref` and the tokens after it, or to a `GrammarError`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.job import Dataflow, JobRef
from bot.domain.names import folded
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Token, in_quotes, text_of


@dataclass(frozen=True)
class Name:
    """A job's name as typed, with single spaces. `str` writes it as it can be typed."""

    text: str

    def __str__(self) -> str:
        return self.text if _needs_no_quotes(self.text) else in_quotes(self.text)


Ref = JobRef | Dataflow | Name

REF_EXAMPLE = "orders-to-lake"
REF_HINT = "Use the job's name, its dataflow ID, or its dataflow ID and its run ID."

_EXAMPLE_LIMIT = 90  # an example has clauses too
# A UUID (36 characters) or one of the service's shorter IDs. No slash, dot or percent sign: it can't be a path.
_DATAFLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RUN = re.compile(r"0*([1-9][0-9]{0,17})")  # fits 64 bits
# Whole words: not the end of a longer ID, nor the beginning of a longer run ID.
_IN_URL = re.compile(rf"(?<![\w-])({_UUID.pattern})(?:/0*([1-9][0-9]{{0,17}}))?(?![\w-])", re.ASCII)
# Keyboards and documents make other dashes of the hyphens of an ID.
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
# A letter first: not a number, a length of time, or a quote.
_PLAIN_NAME = re.compile(r"[^\W\d_][\w.-]*")
_NOT_PLAIN = ("all", "on", "to", "for", "until", "owner", "runbook", "remind", "tell")


def read_ref(tokens: Sequence[Token], keyword: str, length: int) -> tuple[Ref, list[Token]] | GrammarError:
    """Read the job at the start of the tokens; return it and the rest. `length` tokens stand before the first clause.

    - Quotes make anything a name: a number, a keyword, a short ID, a pattern. Not a UUID, nor the run after it
      (see `unquote_ids`).
    - `UUID RUN`, `UUID/RUN` and a URL that contains both are that run. A number after a UUID is always its run.
    - `UUID`, and a URL that contains only one UUID, is the dataflow.
    - A short ID with a run (`orders 42`, `orders/42`) is that run, if nothing else stands before the first clause:
      `orders 42 to lake` is a name.
    - Anything else before the first clause is a name, so "orders to lake" and "copy on call" need no quotes, but
      "sync on errors" and "lag 2h" do. See `count_before_clauses`.
    """
    if not tokens or not (length or tokens[0].quoted):
        return GrammarError(f"“{keyword}” needs a job.", REF_HINT, f"{keyword} {REF_EXAMPLE}")
    if tokens[0].quoted:
        return Name(tokens[0].text), list(tokens[1:])
    if _begins_with_uuid(tokens[0]):
        return _by_uuid(tokens, keyword)
    if found := _in_url(tokens[0].text):
        return found, list(tokens[1:])
    named = tokens[:length]
    ref = _by_short_id(named) or _by_name(named, keyword)
    return ref if isinstance(ref, GrammarError) else (ref, list(tokens[length:]))


def unquote_ids(tokens: Sequence[Token]) -> list[Token]:
    """Drop quotes around a UUID and around the run after it: a UUID is never a name. Its dashes become hyphens."""
    found: list[Token] = []
    for token in map(_with_hyphens, tokens):
        is_run = bool(found and not found[-1].quoted and _UUID.fullmatch(found[-1].text) and _RUN.fullmatch(token.text))
        found.append(replace(token, quoted=False) if is_run or _begins_with_uuid(token) else token)
    return found


def _with_hyphens(token: Token) -> Token:
    plain = replace(token, text=token.text.translate(_HYPHENS))
    return plain if is_id(plain) else token


def is_id(token: Token) -> bool:
    """Whether a bare token is unmistakably a dataflow's ID, or a URL with one."""
    return _begins_with_uuid(token) or _in_url(token.text) is not None


def in_example(ref: Ref) -> str:
    """The job in an example line; replaced if it would leave no room for clauses."""
    text = str(ref)
    return text if len(text) <= _EXAMPLE_LIMIT else REF_EXAMPLE


def _needs_no_quotes(name: str) -> bool:
    return bool(_PLAIN_NAME.fullmatch(name)) and not _UUID.fullmatch(name) and folded(name) not in _NOT_PLAIN


def _begins_with_uuid(token: Token) -> bool:
    return bool(_UUID.fullmatch(token.text.partition("/")[0]))


def _by_uuid(tokens: Sequence[Token], keyword: str) -> tuple[Ref, list[Token]] | GrammarError:
    uuid, _, run = tokens[0].text.partition("/")
    rest = list(tokens[1:])
    if not run and rest and not rest[0].quoted and _is_meant_as_run(rest[0], keyword):
        run = rest.pop(0).text
    run = run.rstrip("/")
    if not run:
        return Dataflow(uuid.lower()), rest
    if digits := _RUN.fullmatch(run):
        return JobRef(uuid.lower(), int(digits[1])), rest
    hint = "A run ID is a whole number above zero, with at most 18 digits."
    return GrammarError(f"“{echo(run)}” isn't a run ID.", hint, f"{keyword} {uuid.lower()}")


def _is_meant_as_run(token: Token, keyword: str) -> bool:
    """Whether a token after a UUID is meant as its run. After "mute" a wrong length also contains digits."""
    is_number = bool(_RUN.fullmatch(token.text))
    return is_number or (keyword != "mute" and any(character.isnumeric() for character in token.text))


def _in_url(text: str) -> JobRef | Dataflow | None:
    """The job in a pasted URL: dataflow and run, or the only UUID in it."""
    if "/" not in text:
        return None
    found = [(match[1].lower(), match[2]) for match in _IN_URL.finditer(text)]
    if runs := [(uuid, run) for uuid, run in found if run]:
        return JobRef(runs[0][0], int(runs[0][1]))
    uuids = {uuid for uuid, _ in found}
    return Dataflow(uuids.pop()) if len(uuids) == 1 else None


def _by_short_id(tokens: Sequence[Token]) -> JobRef | None:
    parts = [token.text for token in tokens if not token.quoted]
    if len(tokens) == 1:
        parts = parts[0].removesuffix("/").split("/")
    parts = [part.translate(_HYPHENS) for part in parts]
    if len(parts) != 2 or not _DATAFLOW.fullmatch(parts[0]):
        return None
    digits = _RUN.fullmatch(parts[1])
    return JobRef(parts[0], int(digits[1])) if digits else None


def _by_name(tokens: Sequence[Token], keyword: str) -> Name | GrammarError:
    text, example = text_of(tokens), f"{keyword} {REF_EXAMPLE}"
    if any(token.quoted for token in tokens):
        problem, hint = "The quotes cover only part of the name.", "Put them around the whole name."
        return GrammarError(problem, hint, _line(keyword, text))
    if tokens[0].channel or tokens[0].mention:
        return GrammarError(f"“{echo(text)}” isn't a job.", REF_HINT, example)
    if "://" in tokens[0].text:
        return GrammarError("That URL contains no dataflow ID, or more than one.", REF_HINT, example)
    if len(tokens) == 1 and tokens[0].key == "all":
        hint = f"“{keyword}” takes one job. If a job is called “all”, put its name in quotes."
        return GrammarError("“all” works only with “watch”, “unwatch”, “mute” and “unmute”.", hint, "list")
    return Name(text)


def _line(keyword: str, name: str) -> str:
    return f"{keyword} {in_example(Name(name))}"
