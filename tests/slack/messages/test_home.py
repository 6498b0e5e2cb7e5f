"""The Home tab: in words, and whatever comes from outside."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.block_kit.validation import checked
from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.home.page import HomePage, PausedPlace, QuietPlace
from bot.domain.job import Dataflow, JobRef, Status, StatusClass
from bot.domain.job_search import NamedJob
from bot.domain.notification.confirmations import OtherWatches
from bot.domain.reminding import Escalation, Reminders, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar.presses import read_press
from bot.slack.messages.blocks import Message
from bot.slack.messages.home import view as views
from bot.slack.messages.home.elements import block_id, place_of
from bot.slack.messages.modals import from_home
from tests.cast import ANN, BEN, ERROR, HOUR, MINUTE, NOON, ORDERS, UP, WORKSPACE
from tests.slack.messages.reading import HOSTILE, foreign_markup, shown

DM, OPS = "D0DEMOBEN1", "C0DEMOOPS1"
MINE, HERE = Destination(WORKSPACE, BEN), Destination(WORKSPACE, OPS)


def one(place: Destination = HERE, status: Status = ERROR, title: str = "orders", **more: Any) -> Subscription:
    job = TrackedJob(1, WORKSPACE, ORDERS, title, status, NOON - HOUR, NOON, followed=True, since_is_exact=True)
    return Subscription(1, place, job, ANN, more.pop("status_filter", StatusFilter()), status, **more)


def page(*watched: Subscription, **more: Any) -> HomePage:
    own = sum(each.destination.is_person for each in watched)
    statuses = {StatusClass.ERROR: len(watched)}
    facts: dict[str, Any] = {"pages": 1, "found": len(watched), "own": own, "channels": len(watched) - own}
    return HomePage(watched, **facts | {"statuses": statuses} | more)


def words(view: dict[str, Any]) -> Sequence[str]:
    """What a person reads, block by block."""
    lines = []
    for block in view["blocks"]:
        if "fields" in block:
            right = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", block["fields"][1]["text"])
            lines.append(f"{block['fields'][0]['text']} | {right}".replace("\n", " / "))
        elif block["type"] in ("rich_text", "context"):
            lines.append(shown(Message("", [block])))
    return lines


def test_the_words_of_a_tab() -> None:
    """How the jobs are, how fresh that is, which alerts don't come and why, and each job with where its alerts go."""
    until = NOON + HOUR
    muted = one(MINE, muted_until=until, muted_by=BEN, status_filter=StatusFilter("errors"))
    reminding = Reminding(Reminders(timedelta(minutes=30)), Escalation(ANN, timedelta(minutes=15)))
    paused = one(paused_because="is_archived", title="clicks", reminding=reminding)
    tab = page(
        muted,
        paused,
        muted=1,
        mutes=[muted],
        pauses=[PausedPlace(HERE, "is_archived", 1)],
        silences=[Silence(1, HERE, "sales-*", ANN, NOON, until, "the move"), Silence(2, MINE, "*", BEN, NOON, until)],
        quiet=[QuietPlace(MINE, until)],
    )
    assert words(views.home_view(tab, DM, now=NOON)) == [
        "You watch 1 job · your channels watch 1\n❌ 2 Running with Error",
        "Statuses as of 14 Feb 2026 12:00 UTC. This page updates when something changes.",
        "🔇 Maintenance of all jobs matching sales-* in #C0DEMOOPS1 until 14 Feb 2026 13:00 UTC: the move · by @U1\n"
        "🔇 Maintenance of all jobs for you until 14 Feb 2026 13:00 UTC\n"
        "🌙 Quiet hours for you until 14 Feb 2026 13:00 UTC\n"
        "🔇 orders is muted for you until 14 Feb 2026 13:00 UTC",
        "🚧 Alerts for 1 job in #C0DEMOOPS1 are paused: the channel is archived. Unarchive it and alerts resume.",
        "❌ orders / Running with Error · alerts on errors | Your alerts · since 14 Feb 2026 11:00 UTC / "
        "🔇 until 14 Feb 2026 13:00 UTC",
        "❌ clicks / Running with Error · ⏰\xa0reminds every 30\xa0min · 🚨\xa0escalates after 15\xa0min | "
        "<#C0DEMOOPS1> · since 14 Feb 2026 11:00 UTC / 🚧 paused",
    ]


def test_a_tab_says_what_it_lacks() -> None:
    """If Slack doesn't say which channels a person is in, or doesn't ask them, the bot says why in words."""
    why = "⚠️ I can't show what your channels watch: Slack has a problem of its own. Open this tab again in a minute."
    unasked = "internal_error"
    assert why in words(views.home_view(page(one(MINE), unasked=unasked), DM, now=NOON))[0]
    assert why in words(views.first_time_view([], DM, command="/job", now=NOON, unasked=unasked))[0]
    assert "question: it waits three seconds at most." in shown(from_home.cannot_ask("expired_trigger_id"))


def test_a_pattern_without_matches() -> None:
    """The tab of somebody whose pattern matches nothing says so in the words of the pattern's confirmation."""
    said = words(views.home_view(page(patterns=1), DM, now=NOON))
    assert "No matches yet. New jobs that match will be added." in said[0]


def test_a_tab_that_says_the_same_is_the_same() -> None:
    """Time alone makes no difference, as nothing in a tab is worded by it; what is old does, and so does a change."""

    def hashed(tab: HomePage, minutes: float = 0) -> str:
        return views.fingerprint(views.home_view(tab, DM, now=NOON + timedelta(minutes=minutes)))

    tab = page(one())
    assert hashed(tab) == hashed(tab, 9)
    assert len({hashed(tab), hashed(tab, 11), hashed(page(one(status=UP))), hashed(page(one(MINE)))}) == 4


