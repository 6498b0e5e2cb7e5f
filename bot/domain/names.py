"""Names from outside, as people see and type them: nothing in a name is invisible, and what is seen finds it. Pure."""

import re
import unicodedata
from functools import lru_cache

EMPTY = "(empty)"  # stands for a name without any character
PLACEHOLDER = "▯"  # stands for characters that can't be seen

# Line breaks and control characters.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# They turn the direction of writing: a name must not rearrange its line.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# What else Unicode ignores by default when it is shown (zero-width characters, fillers, variation selectors, tags), and
# the blank pattern of Braille.
_UNSEEN = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{_DIRECTIONS}{_UNSEEN}]+")
_SEEN = f"[^\\x00-\\x7f{_DIRECTIONS}{_UNSEEN}]"
# Emoji and several scripts need some of them: a joiner between two characters, a variation selector after one, and the
# tags of a flag.
_NEEDED = (
    f"(?:(?<={_SEEN})|(?<=\ufe0f))[\u200c\u200d](?={_SEEN})"
    f"|(?<={_SEEN})[\ufe00-\ufe0f\U000e0100-\U000e01ef]|\ufe0f(?=\u20e3)"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f"
)
_HIDDEN = re.compile(f"(?P<needed>{_NEEDED})|(?P<directions>[{_DIRECTIONS}]+)|[{_UNSEEN}]")

_PLAIN = str.maketrans(
    dict.fromkeys("‐‑‒–—―−﹘⁃⸺⸻", "-") | dict.fromkeys("‘’‚‛ʼʹ′`", "'") | dict.fromkeys("“”„‟«»", '"')
)
_SEPARATORS = str.maketrans(dict.fromkeys("-_./:", " "))


@lru_cache(1_000)  # a message shows a name more than once, and is measured before it is made
def visible(text: str) -> str:
    """A text as one line in which every character can be seen; empty if there is none."""
    if text.isascii() and text.isprintable():
        return text.strip()
    line = _BREAKS.sub(" ", text)
    return (_HIDDEN.sub(_shown, line).strip()) or (PLACEHOLDER if INVISIBLE.search(line) else "")


def search_key(name: str) -> str:
    """What two spellings of a name have in common: case, spaces, kinds of dashes and quotes, decomposed letters, and
    characters that can't be seen don't matter. The key of a name is that of its `visible` form, and never empty."""
    line = _BREAKS.sub(" ", name)
    plain = folded(INVISIBLE.sub("", line).replace(PLACEHOLDER, ""))
    key = re.sub("-{2,}", "-", " ".join(plain.split()))
    return key or (PLACEHOLDER if line.strip() else EMPTY)


def folded(text: str) -> str:
    """A text in its plainest form: without case, with one kind of dashes and quotes, letters composed, and full-width
    ones as usual. What can't be seen must be gone, or letters and their accents don't stand together yet."""
    if text.isascii():
        return text.casefold()
    # Two quotes first: the normalization makes a space with an accent of one, and two primes of the other.
    plain = text.replace("´", "'").replace("″", '"')
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_PLAIN)


def loose_key(key: str) -> str:
    """What two search keys have in common if it doesn't matter what separates their words: `payments-cdc`,
    `payments_cdc` and `payments cdc`. The key itself if it has no word."""
    return " ".join(key.translate(_SEPARATORS).split()) or key


def contains(name: str, words: str) -> bool:
    """Whether a name contains each of some words, however either is spelled."""
    key = search_key(name)
    loose = loose_key(key)
    return all(word in key or loose_key(word) in loose for word in map(search_key, words.split()))


def _shown(found: re.Match[str]) -> str:
    if found["needed"]:
        return found["needed"]
    return "" if found["directions"] else PLACEHOLDER
