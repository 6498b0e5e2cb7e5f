import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.block_kit import faults, text_length
from bot.demo.jobs_service import DOCUMENTED_JOB
from bot.informatica.parse import parse_job
from bot.jobs import Job, JobRef, Status, StatusClass
from bot.slack import views
from bot.slack.grammar import Refusal, parse
from bot.slack.message import Message
from bot.slack.text import EMOJI, status_emoji, status_words
from bot.slack.views import ROWS_A_PAGE, Row
from tests.cast import ANN, ERROR, MINUTE, NOON, ORDERS, UP, change, job
from tests.slack.reading import buttons, foreign_markup, parts, shown

HOUR = 60 * MINUTE
TYPED = f"/job watch {ORDERS}"


def row(title: str = "orders", status: Status = UP, run: int = 42559, **more: str | None) -> Row:
    ref = JobRef(ORDERS.dataflow, run)
    return Row(ref=ref, title=title, status=status, since=NOON - HOUR, seen_at=NOON, created_by=ANN, **more)


def full_job(text: str) -> Job:
    return Job(
        ref=ORDERS,
        status=Status.of(text),
        name=text,
        start_time=NOON,
        location=text,
        runtime_env=text,
        org_id=text,
        started_by=text,
        deployed_version=text,
        extra_data={"agentGroupId": text},
    )


def full_row(text: str) -> Row:
    longest = JobRef("x" * 64, 10**18 - 1)
    return replace(row(text, Status.of(text), unseen_because=text, paused_because=text), ref=longest)


# Every view, with one text in every place that outside text can reach.
VIEWS: dict[str, Callable[[str], Message]] = {
    "alert": lambda t: views.alert(replace(change(Status.of(t), Status.of(t + "!")), title=t, version=t, started_by=t)),
    "job_card": lambda t: views.job_card(full_job(t), now=NOON),
    "shared_job_card": lambda t: views.shared_job_card(full_job(t), ANN, now=NOON + HOUR),
    "cannot_see": lambda t: views.cannot_see(JobRef(t, 1), "the jobs service is busy", "Try again."),
    "now_watching": lambda t: views.now_watching(ORDERS, t, Status.of(t), by=ANN, to_person=False),
    "now_watching to me": lambda t: views.now_watching(ORDERS, t, Status.of(t), by=ANN, to_person=True),
    "watching_by_message": lambda t: views.watching_by_message(t, Status.of(t)),
    "already_watching": lambda t: views.already_watching(t, Status.of(t), to_person=False),
    "cannot_post_here": lambda t: views.cannot_post_here(t, bot_name=t, why="not_in_channel"),
    "cannot_post_here, archived": lambda t: views.cannot_post_here(t, bot_name=t, why="is_archived"),
    "cannot_message_you": views.cannot_message_you,
    "unconfirmed": lambda t: views.unconfirmed(t, t),
    "no_longer_watching": lambda t: views.no_longer_watching(t, by=ANN, to_person=False),
    "no_longer_watching to me": lambda t: views.no_longer_watching(t, by=ANN, to_person=True),
    "was_not_watching": lambda t: views.was_not_watching(JobRef(t, 1), to_person=True, command="/job"),
    "watch_list": lambda t: views.watch_list([full_row(t)] * 300, page=2, to_person=False, command="/job"),
    "watch_list, empty": lambda t: views.watch_list([], page=1, to_person=True, command="/job"),
    "help_text": lambda t: views.help_text([full_row(t)] * 300, to_person=False, command="/job"),
    "refusal": lambda t: views.refusal(_refusal(t), command="/job"),
    "busy": views.busy,
    "interrupted": views.interrupted,
    "took_too_long": views.took_too_long,
    "store_trouble": lambda t: views.store_trouble(),
    "own_fault": lambda t: views.own_fault(),
}

HOSTILE = {
    "a broadcast": "<!channel> <!here|x> <!everyone>",
    "a mention": "<@U0DEMOADA1> <#C0DEMOOPS1|x> <!subteam^S1>",
    "a link": "<https://evil.example|click> https://evil.example",
    "a date": "<!date^0^{date}|x>",
    "formatting": "*bold* _italic_ ~gone~ `code` ```block``` > quote",
    "entities": "&lt;!channel&gt; &amp; &",
    "5,000 characters": "x" * 5_000,
    "5,000 brackets": "<" * 5_000,
    "newlines": "a\nb\r\nc\u2028d\u2029e\x0bf",
    "marks of direction": "\u202eevil\u202c \u2066x\u2069 \u061c\u200f",
    "emoji codes": ":smile: :siren: :fire:",
    "nothing": "",
    "spaces": "   \t\n ",
    "control characters": "\x00\x1b[31m\x7f\x9b",
    "backticks": "`" * 50,
    "a family of emoji": "👨‍👩‍👧‍👦" * 40,
}


