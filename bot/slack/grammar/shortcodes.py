"""Slack's names of emoji, such as `:rocket:`, which people type for an emoji in a job's name."""

import re

from emoji import emojize

_SKIN_TONE = re.compile(r":skin-tone-([2-6]):")
_FLAG = re.compile(r":flag-([a-z])([a-z]):")
_PERSON = re.compile(r":(male|female)-([a-z_]+):")
_LARGE = re.compile(r":large_((?!blue_circle)[a-z]+_(?:circle|square)):")


def with_emoji(text: str) -> str:
    """Replace the names of emoji by the emoji. What names none stays as it is."""
    if ":" not in text:
        return text
    text = _SKIN_TONE.sub(lambda found: chr(0x1F3F9 + int(found[1])), text)
    text = _FLAG.sub(lambda found: "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in found.groups()), text)
    text = _PERSON.sub(lambda found: f":{'man' if found[1] == 'male' else 'woman'}_{found[2]}:", text)
    return emojize(_LARGE.sub(r":\1:", text), language="alias")
