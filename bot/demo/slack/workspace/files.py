"""Files that the app uploaded, and which blocks show one that isn't there or is no image."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.demo.slack.block_kit.schema import fault

_IMAGES = {
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"GIF8": ("gif", "image/gif"),
}


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
    def image(self) -> tuple[str, str] | None:
        """The kind and MIME type of an image, by its first bytes; None for all else, and before it is complete."""
        content = (self.content or b"") if self.is_complete else b""
        return next((kind for start, kind in _IMAGES.items() if content.startswith(start)), None)

    @property
    def mimetype(self) -> str:
        return self.image[1] if self.image else ""


class Files:
    """All files, by their ID."""

    def __init__(self) -> None:
        self.all: dict[str, File] = {}

    def shown(self, name: object) -> File:
        """The image with this ID or address. A `LookupError` if there is none."""
        for each in self.all.values():
            if each.image and name in (each.id, each.url):
                return each
        raise LookupError(f"no image {name!r}")

    def faults(self, part: object, at: str = "/blocks") -> Iterator[str]:
        """A line for each `slack_file` in the blocks that can't be shown."""
        named = dict(enumerate(part)) if isinstance(part, list) else part if isinstance(part, dict) else {}
        for name, each in named.items():
            if name != "slack_file" or not isinstance(each, dict):
                yield from self.faults(each, f"{at}/{name}")
                continue
            try:
                self.shown(each.get("id") or each.get("url"))
            except LookupError:
                yield fault("invalid slack file", f"{at}/slack_file")
