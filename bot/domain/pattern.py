"""Names and globs (`*`, `?`, `[…]`): capitals and the number of spaces don't matter. Pure."""

from fnmatch import fnmatchcase

EVERY = "*"


def key_of(glob: str | None) -> str:
    """The one spelling under which a glob is kept; None is every job."""
    return _folded(glob or EVERY) or EVERY


def fits(key: str, title: str) -> bool:
    """Whether a job of this name is meant. `key` is as `key_of` spells it."""
    return key == EVERY or fnmatchcase(_folded(title), key)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
