"""Which jobs a message names: its own buttons, links, IDs and names. Pure.

A message's text is from outside and may be anything, so only a bounded part of it is read, once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.job import Dataflow, JobRef, Target
from bot.domain.job_search import JobIndex, NamedJob
from bot.domain.links.reading import LinkReader
from bot.slack.grammar.presses import read_press
from bot.slack.grammar.shortcodes import with_emoji

_MOST_NODES = 2_000  # objects, lists and texts of a message that are looked at
_LONGEST_TEXT = 8_000  # characters of all its texts together
# Fields of blocks and attachments that hold what people read, and those that hold where it leads.
_TEXTS = ("text", "fallback", "pretext", "title", "url", "title_link", "from_url", "value")
_URL = re.compile(r"https?://[^\s<>|\"]+", re.IGNORECASE)
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ID = re.compile(rf"(?<![\w-])({_UUID})(?:/([1-9][0-9]{{0,17}}))?(?![\w-])", re.ASCII)
_AFTER_URL = ".,;:!?)]}'*_~`"


@dataclass(frozen=True)
class MessageReader:
    """Finds jobs in messages. `bot_id` is the bot's own, `links` reads links to jobs, if there are such."""

    bot_id: str | None
    links: LinkReader | None

    def find(self, message: Mapping[str, Any], index: JobIndex) -> Sequence[NamedJob]:
        """The jobs that a message names, each once. The buttons of the bot's own message say which jobs it is about. Of
        any other, those count that the index has: first by ID, then by name; only without them, IDs that it hasn't."""
        is_own = self.bot_id is not None and message.get("bot_id") == self.bot_id
        if is_own and (own := _once(_of_buttons(message))):
            return [_named(target, index) for target in own]
        text = _text_of(message)
        by_id = _once([*self._linked(text), *_of_ids(text)])
        known = [job for target in by_id if (job := index.named(target)) is not None]
        words = _URL.sub(" ", text)
        texts = dict.fromkeys((with_emoji(words), words))  # Slack names the emoji of a message
        found = [*known, *next((jobs for each in texts if (jobs := index.find_in_text(each))), ())]
        targets = _once(job.target for job in found)
        by_target = {job.target: job for job in reversed(found)}
        return [by_target[target] for target in targets] or [_named(target, index) for target in by_id]

    def _linked(self, text: str) -> Iterator[Target]:
        for found in _URL.finditer(text) if self.links else ():
            target = self.links.read(found[0].rstrip(_AFTER_URL)) if self.links else None
            if target is not None:
                yield target


def _named(target: Target, index: JobIndex) -> NamedJob:
    """A job with its name, or with its ID if the index doesn't have it."""
    dataflow, run = (target.dataflow, target.run) if isinstance(target, JobRef) else (target.id, None)
    return index.named(target) or NamedJob(dataflow, str(target), run=run)


def _once(targets: Iterable[Target]) -> list[Target]:
    """Each job once: a run isn't another job beside its dataflow."""
    distinct = list(dict.fromkeys(targets))
    return [each for each in distinct if not (isinstance(each, JobRef) and Dataflow(each.dataflow) in distinct)]


def _of_buttons(message: Mapping[str, Any]) -> Iterator[Target]:
    """The jobs that buttons and menus are about."""
    for element in _objects(message.get("blocks")):
        action, options = element.get("action_id"), element.get("options")
        if not isinstance(action, str):
            continue
        choices = options if isinstance(options, list) else []
        for value in (each.get("value") for each in (element, *choices) if isinstance(each, Mapping)):
            press = read_press(action, value, is_ephemeral=False) if isinstance(value, str) else None
            target = getattr(press, "ref", None)
            if isinstance(target, JobRef | Dataflow):
                yield target


def _of_ids(text: str) -> Iterator[Target]:
    for uuid, run in _ID.findall(text):
        yield JobRef(uuid.lower(), int(run)) if run else Dataflow(uuid.lower())


def _text_of(message: Mapping[str, Any]) -> str:
    """What people read in a message, with the addresses of its links."""
    texts, room = [], _LONGEST_TEXT
    parts = [message, *_objects(message.get("blocks")), *_objects(message.get("attachments"))]
    for part in parts:
        for field in _TEXTS:
            if room > 0 and isinstance(text := part.get(field), str):
                texts.append(text[:room])
                room -= len(text) + 1
    return " ".join(dict.fromkeys(texts)).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _objects(root: object) -> Iterator[Mapping[str, Any]]:
    """The objects in blocks or attachments, outer ones and earlier ones first; so many that it ends."""
    waiting, seen = [root], 0
    while waiting and seen < _MOST_NODES:
        seen += 1
        node = waiting.pop()
        if isinstance(node, Mapping):
            yield node
            waiting += reversed([each for each in list(node.values())[:50] if isinstance(each, Mapping | list)])
        elif isinstance(node, list):
            waiting += reversed(node[:_MOST_NODES])