def test_an_old_status_says_how_old_it_is() -> None:
    """A job that wasn't polled lately, or can't be, shows its last status as such; the tab does if none of its jobs
    shows another. A job that ended is polled more seldom. What is suggested is as old as the job list."""
    late, ended = NOON + timedelta(minutes=30), one(status=Status.of("Stopped"), title="over")
    some = words(views.home_view(page(one(), ended), DM, now=late))
    assert some[1].startswith("Statuses as of")
    assert some[2].startswith("❌ orders / 📵\xa0Last seen Running with Error | <#C0DEMOOPS1> · last checked 14 Feb")
    assert some[3].startswith("⏹️ over / Stopped | <#C0DEMOOPS1> · since")
    failing = one()
    failing = replace(failing, job=replace(failing.job, failure="the jobs service is busy", failing_since=NOON))
    for each, now in ((one(), late), (failing, NOON + MINUTE)):
        checked = words(views.home_view(page(each), DM, now=now))[1]
        assert checked.startswith("⚠️ Statuses were last checked 14 Feb 2026 12:00"), each
    question = from_home.stop_question(one().job, DM, late)
    assert shown(Message("", question["blocks"])).endswith("It was last seen ❌ Running with Error.")
    listed = [NamedJob(ORDERS.dataflow, "orders", UP, as_of=NOON - HOUR)]
    first = words(views.first_time_view(listed, DM, command="/job", now=NOON))
    assert "Or begin with one of these, as of 14 Feb 2026 11:00 UTC:" in first


def test_the_question_before_a_watch_ends_says_which_others_go_on() -> None:
    """Who stops one of several watches of a job is told that alerts for it go on, and why."""
    others = OtherWatches("*", by_name=True, runs=(7,))
    question = from_home.stop_question(one().job, OPS, NOON, others)
    assert shown(Message("", question["blocks"])).splitlines()[:3] == [
        "This ends the watch of orders.",
        "The watch of all jobs also includes it.",
        "Run 7 is also watched.",
    ]


text = st.one_of(st.sampled_from(list(HOSTILE.values())), st.text(max_size=80))


@settings(max_examples=50)
@given(text, text, st.integers(0, views.JOBS_PER_PAGE), st.booleans())
def test_slack_takes_every_tab(outside: str, search: str, jobs: int, is_run: bool) -> None:
    """Whatever jobs, statuses, reasons and searches are called, Slack shows the tab and parses nothing of it; each menu
    does what it says for the place of its row."""
    job = replace(
        one().job, title=outside, status=Status.of(outside), failure=outside, ref=JobRef("f" * 64, 10**18 - 1),
        followed=not is_run,
    )  # fmt: skip
    filtered = StatusFilter.of((Status.of(outside), Status.of("Stopped")))
    row = replace(
        one(paused_because=outside, given_up_because=outside, muted_until=NOON, muted_by=ANN),
        job=job,
        status_filter=filtered,
    )
    words = " ".join(search.split())[:80]
    tab = page(
        *[row] * jobs,
        number=3,
        pages=9,
        words=words,
        muted=9_999,
        mutes=[row] * 5,
        failures={f"{outside}{number}": 5 for number in range(5)},
        pauses=[PausedPlace(place, outside, 10) for place in (HERE, MINE, HERE, MINE, HERE)],
        silences=[Silence(1, HERE, outside, ANN, NOON, NOON, outside)] * 5,
        quiet=[QuietPlace(HERE, NOON)] * 5,
        unasked=outside,
    )
    suggested = [NamedJob(ORDERS.dataflow, outside, Status.of(outside))] * 9
    for view in (
        views.home_view(tab, DM, now=NOON),
        views.first_time_view(suggested, DM, command="/job", now=NOON, unasked=outside),
    ):
        checked(view, "home")
        assert foreign_markup("".join(mrkdwn(view))) == ""
        for block, element in interactive(view["blocks"]):
            options: Any = element.get("options", [])
            for option in options:
                assert read_press("choose", option["value"], is_ephemeral=True) is not None
                assert place_of({"block_id": block}) == OPS
    question = from_home.stop_question(job, OPS, NOON)
    checked(question)
    found = from_home.read_stop(question)
    assert found is not None
    assert (found[0], found[1].ref) == (OPS, job.target)


def mrkdwn(value: object) -> Sequence[str]:
    """All texts in which Slack reads markup."""
    if isinstance(value, list):
        return [each for item in value for each in mrkdwn(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value["text"])] if value.get("type") == "mrkdwn" else []
    return own + [each for item in value.values() for each in mrkdwn(item)]


def test_a_block_says_for_which_place_it_acts() -> None:
    """The place is read back from a block of ours, and from no other."""
    for place in (OPS, DM, "G0123456789"):
        assert place_of({"block_id": block_id(place, 7)}) == place
    for other in ("b0", "home:", "home:U1:3", "other:C0DEMOOPS1:3", "", "home_words:C0DEMOOPS1"):
        assert place_of({"block_id": other}) is None
    assert place_of({}) is None


def test_a_question_that_the_bot_did_not_ask() -> None:
    """Whatever else comes back as a question is none."""
    for metadata in (
        "",
        "{",
        "[]",
        "{}",
        '{"place":"U1","press":"{}"}',
        '{"place":"C0DEMOOPS1","press":"x"}',
        '{"place":1}',
    ):
        assert from_home.read_stop({"private_metadata": metadata}) is None
    assert from_home.read_stop(None) is None
    assert from_home.stop_question(one().job, DM, NOON)["submit"]["text"] == "Stop watching"
    assert Dataflow(ORDERS.dataflow) == one().job.target
