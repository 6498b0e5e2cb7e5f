import json
from datetime import UTC, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.history.lookback import Lookback
from bot.domain.job import Dataflow, JobRef, Status
from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Acknowledge,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    MuteAll,
    OpenSettings,
    OpenWatch,
    PreviewDigest,
    Quiet,
    ScheduleDigest,
    ShowStatus,
    Threads,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.presses import (
    Action,
    AskToStop,
    ChangeWatch,
    Press,
    ResumeAlerts,
    ShareHistory,
    ShareJob,
    ShowAll,
    ShowDetails,
    TurnHistory,
    TurnJobsPage,
    TurnListPage,
    action_of,
    command_of,
    option_value_of,
    read_press,
    value_of,
)
from bot.slack.grammar.references import Name
from bot.slack.messages.blocks import Entry, long_message
from bot.slack.messages.buttons import button
from tests.cast import ERROR, NOON, ORDERS, UP
from tests.slack.messages.reading import HOSTILE

FLOW = Dataflow(ORDERS.dataflow)

texts = st.sampled_from([text for text in HOSTILE.values() if len(text) < 900]) | st.text(min_size=1, max_size=400)
targets = st.builds(Dataflow, texts) | st.builds(JobRef, texts, st.integers(1, 10**18 - 1))
refs = targets | st.builds(Name, texts)
recipients = st.sampled_from([None, ME, "C0LAKE"])
filters = st.none() | st.sampled_from([StatusFilter(ERRORS), StatusFilter.of([ERROR, UP])])
schedules = st.none() | st.just(DigestSchedule(time(9))) | st.just(DigestSchedule(time(17, 30), 4))
presses: st.SearchStrategy[Press] = st.one_of(
    st.just(Help()),
    st.builds(ListHere, st.integers(1, 999_999)),
    st.builds(Jobs, texts, st.integers(1, 999_999)),
    st.builds(ShowStatus, refs),
    st.builds(History, refs, st.sampled_from(Lookback)),
    st.builds(TurnHistory, targets, st.sampled_from(Lookback)),
    st.builds(ShareHistory, targets, st.sampled_from(Lookback)),
    st.builds(Watch, refs, recipients, filters),
    st.builds(OpenWatch, recipients, filters),
    st.builds(WatchAll, st.none() | texts, recipients, filters, st.integers(0, 999_999)),
    st.builds(Unwatch, refs, recipients),
    st.builds(UnwatchAll, st.none() | texts, recipients),
    st.builds(Mute, refs, st.timedeltas(timedelta(minutes=1), timedelta(days=30)), st.none(), recipients),
    st.builds(Mute, refs, st.none(), st.times().map(lambda at: at.replace(microsecond=0)), recipients),
    st.builds(Mute, refs, st.none(), st.none(), recipients, until_change=st.just(True)),
    st.builds(Mute, refs, st.none(), st.just(time(9)), recipients, tomorrow=st.just(True)),
    st.builds(Acknowledge, targets, st.datetimes(timezones=st.just(UTC))),
    st.builds(Threads, st.sampled_from([None, True, False])),
    st.builds(ScheduleDigest, schedules, st.sampled_from([None, "Europe/Berlin"]), st.booleans()),
    st.just(PreviewDigest()),
    st.builds(MuteAll, st.none() | texts, st.just(timedelta(hours=2)), st.none(), recipients, reason=texts),
    st.builds(MuteAll, st.none(), st.none(), st.just(time(9)), recipients, st.booleans()),
    st.builds(UnmuteAll, st.none() | texts, recipients),
    st.builds(
        Quiet, st.builds(QuietHours, st.just(time(22)), st.just(time(7)), filters.filter(bool)), st.none() | texts
    ),
    st.just(Quiet(off=True)),
    st.builds(OpenSettings),
    st.builds(AskToStop, targets),
    st.builds(Unmute, refs, recipients),
    st.builds(ShareJob, targets),
    st.builds(ShowDetails, targets),
    st.builds(TurnListPage, st.integers(1, 999_999)),
    st.builds(TurnJobsPage, texts, st.integers(1, 999_999)),
    st.builds(ChangeWatch, targets, recipients),
    st.builds(ResumeAlerts, st.sampled_from(["C0LAKE", "G0LAKE", "D0BEN"])),
)


@given(presses, st.sampled_from(["", ":2", ":40"]), st.booleans())
def test_a_press_means_what_its_button_carries(press: Press, number: str, is_ephemeral: bool) -> None:
    """Whatever a job or a pattern is called, a button fits Slack's limits and is read as what it was made for."""
    value = value_of(press)
    assert len(value) <= 2_000
    assert read_press(f"{action_of(press)}{number}", value, is_ephemeral=is_ephemeral) == press


