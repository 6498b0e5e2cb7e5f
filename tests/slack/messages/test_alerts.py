import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import JobRef, Status
from bot.domain.notification import (
    Digest,
    DigestItem,
    JobAdded,
    JobAvailableAgain,
    JobRemoved,
    JobUnavailable,
    LastStatus,
    LoginRefused,
    Outage,
    OutageEnded,
    Path,
    Paused,
    Resumed,
    StillFailing,
)
from bot.slack.messages import alerts
from bot.slack.messages.blocks import Message
from tests.cast import BEN, CLICKS, ERROR, MINUTE, NOON, OPS, ORDERS, UP, WARNING, change
from tests.slack.messages.reading import HOSTILE, assert_acceptable, assert_never_parsed, buttons, parts, shown

HOUR = 60 * MINUTE
MOST = 60  # items in one digest
LONGEST_RUN = 10**18 - 1
NO_SUCH_JOB = "the jobs service says there is no such job"


def told(*items: DigestItem, more: int = 0) -> Message:
    return digest_message(Digest(items, deliveries=(1,), more=more))


def path(*statuses: Status, title: str = "orders", ref: JobRef = ORDERS, text: str | None = None) -> Path:
    """The job's way through these statuses; each was seen for three hours and twelve minutes."""
    last = replace(change(statuses[-2], statuses[-1], ref=ref), title=title)
    return Path(statuses, replace(last, version=text, started_by=text) if text is not None else last)


def run(number: int) -> JobRef:
    return JobRef(ORDERS.dataflow, number)


def paused(why: str, *titles: str, count: int = 0, channel: str = OPS) -> Paused:
    return Paused(channel, why, count or len(titles), titles)


def status(text: str, number: int = 0) -> Status:
    return Status.of(f"{text}{number or ''}")


OUT = JobUnavailable(ORDERS, "orders", UP, NO_SUCH_JOB, NOON)
BACK = JobAvailableAgain(CLICKS, "clicks", UP, NOON - 12 * MINUTE, NOON)
NEW, GONE = JobAdded(ORDERS, "orders", UP, NOON), JobRemoved(CLICKS, "clicks", ERROR, NOON)
BAD = StillFailing(ORDERS, "orders", ERROR, NOON - HOUR, NOON - 2 * HOUR, BEN, NOON)
OUTAGE = Outage(
    "the jobs service could not be reached", NOON, 31, (LastStatus("orders", ERROR), LastStatus("clicks", UP))
)
OVER = OutageEnded(NOON - 12 * MINUTE, NOON)
REFUSED = LoginRefused("the jobs service refused the bot's log-in", "Correct it and restart the bot.", NOON)
RESUMED = Resumed(3, NOON - HOUR)

# News of a job, with one text in every place that outside text can reach; the run's number tells them apart.
JOBS: dict[str, Callable[[str, int], DigestItem]] = {
    "a change": lambda t, n: path(status(t, 1), status(t, 2), title=t, ref=run(n), text=t),
    "changes to many statuses": lambda t, n: path(UP, status(t, n), title=t, ref=run(n), text=t),
    "a path": lambda t, n: path(*[ERROR, UP] * 9, status(t), title=t, ref=run(n), text=t),
    "out of sight": lambda t, n: JobUnavailable(run(n), t, status(t), t, NOON),
    "back in sight": lambda t, n: JobAvailableAgain(run(n), t, status(t), NOON - 25 * HOUR, NOON),
    "still bad": lambda t, n: StillFailing(run(n), t, status(t), NOON, NOON - 25 * HOUR, BEN, NOON),
    "new": lambda t, n: JobAdded(run(n), t, status(t), NOON),
    "gone": lambda t, n: JobRemoved(run(n), t, status(t), NOON),
}
# What concerns more than a job.
ANNOUNCEMENTS: dict[str, Callable[[str, int], DigestItem]] = {
    "an outage": lambda t, n: Outage(t, NOON, n, (LastStatus(t, status(t)),) * 60),
    "its end": lambda t, n: OVER,
    "a refused log-in": lambda t, n: LoginRefused(t, t, NOON),
    "a pause": lambda t, n: Paused(f"C{n}", t, n, (t,) * 60),
    "the end of a pause": lambda t, n: Resumed(n, NOON),
}
KINDS = JOBS | ANNOUNCEMENTS


