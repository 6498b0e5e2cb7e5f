from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.job import JobRef, Status
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.messages import help, history, watch_list
from bot.slack.messages.blocks import Message
from bot.slack.messages.watch_list import CHANGES_SHOWN, ROWS_A_PAGE, Row
from tests.cast import ANN, BEN, ERROR, MINUTE, NOON, ORDERS, UP, change
from tests.slack.messages.reading import HOSTILE, assert_acceptable, assert_never_parsed, shown

HOUR = 60 * MINUTE


def row(title: str = "orders", status: Status = UP, run: int = 42559, **more: Any) -> Row:
    ref = JobRef(ORDERS.dataflow, run)
    return Row(target=ref, title=title, status=status, since=NOON - HOUR, polled_at=NOON, created_by=ANN, **more)


def full_row(text: str) -> Row:
    """A row with everything that can be out of the ordinary, and the text in every place that it can reach."""
    return replace(
        row(text, Status.of(text), status_filter=StatusFilter.of([Status.of(f"{n}{text}") for n in range(9)])),
        target=JobRef("x" * 64, 10**18 - 1),
        unseen_because=text,
        muted_until=NOON,
        muted_by=BEN,
        paused_because=text,
        paused_at=NOON,
        given_up_because=text,
        given_up_at=NOON,
    )


def listed(*rows: Row, page: int = 1, to_person: bool = False) -> Message:
    return watch_list.watch_list(rows, page=page, to_person=to_person, command="/job")


def history(*changes: Change, total: int | None = None, watched: bool = True, title: str = "orders") -> Message:
    return history.history(
        ORDERS.run, title, changes, ERROR, NOON, now=NOON + HOUR, total=total or len(changes), watched=watched
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_name_breaks_a_list(text: str) -> None:
    """Slack accepts every list, help and history, whatever a job, a status or an error is called."""
    assert_acceptable(listed(*[full_row(text)] * 300, page=2))
    assert_acceptable(help.help_text([full_row(text)] * 300, to_person=False, command="/job"))
    assert_acceptable(history(*[_change(text)] * 20, total=10**6, title=text))
    assert_acceptable(history.no_history(JobRef(text, 1), "/job"))


@given(st.text(max_size=300))
def test_any_text_makes_an_acceptable_list(text: str) -> None:
    """The same for whatever else a service may call a job."""
    assert_acceptable(listed(*[full_row(text)] * ROWS_A_PAGE))
    assert_acceptable(history(*[_change(text)] * CHANGES_SHOWN, title=text))


def test_outside_text_is_never_parsed() -> None:
    """Outside text stands in elements in which Slack reads no markup."""
    mark = "MARK <!channel> *x*"
    for message in (
        listed(full_row(mark)),
        help.help_text([full_row(mark)], to_person=True, command="/job"),
        history(_change(mark), title=mark),
    ):
        assert_never_parsed(message, "MARK")


def _change(text: str) -> Change:
    return replace(change(Status.of(text), Status.of(text + "!")), title=text, version=text, started_by=text)


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
        watch_list.watch_list(rows, page=1, to_person=to_person, command="/job"),
        help.help_text(rows, to_person=to_person, command="/job"),
    ):
        assert shown(message).split("\n")[0] == first


def test_the_header_counts_what_is_silent() -> None:
    """Whoever trusts a silent channel sees at once how much of the silence is wanted or forced."""
    ill = [row(muted_until=NOON), row(paused_because="is_archived"), row(paused_because="x", muted_until=NOON)]
    assert shown(listed(*ill, row())).split("\n")[0] == "This channel watches 4 jobs · 2 muted · 2 paused"
    assert shown(listed(row(muted_until=NOON))).split("\n")[0] == "This channel watches 1 job · 1 muted"


def test_a_row_of_the_list() -> None:
    """A row says the status, since when, which run, who asked for it, and what is wrong with seeing or telling it."""
    ill = row(
        "clicks",
        ERROR,
        status_filter=StatusFilter("errors"),
        unseen_because="the jobs service is busy",
        muted_until=NOON + HOUR,
        muted_by=BEN,
        paused_because="not_in_channel",
        paused_at=NOON - HOUR,
        given_up_because="ratelimited",
        given_up_at=NOON,
    )
    assert shown(listed(ill, row())) == (
        "This channel watches 2 jobs · 1 muted · 1 paused\n"
        f"🔴 clicks – Running with Error since 14 Feb 2026 11:00 UTC · {ORDERS.dataflow} {ORDERS.run} · on errors"
        " · by @U1\n"
        "      🔇 muted until 14 Feb 2026 13:00 UTC by @U2\n"
        "      ⚠️ can't see it now (the jobs service is busy), last seen 14 Feb 2026 12:00 UTC\n"
        "      ⏸ paused since 14 Feb 2026 11:00 UTC: I'm not a member of the channel (or it was deleted);"
        " invite me again and it goes on by itself\n"
        "      ⚠️ a message of 14 Feb 2026 12:00 UTC could not be told for 24 h (Slack says “ratelimited”)\n"
        f"🟢 orders – Up and Running since 14 Feb 2026 11:00 UTC · {ORDERS.dataflow} {ORDERS.run} · by @U1"
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("is_archived", "the channel is archived; unarchive it and it goes on by itself"),
        ("restricted_action", "posting there is restricted; let me post there, then watch it again"),
        ("strange_word", "Slack says “strange_word”; put that right, then watch it again"),
    ],
)
def test_a_pause_says_what_to_do(word: str, said: str) -> None:
    """A paused row names the cause in plain words and what makes it go on."""
    assert shown(listed(row(paused_because=word))).endswith(f"\n      ⏸ paused: {said}")


