"""The clauses that may follow a job: where they begin, the recipient that `to …` names, and the contact that `owner …`
and `runbook …` name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.destination import is_group_id
from bot.domain.subscription import LONGEST_RUNBOOK, NONE, Contact, is_owner, is_runbook
from bot.slack.grammar.durations import first_mute_end
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.filters import first_filter, first_likely_filter
from bot.slack.grammar.tokens import Token, text_of

ME = "me"

# The words that open a clause, by keyword. An unquoted name can't begin with one of them.
_OPENERS = {"watch": ("on", "to"), "unwatch": ("to",), "mute": ("to", "for", "until"), "unmute": ("to",)}
_MAY_FOLLOW = {
    "watch": "Only “on …”, “owner …”, “runbook …”, “remind …”, “tell …” and “to me”, “to here” or “to #channel”",
    **dict.fromkeys(("unwatch", "unmute"), "Only “to me”, “to here” or “to #channel”"),
}

_MENTION = re.compile(r"<(?:@|!subteam\^)([A-Z0-9]+)(?:\|[^<>]*)?>", re.ASCII)
_OWNER_HINT = "An owner is one person or one user group: type “@” and pick from the list that Slack shows."
_RUNBOOK_HINT = f"A runbook is a web address of at most {LONGEST_RUNBOOK} characters, without a password: https://wiki.example.com/x"


@dataclass(frozen=True)
class Clauses:
    """The recipient (None for the place where the command was typed), and the tokens of the other clause."""

    to: str | None
    others: list[Token]


def count_before_clauses(tokens: Sequence[Token], keyword: str) -> int:
    """The number of tokens before the first clause: those that may name the job.

    A sure clause wins over a likely one: in "copy on call on errors" it is the second "on".
    """
    if keyword not in _OPENERS or not tokens:
        return len(tokens)
    if tokens[0].key in _OPENERS[keyword]:
        return 0
    end = len(tokens) - _length_of_to(tokens)
    at = _first_clause(keyword, tokens[:end])
    if at is None:
        return end
    return at - 2 if _is_to(tokens[max(at - 2, 0) : at]) else at


def read_clauses(tokens: Sequence[Token], example: str) -> Clauses | GrammarError:
    """Split off "to …", which is the last clause or the first. `example` is a line without that clause."""
    length = _length_of_to(tokens)
    if length:
        to, others = tokens[-length:], tokens[:-length]
    elif _is_to(tokens[:2]):
        to, others = tokens[:2], tokens[2:]
    else:
        return Clauses(None, list(tokens))
    read = _recipient(to, example)
    return read if isinstance(read, GrammarError) else Clauses(read.to, list(others))


def leftover_error(keyword: str, tokens: Sequence[Token], example: str) -> GrammarError | None:
    """The error for tokens that belong to no clause; None if there are no tokens."""
    return clause_error(keyword, tokens, example) if tokens else None


def clause_error(keyword: str, tokens: Sequence[Token], example: str) -> GrammarError:
    """The error for tokens that aren't a clause."""
    hint = f"{_MAY_FOLLOW.get(keyword, 'Nothing else')} can follow the job after “{keyword}”."
    return GrammarError(f"I don't understand “{echo(text_of(tokens))}”.", hint, example)


def add_clauses(start: str, to: str | None, clause: str) -> str:
    """A line to copy: its start, another clause, and the recipient."""
    recipient = {None: "", ME: "to me"}.get(to, f"to <#{to}>")
    return " ".join(filter(None, (start, clause, recipient)))


