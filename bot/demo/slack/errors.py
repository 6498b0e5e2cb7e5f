"""Slack's refusals."""


class Refused(Exception):
    """Slack refuses: its error code and the further fields of its answer."""

    def __init__(self, word: str, **more: object) -> None:
        super().__init__(word)
        self.word = word
        self.more = more

    @property
    def answer(self) -> dict[str, object]:
        return {"ok": False, "error": self.word, **self.more}


def invalid_arguments(messages: list[str]) -> Refused:
    return Refused("invalid_arguments", response_metadata={"messages": messages})
