"""Where the person reads and types: a terminal, or else a pipe or a file."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue


class Terminal:
    """Where the person reads and types; also a pipe or a file. What is said moves a line being typed out of its way."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._asking: str | None = None
        self._prompts: SimpleQueue[str] = SimpleQueue()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._typed_so_far: Callable[[], str] = str
        self.restore: Callable[[], None] = lambda: None
        read = self._line_editor() if self.interactive else _plain_lines()
        loop = asyncio.get_running_loop()

        def reading() -> None:
            with suppress(RuntimeError):  # the loop is closed: the demo is over
                while True:
                    loop.call_soon_threadsafe(self._lines.put_nowait, read(self._prompts.get()))

        threading.Thread(target=reading, daemon=True).start()

    def _line_editor(self) -> Callable[[str], str | None]:
        """Lines with a history and the usual keys. `restore` undoes what it does to the terminal while it waits."""
        import termios

        before = termios.tcgetattr(0)
        self.restore = lambda: termios.tcsetattr(0, termios.TCSADRAIN, before)
        with suppress(ImportError):
            import readline

            readline.parse_and_bind("set enable-bracketed-paste off")  # several lines pasted are several lines
            readline.parse_and_bind("set disable-completion on")
            self._typed_so_far = readline.get_line_buffer

        def read(prompt: str) -> str | None:
            try:
                return input(prompt)
            except EOFError:
                return None

        return read

    async def ask(self, prompt: str) -> str | None:
        """The next line that is typed, without spaces around it; None when there are no more."""
        line, self._asking = None, prompt
        self._prompts.put(prompt)
        try:
            line = await self._lines.get()
        finally:
            self._asking = None
            if self.interactive and line is None:
                self.say("")  # what follows must not stand behind the prompt
        if line is not None and not self.interactive:
            self.say(prompt + line)
        return line and line.strip()

    def say(self, *lines: str) -> None:
        """Show lines, above the one that is being typed."""
        text = "".join(f"{line}\n" for line in lines)
        if self.interactive and self._asking is not None:
            text = f"\r\033[K{text}{self._asking}{self._typed_so_far()}"
        print(text, end="", flush=True)


def _plain_lines() -> Callable[[str], str | None]:
    # Not sys.stdin, which Python can't close at its exit while somebody waits for a line of it.
    lines = open(os.dup(0), encoding="utf-8", errors="replace")  # noqa: SIM115

    def read(_prompt: str) -> str | None:
        line = lines.readline()
        return line.rstrip("\n") if line else None

    return read