# ── one change ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_alerts_first_line_says_it_all() -> None:
    """What a lock screen shows of an alert is the job, the new status, the old one and how long that lasted."""
    message = change_alert(change())
    assert message.text == "🔴 orders is Running with Error – was 🟢 Up and Running for 3 h 12 min"
    assert shown(message) == (
        "🔴 orders is Running with Error – was 🟢 Up and Running for 3 h 12 min\n"
        "Run 42559 · version 3 · deployed by ann · seen 14 Feb 2026 12:00 UTC"
    )
    assert buttons(message) == [("Show job now", str(ORDERS)), ("Stop watching", str(ORDERS))]


def test_an_alert_leaves_out_what_is_not_known() -> None:
    """A job without version and deployer, whose old status began unseen, is told without holes."""
    message = change_alert(replace(change(), old_since=None, version=None, started_by=None))
    assert shown(message) == (
        "🔴 orders is Running with Error – was 🟢 Up and Running\nRun 42559 · seen 14 Feb 2026 12:00 UTC"
    )


def test_an_alerts_time_is_in_the_readers_zone() -> None:
    """The time of a change is a date element, which Slack shows in each reader's own zone."""
    dates = [part for part in parts(list(change_alert(change()).blocks)) if part.get("type") == "date"]
    assert [date["timestamp"] for date in dates] == [int(NOON.timestamp())]


def test_a_lone_change_is_told_in_full() -> None:
    """A change for which nothing else waits is the full alert, with its buttons."""
    assert told(path(UP, ERROR)) == change_alert(change())


def test_a_lone_path_is_told_in_full() -> None:
    """A job that changed several times says so on its first line, and has the buttons too."""
    message = told(path(UP, WARNING, ERROR))
    assert shown(message) == (
        "🔴 orders is Running with Error – 2 changes: 🟢 → 🟡 → 🔴\n"
        "Run 42559 · version 3 · deployed by ann · seen 14 Feb 2026 12:00 UTC"
    )
    assert buttons(message) == buttons(change_alert(change()))


def test_a_flapping_jobs_path_shows_its_ends() -> None:
    """Of more than six statuses the first two and the last three are shown, and how many are left out."""
    assert ": 🔴 → 🟢 → 🔴 → 🟢 → 🔴 → 🟢\n" in shown(told(path(*[ERROR, UP] * 3)))
    assert "8 changes: 🔴 → 🟢 → … 4 more … → 🔴 → 🟢 → 🔴\n" in shown(told(path(*[ERROR, UP] * 4, ERROR)))


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (
            OUT,
            f"⚠️ I can't see orders (run 42559) since 14 Feb 2026 12:00 UTC: {NO_SUCH_JOB}."
            " Last seen: 🟢 Up and Running. I'll say so when I see it again.",
        ),
        (
            BACK,
            "👁 I can see clicks (run 48211) again (out of sight since 14 Feb 2026 11:48 UTC, for 12 min):"
            " 🟢 Up and Running",
        ),
        (
            BAD,
            "🔴 orders is Running with Error since 14 Feb 2026 11:00 UTC – it was muted for 2 h by @U2, until now",
        ),
    ],
)
def test_other_news_of_a_job_is_one_line_with_its_buttons(item: DigestItem, line: str) -> None:
    """What is known and what is not, on one line, and from there one can look at the job or stop."""
    message = told(item)
    assert shown(message) == line
    assert [label for label, _ in buttons(message)] == ["Show job now", "Stop watching"]


