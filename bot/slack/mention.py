"""What a message that mentions the bot asks for: its text to a command. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from bot.slack.grammar.commands import Command
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import COMMANDS, parse

_LONGEST = 4_000  # characters that are looked at


def mentioned_text(event: Mapping[str, Any], me: str) -> str | None:
    """What a person wrote to the bot, whose user ID is `me`; None if nobody means it.

    It is what follows the first mention on its line or, if nothing does, what stands before it. An edited message
    isn't a second one, and bots get no answer.
    """
    text = event.get("text")
    if not isinstance(text, str) or event.get("edited") or event.get("bot_id") or event.get("subtype"):
        return None
    mention = re.compile(rf"<@{re.escape(me)}(?:\|[^<>]*)?>")
    line = next((line for line in text[:_LONGEST].splitlines() if mention.search(line)), None)
    if line is None:
        return None
    before, *after = (" ".join(part.split()) for part in mention.split(line))
    following = " ".join(filter(None, after)).lstrip(",:;. ")
    return following or before


def read_mention(text: str) -> Command | GrammarError | None:
    """The command, or what is wrong with it; None for words that weren't meant as one."""
    read = parse(text)
    first = text.split()[0].casefold() if text.split() else ""
    return None if isinstance(read, GrammarError) and first not in COMMANDS else read