def _refusal(text: str) -> Refusal:
    read = parse(f"status {text} x y z")
    assert isinstance(read, Refusal)
    return read


def assert_acceptable(message: Message) -> None:
    blocks = list(message.blocks)
    assert faults(blocks, "message") == []
    assert text_length(blocks) <= 10_000
    assert 0 < len(message.text) <= 40_000
    assert message.text.strip()
    json.dumps(message.payload)


def test_every_view_is_tried() -> None:
    """A view that is added is tried with hostile text too."""
    functions = inspect.getmembers(views, inspect.isfunction)
    own = {name for name, f in functions if f.__module__ == views.__name__ and not name.startswith("_")}
    assert {name.split(",")[0].removesuffix(" to me") for name in VIEWS} == own


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_name_breaks_a_message(view: Callable[[str], Message], text: str) -> None:
    """Slack accepts every message, whatever a job, a status or a person is called; nobody is mentioned by it."""
    message = view(text)
    assert_acceptable(message)
    assert foreign_markup(message.text) == ""
    assert not any(c in message.text for c in "\x00\x1b\r\u2028\u202e\u2066\u061c")


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_outside_text_is_never_parsed(view: Callable[[str], Message]) -> None:
    """Outside text stands in rich-text elements of the kind `text` alone, in which Slack reads no markup."""
    mark = "MARK <!channel> *x*"
    blocks = list(view(mark).blocks)
    assert {block["type"] for block in blocks} <= {"rich_text", "actions"}
    for part in parts(blocks):
        assert part.get("type") != "mrkdwn"
        if part.get("type") == "text":
            continue
        assert not any("MARK" in value for value in part.values() if isinstance(value, str)), part


@given(st.text(max_size=300), st.sampled_from(sorted(VIEWS)))
def test_any_text_makes_an_acceptable_message(text: str, name: str) -> None:
    """The same for whatever else a service may call a job."""
    message = VIEWS[name](text)
    assert_acceptable(message)
    assert foreign_markup(message.text) == ""


# ── alerts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_alerts_first_line_says_it_all() -> None:
    """What a lock screen shows of an alert is the job, the new status, the old one and how long that lasted."""
    message = views.alert(change())
    assert message.text == "🔴 orders is Running with Error – was 🟢 Up and Running for 3 h 12 min"
    assert shown(message) == (
        "🔴 orders is Running with Error – was 🟢 Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · seen 14 Feb 2026 12:00 UTC"
    )
    assert buttons(message) == [("Show job now", str(ORDERS)), ("Stop watching", str(ORDERS))]


def test_an_alert_leaves_out_what_is_not_known() -> None:
    """A job without version and deployer, whose old status began unseen, is told without holes."""
    message = views.alert(replace(change(), old_since=None, version=None, started_by=None))
    assert shown(message) == (
        "🔴 orders is Running with Error – was 🟢 Up and Running\nRun 42559 · seen 14 Feb 2026 12:00 UTC"
    )


def test_an_alerts_time_is_in_the_readers_zone() -> None:
    """The time of a change is a date element, which Slack shows in each reader's own zone."""
    dates = [part for part in parts(list(views.alert(change()).blocks)) if part.get("type") == "date"]
    assert [date["timestamp"] for date in dates] == [int(NOON.timestamp())]


# ── a look at a job ─────────────────────────────────────────────────────────────────────────────────────────────────


def documented_job() -> Job:
    ref = JobRef(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])
    return parse_job(json.dumps(DOCUMENTED_JOB).encode(), ref)


def test_the_documents_own_job_is_shown_in_full() -> None:
    """The job that the service's page gives as its example is shown with all that a person asks for."""
    message = views.job_card(documented_job(), now=NOON)
    assert shown(message) == (
        "⚪ testmonitor is Undeployed\n"
        "Run 42559 · version 1 · deployed by siqa_new\n"
        "Dataflow 1948938e-3923-4602-aba8-f122e3d66faf\n"
        "Deployed 14 Feb 2022 03:38 UTC · undeployed 14 Feb 2022 04:04 UTC · ran 25 min 43 s\n"
        "Location Default\n"
        "Runtime environment 011ZFB2500000000000N\n"
        "Organisation 2lFy0UUNnlnbjhaoT3TSqw"
    )
    ref = "1948938e-3923-4602-aba8-f122e3d66faf/42559"
    assert buttons(message) == [("Share here", ref), ("Watch here", ref)]


