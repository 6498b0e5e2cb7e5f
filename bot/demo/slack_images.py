"""Files that the app uploaded, and which blocks show one that isn't there or is no image."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.demo.slack_shapes import fault

_STARTS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif"}
_MIME = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}


@dataclass
class File:
    """A file: announced, then with its bytes in `content`, then complete. `ticket` is where the bytes are taken."""

    id: str
    name: str
    length: int
    url: str
    ticket: str
    title: str = ""
    alt_text: str = ""
    content: bytes | None = None
    is_complete: bool = False
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def kind(self) -> str | None:
        """`png`, `jpg` or `gif`, by the first bytes; None for all else, and as long as the upload isn't complete."""
        content = (self.content or b"") if self.is_complete else b""
        return next((kind for start, kind in _STARTS.items() if content.startswith(start)), None)

    @property
    def mimetype(self) -> str:
        return _MIME.get(self.kind or "", "")


class Files:
    """All files, by their ID."""

    def __init__(self) -> None:
        self.all: dict[str, File] = {}

    def shown(self, name: object) -> File:
        """The image with this ID or address. A `LookupError` if there is none."""
        for each in self.all.values():
            if each.kind and name in (each.id, each.url):
                return each
        raise LookupError(f"no image {name!r}")

    def faults(self, blocks: object, at: str = "/blocks") -> list[str]:
        """A line for each `slack_file` in the blocks that can't be shown."""
        return list(self._faults(blocks, at))

    def _faults(self, part: object, at: str) -> Iterator[str]:
        named = dict(enumerate(part)) if isinstance(part, list) else part if isinstance(part, dict) else {}
        for name, each in named.items():
            if name != "slack_file" or not isinstance(each, dict):
                yield from self._faults(each, f"{at}/{name}")
            elif not self._is_shown(each.get("id") or each.get("url")):
                yield fault("invalid slack file", f"{at}/slack_file")

    def _is_shown(self, name: object) -> bool:
        return any(each.kind and name in (each.id, each.url) for each in self.all.values())
