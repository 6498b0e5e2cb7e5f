"""What is said of many jobs, whatever they and their patterns are called: Slack takes it, and parses nothing of it."""

from dataclasses import replace
from functools import partial

import pytest

from bot.jobs import JobRef, Status
from bot.slack import lists, pattern_views
from bot.slack.clauses import ME
from bot.slack.grammar import parse
from bot.slack.message import Message
from bot.store.globs import key_of
from bot.store.patterns import Kept, Pattern
from bot.store.watches import Known
from bot.when import When
from tests.cast import ANN, BEN, NOON, OPS, ORDERS, UP, WORKSPACE
from tests.slack.reading import HOSTILE, assert_acceptable, assert_never_parsed, buttons, shown
from tests.slack.test_lists import full_row


def pattern(
    glob: str | None = "orders-*",
    jobs: int = 12,
    when: When | None = None,
    paused_because: str | None = None,
    failure: str | None = None,
) -> Pattern:
    return Pattern(1, WORKSPACE, OPS, key_of(glob), ANN, when or When(), jobs, paused_because, failure)


def known(text: str, number: int = 1) -> Known:
    return Known(number, WORKSPACE, JobRef(ORDERS.dataflow, number), text, Status.of(text), NOON, NOON, followed=True)


def every_view(text: str) -> list[Message]:
    """Each thing that can be said, with one text wherever outside text can stand."""
    odd = pattern(text, when=When.of([Status.of(text)]), failure=text)
    jobs = [known(text, number) for number in range(1, 9)]
    kept = Kept(jobs[0], odd, was_named=True)
    return [
        pattern_views.question(132, [text] * 132, "confirmed:132 watch all"),
        pattern_views.too_many(2_001),
        pattern_views.no_list("it came incomplete", "Try again.", command="/job"),
        pattern_views.now_watching(odd, jobs, by=BEN, to_person=False),
        pattern_views.watching_differently(odd, jobs, by=BEN, to_person=True),
        pattern_views.already_watching(odd, to_person=False),
        pattern_views.watching_elsewhere(odd, to_person=False),
        pattern_views.no_longer_watching(odd, by=BEN, to_person=False),
        pattern_views.was_not_watching(text, [odd] * 30, to_person=True, command="/job"),
        pattern_views.belongs_to_pattern(kept, to=ME, command="/job"),
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_outside_text_stays_text(text: str) -> None:
    """However a pattern, a job or a status is called, it can't mention, link or format, and it fits."""
    for message in every_view(text[:1_000]):
        assert_acceptable(message)
    for message in every_view(f"Qq{text[:1_000]}qQ"):
        assert_acceptable(message)
        for button in (part for block in message.blocks for part in block.get("elements", ()) if "value" in part):
            button["value"] = ""  # a button's value is never shown
        assert_never_parsed(message, "qq")


@pytest.mark.parametrize("count", [0, 1, 20, 45])
def test_the_list_has_room_for_patterns(count: int) -> None:
    """The longest list with the most patterns, in the worst state, is one that Slack takes."""
    worst = [
        pattern("x" * 900, when=When.of([Status.of("y" * 300)] * 9), failure="z" * 900, paused_because=why or None)
        for why in ("w" * 300, *[""] * 29)
    ]
    above = partial(pattern_views.list_lines, worst)
    rows = [full_row("x" * 500) for _ in range(count)]
    assert_acceptable(lists.watch_list(rows, page=1, to_person=False, command="/job", above=above))


def test_a_pattern_in_the_list() -> None:
    """One line: what it is, how many jobs it has, what is told, and at whose wish; and why it is idle, if it is."""
    here = [
        pattern(None, 1),
        pattern(when=When("problems")),
        pattern("a b*", paused_because="is_archived"),
        pattern("x*", failure="the jobs service could not be reached"),
    ]
    message = lists.watch_list(
        [], page=1, to_person=False, command="/job", above=partial(pattern_views.list_lines, here)
    )
    assert shown(message).split("\n") == [
        "This channel watches no job yet.",
        f"👀 all: 1 job, by @{ANN}",
        f"👀 all matching orders-*: 12 jobs, on problems, by @{ANN}",
        f'👀 all matching "a b*": 12 jobs, by @{ANN}',
        "      ⏸ paused: the channel is archived",
        f"👀 all matching x*: 12 jobs, by @{ANN}",
        "      ⚠️ I can't find all new ones now: the jobs service could not be reached",
    ]


def test_the_way_out_can_be_typed() -> None:
    """Each line that is offered to be copied, or stands behind a button, is one that the bot understands."""
    kept = Kept(replace(known("orders"), status=UP), pattern(), was_named=False)
    message = pattern_views.belongs_to_pattern(kept, to=ME, command="/job")
    lines = [line.partition("/job ")[2] for line in shown(message).split("\n")[1:]]
    assert lines == [f"mute {ORDERS.dataflow} 1d to me", "unwatch all matching orders-* to me"]
    confirmed = pattern_views.now_watching(pattern("a b*"), [], by=BEN, to_person=False)
    (stop,) = buttons(confirmed)
    assert stop == ("Stop watching", 'unwatch all matching "a b*"')
    assert all(parse(line) for line in [*lines, stop[1]])
