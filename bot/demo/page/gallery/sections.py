"""The sections of the gallery, in the order in which they are shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.demo.page.gallery import alerts, failures, forms, histories, homes, incidents, look_ups, shortcuts, watches
from bot.demo.page.gallery.cast import Cast
from bot.demo.page.gallery.channel import digests, reminders, settings, silences
from bot.demo.page.gallery.example import Example, Question


@dataclass(frozen=True)
class Section:
    """`id` is its anchor on the page."""

    id: str
    title: str
    examples: Sequence[Example]


_SECTIONS: dict[str, Callable[[Cast], Iterator[Example]]] = {
    "Incidents": incidents.incidents,
    "Taking care of incidents": incidents.taking_care,
    "Reminders and escalation": reminders.reminders,
    "Alerts about one job": alerts.one_job,
    "Alerts about many jobs": alerts.many_jobs,
    "Outages and pauses": alerts.services,
    "Look-ups": look_ups.one_job,
    "Histories": histories.histories,
    "Lists and help": look_ups.lists,
    "Watching a job": watches.one_job,
    "Watching a pattern": watches.many_jobs,
    "Mutes and pauses": watches.silence,
    "Maintenance": silences.maintenance,
    "Quiet hours": silences.quiet_hours,
    "Digests": digests.scheduled,
    "Choosing a digest": digests.choosing,
    "Forms": forms.forms,
    "Home": homes.homes,
    "Shortcuts and links": shortcuts.shortcuts,
    "Settings": settings.forms,
    "Who may change things": settings.permissions,
    "Mistyped commands": failures.mistyped,
    "Failures": failures.failed,
}


def sections(cast: Cast) -> list[Section]:
    """Every section with its examples."""
    return [Section(_id(title), title, [*examples(cast)]) for title, examples in _SECTIONS.items()]


def questions(shown: Sequence[Section]) -> list[tuple[Example, Question]]:
    """Each question that some element asks, once, with an example that has it."""
    found = [(example, each) for section in shown for example in section.examples for each in example.questions]
    return [pair for number, pair in enumerate(found) if pair[1] not in [each for _, each in found[:number]]]


def _id(title: str) -> str:
    return title.lower().replace(" ", "-")