def test_a_shared_job_says_who_shared_it_and_has_no_button() -> None:
    """Everybody sees who showed them the job; what is private about a look (its buttons) is not there."""
    message = views.shared_job_card(job(), ANN, now=NOON)
    assert shown(message).endswith("\nShared by @U1")
    assert buttons(message) == []


@pytest.mark.parametrize(
    ("start", "end", "duration", "now", "line"),
    [
        (NOON, None, None, NOON + 2 * HOUR, "Deployed 14 Feb 2026 12:00 UTC · running for 2 h"),
        # Its clock is ahead of ours: nothing runs for a negative time.
        (NOON, None, None, NOON - HOUR, "Deployed 14 Feb 2026 12:00 UTC"),
        # Without a duration, the one between both times.
        (NOON, NOON + HOUR, None, NOON, "Deployed 14 Feb 2026 12:00 UTC · undeployed 14 Feb 2026 13:00 UTC · ran 1 h"),
        (None, None, 5 * MINUTE, NOON, "Ran 5 min"),
        (None, NOON, None, NOON, None),
    ],
)
def test_how_long_a_job_ran(
    start: datetime | None, end: datetime | None, duration: timedelta | None, now: datetime, line: str | None
) -> None:
    """The line on a job's life says what is known, and nothing where nothing is."""
    lived = replace(job(), start_time=start, end_time=end, duration=duration)
    lines = shown(views.job_card(lived, now=now)).split("\n")
    assert lines[3:] == ([line] if line else [])


@pytest.mark.parametrize("words", ["Deploying", "Up and Running", "Running with Error", "Throttled"])
def test_a_status_looks_the_same_everywhere(words: str) -> None:
    """The emoji and words of a status are the same in an alert, a look, a list, a confirmation and the help."""
    status = Status.of(words)
    emoji, said = status_emoji(status), status_words(status)
    assert f"{emoji} orders is {said}" in shown(views.alert(change(new=status, old=ERROR if status != ERROR else UP)))
    assert f"{emoji} orders is {said}" in shown(views.job_card(job(status), now=NOON))
    assert f"{emoji} orders – {said}" in shown(
        views.watch_list([row(status=status)], page=1, to_person=True, command="/job")
    )
    assert f"{emoji} orders – {said}" in shown(views.help_text([row(status=status)], to_person=True, command="/job"))
    assert f"Now: {emoji} {said}" in shown(views.now_watching(ORDERS, "orders", status, by=ANN, to_person=True))


def test_a_look_that_failed_shows_no_status() -> None:
    """Where the job could not be seen, there is a reason and a remedy, and nothing that looks like a status."""
    message = views.cannot_see(ORDERS, "the jobs service is busy", "Try again in a few minutes.")
    assert (
        shown(message)
        == f"⚠️ I can't see {ORDERS.dataflow} {ORDERS.run} now: the jobs service is busy.\nTry again in a few minutes."
    )
    assert not any(emoji in shown(message) for emoji in EMOJI.values())


# ── watching, lists and help ────────────────────────────────────────────────────────────────────────────────────────


def test_a_confirmation_says_who_what_and_how_it_is() -> None:
    """A channel learns who made it watch what, and how the job is now; a person what they will be told."""
    channel = views.now_watching(ORDERS, "orders", UP, by=ANN, to_person=False)
    person = views.now_watching(ORDERS, "orders", UP, by=ANN, to_person=True)
    assert shown(channel) == (
        "👀 @U1 made this channel watch orders (run 42559): every change of its status is told here.\n"
        "Now: 🟢 Up and Running"
    )
    assert shown(person) == (
        "👀 I'll tell you here when orders (run 42559) changes its status.\nNow: 🟢 Up and Running"
    )


def test_who_is_not_in_the_channel_is_told_how_to_invite_it() -> None:
    """A person can copy the invitation, and then the line that they typed."""
    message = views.cannot_post_here(TYPED, bot_name="jobwatch", why="not_in_channel")
    assert "/invite @jobwatch" in shown(message)
    assert TYPED in shown(message)


@pytest.mark.parametrize(
    ("count", "to_person", "first"),
    [
        (0, False, "This channel watches no job yet."),
        (0, True, "You watch no job yet."),
        (1, False, "This channel watches 1 job"),
        (1, True, "You watch 1 job"),
        (2, False, "This channel watches 2 jobs"),
        (2, True, "You watch 2 jobs"),
    ],
)
def test_a_list_and_the_help_begin_with_the_count(count: int, to_person: bool, first: str) -> None:
    """The first line is right in number and person."""
    rows = [row(run=number + 1) for number in range(count)]
    for message in (
        views.watch_list(rows, page=1, to_person=to_person, command="/job"),
        views.help_text(rows, to_person=to_person, command="/job"),
    ):
        assert shown(message).split("\n")[0] == first


