"""Files in the workspace."""

from dataclasses import dataclass


@dataclass
class File:
    """A file from the moment when its upload is announced. `content` is None until it was sent, `title` until the
    upload was completed."""

    id: str
    name: str
    length: int
    ticket: str
    alt_text: str = ""
    content: bytes | None = None
    title: str | None = None

    @property
    def is_png(self) -> bool:
        return self.content is not None and self.content.startswith(b"\x89PNG\r\n\x1a\n")