@given(presses, st.sampled_from(["", ":2", ":40"]), st.booleans())
def test_an_option_means_what_its_value_carries(press: Press, number: str, is_ephemeral: bool) -> None:
    """An option fits Slack's limits and is read as what it was made for, or there is no such option."""
    value = option_value_of(press)
    if value is not None:
        assert len(value) <= 150
        assert read_press(f"{Action.CHOOSE}{number}", value, is_ephemeral=is_ephemeral) == press


def test_options_have_room_for_every_job_with_an_id_of_the_usual_length() -> None:
    """No entry of a menu goes missing for a UUID, whatever its run and its length of time."""
    run = JobRef(ORDERS.dataflow, 10**9)
    longest_mute = Mute(run, None, time(9), ME, tomorrow=True)
    for press in (longest_mute, Unwatch(run, ME), ChangeWatch(run, ME), ShareJob(run), Acknowledge(run, NOON)):
        assert option_value_of(press), press


def test_a_choice_that_the_bot_did_not_write_is_nothing() -> None:
    """Neither an unknown action, nor a menu in a menu, nor a value of the previous release is an option."""
    for value in ("", "show_job", "show_job {", "choose show_job {}", 'other {"ref":{}}', f"share_job {ORDERS}"):
        assert read_press(Action.CHOOSE, value, is_ephemeral=False) is None, value


def test_every_action_but_the_previous_releases_has_a_press() -> None:
    """No button is forgotten when an action is added."""
    found = {action_of(press) for press in _ONE_OF_EACH}
    assert found == set(Action) - {Action.SAY, Action.CHOOSE}


_ONE_OF_EACH: list[Press] = [
    Help(),
    ListHere(),
    Jobs(),
    ShowStatus(FLOW),
    History(FLOW),
    Watch(FLOW),
    OpenWatch(),
    WatchAll(),
    Unwatch(FLOW),
    UnwatchAll(),
    Mute(FLOW, None, time(9)),
    Unmute(FLOW),
    MuteAll(None, None, time(9)),
    UnmuteAll(),
    Quiet(),
    ShareJob(FLOW),
    TurnHistory(FLOW, Lookback.MONTH),
    ShareHistory(FLOW, Lookback.DAY),
    ShowDetails(FLOW),
    TurnListPage(2),
    TurnJobsPage("orders", 2),
    ChangeWatch(FLOW),
    ResumeAlerts("C0LAKE"),
    Acknowledge(FLOW, NOON),
    Threads(on=False),
    ScheduleDigest(off=True),
    PreviewDigest(),
    OpenSettings(),
    AskToStop(FLOW),
    ShowAll(),
]


@given(
    st.sampled_from(Action),
    st.text(max_size=60)
    | st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=2)).map(
        lambda value: json.dumps({"ref": value, "to": value, "channel": value, "length": value})
    ),
)
def test_a_value_that_the_bot_did_not_write_is_no_press_or_a_valid_one(action: Action, value: str) -> None:
    """A forged press names a job, a recipient and a channel in the right form, or it is nothing."""
    press = read_press(action, value, is_ephemeral=False)
    if press is not None and action is not Action.SAY:
        assert read_press(action_of(press), value_of(press), is_ephemeral=False) == press


@pytest.mark.parametrize(
    ("action", "value"),
    [
        (Action.WATCH, "{"),
        (Action.WATCH, "{}"),
        (Action.WATCH, '{"ref": "x"}'),
        (Action.WATCH, '{"ref": {"dataflow": "x", "run": "y"}}'),
        (Action.WATCH, '{"ref": {"id": "x"}, "to": "U0BEN"}'),  # another person
        (Action.RESUME, '{"channel": "U0BEN"}'),
        (Action.RESUME, '{"channel": "C0LAKE<!channel>"}'),
        (Action.SAY, '{"ref": {"id": "x"}}'),
        ("watch_jobs", '{"ref": {"id": "x"}}'),
        ("not_watch_job", '{"ref": {"id": "x"}}'),
        ("watch_job:x", '{"ref": {"id": "x"}}'),
    ],
)
def test_a_press_of_another_shape_is_nothing(action: str, value: str) -> None:
    """What lacks a part, names another person, or has another ID asks for nothing."""
    assert read_press(action, value, is_ephemeral=False) is None


@pytest.mark.parametrize(
    ("press", "command"),
    [
        (ShareJob(FLOW), ShowStatus(FLOW)),
        (ShowDetails(FLOW), ShowStatus(FLOW)),
        (TurnListPage(3), ListHere(3)),
        (TurnJobsPage("orders", 3), Jobs("orders", 3)),
        (ChangeWatch(FLOW, ME), Watch(FLOW, ME)),
        (ResumeAlerts("C0LAKE"), ListHere()),
        (Unwatch(FLOW), Unwatch(FLOW)),
    ],
)
def test_each_press_has_a_command_to_type_instead(press: Press, command: Press) -> None:
    """A person whose press failed reads a line that asks for the same, or nearly."""
    assert command_of(press) == command


