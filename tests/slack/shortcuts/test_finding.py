"""Which jobs a message names."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobLink, JobRef, Target
from bot.domain.job_search import JobIndex, NamedJob
from bot.domain.links.reading import LinkReader
from bot.slack.messages.alerts.actions import calm_actions, status_menu
from bot.slack.messages.look_up import Surroundings, job_card
from bot.slack.shortcuts.finding import MessageReader
from tests import effort as counted
from tests.cast import CLICKS, NOON, ORDERS, job

BOT = "B1"
NEW = "0e4f7c1d-2f0a-4a53-a04c-1f7a5d3e9b11"  # a dataflow that nobody knows
READER = MessageReader(BOT, LinkReader(JobLink("https://jobs.test/{dataflow}/{run}")))
INDEX = JobIndex(
    [
        NamedJob(ORDERS.dataflow, "orders"),
        NamedJob("flow-2", "orders to lake"),
        NamedJob("flow-3", "Bestellungen (EU)"),
        NamedJob("flow-4", "same"),
        NamedJob("flow-5", "same"),
        NamedJob("flow-6", "🚀 launches"),
        NamedJob("flow-7", "eu:up:sync"),
    ],
    JobIndex([NamedJob(CLICKS.dataflow, "clicks-to-lake")]),
)


def found(text: str = "", **message: Any) -> list[Target]:
    return [each.target for each in READER.find({"text": text, **message}, INDEX)]


CLICKS_FLOW, ORDERS_FLOW = Dataflow(CLICKS.dataflow), Dataflow(ORDERS.dataflow)


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("Is clicks-to-lake down?", [CLICKS_FLOW]),
        ("`clicks-to-lake`, again.", [CLICKS_FLOW]),
        ("*CLICKS-to-lake*: slow", [CLICKS_FLOW]),
        ("orders to lake is late", [Dataflow("flow-2")]),
        ("orders are late, and so is clicks-to-lake", [ORDERS_FLOW, CLICKS_FLOW]),
        ("Bestellungen (EU) and orders", [Dataflow("flow-3"), ORDERS_FLOW]),
        ("the same again", [Dataflow("flow-4"), Dataflow("flow-5")]),
        ("why are :rocket: launches late?", [Dataflow("flow-6")]),
        ("eu:up:sync is late", [Dataflow("flow-7")]),
        ("clicks–to\u2011lake and orders\u00a0to lake", [CLICKS_FLOW, Dataflow("flow-2")]),
        ("reorders clicks-to-lakes", []),
        (f"<https://jobs.test/{CLICKS.dataflow}/7>", [JobRef(CLICKS.dataflow, 7)]),
        (f"see <https://jobs.test/{CLICKS.dataflow}/7|here>.", [JobRef(CLICKS.dataflow, 7)]),
        (f"{CLICKS.dataflow.upper()} is slow", [CLICKS_FLOW]),
        (f"{CLICKS.dataflow}/7 and {CLICKS.dataflow}", [CLICKS_FLOW]),
        (f"https://wiki.test/{NEW} about orders", [ORDERS_FLOW]),
        (f"{NEW}/3", [JobRef(NEW, 3)]),
        ("", []),
    ],
)
def test_the_jobs_of_a_text(text: str, jobs: list[Target]) -> None:
    """Names, IDs and links that are known, each job once; an unknown ID only if there is nothing else."""
    assert found(text) == jobs


def test_the_bots_own_buttons_say_it() -> None:
    """A message of the bot is about the jobs of its buttons and menus, whatever names it shows. Others' buttons say
    nothing."""
    card = job_card(job(), ORDERS, Surroundings(), now=NOON)
    assert found("clicks-to-lake", bot_id=BOT, blocks=list(card.blocks)) == [ORDERS]
    menu = status_menu([("a", CLICKS_FLOW), ("b", ORDERS_FLOW)])
    assert found(bot_id=BOT, blocks=[{"type": "actions", "elements": menu}]) == [CLICKS_FLOW, ORDERS_FLOW]
    actions = [{"type": "actions", "elements": calm_actions(CLICKS_FLOW, [])}]
    assert found(bot_id=BOT, blocks=actions) == [CLICKS_FLOW]
    assert found(bot_id="B2", blocks=actions, text="orders") != [CLICKS_FLOW]


def test_what_stands_in_blocks_and_attachments_counts() -> None:
    """Other apps write in blocks and attachments, and their text stays empty."""
    rich = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"text": "orders"}]}]}]
    assert found(blocks=rich) == [ORDERS_FLOW]
    assert found(attachments=[{"fallback": "", "fields": [{"title": "Job", "value": "orders"}]}]) == [ORDERS_FLOW]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["text", "blocks", "elements", "options", "value", "action_id", "bot_id", "attachments"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments", "bot_id"]), JSON))
def test_any_message_is_read(message: dict[str, Any]) -> None:
    """Whatever a message holds, it raises nothing."""
    READER.find(message, INDEX)
    READER.find(message | {"bot_id": BOT}, INDEX)


def effort(**message: Any) -> int:
    """The effort of reading a message."""
    return counted.effort(lambda: found(**message))


@pytest.mark.parametrize("piece", ["orders to ", "a ", "https://", f"{NEW} ", "\u0301", "(", "<https://jobs.test/"])
def test_the_work_for_a_text_is_linear(piece: str) -> None:
    """Twice the text is twice the work at most, whatever it repeats."""
    times = 500 // len(piece)
    once, twice = effort(text=piece * times), effort(text=piece * 2 * times)
    assert twice <= 2.2 * once + 200


def test_the_work_for_a_text_is_bounded() -> None:
    """What goes beyond the limit costs nothing, but for what a cache may have forgotten meanwhile."""
    assert effort(text=f"{'x' * 40} " * 30_000) == pytest.approx(effort(text=f"{'x' * 40} " * 300), rel=0.01)


def test_blocks_without_an_end_are_read_in_part() -> None:
    """Neither deep nor many blocks take long."""
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    assert effort(blocks=deep) < 20_000
    assert effort(attachments=[{"text": "x"}] * 100_000) < 100_000
    while deep:  # or its end would recurse
        deep = deep[0]