# ── several ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_up_to_three_jobs_are_named_in_the_headline() -> None:
    """The lock screen says which jobs and how they are; each then has a line with its way there."""
    message = told(path(UP, WARNING, ERROR), path(ERROR, UP, title="clicks", ref=CLICKS), OUT)
    assert shown(message).split("\n") == [
        "🔴 orders is Running with Error · 🟢 clicks is Up and Running · ⚠️ I can't see orders",
        "orders (run 42559)  🟢 → 🟡 → 🔴  since 14 Feb 2026 12:00 UTC",
        "clicks (run 48211)  🔴 → 🟢  was Running with Error for 3 h 12 min",
        shown(told(OUT)),
    ]
    assert message.text.startswith("🔴 orders is Running with Error · 🟢 clicks is Up and Running")
    assert buttons(message) == []


def test_more_jobs_are_counted_in_the_headline_and_stand_under_headers() -> None:
    """The lock screen counts them, worst first; below they are grouped by what they are now."""
    bad = [path(UP, ERROR, title=f"bad-{n}", ref=run(n)) for n in range(1, 4)]
    good = path(ERROR, UP, title="good", ref=run(9))
    message = told(*bad, good, OUT, BACK, BACK, BAD)
    assert shown(message).split("\n") == [
        "4 jobs changed: 🔴 3 Running with Error · 🟢 1 Up and Running · ⚠️ 1 job I can't see"
        " · 👁 2 jobs I can see again · 🔇 1 job in trouble, no longer muted",
        "🔴 Running with Error (3)",
        *(f"bad-{n} (run {n})  🟢 → 🔴  was Up and Running for 3 h 12 min" for n in range(1, 4)),
        "🟢 Up and Running (1)",
        "good (run 9)  🔴 → 🟢  was Running with Error for 3 h 12 min",
        "⚠️ Jobs I can't see (1) – I'll say so when I can again",
        f"orders (run 42559) since 14 Feb 2026 12:00 UTC: {NO_SUCH_JOB}. Last seen: 🟢 Up and Running",
        "👁 Jobs I can see again (2)",
        *["clicks (run 48211): 🟢 Up and Running (out of sight for 12 min)"] * 2,
        "🔇 Jobs in trouble, no longer muted (1)",
        shown(told(BAD)),
    ]


def test_headers_are_bold() -> None:
    """A group is found at a glance."""
    bold = [
        part["text"]
        for part in parts(list(told(*[path(UP, ERROR)] * 4).blocks))
        if part.get("type") == "text" and part.get("style") == {"bold": True}
    ]
    assert bold == ["🔴 Running with Error (4)", *["orders"] * 4]


def test_many_kinds_of_status_are_counted_together() -> None:
    """A headline stays one line, whatever the service invents."""
    message = told(*(path(UP, status("odd", n), ref=run(n)) for n in range(1, 9)))
    assert shown(message).split("\n")[0] == (
        "8 jobs changed: 🟣 1 odd1 · 🟣 1 odd2 · 🟣 1 odd3 · 🟣 1 odd4 · 🟣 1 odd5 · 3 others"
    )


def test_what_follows_is_announced() -> None:
    """Where one message does not hold all, its headline and its last line say how much is still to come."""
    message = told(path(UP, ERROR), more=40)
    assert shown(message).split("\n") == [
        "🔴 orders is Running with Error · 40 more follow",
        "orders (run 42559)  🟢 → 🔴  was Up and Running for 3 h 12 min",
        "… and 40 more jobs follow in the next message",
    ]
    assert shown(told(path(UP, ERROR), more=1)).endswith("… and 1 more job follows in the next message")


# ── jobs that came and went ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_job_is_told_with_its_status() -> None:
    """One line says all: which job, and how it is. It belongs to its pattern, so no button stops it alone."""
    message = told(NEW)
    assert shown(message) == "🆕 orders is new here: 🟢 Up and Running (run 42559, seen 14 Feb 2026 12:00 UTC)"
    assert buttons(message) == [("Show job now", ORDERS.dataflow)]


