import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.informatica.stand_in import DOCUMENTED_JOB
from bot.domain.job import Job, JobRef, Status, StatusClass
from bot.domain.status_filter import StatusFilter
from bot.informatica.parse import parse_job
from bot.slack.grammar.parser import GrammarError, parse
from bot.slack.messages import alerts, replies, watch_list
from bot.slack.messages.blocks import Message
from bot.slack.messages.text import EMOJI, status_emoji, status_words
from tests.cast import ANN, BEN, ENDED, ERROR, MINUTE, NOON, OPS, ORDERS, UP, change, job
from tests.slack.reading import HOSTILE, assert_acceptable, assert_never_parsed, buttons, shown

HOUR = 60 * MINUTE
TYPED = f"/job watch {ORDERS}"


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


def any_of(text: str) -> StatusFilter:
    return StatusFilter.of([Status.of(f"{number}{text}") for number in range(200)])


# Every view, with one text in every place that outside text can reach.
VIEWS: dict[str, Callable[[str], Message]] = {
    "job_card": lambda t: replies.job_card(full_job(t), ORDERS, now=NOON),
    "shared_job_card": lambda t: replies.shared_job_card(full_job(t), ANN, now=NOON + HOUR),
    "cannot_see": lambda t: replies.cannot_see(JobRef(t, 1), "the jobs service is busy", "Try again."),
    "now_watching": lambda t: replies.now_watching(ORDERS, t, Status.of(t), by=ANN, to_person=False),
    "now_watching to me": lambda t: replies.now_watching(ORDERS, t, Status.of(t), by=ANN, to_person=True),
    "watching_by_message": lambda t: replies.watching_by_message(t, Status.of(t)),
    "already_watching": lambda t: replies.already_watching(ORDERS, t, Status.of(t), to_person=False),
    "cannot_post": lambda t: replies.cannot_post(t, bot_name=t, why="not_in_channel"),
    "cannot_post, archived": lambda t: replies.cannot_post(t, bot_name=t, why="is_archived"),
    "cannot_post, an unknown word": lambda t: replies.cannot_post(t, bot_name=t, why=t),
    "cannot_message_you": replies.cannot_message_you,
    "watching_elsewhere": lambda t: replies.watching_elsewhere(t, Status.of(t), OPS, when=any_of(t)),
    "say_it_there": lambda t: replies.say_it_there(OPS),
    "only_public_from_elsewhere": lambda t: replies.only_public_from_elsewhere(OPS),
    "unconfirmed": lambda t: replies.unconfirmed(t, t),
    "no_longer_watching": lambda t: replies.no_longer_watching(t, by=ANN, to_person=False),
    "no_longer_watching to me": lambda t: replies.no_longer_watching(t, by=ANN, to_person=True),
    "was_not_watching": lambda t: replies.was_not_watching(JobRef(t, 1), to_person=True, command="/job"),
    "now_watching, statuses": lambda t: replies.now_watching(
        ORDERS, t, Status.of(t), by=ANN, to_person=False, when=any_of(t)
    ),
    "watching_differently": lambda t: replies.watching_differently(t, UP, any_of(t), by=ANN, to_person=False),
    "watching_differently to me": lambda t: replies.watching_differently(t, UP, any_of(t), by=ANN, to_person=True),
    "muted": lambda t: replies.muted(ORDERS, t, by=ANN, until=NOON, to_person=False, status=Status.of(t)),
    "muted to me": lambda t: replies.muted(ORDERS, t, by=ANN, until=NOON, to_person=True, status=Status.of(t)),
    "unmuted": lambda t: replies.unmuted(t, by=ANN, to_person=False, status=Status.of(t), news_follow=False),
    "unmuted to me": lambda t: replies.unmuted(t, by=ANN, to_person=True, status=Status.of(t), news_follow=True),
    "was_not_muted": lambda t: replies.was_not_muted(t, to_person=False),
    "no_time_zone": replies.no_time_zone,
    "cannot_resume": lambda t: replies.cannot_resume(OPS, t),
    "resumed_by_button": lambda t: replies.resumed_by_button(OPS, 3),
    "nothing_to_resume": lambda t: replies.nothing_to_resume(OPS),
    "refusal": lambda t: replies.refusal(_refusal(t), command="/job"),
    "busy": replies.busy,
    "interrupted": replies.interrupted,
    "took_too_long": replies.took_too_long,
    "store_trouble": lambda t: replies.store_trouble(),
    "own_fault": lambda t: replies.own_fault(),
}