def _is_to(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 2 and tokens[0].key == "to" and _is_recipient(tokens[1])


def _is_recipient(token: Token) -> bool:
    """Whether a token after "to" means a channel or a person, rather than a part of a name."""
    return token.key in (ME, "here") or token.key.startswith(("#", "@"))


def _length_of_to(tokens: Sequence[Token]) -> int:
    """The number of tokens at the end that are "to …"; a "to" at the very end counts as one."""
    if _is_to(tokens[-2:]):
        return 2
    return 1 if tokens and tokens[-1].key == "to" else 0


def _first_clause(keyword: str, tokens: Sequence[Token]) -> int | None:
    """Where the clause before "to …" begins; None if there is none."""
    if keyword == "watch":
        at = first_filter(tokens)
        at = first_likely_filter(tokens) if at is None else at
    else:
        at = first_mute_end(tokens) if keyword == "mute" else None
    if at is None and tokens and tokens[0].key == "all":  # after it there is no name that could contain an "on"
        return next((at for at, token in enumerate(tokens) if token.key == "on"), None)
    return at


def _recipient(tokens: Sequence[Token], example: str) -> Clauses | GrammarError:
    if len(tokens) == 1:
        return GrammarError("“to” needs a recipient.", "Use “to me”, “to here” or “to #channel”.", f"{example} to me")
    token = tokens[1]
    if token.channel or token.key in (ME, "here"):
        return Clauses(token.channel or (ME if token.key == ME else None), [])
    if token.key.startswith("#"):
        problem = f"Slack didn't recognise “{echo(token.text)}” as a channel."
        hint = "Type “#” and pick the channel from the list that Slack shows."
        return GrammarError(problem, hint, f"{example} to here")
    problem = f"I can't send alerts to “{echo(token.text)}”."
    return GrammarError(problem, "Alerts go to a channel, or to you: “to me”.", f"{example} to me")


# ── owner and runbook ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ContactClauses:
    """What the clauses say, or what is wrong with them; and the tokens that belong to none."""

    contact: Contact | GrammarError
    others: list[Token]


def split_contact(tokens: Sequence[Token]) -> ContactClauses:
    """Split off "owner …" and "runbook …". Either word is a part of a name unless what follows can only be meant as
    its value. An error's example is the clause alone."""
    contact, error, others, at = Contact(), None, list[Token](), 0
    while at < len(tokens):
        keyword, value = tokens[at].key, tokens[at + 1] if at + 1 < len(tokens) else None
        if value is None or keyword not in _READERS or not _is_value(keyword, value):
            others.append(tokens[at])
            at += 1
            continue
        read = _READERS[keyword](value)
        if read is None or getattr(contact, keyword) is not None:
            error = error or _error(keyword, value, is_second=read is not None)
        else:
            contact = replace(contact, **{keyword: read})
        at += 2
    return ContactClauses(error or contact, others)


def contact_line(contact: Contact) -> str:
    """The clauses as they can be typed, each after a space."""
    owner = contact.owner or ""
    if is_owner(owner):
        owner = mention(owner)
    return (f" owner {owner}" if owner else "") + (f" runbook {contact.runbook}" if contact.runbook else "")


def mention(owner: str) -> str:
    """An owner in Slack's markup."""
    return f"<!subteam^{owner}>" if is_group_id(owner) else f"<@{owner}>"


def mentioned(token: Token) -> str | None:
    """The ID of the person or the user group that a token mentions; None if it mentions neither."""
    found = _MENTION.fullmatch(token.mention or "")
    return found[1] if found and is_owner(found[1]) else None


def _is_value(keyword: str, token: Token) -> bool:
    if token.key == NONE:
        return True
    if keyword == "owner":
        return token.key == ME or token.key.startswith(("@", "#"))
    return not token.quoted and ("://" in token.text or bool(re.search(r"\w[./]\w", token.text)))


def _owner(token: Token) -> str | None:
    return token.key if token.key in (ME, NONE) else mentioned(token)


def _runbook(token: Token) -> str | None:
    return NONE if token.key == NONE else token.text if is_runbook(token.text) else None


_READERS = {"owner": _owner, "runbook": _runbook}


def _error(keyword: str, value: Token, *, is_second: bool) -> GrammarError:
    hint, example = (_OWNER_HINT, "owner me") if keyword == "owner" else (_RUNBOOK_HINT, "runbook none")
    if is_second:
        return GrammarError(f"“{keyword}” appears twice.", f"A watch has one {keyword}.", example)
    if keyword == "owner":
        return GrammarError(f"“{echo(value.text)}” can't be an owner.", hint, example)
    return GrammarError(f"I can't link to “{echo(value.text)}”.", hint, example)