def test_a_job_that_is_gone_is_told_with_what_follows() -> None:
    """That it left the list, how it was seen last, and that nothing more will be told of it."""
    message = told(GONE)
    assert shown(message) == (
        "👋 clicks is gone from the jobs service's list. Last seen: 🔴 Running with Error. "
        "It is not watched here any more."
    )
    assert buttons(message) == []


def test_many_that_came_and_went_stand_below_headers() -> None:
    """They are counted in the headline and named below it, beside what changed."""
    new = [replace(NEW, ref=run(number), title=f"job {number}") for number in range(1, 4)]
    assert shown(told(path(UP, ERROR), *new, GONE)).split("\n") == [
        "1 job changed: 🔴 1 Running with Error · 🆕 3 jobs new here · 👋 1 job gone from the jobs service's list",
        "🔴 Running with Error (1)",
        "orders (run 42559)  🟢 → 🔴  was Up and Running for 3 h 12 min",
        "🆕 Jobs new here (3)",
        "job 1 (run 1): 🟢 Up and Running",
        "job 2 (run 2): 🟢 Up and Running",
        "job 3 (run 3): 🟢 Up and Running",
        "👋 Jobs gone from the jobs service's list (1) – not watched any more",
        "clicks (run 48211): last seen 🔴 Running with Error",
    ]
    assert shown(told(new[0], GONE)).split("\n")[0] == (
        "🆕 job 1 is new here: 🟢 Up and Running · 👋 clicks is gone from the jobs service's list"
    )


# ── what concerns more than a job ───────────────────────────────────────────────────────────────────────────────────


def test_an_outage_says_what_is_not_known() -> None:
    """One message for all jobs: since when and why they can't be seen, how the worst were, and that news will come."""
    assert shown(told(OUTAGE)) == (
        "⚠️ I can't see the jobs service since 14 Feb 2026 12:00 UTC: the jobs service could not be reached\n"
        "I don't know how 31 jobs watched here are now; last seen: 🔴 orders, 🟢 clicks … and 29 more.\n"
        "I'll tell you when it is back, and what changed meanwhile."
    )
    alone = told(replace(OUTAGE, count=1, jobs=OUTAGE.jobs[:1]))
    assert "I don't know how 1 job watched here is now; last seen: 🔴 orders.\n" in shown(alone)
    assert "I don't know how 31 jobs watched here are now.\n" in shown(told(replace(OUTAGE, jobs=())))
    many = told(replace(OUTAGE, jobs=OUTAGE.jobs * 10))
    assert "; last seen: " + ", ".join(["🔴 orders", "🟢 clicks"] * 3) + " … and 25 more.\n" in shown(many)


def test_the_end_of_an_outage_comes_with_what_changed() -> None:
    """It says how long the jobs were out of sight and what changed; no change is claimed beyond what was seen."""
    over = "✅ The jobs service answers again (out of reach for 12 min, since 14 Feb 2026 11:48 UTC)"
    assert shown(told(OVER)) == f"{over}\nNo change seen so far."
    assert shown(told(OVER, path(UP, ERROR))).split("\n") == [
        f"{over} · 🔴 orders is Running with Error",
        "What changed meanwhile:",
        "orders (run 42559)  🟢 → 🔴  was Up and Running for 3 h 12 min",
    ]
    assert "No change seen so far" not in shown(told(OVER, more=1))
    assert "No change seen so far" in shown(told(OVER, BACK))


def test_a_refused_log_in_says_what_follows_and_what_to_do() -> None:
    """Who relies on alerts learns that none will come, and what ends that."""
    assert shown(told(REFUSED)) == (
        "⛔ I can't see any job now: the jobs service refused the bot's log-in\n"
        "Since 14 Feb 2026 12:00 UTC. Until this is put right I see nothing that is watched, and no alerts come.\n"
        "Correct it and restart the bot."
    )