def _refusal(text: str) -> GrammarError:
    read = parse(f"list {text} x y z")
    assert isinstance(read, GrammarError)
    return read


def test_every_view_is_tried() -> None:
    """A view that is added is tried with hostile text too."""
    functions = inspect.getmembers(replies, inspect.isfunction)
    own = {name for name, f in functions if f.__module__ == replies.__name__ and not name.startswith("_")}
    assert {name.split(",")[0].removesuffix(" to me") for name in VIEWS} == own


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_name_breaks_a_message(view: Callable[[str], Message], text: str) -> None:
    """Slack accepts every message, whatever a job, a status or a person is called; nobody is mentioned by it."""
    assert_acceptable(view(text))


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_outside_text_is_never_parsed(view: Callable[[str], Message]) -> None:
    """Outside text stands in rich-text elements of the kind `text` alone, in which Slack reads no markup."""
    assert_never_parsed(view("MARK <!channel> *x*"), "MARK")


@given(st.text(max_size=300), st.sampled_from(sorted(VIEWS)))
def test_any_text_makes_an_acceptable_message(text: str, name: str) -> None:
    """The same for whatever else a service may call a job."""
    assert_acceptable(VIEWS[name](text))


# ── a look at a job ─────────────────────────────────────────────────────────────────────────────────────────────────


def documented_job() -> Job:
    ref = JobRef(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"])
    return parse_job(json.dumps(DOCUMENTED_JOB).encode(), ref)


def test_the_documents_own_job_is_shown_in_full() -> None:
    """The job that the service's page gives as its example is shown with all that a person asks for."""
    message = replies.job_card(documented_job(), ORDERS, now=NOON)
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
    message = replies.shared_job_card(job(), ANN, now=NOON)
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
    lines = shown(replies.job_card(lived, ORDERS, now=now)).split("\n")
    assert lines[3:] == ([line] if line else [])


@pytest.mark.parametrize("words", ["Deploying", "Up and Running", "Running with Error", "Throttled"])
def test_a_status_looks_the_same_everywhere(words: str) -> None:
    """The emoji and words of a status are the same in an alert, a look, a list, a confirmation and the help."""
    status = Status.of(words)
    emoji, said = status_emoji(status), status_words(status)
    listed = [watch_list.Row(ORDERS, "orders", status, NOON, NOON, ANN)]
    assert f"{emoji} orders is {said}" in shown(alerts.alert(change(new=status, old=ERROR if status != ERROR else UP)))
    assert f"{emoji} orders is {said}" in shown(replies.job_card(job(status), ORDERS, now=NOON))
    assert f"{emoji} orders – {said}" in shown(watch_list.watch_list(listed, page=1, to_person=True, command="/job"))
    assert f"{emoji} orders – {said}" in shown(watch_list.help_text(listed, to_person=True, command="/job"))
    assert f"Now: {emoji} {said}" in shown(replies.now_watching(ORDERS, "orders", status, by=ANN, to_person=True))


def test_a_look_that_failed_shows_no_status() -> None:
    """Where the job could not be seen, there is a reason and a remedy, and nothing that looks like a status."""
    message = replies.cannot_see(ORDERS, "the jobs service is busy", "Try again in a few minutes.")
    assert (
        shown(message)
        == f"⚠️ I can't see {ORDERS.dataflow} {ORDERS.run} now: the jobs service is busy.\nTry again in a few minutes."
    )
    assert not any(emoji in shown(message) for emoji in EMOJI.values())


# ── watching ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_confirmation_says_who_what_and_how_it_is() -> None:
    """A channel learns who made it watch what, and how the job is now; a person what they will be told."""
    channel = replies.now_watching(ORDERS, "orders", UP, by=ANN, to_person=False)
    person = replies.now_watching(ORDERS, "orders", UP, by=ANN, to_person=True)
    assert shown(channel) == (
        "👀 @U1 made this channel watch orders (run 42559). Told here: every change of its status.\n"
        "Now: 🟢 Up and Running"
    )
    assert shown(person) == (
        "👀 I'll tell you here about orders (run 42559): every change of its status.\nNow: 🟢 Up and Running"
    )
    for message in (channel, person):
        names = ("Show job now", "Change…", "Stop watching")
        assert buttons(message) == [(name, str(ORDERS)) for name in names]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("changes", "every change of its status."),
        ("problems", "problems (a warning, an error, an unknown status, an end, and the recovery)."),
        ("errors", "errors (Running with Error or an unknown status, and the recovery)."),
        ("stopped", "when it becomes Stopped."),
        ("Stopped, undeployed", "when it becomes Stopped or Undeployed."),
        ("Stopped, Deploying, up and running", "when it becomes Stopped, Deploying or Up and Running."),
    ],
)
def test_every_answer_says_which_changes_are_told(when: str, words: str) -> None:
    """Nobody has to guess what they will be woken for, whichever way they subscribed."""
    chosen = StatusFilter.read(when)
    for to_person in (True, False):
        for message in (
            replies.now_watching(ORDERS, "orders", UP, by=ANN, to_person=to_person, when=chosen),
            replies.already_watching(ORDERS, "orders", UP, to_person=to_person, when=chosen),
            replies.watching_differently("orders", UP, chosen, by=ANN, to_person=to_person),
            replies.watching_by_message("orders", UP, when=chosen),
        ):
            assert f": {words}\n" in shown(message)
            assert shown(message).endswith("Now: 🟢 Up and Running")