def test_three_hundred_jobs_are_listed_page_by_page() -> None:
    """Every job stands on exactly one page, each page says how to get the next, and a page too far is the last one."""
    rows = [row(f"job-{number:03}", run=number + 1) for number in range(300)]
    pages = -(-len(rows) // ROWS_A_PAGE)
    seen: list[str] = []
    for page in range(1, pages + 1):
        message = watch_list.watch_list(rows, page=page, to_person=False, command="/job")
        assert_acceptable(message)
        text = shown(message)
        assert text.startswith("This channel watches 300 jobs")
        assert f"\nPage {page} of {pages}" in text
        assert text.endswith(f" · More: /job list page {page + 1}") == (page < pages)
        seen += [word for word in text.split() if word.startswith("job-")]
    assert seen == [r.title for r in rows]
    last = watch_list.watch_list(rows, page=pages, to_person=False, command="/job")
    assert watch_list.watch_list(rows, page=999_999, to_person=False, command="/job") == last


@given(st.integers(0, 3 * ROWS_A_PAGE + 1), st.integers(1, 10))
def test_every_page_of_every_list_holds_rows(count: int, page: int) -> None:
    """No page is empty, and none is too long for Slack, whatever all the rows hold."""
    rows = [full_row("x" * 500) for _ in range(count)]
    message = watch_list.watch_list(rows, page=page, to_person=False, command="/job")
    assert_acceptable(message)
    assert shown(message).count("⏸") == (
        0 if not count else min(ROWS_A_PAGE, count - (min(page, -(-count // ROWS_A_PAGE)) - 1) * ROWS_A_PAGE)
    )


# ── help ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_help_shows_every_verb_and_what_is_watched() -> None:
    """The help starts with what is watched here, shortened, and each of its lines can be typed."""
    rows = [row(name, run=run) for run, name in enumerate(["a", "b", "c", "d", "e"], 1)]
    message = help.help_text(rows, to_person=False, command="/jw")
    assert shown(message) == (
        "This channel watches 5 jobs\n"
        "🟢 a – Up and Running\n"
        "🟢 b – Up and Running\n"
        "🟢 c – Up and Running\n"
        "… and 2 more: /jw list\n"
        "\n"
        "/jw status NAME  the job as it is now, only to you\n"
        "/jw watch NAME  tell this channel whenever it changes its status\n"
        "/jw watch  a form that asks what to watch, and what to tell\n"
        "/jw watch NAME on errors  of errors alone; “on problems” adds warnings and ends\n"
        "/jw watch NAME to me  tell me alone, by direct message\n"
        "/jw watch all matching sales-*  of every job with such a name, and of those to come; “watch all” is all jobs\n"
        "/jw unwatch NAME  stop telling; also “unwatch all matching sales-*”\n"
        "/jw mute NAME 2h  say nothing about it for two hours\n"
        "/jw unmute NAME  end that\n"
        "/jw history NAME  the changes seen, newest first\n"
        "/jw list  what is watched here, worst first\n"
        "/jw jobs WORDS  the jobs that there are, found by words of their names\n"
        "A job is named by its name, its dataflow ID, or dataflow ID and run ID; a pasted URL with them does too."
    )
    for line in shown(message).split("\n")[6:-1]:
        example = line.split("  ")[0].removeprefix("/jw ")
        assert not isinstance(parse(example), GrammarError), example


# ── history ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_history_begins_with_the_present_and_goes_back() -> None:
    """First how the job is and for how long, then each change with how long the status before it lasted."""
    before = replace(change(ERROR, UP, NOON - 4 * HOUR), old_since=None)
    assert shown(history(change(), before, total=5)) == (
        "🔴 orders (run 42559) is Running with Error since 14 Feb 2026 12:00 UTC, for 1 h\n"
        "14 Feb 2026 12:00 UTC  🟢 Up and Running → 🔴 Running with Error  after 3 h 12 min\n"
        "14 Feb 2026 08:00 UTC  🔴 Running with Error → 🟢 Up and Running\n"
        "… and 3 earlier changes"
    )


def test_a_history_of_what_nobody_watches_claims_nothing_of_the_present() -> None:
    """Of a job that is not watched any more it shows the last that was seen, and not for how long."""
    assert shown(history(watched=False)) == (
        "Nobody watches orders (run 42559) now. The last that was seen: 🔴 Running with Error,"
        " since 14 Feb 2026 12:00 UTC\n"
        "No change was seen since 14 Feb 2026 12:00 UTC."
    )


@given(st.integers(0, 3 * CHANGES_SHOWN), st.integers(0, 100))
def test_a_history_shows_the_newest_and_counts_the_rest(given_changes: int, older: int) -> None:
    """At most twenty changes are shown, and together with those counted they are all."""
    changes = [change(at=NOON - timedelta(hours=number)) for number in range(given_changes)]
    lines = shown(history(*changes, total=given_changes + older)).split("\n")
    shown_changes = sum("→" in line for line in lines)
    left = given_changes + older - shown_changes
    assert shown_changes == min(given_changes, CHANGES_SHOWN)
    assert lines[-1].startswith(f"… and {left} earlier change") == (left > 0)


def test_where_nothing_was_ever_seen_there_is_a_line_to_copy() -> None:
    """A job that nobody watched has no history; it says how it gets one."""
    assert shown(history.no_history(ORDERS, "/jw")) == (
        f"Nobody has watched {ORDERS.dataflow} 42559 so far, so no change of it was seen.\n"
        f"Watch it: /jw watch {ORDERS.dataflow} 42559"
    )
