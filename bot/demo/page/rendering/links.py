"""Which addresses the page links to, and which images it loads."""

import re
from urllib.parse import urlsplit

from markupsafe import Markup

_SAFE = re.compile(r"(https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)
_A = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')


def is_safe(url: str) -> bool:
    """Whether the address is of the web or of mail; scripts and data are not."""
    return bool(_SAFE.fullmatch(url))


def link(url: str, shown: str | Markup) -> Markup:
    """A link, or its text alone if the address isn't safe."""
    return _A.format(url, shown) if is_safe(url) else Markup.escape(shown)


def is_local(url: str) -> bool:
    """Whether an image is on this machine. The page loads no others."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return is_safe(url) and host in ("127.0.0.1", "localhost")