def test_a_changed_subscription_says_who_changed_it() -> None:
    """A channel that is told of less than before knows who decided so."""
    channel = replies.watching_differently("orders", UP, StatusFilter("errors"), by=ANN, to_person=False)
    person = replies.watching_differently("orders", UP, StatusFilter(), by=ANN, to_person=True)
    assert shown(channel).startswith("👀 @U1 changed what this channel is told about orders. From now on: errors")
    assert shown(person).startswith("👀 From now on I'll tell you about orders: every change of its status.")


def test_who_is_not_in_the_channel_is_told_how_to_invite_it() -> None:
    """A person can copy the invitation, and then the line that they typed."""
    message = replies.cannot_post(TYPED, bot_name="jobwatch", why="not_in_channel")
    assert "/invite @jobwatch" in shown(message)
    assert TYPED in shown(message)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("is_archived", "the channel is archived.\nPlease unarchive it, then say it again: "),
        ("restricted_action", "posting there is restricted.\nPlease let me post there, then say it again: "),
        ("strange_word", "Slack says “strange_word”.\nPlease put that right, then say it again: "),
    ],
)
def test_where_no_invitation_helps_none_is_asked_for(why: str, said: str) -> None:
    """Where the bot can't post for another reason, it is said plainly, with what helps."""
    message = replies.cannot_post(TYPED, bot_name="jobwatch", why=why)
    assert shown(message) == f"⚠️ I can't post in this channel, so nothing would be told there: {said}{TYPED}"


@pytest.mark.parametrize("why", ["not_in_channel", "is_archived"])
def test_another_channel_that_can_not_be_told_is_named(why: str) -> None:
    """Who asked for another channel than this one reads which one is meant, and that the invitation is said there."""
    said = shown(replies.cannot_post(TYPED, bot_name="jobwatch", why=why, elsewhere="C0OTHER"))
    assert "this channel" not in said
    assert " #C0OTHER, so " in said
    assert ("Say there: /invite @jobwatch" in said) == (why == "not_in_channel")