def test_buttons_that_do_the_same_have_ids_of_their_own() -> None:
    """Slack wants each action ID once in a message, even in separate blocks."""
    entries = [Entry(["x"], 1, [button("Watch here", Watch(FLOW))]) for _ in range(3)]
    blocks = long_message(entries).blocks
    ids = [each["elements"][0]["action_id"] for each in blocks if each["type"] == "actions"]
    assert ids == [
        "watch_job",
        "watch_job:2",
        "watch_job:3",
    ]


# ── buttons of release 0.1, which stay in Slack for good ────────────────────────────────────────────────────────────

_OLD: list[tuple[str, str, Press]] = [
    ("show_job", f"{ORDERS}", ShowStatus(ORDERS)),
    ("show_job", f"{FLOW}", ShowStatus(FLOW)),
    ("show_job", "0cLMuQB9UvJhXaeXQLZpUT", ShowStatus(Dataflow("0cLMuQB9UvJhXaeXQLZpUT"))),
    ("show_job", "orders/42", ShowStatus(JobRef("orders", 42))),
    ("share_job", f"{ORDERS}", ShareJob(ORDERS)),
    ("watch_job", f"{FLOW}", Watch(FLOW)),
    ("unwatch_job", f"{ORDERS}", Unwatch(ORDERS)),
    ("unmute_job", f"{FLOW}", Unmute(FLOW)),
    ("resume_channel", "C0LAKE", ResumeAlerts("C0LAKE")),
    ("change_watch", f"{FLOW}", ChangeWatch(FLOW)),
    ("change_watch", f"{ORDERS} to me", ChangeWatch(ORDERS, ME)),
    ("say_command:3", f"watch {FLOW} on errors to me", Watch(FLOW, ME, StatusFilter(ERRORS))),
    ("say_command:0", f"mute {FLOW} 2h", Mute(FLOW, timedelta(hours=2), None)),
    ("say_command", "unwatch all matching orders-*", UnwatchAll("orders-*")),
    (
        "watch_all",
        "confirmed:132 watch all matching orders-* on errors",
        WatchAll("orders-*", None, StatusFilter(ERRORS), 132),
    ),
    ("watch_all", "confirmed:30 watch all", WatchAll(confirmed=30)),
]


@pytest.mark.parametrize(("action", "value", "press"), _OLD)
def test_an_old_button_does_what_its_label_says(action: str, value: str, press: Press) -> None:
    """A button in a message of the previous release still works."""
    assert read_press(action, value, is_ephemeral=False) == press


def test_an_old_unmute_button_that_one_person_sees_is_theirs() -> None:
    """A mute of the whole channel was posted to it; one that only a person saw was their own."""
    assert read_press("unmute_job", str(FLOW), is_ephemeral=True) == Unmute(FLOW, ME)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("show_job", ""),
        ("unwatch_job", "<!channel>"),
        ("resume_channel", ""),
        ("resume_channel", f"{ORDERS}"),
        ("change_watch", f"{FLOW} to <#C0LAKE>"),
        ("say_command", ""),
        ("say_command", "help"),
        ("say_command", "watch all orders"),
        ("watch_all", "watch all"),
        ("watch_all", "confirmed:0 watch all"),
        ("watch_all", "confirmed:-1 watch all"),
        ("watch_all", "confirmed:٣ watch all"),
        ("watch_all", "confirmed:9999999 watch all"),
        ("watch_all", "confirmed:132 "),
        ("watch_all", "confirmed:132 unwatch all"),
        ("watch_all", "confirmed:132 watch orders"),
        ("watch_all", "confirmed:132 confirmed:132 watch all"),
        ("watch_all", "x confirmed:132 watch all"),
    ],
)
def test_an_old_value_that_the_bot_did_not_write_is_nothing(action: str, value: str) -> None:
    """Whoever forges a press of the old form gets nothing either."""
    assert read_press(action, value, is_ephemeral=False) is None


def test_a_status_keeps_its_spelling() -> None:
    """A button shows an undocumented status of its filter as the service spells it."""
    press = Watch(FLOW, None, StatusFilter.of([Status.of("Of Next Year")]))
    read = read_press(action_of(press), value_of(press), is_ephemeral=False)
    assert isinstance(read, Watch)
    assert read.status_filter is not None
    assert read.status_filter.text == "Of Next Year"