@pytest.mark.parametrize(
    ("why", "said", "remedy"),
    [
        ("is_archived", "the channel is archived", "unarchive it and they go on by themselves, or press Resume"),
        (
            "not_in_channel",
            "I'm not a member of the channel (or it was deleted)",
            "invite me again and they go on by themselves, or press Resume",
        ),
        (
            "restricted_action_thread_only_channel",
            "posting there is restricted",
            "let me post there, then press Resume",
        ),
        ("strange_word", "Slack says “strange_word”", "put that right, then press Resume"),
    ],
)
def test_a_pause_says_why_in_plain_words_and_how_it_ends(why: str, said: str, remedy: str) -> None:
    """Who subscribed learns that a channel is not told, which jobs that concerns, and what to do; a button does it."""
    message = told(paused(why, "orders", "clicks", count=3))
    first, jobs, last = shown(message).split("\n")
    assert first == f"⏸ I can't tell #C1 any more: {said}"
    assert jobs == "3 jobs are paused: orders, clicks and 1 more."
    assert last.startswith(f"Nothing is lost: {remedy}")
    assert buttons(message) == [("Resume", OPS)]


def test_of_several_pauses_each_has_its_button() -> None:
    """One message for all channels, and below each the button that is its own."""
    message = told(paused("is_archived", "orders"), paused("not_in_channel", "a", "b", channel="C2"))
    assert shown(message).split("\n") == [
        "⏸ I can't tell 2 channels any more",
        "#C1: the channel is archived. 1 job is paused: orders.",
        "#C2: I'm not a member of the channel (or it was deleted). 2 jobs are paused: a, b.",
        "Nothing is lost: invite me again or unarchive the channel and they go on by themselves,"
        " or press Resume once that's done.",
    ]
    assert [block["type"] for block in message.blocks] == ["rich_text", "actions"] * 2 + ["rich_text"]
    assert buttons(message) == [("Resume", "C1"), ("Resume", "C2")]


def test_the_end_of_a_pause_comes_with_what_changed() -> None:
    """The channel learns that it is told again, since when it was not, and what it missed."""
    resumed = "▶️ I can post here again: 3 paused watches go on (paused since 14 Feb 2026 11:00 UTC)"
    assert shown(told(RESUMED)) == resumed
    assert shown(told(Resumed(1, NOON - HOUR))).startswith("▶️ I can post here again: 1 paused watch goes on")
    assert shown(told(RESUMED, path(UP, ERROR))).split("\n")[1] == "What changed meanwhile:"


def test_several_announcements_share_a_headline() -> None:
    """Each is in the headline, and each one's details follow its own line."""
    lines = shown(told(REFUSED, paused("is_archived", "orders"))).split("\n")
    first, second = "⛔ I can't see any job now: the jobs", "⏸ I can't tell #C1 any more: the channel is archived"
    assert lines[0].startswith(first)
    assert lines[0].endswith(f" · {second}")
    assert lines[1].startswith(first)
    assert lines[2].startswith("Since 14 Feb 2026")
    assert lines[4] == second


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def assert_fits(message: Message, items: int) -> None:
    assert_acceptable(message)
    assert len(message.text) < 3_900
    headline = message.text.split("\n")[0]
    assert len(headline) > 0
    if left := re.search(r"\n… and (\d+) more$", message.text):
        assert 0 < int(left[1]) <= items


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("count", [1, 2, 4, MOST])
def test_no_name_breaks_a_digest(kind: Callable[[str, int], DigestItem], text: str, count: int) -> None:
    """Slack accepts every message, however many news it tells and whatever a job or a status is called."""
    items = [kind(text, LONGEST_RUN - number) for number in range(count)]
    assert_fits(told(*items), count)
    assert_fits(told(*items, more=10**6), count + 10**6)


@pytest.mark.parametrize("kind", JOBS.values(), ids=JOBS.keys())
@pytest.mark.parametrize("text", ["x" * 1_000, "<" * 1_000, "&" * 1_000])
def test_a_full_digest_shows_every_job(kind: Callable[[str, int], DigestItem], text: str) -> None:
    """Sixty jobs with the longest names all stand in one message; where its text can't hold them it counts the rest."""
    runs = [LONGEST_RUN - number for number in range(MOST)]
    message = told(*(kind(text, number) for number in runs))
    lines = shown(message).split("\n")
    if isinstance(kind(text, 1), StillFailing):  # its line names no run
        assert sum(line.endswith(" until now") for line in lines) == MOST
        return
    assert all(f"(run {number})" in shown(message) for number in runs)
    listed = sum(f"(run {number})" in message.text for number in runs)
    assert 0 < listed < MOST
    assert message.text.endswith(f"\n… and {MOST - listed} more")
    assert not lines[-1].startswith("… and")