def test_a_row_of_the_list() -> None:
    """A row says the status, since when, which run, who asked for it, and what is wrong with seeing or telling it."""
    healthy = row()
    ill = row("clicks", ERROR, unseen_because="the jobs service is busy", paused_because="not_in_channel")
    message = views.watch_list([ill, healthy], page=1, to_person=False, command="/job")
    assert shown(message) == (
        "This channel watches 2 jobs\n"
        f"🔴 clicks – Running with Error since 14 Feb 2026 11:00 UTC · {ORDERS.dataflow} {ORDERS.run} · by @U1\n"
        "      ⚠️ can't see it now (the jobs service is busy), last seen 14 Feb 2026 12:00 UTC\n"
        "      ⏸ paused: Slack says not_in_channel; invite me again, then watch it to resume\n"
        f"🟢 orders – Up and Running since 14 Feb 2026 11:00 UTC · {ORDERS.dataflow} {ORDERS.run} · by @U1"
    )


def test_three_hundred_jobs_are_listed_page_by_page() -> None:
    """Every job stands on exactly one page, each page says how to get the next, and a page too far is the last one."""
    rows = [row(f"job-{number:03}", run=number + 1) for number in range(300)]
    pages = -(-len(rows) // ROWS_A_PAGE)
    seen: list[str] = []
    for page in range(1, pages + 1):
        message = views.watch_list(rows, page=page, to_person=False, command="/job")
        assert_acceptable(message)
        text = shown(message)
        assert text.startswith("This channel watches 300 jobs")
        assert f"Page {page} of {pages}." in text
        assert (f"/job list page {page + 1}" in text) == (page < pages)
        seen += [word for word in text.split() if word.startswith("job-")]
    assert seen == [r.title for r in rows]
    last = views.watch_list(rows, page=pages, to_person=False, command="/job")
    assert views.watch_list(rows, page=999_999, to_person=False, command="/job") == last


@given(st.integers(0, 3 * ROWS_A_PAGE + 1), st.integers(1, 10))
def test_every_page_of_every_list_holds_rows(count: int, page: int) -> None:
    """No page is empty, and none is too long for Slack, whatever all the rows hold."""
    rows = [full_row("x" * 500) for _ in range(count)]
    message = views.watch_list(rows, page=page, to_person=False, command="/job")
    assert_acceptable(message)
    assert shown(message).count("paused") == (
        0 if not count else min(ROWS_A_PAGE, count - (min(page, -(-count // ROWS_A_PAGE)) - 1) * ROWS_A_PAGE)
    )


def test_the_help_shows_every_verb_and_what_is_watched() -> None:
    """The help starts with what is watched here, shortened, and each of its lines can be typed."""
    rows = [row(name, run=run) for run, name in enumerate(["a", "b", "c", "d", "e"], 1)]
    message = views.help_text(rows, to_person=False, command="/jw")
    assert shown(message) == (
        "This channel watches 5 jobs\n"
        "🟢 a – Up and Running\n"
        "🟢 b – Up and Running\n"
        "🟢 c – Up and Running\n"
        "… and 2 more: /jw list\n"
        "\n"
        "/jw status DATAFLOW RUN  the job as it is now, only to you\n"
        "/jw watch DATAFLOW RUN  tell this channel whenever it changes its status\n"
        "/jw watch DATAFLOW RUN to me  tell me alone, by direct message\n"
        "/jw unwatch DATAFLOW RUN  stop telling\n"
        "/jw list  what is watched here, worst first\n"
        "DATAFLOW and RUN are the job's IDs; DATAFLOW/RUN and a URL with both do too."
    )
    for line in shown(message).split("\n")[6:11]:
        example = line.split("  ")[0].removeprefix("/jw ").replace("RUN", "7")
        assert not isinstance(parse(example), Refusal), example


def test_a_refusal_ends_with_a_line_to_copy() -> None:
    """The line to copy has the command's own name, whatever the manifest calls it."""
    refused = parse("wacth")
    assert isinstance(refused, Refusal)
    assert shown(views.refusal(refused, command="/streams")).split("\n") == [
        "I don't know “wacth”.",
        "Did you mean “watch”?",
        "Try: /streams watch 1948938e-3923-4602-aba8-f122e3d66faf 42559",
    ]


def test_the_worst_class_stands_first() -> None:
    """Lists are in the order of severity, and an unknown word is as urgent as an error's neighbour."""
    assert [kind.severity for kind in StatusClass] == list(range(7))
    assert StatusClass.ERROR.severity < StatusClass.UNKNOWN.severity < StatusClass.WARNING.severity
    assert max(StatusClass, key=lambda kind: kind.severity) is StatusClass.HEALTHY
