"""Several jobs to pick from, no such job, the jobs that there are."""

from collections.abc import Callable

import pytest

from bot.domain.job import Dataflow, Status
from bot.slack.grammar.commands import Mute, Watch
from bot.slack.grammar.parser import parse
from bot.slack.grammar.writer import command_line
from bot.domain.job_search import NamedJob
from bot.slack.messages import pickers
from bot.slack.messages.blocks import Message
from tests.slack.messages.reading import HOSTILE, assert_acceptable, assert_never_parsed, shown


def jobs(title: str, count: int) -> list[NamedJob]:
    return [NamedJob(f"d{number}", title, Status.of(title)) for number in range(count)]


def said_of(job: Dataflow) -> str:
    return f"watch {job}"


VIEWS: dict[str, Callable[[str], Message]] = {
    "which": lambda t: pickers.which(t, jobs(t, 12), said_of, command="/job"),
    "nobody": lambda t: pickers.nobody(t, None, command="/job", example="status d 1"),
    "nobody, no list": lambda t: pickers.nobody(t, "the jobs service is busy", command="/job", example="status d 1"),
    "jobs": lambda t: pickers.jobs_page(jobs(t, 300), t, None, page=2, command="/job"),
    "jobs, no list": lambda t: pickers.jobs_page(jobs(t, 1), t, "it is busy", page=1, command="/job"),
    "no jobs": lambda t: pickers.jobs_page([], t, None, page=1, command="/job"),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_name_breaks_a_message(view: Callable[[str], Message], text: str) -> None:
    """Slack accepts every message, whatever a job is called; nobody is mentioned by it."""
    assert_acceptable(view(text))


# A button's label is plain text, in which there is no markup either.
@pytest.mark.parametrize("view", [view for name, view in VIEWS.items() if name != "which"])
def test_outside_text_is_never_parsed(view: Callable[[str], Message]) -> None:
    """Outside text stands where Slack reads no markup."""
    assert_never_parsed(view("MARK <!channel> *x*"), "MARK")


def test_at_most_ten_to_pick_from() -> None:
    """A name that means many has ten buttons, each with the line that says the same of that job."""
    message = pickers.which("orders", jobs("orders", 12), said_of, command="/job")
    assert (
        shown(message)
        == "12 jobs are called like “orders”. Which one?\n… and 2 more. Say more of the name, or: /job jobs orders"
    )
    (buttons,) = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert [button["value"] for button in buttons] == [f"watch d{number}" for number in range(10)]
    assert len({button["action_id"] for button in buttons}) == 10


def test_a_page_of_jobs() -> None:
    """Twenty a page, each with a button to watch it; the last line says how to see more."""
    message = pickers.jobs_page(jobs("Stopped", 45), "", None, page=2, command="/jw")
    lines = shown(message).split("\n")
    assert (lines[0], lines[-1]) == ("45 jobs · page 2 of 3", "More: /jw jobs page 3")
    buttons = [block["elements"][0]["value"] for block in message.blocks if block["type"] == "actions"]
    assert buttons == [f"d{number}" for number in range(20, 40)]
    assert "page 3 of 3" in shown(pickers.jobs_page(jobs("a", 45), "", None, page=9, command="/jw"))


@pytest.mark.parametrize(
    "line",
    [
        "help",
        "list page 3",
        "jobs orders lake page 2",
        "status orders-to-lake",
        "history 1948938e-3923-4602-aba8-f122e3d66faf",
        "watch orders-to-lake on running with error, stopped to me",
        "watch on problems",
        "watch all matching orders-* on errors",
        "unwatch all",
        'unwatch "to me"',
        "mute orders-to-lake 2h to me",
        "mute orders-to-lake until 09:05",
        "unmute 1948938e-3923-4602-aba8-f122e3d66faf/42559",
    ],
)
def test_a_command_can_be_said_again(line: str) -> None:
    """A command as a line is read as the same command."""
    command = parse(line)
    assert parse(command_line(command)) == command  # type: ignore[arg-type]


def test_the_line_of_a_channel() -> None:
    """A channel is named by its ID, as Slack sends it."""
    assert command_line(Watch(Dataflow("d"), "C123")) == "watch d to <#C123>"
    assert parse("watch orders-to-lake to <#C123|ops>") == parse("watch orders-to-lake to <#C123>")
    assert isinstance(parse("mute orders-to-lake"), Mute)