def test_a_full_digest_of_pauses_shows_every_channel() -> None:
    """Of sixty channels each is named, and as many have their button as a message can hold."""
    message = told(*(paused("restricted_action", *["x" * 100] * 9, count=99, channel=f"C{n}") for n in range(MOST)))
    assert_fits(message, MOST)
    assert all(f"#C{n}: " in shown(message) for n in range(MOST))
    assert len(buttons(message)) == 20


def test_ordinary_names_are_not_cut() -> None:
    """Sixty jobs with names of an ordinary length are told by their whole names."""
    names = [f"ingest-orders-to-the-lake-{number:02}" for number in range(MOST)]
    message = told(*(path(UP, ERROR, title=name, ref=run(n)) for n, name in enumerate(names, 1)))
    assert all(name in shown(message) for name in names)
    assert "…" not in shown(message)


def test_a_line_is_short() -> None:
    """A line of a digest is at most about 150 characters long, with the longest name and the longest known words."""
    worst = [path(WARNING, ERROR, title="x" * 1_000), path(*[WARNING, ERROR] * 50, title="x" * 1_000)]
    lines = shown(told(*worst, *worst)).split("\n")
    assert max(map(len, lines)) <= 150
    assert f"{'x' * 59}… (run 42559)" in lines[-1]


def test_a_text_is_never_cut_within_an_escape() -> None:
    """The text ends with a whole line: half an entity would be shown as garbage."""
    for length in range(1, 60):
        text = told(*(path(UP, ERROR, title="&" * length, ref=run(n)) for n in range(1, MOST + 1))).text
        assert re.sub("&amp;", "", text).count("&") == 0
        assert text.split("\n")[-1].startswith(("… and ", "&amp;"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("count", [1, 2, 5])
def test_outside_text_is_never_parsed(kind: Callable[[str, int], DigestItem], count: int) -> None:
    """Outside text stands in elements in which Slack reads no markup."""
    assert_never_parsed(told(*[kind("MARK <!channel> *x*", 7)] * count), "MARK")


_TEXT = st.one_of(st.text(max_size=200), st.sampled_from(sorted(HOSTILE.values())), st.just("orders"))
_ITEM = st.builds(
    lambda kind, text, number: kind(text, number), st.sampled_from([*KINDS.values()]), _TEXT, st.integers(1, 999)
)


@given(st.lists(_ITEM, min_size=1, max_size=MOST), st.integers(0, 5_000))
def test_every_digest_makes_an_acceptable_message(items: list[DigestItem], more: int) -> None:
    """Whatever waits together, in whatever order, becomes one message that Slack accepts."""
    message = told(*items, more=more)
    assert_fits(message, len(items) + more)
    assert shown(message).split("\n")[0]


@given(st.lists(st.sampled_from([UP, WARNING, ERROR]), min_size=2, max_size=40), st.timedeltas())
def test_every_path_ends_with_what_the_job_is_now(statuses: list[Status], lasted: timedelta) -> None:
    """However long a path is and however odd its times, its end and the headline agree."""
    last = change(statuses[-2], statuses[-1])
    last = replace(last, old_since=NOON - max(min(lasted, timedelta(days=99)), timedelta(days=-99)))
    item = Path(tuple(statuses), last)
    headline = shown(told(item)).split("\n")[0]
    emoji = {UP: "🟢", WARNING: "🟡", ERROR: "🔴"}
    assert headline.startswith(emoji[statuses[-1]])
    assert len(statuses) == 2 or headline.endswith(f"→ {emoji[statuses[-1]]}")
