"""Whether the alerts of an incident form a thread: what was chosen, and what that means."""

from bot.slack.messages.blocks import Message, code, message, person, sanitize

_ON = "All alerts of an incident go into one thread. When a job gets worse or recovers, that also shows in the channel."
_OFF = "Each alert is a message of its own."


def chosen(*, on: bool, by: str, to_person: bool) -> Message:
    """Somebody chose."""
    word = "on" if on else "off"
    if to_person:
        return message([f"🧵 You turned threads {word}. {_what(on=on, to_person=to_person)}"])
    return message(["🧵 ", person(by), f" turned threads {word} in this channel. {_what(on=on, to_person=to_person)}"])


def present(*, on: bool, to_person: bool, command: str) -> Message:
    """What was chosen, and how to change it."""
    where = "here" if to_person else "in this channel"
    word, other = ("on", "off") if on else ("off", "on")
    return message(
        [f"🧵 Threads are {word} {where}. {_what(on=on, to_person=to_person)}"],
        ["To change that: ", code(sanitize(f"{command} threads {other}", 200))],
    )


def _what(*, on: bool, to_person: bool) -> str:
    if not on:
        return _OFF
    return _ON.replace("in the channel", "outside the thread") if to_person else _ON
