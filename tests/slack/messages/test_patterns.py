"""What is said of many jobs, whatever they and their patterns are called: Slack takes it, and parses nothing of it."""

from dataclasses import replace
from functools import partial

import pytest

from bot.domain.job import JobRef, Status
from bot.domain.pattern import Pattern, normalize
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.parser import parse
from bot.slack.messages import patterns, watch_list
from bot.slack.messages.blocks import Message
from bot.store.pattern_watches import Kept
from tests.cast import ANN, BEN, NOON, OPS, ORDERS, UP, WORKSPACE
from tests.slack.messages.reading import HOSTILE, assert_acceptable, assert_never_parsed, buttons, shown
from tests.slack.messages.test_watch_list import full_row


def pattern(
    glob: str | None = "orders-*",
    jobs: int = 12,
    status_filter: StatusFilter | None = None,
    paused_because: str | None = None,
    failure: str | None = None,
) -> Pattern:
    return Pattern(
        1, WORKSPACE, OPS, normalize(glob), ANN, status_filter or StatusFilter(), jobs, paused_because, failure
    )


def tracked_job(text: str, number: int = 1) -> TrackedJob:
    return TrackedJob(
        number, WORKSPACE, JobRef(ORDERS.dataflow, number), text, Status.of(text), NOON, NOON, followed=True
    )


def every_view(text: str) -> list[Message]:
    """Each thing that can be said, with one text wherever outside text can stand."""
    odd = pattern(text, status_filter=StatusFilter.of([Status.of(text)]), failure=text)
    jobs = [known(text, number) for number in range(1, 9)]
    kept = Kept(jobs[0], odd, was_named=True)
    return [
        patterns.question(132, [text] * 132, "confirmed:132 watch all"),
        patterns.too_many(2_001),
        patterns.no_list("it came incomplete", "Try again.", command="/job"),
        patterns.now_watching(odd, jobs, by=BEN, to_person=False),
        patterns.watching_differently(odd, jobs, by=BEN, to_person=True),
        patterns.already_watching(odd, to_person=False),
        patterns.watching_elsewhere(odd, to_person=False),
        patterns.no_longer_watching(odd, by=BEN, to_person=False),
        patterns.was_not_watching(text, [odd] * 30, to_person=True, command="/job"),
        patterns.belongs_to_pattern(kept, to=ME, command="/job"),
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
        pattern(
            "x" * 900,
            status_filter=StatusFilter.of([Status.of("y" * 300)] * 9),
            failure="z" * 900,
            paused_because=why or None,
        )
        for why in ("w" * 300, *[""] * 29)
    ]
    above = partial(patterns.list_lines, worst)
    rows = [full_row("x" * 500) for _ in range(count)]
    assert_acceptable(watch_list.watch_list(rows, page=1, to_person=False, command="/job", above=above))


def test_a_pattern_in_the_list() -> None:
    """One line: what it is, how many jobs it has, what is told, and at whose wish; and why it is idle, if it is."""
    here = [
        pattern(None, 1),
        pattern(status_filter=StatusFilter("problems")),
        pattern("a b*", paused_because="is_archived"),
        pattern("x*", failure="the jobs service could not be reached"),
    ]
    message = watch_list.watch_list(
        [], page=1, to_person=False, command="/job", above=partial(patterns.list_lines, here)
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
    message = patterns.belongs_to_pattern(kept, to=ME, command="/job")
    lines = [line.partition("/job ")[2] for line in shown(message).split("\n")[1:]]
    assert lines == [f"mute {ORDERS.dataflow} 1d to me", "unwatch all matching orders-* to me"]
    confirmed = patterns.now_watching(pattern("a b*"), [], by=BEN, to_person=False)
    (stop,) = buttons(confirmed)
    assert stop == ("Stop watching", 'unwatch all matching "a b*"')
    assert all(parse(line) for line in [*lines, stop[1]])