# ── mutes and pauses ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mute_says_who_until_when_and_how_the_job_is() -> None:
    """Silence is never a surprise: who made it, when it ends by itself, and a button that ends it."""
    channel = replies.muted(ORDERS, "orders", by=BEN, until=NOON, to_person=False, status=ERROR)
    person = replies.muted(ORDERS, "orders", by=BEN, until=NOON, to_person=True, status=ERROR)
    rest = "until 14 Feb 2026 12:00 UTC.\nNow: 🔴 Running with Error. If it is in trouble then, I'll say so."
    assert shown(channel) == f"🔇 @U2 muted orders in this channel {rest}"
    assert shown(person) == f"🔇 I won't tell you about orders {rest}"
    assert buttons(channel) == buttons(person) == [("Unmute", str(ORDERS))]


def test_the_end_of_a_mute_says_how_the_job_is_or_that_news_follow() -> None:
    """Whoever ends a mute sees at once what it kept from them."""
    quiet = replies.unmuted("orders", by=BEN, to_person=False, status=ENDED, news_follow=False)
    loud = replies.unmuted("orders", by=BEN, to_person=True, status=ENDED, news_follow=True)
    assert shown(quiet) == "🔔 @U2 ended the mute of orders.\nNow: ⚪ Undeployed"
    assert shown(loud) == "🔔 I'll tell you about orders again.\nWhat changed meanwhile follows."


def test_a_mute_claims_no_status_that_can_not_be_seen() -> None:
    """While a job can't be seen neither the mute nor its end says how it is now."""
    begun = replies.muted(ORDERS, "orders", by=BEN, until=NOON, to_person=False, status=ERROR, seen=False)
    ended = replies.unmuted("orders", by=BEN, to_person=False, status=ERROR, news_follow=False, seen=False)
    for told in (shown(begun), shown(ended)):
        assert "I can't see it now; last seen: 🔴 Running with Error" in told
        assert "Now:" not in told


def test_there_was_nothing_to_unmute() -> None:
    """An unmute too many says so, and of whom."""
    assert shown(replies.was_not_muted("orders", to_person=False)) == "orders is not muted in this channel."
    assert shown(replies.was_not_muted("orders", to_person=True)) == "orders is not muted for you."


def test_without_a_time_zone_there_is_a_line_to_copy() -> None:
    """A time of day that nobody can place is not guessed."""
    message = replies.no_time_zone("/job mute abc 7 2h")
    assert shown(message) == (
        "Slack did not tell me your time zone, so I don't know when that is for you. Nothing was muted.\n"
        "Say how long instead: /job mute abc 7 2h"
    )


def test_the_resume_button_answers_with_what_came_of_it() -> None:
    """Whoever presses Resume learns that it goes on, what still hinders it, or that nothing was paused."""
    assert shown(replies.resumed_by_button(OPS, 1)) == "▶️ I can post in #C1 again: 1 paused watch goes on."
    assert shown(replies.resumed_by_button(OPS, 3)) == "▶️ I can post in #C1 again: 3 paused watches go on."
    assert shown(replies.nothing_to_resume(OPS)) == "Nothing is paused for #C1 any more."
    assert shown(replies.cannot_resume(OPS, "channel_not_found")) == (
        "⚠️ I still can't post in #C1: I'm not a member of the channel (or it was deleted).\n"
        "Please invite me again, then press Resume again. Nothing is lost meanwhile."
    )


# ── when something is wrong ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_ends_with_a_line_to_copy() -> None:
    """The line to copy has the command's own name, whatever the manifest calls it."""
    refused = parse("wacth")
    assert isinstance(refused, GrammarError)
    assert shown(replies.refusal(refused, command="/streams")).split("\n") == [
        "I don't know “wacth”.",
        "Did you mean “watch”? A job that is called so stands in quotes.",
        "Try: /streams watch",
    ]


def test_the_worst_class_stands_first() -> None:
    """Lists are in the order of severity, and an unknown word is as urgent as an error's neighbour."""
    assert [kind.severity for kind in StatusClass] == list(range(7))
    assert StatusClass.ERROR.severity < StatusClass.UNKNOWN.severity < StatusClass.WARNING.severity
    assert max(StatusClass, key=lambda kind: kind.severity) is StatusClass.HEALTHY
