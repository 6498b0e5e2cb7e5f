"""What is wrong with a submitted watch form, in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.subscription import LONGEST_RUNBOOK, is_runbook
from bot.slack.messages.blocks import Message, code, message, sanitize
from bot.slack.messages.delivery_problems import delivery_problem, is_not_a_member
from bot.slack.messages.text import capitalized, shorten
from bot.slack.request import NOT_ALLOWED, NOT_KNOWN, NOT_PUBLIC, NOT_THEIRS, Reply
from bot.slack.watch_form.form import SOME, Form, Part, Recipient

_LONGEST_ERROR = 500


@dataclass(frozen=True)
class Problem:
    """Why nothing came of a submission: `words` at a field, or a message if the form is closed by then."""

    part: Part
    words: str
    message: Message


def gaps(form: Form) -> dict[Part, str]:
    """The fields that must be filled in, each with what to do."""
    found: dict[Part, str] = {}
    if form.job is None:
        found[Part.JOB] = "Choose a job: type part of its name, then pick it from the list."
    if form.place is Recipient.CHANNEL and form.channel is None:
        found[Part.CHANNEL] = "Choose a channel."
    if form.what == SOME and not form.statuses:
        found[Part.STATUSES] = "Choose at least one status."
    if form.shows_more and form.runbook and not is_runbook(form.runbook):
        found[Part.RUNBOOK] = f"Enter a web address of at most {LONGEST_RUNBOOK} characters, without a password."
    return found


def why_not(form: Form, reply: Reply, *, bot_name: str) -> str:
    """Why alerts would reach nobody, as a reply with `cannot_deliver` says it."""
    if reply.cannot_deliver in (NOT_THEIRS, NOT_KNOWN, NOT_ALLOWED, None):
        return plain_words(reply.message)
    return cannot_deliver(form, reply.cannot_deliver, bot_name=bot_name)


def cannot_deliver(form: Form, why: str, *, bot_name: str) -> str:
    """Why alerts would reach nobody, under the field for the recipient; `why` as in `Reply.cannot_deliver`."""
    if why == NOT_PUBLIC:
        only = "From here I can only do that for public channels, and I can't see that one."
        return f"{only} In a private channel, type {form.origin.command} watch there."
    problem = delivery_problem(why)
    if form.place is not Recipient.CHANNEL and (form.origin.is_direct or form.place is Recipient.ME):
        return f"{capitalized(problem.reason)}. {problem.to_do}, or choose a channel."
    if is_not_a_member(why):
        return f"I can't post in that channel. Invite me with /invite @{sanitize(bot_name, 80)}, then try again."
    return f"I can't post in that channel: {problem.reason}. {problem.to_do}, then try again."


def plain_words(reply: Message) -> str:
    """A reply as the words under a field: plain text, which can't show the name of a channel or person."""
    lines = [_words(section) for block in reply.blocks for section in block.get("elements", [])]
    return shorten(capitalized(" ".join(filter(None, lines))), _LONGEST_ERROR)


def _words(section: Mapping[str, Any]) -> str:
    named = {"channel": "that channel", "user": "somebody"}
    parts = section.get("elements", []) if section.get("type") == "rich_text_section" else []
    return "".join(str(part.get("text") or named.get(str(part.get("type")), "")) for part in parts)


def cannot_open(line: str, reported: str) -> Message:
    """Slack didn't open the form: `reported` is its error code. `line` is the command to type instead."""
    return message(
        [f"Slack didn't open the form: {delivery_problem(reported).reason}."],
        ["Try again, or type it in one line: ", code(sanitize(line, 250))],
    )
