"""What may follow a job, `on WHEN`, `to …`, for how long: where it begins, and to whom. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.grammar.durations import is_nearly_span, is_span
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.filters import find_when, is_nearly_when
from bot.slack.grammar.tokens import Word, said

ME = "me"

# The words that open a clause, by verb. No name begins with one that its verb knows, unless it is quoted.
_OPENERS = {"watch": ("on", "to"), "unwatch": ("to",), "mute": ("to", "for", "until"), "unmute": ("to",)}
_MAY_FOLLOW = {
    "watch": "Only “on …” and “to me”, “to here” or “to #channel”",
    **dict.fromkeys(("unwatch", "unmute"), "Only “to me”, “to here” or “to #channel”"),
}


@dataclass(frozen=True)
class Clauses:
    """To whom, None for the place where it was typed; and the words of the other clause."""

    to: str | None
    others: list[Word]


def clauses_begin(words: Sequence[Word], verb: str) -> int:
    """How many words stand before the first clause: as many as make the name, where the job is named so.

    What is surely a clause comes before what may be meant as one: in "copy on call on errors" it is the second "on".
    """
    if verb not in _OPENERS or not words:
        return len(words)
    if words[0].key in _OPENERS[verb]:
        return 0
    end = len(words) - _length_of_to(words)
    for is_clause in (_is_clause, _is_nearly_clause, *([_opens_clause] if words[0].key == "all" else [])):
        for at in range(end):
            if is_clause(verb, words[at:end]):
                return at - 2 if _is_to(words[max(at - 2, 0) : at]) else at
    return end


def read_clauses(words: Sequence[Word], example: str) -> Clauses | GrammarError:
    """Take "to …" off, which is the last clause or the first; `example` is a line to copy that has none."""
    length = _length_of_to(words)
    if length:
        to, others = words[-length:], words[:-length]
    elif _is_to(words[:2]):
        to, others = words[:2], words[2:]
    else:
        return Clauses(None, list(words))
    read = _destination(to, example)
    return read if isinstance(read, GrammarError) else Clauses(read.to, list(others))


def left_over(verb: str, words: Sequence[Word], example: str) -> GrammarError | None:
    """The refusal of what no clause is, if there is something."""
    return no_clause(verb, words, example) if words else None


def no_clause(verb: str, words: Sequence[Word], example: str) -> GrammarError:
    """The refusal of words that no clause is."""
    right = f"{_MAY_FOLLOW.get(verb, 'Nothing else')} may follow the job after “{verb}”."
    return GrammarError(f"I don't understand “{echo(said(words))}”.", right, example)


def with_clauses(begun: str, to: str | None, clause: str) -> str:
    """A line to copy."""
    told = {None: "", ME: "to me"}.get(to, f"to <#{to}>")
    return " ".join(filter(None, (begun, clause, told)))


def before_to(words: Sequence[Word]) -> Sequence[Word]:
    """The words before a "to"."""
    return words[: next((at for at, word in enumerate(words) if word.key == "to"), len(words))]


def _is_to(words: Sequence[Word]) -> bool:
    return len(words) == 2 and words[0].key == "to" and _is_destination(words[1])


def _is_destination(word: Word) -> bool:
    """Whether a word after "to" is meant as a channel or a person, rather than as a part of a name."""
    return word.key in (ME, "here") or word.key.startswith(("#", "@", "<@", "<!"))


def _length_of_to(words: Sequence[Word]) -> int:
    """The number of words at the end that are "to …"; a "to" that leads nowhere is one."""
    if _is_to(words[-2:]):
        return 2
    return 1 if words and words[-1].key == "to" else 0


def _is_clause(verb: str, words: Sequence[Word]) -> bool:
    if verb == "watch":
        return words[0].key == "on" and find_when(words[1:]) is not None
    return verb == "mute" and is_span(words)


def _is_nearly_clause(verb: str, words: Sequence[Word]) -> bool:
    if verb == "watch":
        return words[0].key == "on" and (len(words) == 1 or is_nearly_when(before_to(words[1:])))
    return verb == "mute" and is_nearly_span(words)


def _opens_clause(verb: str, words: Sequence[Word]) -> bool:
    """After "all" no name can go on."""
    return words[0].key == "on"


def _destination(words: Sequence[Word], example: str) -> Clauses | GrammarError:
    if len(words) == 1:
        return GrammarError("“to” needs to know whom.", "Say “to me”, “to here” or “to #channel”.", f"{example} to me")
    word = words[1]
    if word.channel or word.key in (ME, "here"):
        return Clauses(word.channel or (ME if word.key == ME else None), [])
    if word.key.startswith("#"):
        wrong = f"Slack did not tell me which channel “{echo(word.text)}” is."
        right = "Pick the channel from the list that Slack offers while you type its name after “#”."
        return GrammarError(wrong, right, f"{example} to here")
    return GrammarError(f"I can't tell “{echo(word.text)}”.", "I tell a channel, or you: “to me”.", f"{example} to me")
