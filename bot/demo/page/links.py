"""Which addresses can be followed from the page, and what is shown of what. Pure."""

import re
from urllib.parse import urlsplit

from markupsafe import Markup

_FOLLOWED = re.compile(r"(https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)
_A = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')


def can_be_followed(url: str) -> bool:
    return bool(_FOLLOWED.fullmatch(url))


def link(url: str, shown: str | Markup) -> Markup:
    """A link, or only what it would show if nobody should follow it."""
    return _A.format(url, shown) if can_be_followed(url) else Markup.escape(shown)


def is_near(url: str) -> bool:
    """Whether an image is on this machine: those from elsewhere aren't loaded."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return can_be_followed(url) and host in ("127.0.0.1", "localhost")
